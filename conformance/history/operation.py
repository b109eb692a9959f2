"""One call of a history: what was asked, how it ended, and when."""

from dataclasses import dataclass
from math import inf

Registers = tuple[tuple[str, str], ...]
"""Register names with their value, in order."""

FOREVER = inf
"""When an append ends whose fate nobody told: it may take effect at any later time."""


@dataclass(frozen=True)
class Append:
    """An append of `content`.

    Attributes:
        content: All its chunks, joined; empty for a barrier.
        offset: Where it must begin, or 0 for wherever the head is.
        check: A register and the value that it must have, if any register is set.
        union: A register and the value that it is given.
    """

    content: bytes
    offset: int = 0
    check: tuple[str, str] | None = None
    union: tuple[str, str] | None = None


@dataclass(frozen=True)
class Read:
    """A read from `offset`, up to `end` unless it is 0; one that blocks waits at the head."""

    offset: int
    end: int = 0
    block: bool = False


@dataclass(frozen=True)
class Committed:
    """An append that was answered OK, with the fragment and the registers it told."""

    begin: int
    end: int
    registers: Registers = ()


@dataclass(frozen=True)
class Refused:
    """An append that was answered another status, with the registers if these were the cause."""

    status: str
    registers: Registers = ()


@dataclass(frozen=True)
class Failed:
    """An append that was given up before its commit intent was sent."""


@dataclass(frozen=True)
class Unknown:
    """An append that was complete, and whose answer never came: it happened, or it did not."""


@dataclass(frozen=True)
class Seen:
    """What a read was answered.

    Attributes:
        content: All its content, joined.
        heads: The write heads it told, in order.
        broker: Who served it.
        finished: Whether it ended by itself, so that its last head is that of its end.
    """

    content: bytes
    heads: tuple[int, ...] = ()
    broker: str = ""
    finished: bool = True


@dataclass(frozen=True)
class Operation:
    """A call about one journal. `started` and `ended` are instants of one common clock."""

    action: Append | Read
    outcome: Committed | Refused | Failed | Unknown | Seen
    started: float
    ended: float

    @property
    def span(self) -> tuple[float, float]:
        """When it may have taken effect."""
        return self.started, FOREVER if isinstance(self.outcome, Unknown) else self.ended

    def precedes(self, other: "Operation") -> bool:
        """Whether it was over before `other` began."""
        return self.span[1] < other.started
