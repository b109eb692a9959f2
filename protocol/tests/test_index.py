"""The fragment index: commits, refreshes, and what a reader is told."""

import pytest

from protocol.index import OFFSET_JUMP_AGE, FragmentIndex
from protocol.wire.messages import Fragment, Status

NOW = 1_700_000_000.5
OLD = int(NOW) - OFFSET_JUMP_AGE - 1


def _local(begin: int, end: int) -> Fragment:
    return Fragment(journal="a/journal", begin=begin, end=end)


def _stored(begin: int, end: int, mod_time: int = OLD) -> Fragment:
    return Fragment(
        journal="a/journal",
        begin=begin,
        end=end,
        mod_time=mod_time,
        backing_store="file:///data/",
    )


def _extents(index: FragmentIndex) -> list[tuple[int, int]]:
    return [(entry.begin, entry.end) for entry in index]


def test_commits_extend_the_local_fragment() -> None:
    """Each commit replaces the shorter extent of the same fragment."""
    index = FragmentIndex()
    index.commit(_local(0, 5), "content")
    index.commit(_local(0, 9), "content")

    found = index.query(4, block=False, now=NOW)

    assert _extents(index) == [(0, 9)]
    assert (found.status, found.offset, found.write_head) == (Status.OK, 4, 9)
    assert found.entry is not None
    assert found.entry.content == "content"
    assert not found.is_stored


def test_a_refresh_drops_local_fragments_it_covers() -> None:
    """Listed fragments take the place of local ones, and of all listed before."""
    index = FragmentIndex()
    index.refresh([_stored(0, 5), _stored(5, 8)])
    index.commit(_local(8, 10), "first")
    index.commit(_local(10, 12), "second")

    index.refresh([_stored(5, 8), _stored(8, 10)])

    assert _extents(index) == [(5, 8), (8, 10), (10, 12)]
    assert [entry.content for entry in index] == [None, None, "second"]
    assert (index.begin_offset, index.end_offset, index.refreshed) == (5, 12, True)


def test_a_refresh_takes_fragments_in_any_order() -> None:
    """A larger fragment listed last replaces all it contains, and nothing fails after."""
    index = FragmentIndex()
    index.commit(_local(300, 400), "content")

    index.refresh([_stored(100, 200), _stored(200, 300), _stored(50, 301)])

    assert _extents(index) == [(50, 301), (300, 400)]
    assert index.query(60, block=False, now=NOW).status == Status.OK


@pytest.mark.parametrize(("age", "offset"), [(OFFSET_JUMP_AGE, 60), (OFFSET_JUMP_AGE + 1, 100)])
def test_a_hole_is_jumped_once_what_follows_is_old(age: int, offset: int) -> None:
    """A reader in a hole goes on only at a fragment stored more than six hours ago."""
    index = FragmentIndex()
    index.refresh([_stored(50, 60), _stored(100, 110, mod_time=int(NOW) - age)])

    assert index.query(60, block=False, now=NOW).offset == offset


def test_a_leading_hole_is_jumped_at_any_age() -> None:
    """Reads before the first stored fragment begin with it."""
    index = FragmentIndex()
    index.refresh([_stored(50, 60, mod_time=int(NOW))])

    found = index.query(0, block=False, now=NOW)

    assert (found.status, found.offset) == (Status.OK, 50)
    assert found.is_stored


def test_fragments_modified_too_early_are_passed_over() -> None:
    """The reader goes on after them, and holes hold him up as ever."""
    index = FragmentIndex()
    index.refresh([_stored(0, 50), _stored(50, 60), _stored(100, 110, mod_time=int(NOW))])

    found = index.query(0, begin_mod_time=int(NOW), block=False, now=NOW)

    assert (found.status, found.offset) == (Status.OFFSET_NOT_YET_AVAILABLE, 60)
    assert not found.waits


def test_a_blocking_query_waits_where_it_came_to() -> None:
    """The write head is resolved once, and waited at."""
    index = FragmentIndex()
    index.commit(_local(0, 6), None)

    found = index.query(-1, block=True, now=NOW)

    assert found.waits
    assert (found.offset, found.write_head, found.entry) == (6, 6, None)
