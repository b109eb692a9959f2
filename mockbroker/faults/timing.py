"""Faults of time: answers that come late, or never."""

from dataclasses import dataclass
from typing import Any, Literal

from mockbroker.faults.rule import FaultError, Shot
from mockbroker.rpc.interceptor import Call, Tap

Side = Literal["request", "response"]


@dataclass(frozen=True, kw_only=True)
class Delay:
    """Waits before messages pass.

    Attributes:
        seconds: How long.
        jitter: Up to so many seconds more, by chance.
        side: Whether requests wait before the broker sees them, or responses before they go.
        each: Whether every message waits, or the first only.
    """

    seconds: float
    jitter: float = 0
    side: Side = "response"
    each: bool = False

    def __post_init__(self) -> None:
        if self.seconds < 0 or self.jitter < 0:
            raise FaultError("a delay cannot be negative")

    def tap(self, call: Call, shot: Shot) -> Tap:
        """Returns a tap that waits."""
        return _Delaying(self, call, shot)


@dataclass(frozen=True, kw_only=True)
class Stall:
    """Goes silent, with the connection alive, until the rule is removed.

    Attributes:
        side: Whether the broker stops reading requests, or stops sending responses.
        messages: So many messages pass first.
        bytes: So many bytes of content pass first, and the rest of the message they end in.
    """

    side: Side = "response"
    messages: int = 0
    bytes: int = 0

    def __post_init__(self) -> None:
        if self.messages < 0 or self.bytes < 0:
            raise FaultError("a stall cannot begin before the call")

    def tap(self, call: Call, shot: Shot) -> Tap:
        """Returns a tap that waits for the rule's removal."""
        return _Stalling(self, call, shot)


class _Delaying(Tap):
    def __init__(self, action: Delay, call: Call, shot: Shot) -> None:
        self._action, self._call, self._shot = action, call, shot

    async def received(self, message: Any) -> Any:
        if self._action.side == "request" and (self._action.each or self._call.received == 1):
            await self._wait()
        return message

    async def sending(self, message: Any) -> Any:
        if self._action.side == "response" and (self._action.each or self._call.sent == 0):
            await self._wait()
        return message

    async def _wait(self) -> None:
        more = self._shot.chance.uniform(0, self._action.jitter)
        await self._shot.sleep(self._action.seconds + more)


class _Stalling(Tap):
    def __init__(self, action: Stall, call: Call, shot: Shot) -> None:
        self._action, self._call, self._shot = action, call, shot
        self._bytes = 0

    async def received(self, message: Any) -> Any:
        if self._action.side == "request":
            await self._pass(self._call.received - 1, message)
        return message

    async def sending(self, message: Any) -> Any:
        if self._action.side == "response":
            await self._pass(self._call.sent, message)
        return message

    async def ending(self, code: int, details: str) -> tuple[int, str]:
        if self._action.side == "response" and self._call.sent >= self._action.messages:
            await self._shot.removed.wait()
        return code, details

    async def _pass(self, before: int, message: Any) -> None:
        if before >= self._action.messages and self._bytes >= self._action.bytes:
            await self._shot.removed.wait()
        self._bytes += len(getattr(message, "content", b""))
