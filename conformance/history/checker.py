"""Whether a history of one journal is one that a right broker can produce.

Appends take effect one by one, in the order of their offsets. Between two of them the journal
has a state, its head and its registers. Whatever else was answered must be true of a state at
some instant between the call's start and its end, and what one party is told must not go back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from conformance.errors import NonconformanceError
from conformance.history.operation import (
    Append,
    Committed,
    Operation,
    Read,
    Refused,
    Registers,
    Seen,
    Unknown,
)
from conformance.history.order import SHOWN, Change, changes

LOOK_BACK = 40
"""Bytes that an append lost and the one in its place may begin with alike, at most."""


@dataclass(frozen=True)
class State:
    """A journal between two appends."""

    head: int
    registers: Registers

    def meets(self, check: tuple[str, str] | None) -> bool:
        """Whether an append with this check may go on: without registers any may."""
        return check is None or not self.registers or check in self.registers


@dataclass(frozen=True)
class Timeline:
    """The states of a journal; `changes[i]` leads from `states[i]` to `states[i + 1]`."""

    changes: Sequence[Change]
    states: Sequence[State]

    def window(self, operation: Operation) -> tuple[int, int]:
        """The first and the last state that can have been present during `operation`."""
        first, last = 0, len(self.changes)
        for index, change in enumerate(self.changes):
            if change.operation.precedes(operation):
                first = index + 1
            if operation.precedes(change.operation):
                last = min(last, index)
        return first, last


def check(operations: Sequence[Operation], content: bytes, *, crashes: bool = False) -> None:
    """Holds that `operations` on one new journal are right, where `content` is what it ended with.

    Where brokers crashed, an answer may rest on an append that was lost with its primary, and
    a broker that came back may know less of the head than others do.

    Raises:
        NonconformanceError: no order of the operations explains the answers.
    """
    made = changes(operations, content)
    timeline = Timeline(made, _states(made))
    reads = [each for each in operations if isinstance(each.outcome, Seen)]
    lost = _lost(operations, made) if crashes else []
    for read in reads:
        _content(read, content, timeline, lost)
    if not lost:
        others = [each for each in operations if _observes(each)]
        _chain(others, timeline, _true_of, "answers of the append pipeline")
    if not crashes:
        for read in reads:
            _whole(read)
        _heads(reads, timeline)


def _states(made: Sequence[Change]) -> list[State]:
    states = [State(0, ())]
    for change in made:
        states.append(_next(states[-1], change))
    return states


def _next(state: State, change: Change) -> State:
    append, outcome = change.append, change.operation.outcome
    where = f"an append at {change.begin}"
    if append.offset not in {0, state.head}:
        raise NonconformanceError(f"{where} only if it asks for it", f"it asked {append.offset}")
    if not state.meets(append.check):
        got = f"the check {append.check} against the registers {state.registers}"
        raise NonconformanceError(f"{where} only where its check of registers is met", got)
    registers = dict(state.registers)
    if append.union is not None:
        registers[append.union[0]] = append.union[1]
    after = State(change.end, tuple(sorted(registers.items())))
    if isinstance(outcome, Committed) and outcome.registers != after.registers:
        raise NonconformanceError(
            f"{where} to tell the registers {after.registers}", str(outcome.registers)
        )
    return after


def _observes(operation: Operation) -> bool:
    outcome = operation.outcome
    empty = isinstance(operation.action, Append) and not operation.action.content
    known = isinstance(outcome, Refused) and outcome.status in {
        "WRONG_APPEND_OFFSET",
        "REGISTER_MISMATCH",
    }
    return known or (empty and isinstance(outcome, Committed))


def _true_of(operation: Operation, state: State) -> bool:
    """Whether an append that changed nothing is rightly answered in `state`."""
    action, outcome = operation.action, operation.outcome
    assert isinstance(action, Append)  # noqa: S101 - reads are observed elsewhere
    met = state.meets(action.check)
    if isinstance(outcome, Committed):
        at = (outcome.begin, outcome.end, outcome.registers)
        here = (state.head, state.head, state.registers)
        return met and at == here and action.offset in {0, state.head}
    assert isinstance(outcome, Refused)  # noqa: S101 - nothing else is observed
    if outcome.status == "REGISTER_MISMATCH":
        return not met and outcome.registers == state.registers
    return met and action.offset not in {0, state.head}


def _chain(
    operations: Sequence[Operation],
    timeline: Timeline,
    true_of: Callable[[Operation, State], bool],
    what: str,
) -> None:
    """Holds that each operation is true of a state, none earlier than that of one before it."""
    told: list[tuple[Operation, int]] = []
    for operation in sorted(operations, key=lambda each: each.ended):
        first, last = timeline.window(operation)
        before = [index for earlier, index in told if earlier.precedes(operation)]
        start = max([first, *before])
        states = timeline.states[start : last + 1]
        found = (at for at, state in enumerate(states, start) if true_of(operation, state))
        if (index := next(found, None)) is None:
            heads = [timeline.states[at].head for at in (start, last) if at >= start]
            raise NonconformanceError(
                f"{what} to be true of the journal at a head within {heads}", _brief(operation)
            )
        told.append((operation, index))


def _content(read: Operation, content: bytes, timeline: Timeline, lost: Sequence[bytes]) -> None:
    """Holds that a read brought committed bytes, or those of an append lost since."""
    action, seen = read.action, read.outcome
    assert isinstance(action, Read)  # noqa: S101 - seen by a read
    assert isinstance(seen, Seen)  # noqa: S101 - likewise
    end = action.offset + len(seen.content)
    present = timeline.states[timeline.window(read)[1]].head
    committed = seen.content == content[action.offset : end]
    if (not committed or (seen.content and end > present)) and not _rests_on(lost, read, content):
        expected = f"a read from {action.offset} to bring what was committed by its end"
        raise NonconformanceError(expected, _brief(read))


def _rests_on(lost: Sequence[bytes], read: Operation, content: bytes) -> bool:
    action, seen = read.action, read.outcome
    if not isinstance(action, Read) or not isinstance(seen, Seen):
        return False
    there = content[action.offset :]
    pairs = zip(seen.content, there, strict=False)
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    tails = (seen.content[at:] for at in range(max(0, common - LOOK_BACK), common + 1))
    return any(each.startswith(tail) for tail in tails for each in lost if tail)


def _whole(read: Operation) -> None:
    """Holds that a read which ended by itself brought all that it was to bring."""
    action, seen = read.action, read.outcome
    assert isinstance(action, Read)  # noqa: S101 - seen by a read
    assert isinstance(seen, Seen)  # noqa: S101 - likewise
    head = max(seen.heads, default=0)
    due = action.end if action.block else min(action.end or head, head)
    end = action.offset + len(seen.content)
    if seen.finished and end < due:
        raise NonconformanceError(f"a read to bring all up to {due}", f"only up to {end}")


def _heads(reads: Sequence[Operation], timeline: Timeline) -> None:
    """Holds that write heads are those of states, and that no broker's goes back."""
    known = {state.head for state in timeline.states}
    for read in reads:
        seen = read.outcome
        assert isinstance(seen, Seen)  # noqa: S101 - given
        if list(seen.heads) != sorted(seen.heads):
            raise NonconformanceError("write heads of one read to rise", str(seen.heads))
        if torn := set(seen.heads) - known:
            raise NonconformanceError("write heads between appends", f"one within: {sorted(torn)}")
    for broker in {read.outcome.broker for read in reads if isinstance(read.outcome, Seen)}:
        own = [each for each in reads if _served_by(each, broker)]
        _chain(own, timeline, _shows, f"write heads of {broker}")


def _served_by(read: Operation, broker: str) -> bool:
    seen = read.outcome
    return isinstance(seen, Seen) and seen.broker == broker and bool(seen.heads)


def _shows(read: Operation, state: State) -> bool:
    seen = read.outcome
    return isinstance(seen, Seen) and seen.heads[-1] == state.head


def _lost(operations: Sequence[Operation], made: Sequence[Change]) -> list[bytes]:
    """The contents of appends of unknown fate that did not happen."""
    return [
        each.action.content
        for each in operations
        if isinstance(each.action, Append)
        and isinstance(each.outcome, Unknown)
        and not any(each is change.operation for change in made)
    ]


def _brief(operation: Operation) -> str:
    text = f"{operation.action} answered {operation.outcome}"
    return text if len(text) <= 8 * SHOWN else f"{text[: 8 * SHOWN]}…"
