"""Time: the system's, or one that tests advance."""

import asyncio
import heapq
import time
from collections.abc import Callable
from itertools import count
from typing import Protocol


class Timer(Protocol):
    """A call that is to come."""

    def cancel(self) -> None:
        """Has it not come."""


class Clock(Protocol):
    """Tells the time, and calls when it has come."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def call_at(self, when: float, callback: Callable[[], None]) -> Timer:
        """Calls `callback` once it is `when`; at once, though not before returning, if it is."""


class SystemClock:
    """The system's clock, which steps of the wall clock do not turn back."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.monotonic() + self._offset

    def call_at(self, when: float, callback: Callable[[], None]) -> Timer:
        """Calls `callback` in the running loop once it is `when`."""
        delay = when - self.now()
        loop = asyncio.get_running_loop()
        return loop.call_later(delay, callback) if delay > 0 else loop.call_soon(callback)


class _Alarm:
    __slots__ = ("callback", "cancelled")

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class ManualClock:
    """A clock that stands still until it is advanced.

    Args:
        start: Seconds since the epoch at which it stands.
    """

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start
        self._alarms: list[tuple[float, int, _Alarm]] = []
        self._order = count()

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._now

    def call_at(self, when: float, callback: Callable[[], None]) -> Timer:
        """Calls `callback` once the clock was advanced to `when`."""
        if when <= self._now:
            return asyncio.get_running_loop().call_soon(callback)
        alarm = _Alarm(callback)
        heapq.heappush(self._alarms, (when, next(self._order), alarm))
        return alarm

    async def advance(self, seconds: float) -> None:
        """Moves the clock forward, stopping at every alarm on the way for what it starts."""
        until = self._now + seconds
        await _settle()
        while self._alarms and self._alarms[0][0] <= until:
            when, _, alarm = heapq.heappop(self._alarms)
            if not alarm.cancelled:
                self._now = max(self._now, when)
                alarm.callback()
                await _settle()
        self._now = until
        await _settle()


async def _settle() -> None:
    """Lets everything run that is ready now, and what that makes ready."""
    for _ in range(20):
        await asyncio.sleep(0)
