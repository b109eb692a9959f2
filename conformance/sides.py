"""The two sides of a call: what is sent, and what comes back."""

import queue
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.message import Message

from conformance.answer import Answer
from conformance.errors import CapError
from conformance.gate import Gate
from conformance.trace import Call
from protocol.replay.deadline import code_of

_END = object()


class Requests:
    """The request side of a call: an iterator that waits for what is sent next."""

    def __init__(self, call: Call, gate: Gate) -> None:
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._call = call
        self._open = True
        self._gate = gate

    def send(self, message: Message | bytes) -> None:
        """Queues a message; the connection takes it as flow control permits."""
        self._gate.sends(self._call.rpc, message)
        self._call.sent(message)
        self._queue.put(message)

    def half_close(self) -> None:
        """Ends the request side; further calls do nothing."""
        if self._open:
            self._open = False
            self._call.step("half-close")
            self._queue.put(_END)

    def __iter__(self) -> Iterator[Message | bytes]:
        while (message := self._queue.get()) is not _END:
            yield message


@dataclass
class Responses:
    """The response side of a call.

    `deadline` is a time of the monotonic clock. `exact_texts` tells whether the profile asks
    for the reference broker's words.
    """

    call: Any
    traced: Call
    gate: Gate
    deadline: float
    exact_texts: bool
    capped: CapError | None = field(default=None, init=False)

    def read(self, take: Callable[[Any], object]) -> Answer:
        """The answer, once the call has ended; each message is given to `take` as it comes."""
        messages = []
        try:
            for message in self.call:
                self.gate.receives(message)
                self.traced.received(message)
                messages.append(message)
                take(message)
        except grpc.RpcError:
            pass  # the code and the details tell
        except CapError as error:
            self.capped = error
            self.call.cancel()
        code = code_of(self.call, left=self.deadline - time.monotonic())
        details = self.call.details() or ""
        self.traced.ended(code, details)
        return Answer(self.traced.rpc, code, details, tuple(messages), self.exact_texts)

    def cancel(self) -> None:
        """Cancels the call if it still runs."""
        self.call.cancel()

    def check_cap(self) -> None:
        """Returns where there were bytes left for all that came.

        Raises:
            CapError: there were none.
        """
        if self.capped is not None:
            raise self.capped
