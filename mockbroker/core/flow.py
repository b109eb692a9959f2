"""Flow control of appends: the rate a client must keep, and the rate it is held to.

Two accounts, both in bytes. *Credit* is what the client may still owe: it starts with one
second of the minimum rate, drains at that rate, and every chunk refills it; a client whose
credit is used up is cut off. *Balance* is what the journal may still take: it starts with
one second of the maximum rate, at most ten are banked between appends, and a chunk waits
until the balance covers it. While the broker delays a chunk, the client owes nothing.
"""

import math
from dataclasses import dataclass

BURST = 1.0
"""Seconds of either rate at the start."""
BANKED = 10.0
"""Seconds of the maximum rate that idle time earns at most."""
QUANTUM = 0.05
"""Seconds by whole numbers of which accounts change, while an append runs."""


@dataclass(slots=True)
class FlowControl:
    """The accounts of one replica; the balance outlives an append, the credit does not.

    Attributes:
        total: Chunks of the present append.
        delayed: How many of them had to wait.
    """

    total: int = 0
    delayed: int = 0
    _minimum: int = 0
    _maximum: int = 0
    _credit: float = 0
    _balance: float = 0
    _last: float | None = None

    def start(self, minimum: int, maximum: int, now: float) -> None:
        """Begins an append. A rate of 0 is no limit."""
        self.total = self.delayed = 0
        self._minimum, self._maximum = minimum, maximum
        if self._last is None:
            self._balance = maximum * BURST
        else:
            self._earn(maximum * max(0.0, now - self._last))
        self._credit = minimum * BURST
        self._last = now

    @property
    def underflow(self) -> float | None:
        """When the client's credit is used up; None where there is no minimum rate."""
        if not self._minimum or self._last is None:
            return None
        return self._last + QUANTUM * math.ceil(self._credit / _each_quantum(self._minimum))

    def take(self, length: int, now: float) -> float:
        """Charges a chunk that arrived `now`; returns until when it has to wait."""
        last = self._tick(now)
        self._credit = min(self._credit + length, self._minimum * BURST)
        self.total += 1
        if not self._maximum or length <= self._balance:
            self._balance -= min(length, self._balance)
            return now
        self.delayed += 1
        earned = _each_quantum(self._maximum)
        quanta = math.ceil((length - self._balance) / earned)
        self._balance += earned * quanta - length
        self._last = last + QUANTUM * quanta
        return self._last

    def lift(self, now: float) -> None:
        """Ends the maximum rate for the rest of the append: its route is about to change."""
        self._maximum = 0
        self._last = now

    def _tick(self, now: float) -> float:
        """Accounts for the whole quanta that passed, and returns when the last one ended."""
        last = now if self._last is None else self._last
        quanta = max(0, math.floor((now - last) / QUANTUM))
        self._credit -= quanta * _each_quantum(self._minimum)
        self._earn(quanta * _each_quantum(self._maximum))
        self._last = last + quanta * QUANTUM
        return self._last

    def _earn(self, earned: float) -> None:
        self._balance = min(self._balance + earned, self._maximum * BANKED)


def _each_quantum(rate: int) -> int:
    """Bytes of a rate that one quantum is worth: whole ones, and one at least."""
    return max(1, int(rate * QUANTUM)) if rate else 0
