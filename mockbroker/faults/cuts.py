"""Faults that end a call before its time, or without its answer."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import grpc

from mockbroker.faults.rule import FaultError, Shot
from mockbroker.rpc.interceptor import Call, CutError, Tap

Point = Literal["start", "content", "before-commit", "after-commit", "sending", "sent"]
"""Where a call is cut.

`start`: before the broker sees anything. `content`: after the first content of an Append,
which is rolled back. `before-commit`: when the client asks for the commit (an Append's empty
message; of other RPCs the first message). `after-commit`: once all replicas have committed,
or the change is applied, and before the answer goes. `sending`: before the response goes that
follows so many messages or bytes of content. `sent`: as soon as so many messages went out.
"""


_COUNTS = {"sent": {(True, False)}, "sending": {(True, False), (False, True)}}


def code_of(name: str) -> int:
    """The number of the gRPC code `name`, such as `UNAVAILABLE`."""
    try:
        number: int = grpc.StatusCode[name].value[0]
    except KeyError:
        names = ", ".join(code.name for code in grpc.StatusCode)
        raise FaultError(f"no gRPC code is called {name!r}", hint=f"one of {names}") from None
    return number


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Ends the call at a point.

    Attributes:
        at: The point.
        code: gRPC code the call ends with; `OK` makes it a clean, early end.
        details: Its text.
        messages: For `sending` and `sent`: so many messages go out.
        bytes: For `sending`: so many bytes of content at most go out, in whole messages.
    """

    at: Point = "start"
    code: str = "UNAVAILABLE"
    details: str = "cut by a fault rule"
    messages: int | None = None
    bytes: int | None = None

    def __post_init__(self) -> None:
        code_of(self.code)
        if self.at not in get_args(Point):
            raise FaultError(
                f"no call is cut at {self.at!r}", hint=f"one of {', '.join(get_args(Point))}"
            )
        given = (self.messages is not None, self.bytes is not None)
        if given not in _COUNTS.get(self.at, {(False, False)}):
            raise FaultError("a cut at `sent` takes `messages`, at `sending` that or `bytes`")

    def tap(self, call: Call, shot: Shot) -> Tap:
        """Returns a tap that cuts."""
        del shot
        return _Cutting(self, call)

    def error(self, last: Any = None) -> CutError:
        """What a tap raises, `last` being the message that still goes out."""
        return CutError(code_of(self.code), self.details, last=last)


@dataclass(frozen=True, kw_only=True)
class Truncate:
    """Ends the call within its content.

    Attributes:
        bytes: So many bytes of content go out, no more.
        code: gRPC code the call ends with.
        details: Its text.
    """

    bytes: int
    code: str = "OK"
    details: str = ""

    def __post_init__(self) -> None:
        code_of(self.code)
        if self.bytes < 0:
            raise FaultError("content cannot end before it begins")

    def tap(self, call: Call, shot: Shot) -> Tap:
        """Returns a tap that cuts within a content message."""
        del call, shot
        return _Truncating(self)


@dataclass(frozen=True, kw_only=True)
class Drop:
    """Does all of the call's work and keeps its answers back.

    Attributes:
        messages: Responses that pass first.
    """

    messages: int = 0

    def tap(self, call: Call, shot: Shot) -> Tap:
        """Returns a tap that swallows responses."""
        del shot
        return _Dropping(self, call)


class _Cutting(Tap):
    def __init__(self, action: Cut, call: Call) -> None:
        self._action, self._call = action, call
        self._content = False
        self._bytes = 0

    async def received(self, message: Any) -> Any:
        if self._is_reached(message):
            raise self._action.error()
        self._content = self._content or bool(getattr(message, "content", b""))
        return message

    def _is_reached(self, message: Any) -> bool:
        """Whether the point lies before `message`."""
        append = self._call.rpc == "Append"
        match self._action.at:
            case "start":
                return True
            case "content":
                return self._content or (append and self._is_commit(message))
            case "before-commit":
                return not append or self._is_commit(message)
        return False

    def _is_commit(self, message: Any) -> bool:
        return self._call.received > 1 and not message.content

    async def committed(self) -> None:
        if self._action.at == "after-commit":
            raise self._action.error()

    async def sending(self, message: Any) -> Any:
        if self._action.at in {"after-commit", "content", "before-commit"}:
            raise self._action.error()
        if self._action.at in {"sending", "sent"} and self._would_exceed(message):
            raise self._action.error()
        self._bytes += len(getattr(message, "content", b""))
        return message

    def _would_exceed(self, message: Any) -> bool:
        messages, content = self._action.messages, self._action.bytes
        if messages is not None and self._call.sent >= messages:
            return True
        return content is not None and self._bytes + len(getattr(message, "content", b"")) > content

    async def sent(self) -> None:
        if self._action.at == "sent" and self._call.sent >= (self._action.messages or 0):
            raise self._action.error()


class _Truncating(Tap):
    def __init__(self, action: Truncate) -> None:
        self._action = action
        self._left = action.bytes

    async def sending(self, message: Any) -> Any:
        content = getattr(message, "content", b"")
        if content and len(content) >= self._left:
            raise CutError(
                code_of(self._action.code), self._action.details, last=self._last(message)
            )
        self._left -= len(content)
        return message

    def _last(self, message: Any) -> Any:
        """The part of `message` that still goes out."""
        if not self._left:
            return None
        last = type(message)()
        last.CopyFrom(message)
        last.content = message.content[: self._left]
        return last


class _Dropping(Tap):
    def __init__(self, action: Drop, call: Call) -> None:
        self._action, self._call = action, call
        self._seen = 0

    async def sending(self, message: Any) -> Any:
        self._seen += 1
        return message if self._seen <= self._action.messages else None
