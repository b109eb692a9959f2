"""A history of concurrent calls to one journal, and what may not be seen in it.

Each call is noted with when it was sent and when it was answered. An append that was answered
OK took effect once, between the two; one that was refused never; of one whose end is unknown
either may be true. `anomalies` names what contradicts this.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Append:
    """An append of unique `content`, answered with `status` ("" if the end is unknown).

    `expected` is the value it checked the register for, and `value` the one it set it to, where
    it did either. `found` is the register's value in the answer.
    """

    sent: float
    answered: float
    content: bytes
    status: str
    begin: int = 0
    end: int = 0
    expected: str | None = None
    value: str | None = None
    found: str | None = None


@dataclass(frozen=True)
class Read:
    """A read from offset 0 to the head, which brought `content`."""

    sent: float
    answered: float
    content: bytes


@dataclass(frozen=True)
class History:
    """All calls, in any order, and the content of the journal after the last one."""

    appends: Sequence[Append]
    reads: Sequence[Read]
    content: bytes
    register: str | None = field(default=None)


def anomalies(history: History) -> Iterator[str]:
    """What no correct broker lets happen, one sentence each."""
    committed = sorted(
        (each for each in history.appends if each.status == "OK"), key=lambda each: each.begin
    )
    yield from _misplaced(committed, history.content)
    yield from _reordered(committed)
    yield from _refused_but_there(history)
    yield from _broken_registers(committed, history.register)
    yield from _stale_reads(committed, history)


def _misplaced(committed: Sequence[Append], content: bytes) -> Iterator[str]:
    head = 0
    for each in committed:
        if each.begin < head:
            yield f"the commit at {each.begin} overlaps the one before, which ends at {head}"
        if content[each.begin : each.end] != each.content:
            yield f"[{each.begin}, {each.end}) does not hold what was committed there"
        head = each.end


def _reordered(committed: Sequence[Append]) -> Iterator[str]:
    latest = 0.0
    for each in reversed(committed):
        if latest and each.sent > latest:
            yield f"the append at {each.begin} began after one behind it was answered"
        latest = min(latest, each.answered) if latest else each.answered


def _refused_but_there(history: History) -> Iterator[str]:
    for each in history.appends:
        count = history.content.count(each.content)
        if each.status not in {"OK", ""} and count:
            yield f"content refused with {each.status} is in the journal"
        if count > 1:
            yield f"content of one append is in the journal {count} times"


def _broken_registers(committed: Sequence[Append], register: str | None) -> Iterator[str]:
    value: str | None = None
    for each in committed:
        if each.expected is not None and value is not None and each.expected != value:
            yield f"the append at {each.begin} checked {each.expected}, and committed on {value}"
        value = each.value if each.value is not None else value
        if each.found != value:
            yield f"the append at {each.begin} left {value}, and was answered {each.found}"
    if committed and register != value:
        yield f"the register ends as {register}, and not as {value}"


def _stale_reads(committed: Sequence[Append], history: History) -> Iterator[str]:
    for read in history.reads:
        if not history.content.startswith(read.content):
            yield "a read brought what is not the beginning of the journal"
        known = [each.end for each in committed if each.answered <= read.sent]
        if known and len(read.content) < max(known):
            yield f"a read ended at {len(read.content)}, before the acknowledged {max(known)}"
