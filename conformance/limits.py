"""What a run may take of its target: calls per second, bytes, journals."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from conformance.errors import CapError

MIB = 1 << 20
SHARE_OF_OTHERS = 4
"""Tests that look at as much as there is leave one part of so many to other tests."""


@dataclass(frozen=True)
class Caps:
    """The most that a run takes of its target; None where there is no limit.

    `journals` are those of the target that are looked at, `bytes` content read and appended,
    and `calls` those begun in a second.
    """

    journals: int | None = None
    bytes: int | None = None
    calls: float | None = None

    def share(self, workers: int) -> "Caps":
        """The part of one of several processes; journals are the same in all of them."""
        size = None if self.bytes is None else self.bytes // workers
        return Caps(self.journals, size, None if self.calls is None else self.calls / workers)

    def __str__(self) -> str:
        told = (
            ("journals", self.journals),
            ("bytes", self.bytes),
            ("calls per second", self.calls),
        )
        return ", ".join(f"{most:.12g} {what}" for what, most in told if most is not None)


IN_USE = Caps(journals=10, bytes=64 * MIB, calls=50)
"""The caps of runs against brokers in use, unless they are told others."""


class Budget:
    """Counts bytes, up to `most` of them; safe for use by several threads."""

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._spent = 0
        self._lock = threading.Lock()

    def take(self, size: int) -> None:
        """Counts `size` bytes.

        Raises:
            CapError: they are more than what is left.
        """
        with self._lock:
            self._spent += size
            if size and self._most is not None and self._spent > self._most:
                raise CapError(f"the {self._most} bytes of --max-bytes are spent")

    def spares(self, size: int) -> bool:
        """Whether a test that looks at as much as there is may take `size` bytes more."""
        if self._most is None:
            return True
        return self._spent + size <= self._most - self._most // SHARE_OF_OTHERS


class Pace:
    """A token bucket: `turn` returns at most `rate` times in any second, and a bit more at first.

    The bucket holds as many turns as a tenth of a second brings, and one at the least.
    """

    def __init__(
        self,
        rate: float | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._sleep = sleep
        self._room = max(1.0, (rate or 0) / 10)
        self._turns = self._room
        self._then = clock()
        self._lock = threading.Lock()

    def turn(self) -> None:
        """Returns once the next call may begin."""
        if self._rate is None:
            return
        with self._lock:
            now = self._clock()
            self._turns = min(self._room, self._turns + (now - self._then) * self._rate)
            self._then = now
            self._turns -= 1
            wanting = -self._turns / self._rate
        if wanting > 0:
            self._sleep(wanting)
