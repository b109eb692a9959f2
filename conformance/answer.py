"""How one call ended, and what it brought."""

from dataclasses import dataclass, replace
from typing import Any

import protocol
from conformance.errors import NonconformanceError
from conformance.trace import copied
from conformance.validity import BRIEF, assert_valid


@dataclass(frozen=True)
class Answer:
    """The end of a call: gRPC code by name, details, and all response messages.

    `exact_texts` tells whether the profile asks for the reference broker's words.
    """

    rpc: str
    code: str
    details: str
    messages: tuple[Any, ...]
    exact_texts: bool = False

    def __str__(self) -> str:
        if self.code != "OK":
            return f"{self.rpc} ending {self.code}: {self.details}"
        brief = " ".join(str(self.messages[-1]).split()) if self.messages else ""
        end = f", the last {{{brief[:BRIEF]}}}" if brief else ""
        return (
            f"{self.rpc} answering {self.status or 'nothing'} ({len(self.messages)} messages{end})"
        )

    def copy(self) -> "Answer":
        """The same, with messages of its own."""
        return replace(self, messages=tuple(copied(each) for each in self.messages))

    @property
    def status(self) -> str:
        """The name of the last message's status, or "" without a message."""
        return status_name(self.messages[-1].status) if self.messages else ""

    @property
    def message(self) -> Any:
        """The only response message of a call that ended OK."""
        if self.code != "OK" or len(self.messages) != 1:
            raise NonconformanceError(f"{self.rpc} to answer with one message", str(self))
        return self.messages[0]

    @property
    def first(self) -> Any:
        """The first response message of a call that ended OK."""
        if self.code != "OK" or not self.messages:
            raise NonconformanceError(f"{self.rpc} to answer with a message", str(self))
        return self.messages[0]

    @property
    def content(self) -> bytes:
        """The content of all messages, joined."""
        return b"".join(message.content for message in self.messages)

    def ok(self) -> Any:
        """The first message, once the call ended OK and its first status is OK."""
        if self.code != "OK" or not self.messages or self.messages[0].status != 0:
            raise NonconformanceError(f"{self.rpc} to answer OK", str(self))
        self.hold_valid()
        return self.messages[0]

    def hold_valid(self) -> None:
        """Holds that every message obeys the rules of its fields.

        What continues a listing has journals only: brokers send an empty header with them.
        """
        for number, message in enumerate(self.messages):
            for part in message.journals if self.rpc == "List" and number else [message]:
                assert_valid(part)


def status_name(number: int) -> str:
    """The name of a status of the wire, or its number where it has none."""
    known = {value: name for name, value in protocol.Status.items()}
    return known.get(number, str(number))
