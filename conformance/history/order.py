"""The order of appends that a journal's content tells: each one's offset is its place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.errors import NonconformanceError
from conformance.history.operation import Append, Committed, Failed, Operation, Unknown

SHOWN = 40
"""Bytes of content that a failure quotes."""


@dataclass(frozen=True)
class Change:
    """An append that added content, and the offset where it did."""

    begin: int
    append: Append
    operation: Operation

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.begin + len(self.append.content)


def changes(operations: Sequence[Operation], content: bytes) -> list[Change]:
    """The appends that make up `content`, in order; all that was committed is among them.

    Raises:
        NonconformanceError: the content is not made of whole appends that were committed, or
            whose fate is unknown, each once; or their order contradicts when they were made.
    """
    placed = list(_committed(operations))
    made: list[Change] = []
    position = 0
    for change in placed:
        if change.begin < position:
            raise _error("each commit to begin behind the last one", change, f"ends at {position}")
        made += _unknown(operations, made, content, position, change.begin)
        _same(change, content)
        made.append(change)
        position = change.end
    made += _unknown(operations, made, content, position, len(content))
    _in_time(made)
    return made


def _committed(operations: Sequence[Operation]) -> Iterator[Change]:
    found = []
    for operation in operations:
        action, outcome = operation.action, operation.outcome
        if isinstance(action, Append) and isinstance(outcome, Committed):
            change = Change(outcome.begin, action, operation)
            if change.end != outcome.end:
                raise _error("a commit of the append's length", change, f"told {outcome.end}")
            if action.content:
                found.append(change)
    return iter(sorted(found, key=lambda change: change.begin))


def _same(change: Change, content: bytes) -> None:
    there = content[change.begin : change.end]
    if there != change.append.content:
        expected = f"the bytes of the append at [{change.begin}, {change.end})"
        raise NonconformanceError(expected, _differing(change.append.content, there, change.begin))


def _unknown(
    operations: Sequence[Operation], made: Sequence[Change], content: bytes, begin: int, end: int
) -> list[Change]:
    """The appends of unknown fate that fill `[begin, end)`."""
    if begin == end:
        return []
    used = [change.operation for change in made]
    left = [
        each
        for each in operations
        if isinstance(each.outcome, Unknown) and not any(each is other for other in used)
    ]
    filled = _fill(content[begin:end], begin, left)
    if filled is None:
        raise _unexplained(operations, content[begin:end], begin)
    return filled


def _fill(gap: bytes, begin: int, left: Sequence[Operation]) -> list[Change] | None:
    if not gap:
        return []
    for operation in left:
        action = operation.action
        if isinstance(action, Append) and action.content and gap.startswith(action.content):
            change = Change(begin, action, operation)
            others = [each for each in left if each is not operation]
            rest = _fill(gap[len(action.content) :], change.end, others)
            if rest is not None:
                return [change, *rest]
    return None


def _unexplained(operations: Sequence[Operation], gap: bytes, begin: int) -> NonconformanceError:
    told = f"{len(gap)} bytes at {begin}: {gap[:SHOWN]!r}"
    for operation in operations:
        action, outcome = operation.action, operation.outcome
        if not isinstance(action, Append) or not action.content or action.content not in gap:
            continue
        if isinstance(outcome, Failed):
            return NonconformanceError("no byte of an append that was given up", told)
        if isinstance(outcome, Unknown | Committed):
            return NonconformanceError("the bytes of each append at most once", told)
        return NonconformanceError("no byte of an append that was refused", told)
    return NonconformanceError("content made of whole appends, without gaps", told)


def _in_time(made: Sequence[Change]) -> None:
    latest: Change | None = None
    for change in made:
        if latest is not None and change.operation.precedes(latest.operation):
            raise _error(
                "appends to take effect in the order in which they were made",
                change,
                f"an append made after its end lies at {latest.begin}",
            )
        if latest is None or change.operation.started > latest.operation.started:
            latest = change


def _differing(expected: bytes, got: bytes, begin: int) -> str:
    pairs = zip(expected, got, strict=False)
    at = next((at for at, (one, other) in enumerate(pairs) if one != other), len(got))
    return f"at {begin + at} {got[at : at + SHOWN]!r} instead of {expected[at : at + SHOWN]!r}"


def _error(expected: str, change: Change, got: str) -> NonconformanceError:
    return NonconformanceError(expected, f"the append at [{change.begin}, {change.end}), {got}")
