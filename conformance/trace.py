"""Every call of the test at hand, decoded and with secrets out of sight."""

import base64
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

CALLS = 40
"""How many calls of a test are kept, the last ones: a failure is told by what led up to it."""
MESSAGES = 20
"""How many messages of either side of a call are kept, the first ones."""
CONTENT = 64
"""How many bytes of content are shown."""

SHOWN = ("rpc", "target", "requests", "responses", "code", "details", "took_s")

_QUERY = re.compile(r"\?.*", re.DOTALL)
_BEARER = re.compile(r"(?i)(bearer\s+)\S+")


@dataclass
class Call:
    """One call: what was sent, what came back, how it ended (`code` is empty while open)."""

    rpc: str
    target: str
    requests: list[Any] = field(default_factory=list)
    responses: list[Any] = field(default_factory=list)
    code: str = ""
    details: str = ""
    took_s: float = 0.0
    started: float = field(default_factory=time.monotonic, repr=False)
    raw: list[bytes] = field(default_factory=list, repr=False)
    answers: list[Message] = field(default_factory=list, repr=False)

    def sent(self, message: Message | bytes) -> None:
        """Notes a request."""
        _note(self.requests, message)
        if len(self.raw) < MESSAGES:
            raw = message if isinstance(message, bytes) else message.SerializeToString()
            self.raw.append(raw)

    def received(self, message: Message) -> None:
        """Notes a response."""
        _note(self.responses, message)
        if len(self.answers) < MESSAGES:
            self.answers.append(message)

    def ended(self, code: str, details: str) -> None:
        """Notes the end of the call."""
        self.code, self.details = code, redacted(details)
        self.took_s = round(time.monotonic() - self.started, 4)

    def as_json(self) -> dict[str, Any]:
        """The call as the result file holds it."""
        return {name: getattr(self, name) for name in SHOWN}


class Trace:
    """The calls of the current test; one for all targets of a process."""

    def __init__(self) -> None:
        self._calls: list[Call] = []

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that are kept, in the order they began."""
        return tuple(self._calls)

    def clear(self) -> None:
        """Forgets all calls: another test begins."""
        self._calls = []

    def begin(self, rpc: str, target: str) -> Call:
        """Notes a call that starts now."""
        call = Call(rpc, target)
        self._calls.append(call)
        del self._calls[:-CALLS]
        return call

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Keeps what happens inside from the trace: polling would drown the rest."""
        kept = list(self._calls)
        yield
        self._calls = kept + self._calls[-1:] if self._calls != kept else kept

    def as_json(self) -> list[dict[str, Any]]:
        """The calls as the result file holds them, in the order they began."""
        return [call.as_json() for call in self._calls]


def redacted(text: str) -> str:
    """`text` without bearer tokens."""
    return _BEARER.sub(r"\1***", text)


def decoded(message: Message | bytes) -> Any:
    """A message as JSON values: content shortened, signatures of URLs removed."""
    if isinstance(message, bytes):
        return {"raw": message[:CONTENT].hex(), "bytes": len(message)}
    return _shown("", MessageToDict(message, preserving_proto_field_name=True))


def _note(messages: list[Any], message: Message | bytes) -> None:
    if len(messages) < MESSAGES:
        messages.append(decoded(message))
    elif len(messages) == MESSAGES:
        messages.append({"more": "not kept"})


def _shown(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shown(name, each) for name, each in value.items()}
    if isinstance(value, list):
        return [_shown(key, each) for each in value]
    if key == "content":
        return _content(base64.b64decode(value))
    if key in {"fragment_url", "signed_url"}:
        return _QUERY.sub("?***", value)
    return redacted(value) if isinstance(value, str) else value


def _content(content: bytes) -> str:
    shown = content[:CONTENT].decode("latin-1").encode("unicode_escape").decode()
    return f"{shown}{'…' if len(content) > CONTENT else ''} ({len(content)} bytes)"
