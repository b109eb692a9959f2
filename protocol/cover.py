"""The cover set: which of many overlapping fragments serve each offset of a journal.

A cover set keeps its entries in order of offset, and none of them contained in
another. Entries may overlap in part, and gaps may lie between them. Of two
candidates for the same bytes the larger one is kept; of two equal ones the newer.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, Protocol, Self, TypeVar, overload

from protocol.errors import ProtocolError


class CoverSetError(ProtocolError):
    """Spans of different journals were put into one set."""


class Spanning(Protocol):
    """Anything that spans offsets of a journal, such as a `Fragment`."""

    @property
    def journal(self) -> str: ...  # noqa: D102 - the field of the wire
    @property
    def begin(self) -> int: ...  # noqa: D102 - likewise
    @property
    def end(self) -> int: ...  # noqa: D102 - likewise


SpanT = TypeVar("SpanT", bound=Spanning)


class CoverSet(Sequence[SpanT], Generic[SpanT]):
    """An ordered set of spans in which none contains another.

    Brokers of v0.101.0 and later keep too much when a new span ends beyond the
    set and contains more than its last entry: only that last entry is dropped,
    the order breaks, and covered offsets are no longer found.

    Args:
        entries: The initial entries, already in order; they are taken as they are.
        reference_defects: Behave as those brokers do, rather than rightly.
    """

    __slots__ = ("_begins", "_ends", "_entries", "_reference_defects")

    def __init__(self, entries: Iterable[SpanT] = (), *, reference_defects: bool = False) -> None:
        self._entries = list(entries)
        self._begins = [entry.begin for entry in self._entries]
        self._ends = [entry.end for entry in self._entries]
        self._reference_defects = reference_defects

    @property
    def begin_offset(self) -> int:
        """The first offset of the first entry, and 0 of an empty set."""
        return self._begins[0] if self._begins else 0

    @property
    def end_offset(self) -> int:
        """The offset after the last entry, and 0 of an empty set."""
        return self._ends[-1] if self._ends else 0

    def copy(self) -> Self:
        """An independent set of the same entries."""
        return type(self)(self._entries, reference_defects=self._reference_defects)

    def add(self, span: SpanT) -> bool:
        """Add a span, and tell whether the set changed.

        Entries contained in the span, an equal one included, give way to it. The set
        stays as it is if the span is empty or some larger entry contains it.

        Raises:
            CoverSetError: The span is of another journal than the entries.
        """
        if self._entries and span.journal != self._entries[0].journal:
            raise CoverSetError(
                f"journal mismatch (have {self._entries[0].journal}, adding {span.journal})"
            )
        if span.begin >= span.end:
            return False
        if not self._ends or self._ends[-1] < span.end:
            self._add_last(span)
            return True
        return self._splice(span)

    def longest_overlap(self, offset: int) -> tuple[int, bool]:
        """The index of the entry to read `offset` from, and whether it covers it.

        Of several which cover the offset it is the one that reaches furthest. If
        none does, the index is that of the next entry after the offset, which is
        `len(self)` if there is none.
        """
        index = bisect_right(self._ends, offset)
        found = index < len(self._begins) and self._begins[index] <= offset
        while index + 1 < len(self._begins) and self._begins[index + 1] <= offset:
            index += 1
        return index, found

    def difference(self, other: "CoverSet[SpanT]") -> Self:
        """The entries of this set which `other` doesn't cover.

        Entries of `other` that touch or overlap cover jointly.
        """
        return type(self)(
            (entry for entry in self._entries if not other.covers(entry.begin, entry.end)),
            reference_defects=self._reference_defects,
        )

    def covers(self, begin: int, end: int) -> bool:
        """Whether every offset of [begin, end) is in an entry."""
        index, found = self.longest_overlap(begin)
        if not found:
            return False
        last = len(self._ends) - 1
        while (
            index < last
            and self._ends[index] < end
            and self._begins[index + 1] <= self._ends[index]
        ):
            index += 1
        return self._ends[index] >= end

    def _add_last(self, span: SpanT) -> None:
        """Add a span that ends beyond every entry."""
        keep = bisect_left(self._begins, span.begin)
        if self._reference_defects and keep < len(self._begins):
            keep = len(self._begins) - (self._begins[-1] >= span.begin)
        self._replace(slice(keep, None), span)

    def _splice(self, span: SpanT) -> bool:
        """Add a span that ends within the set."""
        first = bisect_right(self._ends, span.begin)
        while self._begins[first] < span.begin:
            if self._ends[first] >= span.end:
                return False
            first += 1
        if self._begins[first] == span.begin and self._ends[first] > span.end:
            return False
        after = first
        while after < len(self._ends) and self._ends[after] <= span.end:
            after += 1
        self._replace(slice(first, after), span)
        return True

    def _replace(self, entries: slice, span: SpanT) -> None:
        self._entries[entries] = [span]
        self._begins[entries] = [span.begin]
        self._ends[entries] = [span.end]

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[SpanT]:
        return iter(self._entries)

    @overload
    def __getitem__(self, index: int) -> SpanT: ...
    @overload
    def __getitem__(self, index: slice) -> list[SpanT]: ...
    def __getitem__(self, index: int | slice) -> SpanT | list[SpanT]:
        return self._entries[index]

    def __repr__(self) -> str:
        spans = " ".join(f"[{b},{e})" for b, e in zip(self._begins, self._ends, strict=True))
        return f"CoverSet({spans})"
