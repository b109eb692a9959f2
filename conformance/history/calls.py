"""What clients of a history may do, and the Hypothesis strategies that choose it."""

from dataclasses import dataclass
from enum import Enum

from hypothesis import strategies as st

JOURNALS = 3
"""Journals of one history: enough for mix-ups between them to show."""
LARGEST = (4 << 20) - 16
"""Content of the largest message: 4 MiB with its framing."""
SIZES = (9,) * 6 + (300,) * 5 + (70_000,) * 4 + (LARGEST,)
"""Lengths of chunks; the shortest still tells whose it is."""
VALUES = ("one", "two", "three")
"""Values of the one register that clients race for."""
AT_ONCE = 4
"""Calls that are made at the same time, at most."""


class Ending(Enum):
    """How a client ends its append."""

    COMMIT = "commits it"
    LINGER = "holds it open with its content sent, then commits it"
    ABANDON = "half-closes without commit intent"
    CANCEL = "cancels before the commit intent"
    CANCEL_LATE = "cancels when all was sent"
    DEADLINE = "gives the broker next to no time"

    def __repr__(self) -> str:
        return f"Ending.{self.name}"


class Start(Enum):
    """Where a read begins."""

    BEGIN = "offset 0"
    HEAD = "the last head that the clients know"
    BEYOND = "a little behind that"

    def __repr__(self) -> str:
        return f"Start.{self.name}"


class Stop(Enum):
    """How a read ends."""

    HEAD = "at the head, without blocking"
    KNOWN = "blocking, at the last head that the clients know"
    DEADLINE = "blocking, by its deadline"
    CANCEL = "blocking, by its client"

    def __repr__(self) -> str:
        return f"Stop.{self.name}"


@dataclass(frozen=True)
class AppendCall:
    """An append of chunks of these sizes, through one of the brokers.

    With `at_head` it asks for the last head that the clients know; `check` and `union` are
    values of the register.
    """

    journal: int
    sizes: tuple[int, ...] = ()
    ending: Ending = Ending.COMMIT
    at_head: bool = False
    check: str | None = None
    union: str | None = None
    broker: int = 0


@dataclass(frozen=True)
class ReadCall:
    """A read through one of the brokers."""

    journal: int
    start: Start = Start.BEGIN
    stop: Stop = Stop.HEAD
    broker: int = 0


Call = AppendCall | ReadCall

JOURNAL = st.integers(0, JOURNALS - 1)
BROKER = st.integers(0, 2)
_SIZES = st.lists(st.sampled_from(SIZES), max_size=3).map(tuple)
_VALUE = st.none() | st.sampled_from(VALUES)


def _settable(call: AppendCall) -> bool:
    return bool(call.sizes) or call.union is None


APPENDS = st.builds(
    AppendCall, JOURNAL, _SIZES, st.sampled_from(Ending), at_head=st.booleans(), broker=BROKER
)
"""Appends that end in every way."""
RACES = st.builds(
    AppendCall,
    st.just(0),
    _SIZES,
    st.sampled_from([Ending.COMMIT, Ending.LINGER, Ending.CANCEL_LATE]),
    st.booleans(),
    _VALUE,
    _VALUE,
    BROKER,
).filter(_settable)
"""Appends that compare and set the register and the offset of one journal."""
READS = st.builds(ReadCall, JOURNAL, st.sampled_from(Start), st.sampled_from(Stop), BROKER)
"""Reads of every kind."""


def together(calls: st.SearchStrategy[Call]) -> st.SearchStrategy[tuple[Call, ...]]:
    """Calls to make at the same time."""
    return st.lists(calls, min_size=1, max_size=AT_ONCE).map(tuple)
