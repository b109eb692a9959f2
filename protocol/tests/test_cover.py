"""The cover set, against a naive model and at the defect of the reference."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.cover import CoverSet, CoverSetError


class Span(NamedTuple):
    """A span of one journal, told apart from equal ones by `tag`."""

    begin: int
    end: int
    tag: int = 0
    journal: str = "a/journal"


spans = st.lists(
    st.builds(
        lambda begin, length, tag: Span(begin, begin + length, tag),
        st.integers(0, 30),
        st.integers(0, 12),
        st.integers(),
    ),
    max_size=20,
)


def _add_naively(entries: list[Span], span: Span) -> list[Span]:
    """Drop what the span contains, unless it is empty or something larger contains it."""
    if span.begin == span.end or any(
        entry.begin <= span.begin
        and span.end <= entry.end
        and (entry.begin, entry.end) != (span.begin, span.end)
        for entry in entries
    ):
        return entries
    kept = [entry for entry in entries if entry.begin < span.begin or span.end < entry.end]
    return sorted([*kept, span])


def _cover_set(adds: list[Span]) -> CoverSet[Span]:
    cover: CoverSet[Span] = CoverSet()
    for span in adds:
        cover.add(span)
    return cover


@given(spans)
def test_add_agrees_with_a_naive_model(adds: list[Span]) -> None:
    """Whatever is added, the set is that of the naive model, and says when it changes."""
    cover: CoverSet[Span] = CoverSet()
    expected: list[Span] = []
    for span in adds:
        expected = _add_naively(expected, span)
        assert cover.add(span) == (span.begin != span.end and span in expected)
        assert list(cover) == expected
        assert cover.begin_offset == (expected[0].begin if expected else 0)
        assert cover.end_offset == (expected[-1].end if expected else 0)


@given(spans, st.integers(-1, 45))
def test_longest_overlap_reaches_furthest(adds: list[Span], offset: int) -> None:
    """Of the entries that cover an offset the one found has the greatest end."""
    cover = _cover_set(adds)
    covering = [entry for entry in cover if entry.begin <= offset < entry.end]

    index, found = cover.longest_overlap(offset)

    if covering:
        assert found
        assert cover[index] == max(covering, key=lambda entry: entry.end)
    else:
        assert not found
        assert [entry for entry in cover if entry.begin > offset] == cover[index:]


@given(spans, spans)
def test_difference_is_what_is_not_covered(adds: list[Span], others: list[Span]) -> None:
    """The difference holds exactly the entries with some offset outside of the other set."""
    cover, other = _cover_set(adds), _cover_set(others)
    covered = {at for entry in other for at in range(entry.begin, entry.end)}

    expected = [entry for entry in cover if not covered.issuperset(range(*entry[:2]))]

    assert list(cover.difference(other)) == expected


def test_reference_defects_are_kept_only_when_asked_for() -> None:
    """A span over the end that contains several entries leaves all but the last if asked."""
    adds = [Span(100, 200, 1), Span(200, 300, 2), Span(50, 301, 3)]
    reference: CoverSet[Span] = CoverSet(reference_defects=True)
    for span in adds:
        reference.add(span)

    assert list(reference) == [adds[0], adds[2]]
    assert list(_cover_set(adds)) == [adds[2]]


def test_another_journal_is_refused() -> None:
    """A set holds spans of one journal."""
    cover = _cover_set([Span(0, 1)])

    with pytest.raises(CoverSetError, match="journal mismatch"):
        cover.add(Span(1, 2, journal="b/journal"))


def test_a_copy_is_independent() -> None:
    """Adding to a copy leaves the original as it was."""
    cover = _cover_set([Span(0, 1)])

    cover.copy().add(Span(1, 2))

    assert list(cover) == [Span(0, 1)]
