"""ListFragments: pages, and bounds of time."""

from pathlib import Path

import pytest

from conformance import requirement, stored
from conformance.checks import assert_equal, assert_refused, assert_status, assert_true
from conformance.journal import Journal
from conformance.stored import Shelf, begins, filled_journal, spans
from conformance.target import Target
from conformance.workspace import Workspace

MANY = 1001
"""One entry more than the default page."""


@pytest.fixture
def five(workspace: Workspace, target: Target, file_root: Path) -> Journal:
    """A journal over five stored fragments of ten bytes, of the times of TIMES."""
    return filled_journal(workspace, target, file_root, stored.five)


@requirement("list-fragments.page-limit-cuts", "list-fragments.token-continues")
def test_pages_make_up_the_whole(five: Journal) -> None:
    """Two entries a page give 0 and 10, 20 and 30, then 40 and no further token."""
    pages, token = [], 0
    for _ in range(3):
        message = five.fragments(page_limit=2, next_page_token=token).ok()
        pages.append([entry.spec.begin for entry in message.fragments])
        token = message.next_page_token
        pages[-1].append(token)
    assert_equal(pages, [[0, 10, 20], [20, 30, 40], [40, 0]], "begins and token of each page")


@requirement(
    "list-fragments.token-continues",
    "list-fragments.limit-counts-matches-only",
    "list-fragments.end-mod-time-is-inclusive",
    "list-fragments.signs-stored-fragments",
)
def test_pages_go_on_as_they_began(five: Journal) -> None:
    """Limit, bounds and signatures that are asked of each page hold for each; so do headers."""
    asked = {"page_limit": 2, "begin_mod_time": 200, "end_mod_time": 400}
    pages, token = [], 0
    for _ in range(2):
        signed = {**asked, "next_page_token": token, "signatureTTL": {"seconds": 60}}
        message = five.fragments(**signed).ok()
        pages.append([(each.spec.begin, bool(each.signed_url)) for each in message.fragments])
        assert_true(message.header.route.members, "a routed header", message.header)
        token = message.next_page_token
    assert_equal(pages, [[(10, True), (20, True)], [(30, True)]], "begins and signatures")
    assert_equal(token, 0, "the last token")


@requirement("list-fragments.last-page-has-no-token")
@pytest.mark.parametrize("limit", [5, 6], ids=["exact", "above"])
def test_a_page_that_holds_the_rest_has_no_token(five: Journal, limit: int) -> None:
    """A limit of just as many as there are, or more, gives token 0."""
    message = five.fragments(page_limit=limit).ok()
    assert_equal((len(message.fragments), message.next_page_token), (5, 0), "entries and token")


@requirement("list-fragments.unaligned-token-skips-forward")
def test_a_token_within_a_fragment_skips_it(five: Journal) -> None:
    """Token 15 begins with the fragment at 20."""
    assert_equal(begins(five.fragments(next_page_token=15)), [20, 30, 40], "begins")


@requirement("list-fragments.token-past-the-end-is-empty")
def test_a_token_beyond_the_end_gives_nothing(five: Journal) -> None:
    """A token beyond the end, however far, answers OK with no entries and no token."""
    for token in (41, 1000, (1 << 63) - 1):
        message = five.fragments(next_page_token=token).ok()
        got = (len(message.fragments), message.next_page_token)
        assert_equal(got, (0, 0), f"entries and token at {token}")


@requirement("list-fragments.accepts-page-limits-to-10000")
@pytest.mark.parametrize("limit", [0, 1, 10_000])
def test_page_limits_within_range_are_taken(workspace: Workspace, limit: int) -> None:
    """The smallest and the greatest page limit are taken, and what there is is listed."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    assert_equal(spans(journal.fragments(page_limit=limit)), [(0, 3)], "spans")


@requirement("list-fragments.refuses-page-limit-out-of-range")
@pytest.mark.parametrize("limit", [-1, 10_001])
def test_page_limits_out_of_range_are_refused(workspace: Workspace, limit: int) -> None:
    """A limit just outside the range is refused by name."""
    text = f"invalid PageLimit ({limit}; must be >= 0 and <= 10000)"
    assert_refused(workspace.journal().fragments(page_limit=limit), "PageLimit", text=text)


@requirement("list-fragments.default-page-is-1000")
def test_the_default_page_holds_a_thousand(
    workspace: Workspace, target: Target, file_root: Path
) -> None:
    """Of 1001 fragments the first page holds 1000, its token the begin of the last, or all."""

    def fill(shelf: Shelf) -> None:
        for number in range(MANY):
            shelf.put(number, b"x")

    journal = filled_journal(workspace, target, file_root, fill)
    message = journal.fragments().ok()
    got = (len(message.fragments), message.next_page_token)
    assert_equal(got, (MANY - 1, MANY - 1), "entries and token")
    message = journal.fragments(page_limit=10_000).ok()
    got = (len(message.fragments), message.next_page_token)
    assert_equal(got, (MANY, 0), "entries and token of a page for all")


@requirement("list-fragments.refuses-negative-token")
def test_a_negative_token_is_refused(workspace: Workspace) -> None:
    """Token -1 is refused by name, token 0 is taken."""
    journal = workspace.journal()
    text = "invalid NextPageToken (-1; must be >= 0)"
    assert_refused(journal.fragments(next_page_token=-1), "NextPageToken", text=text)
    assert_status(journal.fragments(next_page_token=0), "OK")


@requirement("list-fragments.begin-mod-time-is-inclusive")
def test_the_lower_time_bound_is_inclusive(five: Journal) -> None:
    """Bound 300 keeps the fragment of 300, bound 301 does not."""
    assert_equal(begins(five.fragments(begin_mod_time=300)), [20, 30, 40], "begins from 300")
    assert_equal(begins(five.fragments(begin_mod_time=301)), [30, 40], "begins from 301")


@requirement("list-fragments.begin-mod-time-keeps-local")
def test_the_lower_time_bound_keeps_local_content(workspace: Workspace) -> None:
    """A bound in the far future still lists what no store holds."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    assert_equal(begins(journal.fragments(begin_mod_time=1 << 40)), [0], "begins")


@requirement("list-fragments.end-mod-time-is-inclusive")
def test_the_upper_time_bound_is_inclusive(five: Journal) -> None:
    """Bound 300 keeps the fragment of 300, bound 299 does not."""
    assert_equal(begins(five.fragments(end_mod_time=300)), [0, 10, 20], "begins up to 300")
    assert_equal(begins(five.fragments(end_mod_time=299)), [0, 10], "begins up to 299")


@requirement("list-fragments.end-mod-time-drops-local")
def test_the_upper_time_bound_drops_local_content(workspace: Workspace) -> None:
    """Any upper bound drops what no store holds, and without one it is listed."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    assert_equal(begins(journal.fragments(end_mod_time=1 << 40)), [], "begins under a bound")
    both = journal.fragments(begin_mod_time=1, end_mod_time=1 << 40)
    assert_equal(begins(both), [], "begins between bounds")
    assert_equal(begins(journal.fragments()), [0], "begins without a bound")


@requirement("list-fragments.equal-bounds-select-one-second")
def test_equal_bounds_list_one_second(five: Journal) -> None:
    """Both bounds at 200 list the fragment of 200."""
    answer = five.fragments(begin_mod_time=200, end_mod_time=200)
    assert_equal(begins(answer), [10], "begins")


@requirement("list-fragments.refuses-end-before-begin")
def test_an_end_before_the_begin_is_refused(workspace: Workspace) -> None:
    """Bounds 50 and 40 are refused by name, 40 and 50 are taken."""
    journal = workspace.journal()
    answer = journal.fragments(begin_mod_time=50, end_mod_time=40)
    assert_refused(answer, "EndModTime", text="invalid EndModTime (40 must be after 50)")
    assert_status(journal.fragments(begin_mod_time=40, end_mod_time=50), "OK")


@requirement("list-fragments.limit-counts-matches-only")
def test_dropped_entries_use_no_room_on_the_page(five: Journal) -> None:
    """From 300 on, a page of two holds 20 and 30, whose token is 40."""
    message = five.fragments(begin_mod_time=300, page_limit=2).ok()
    got = [entry.spec.begin for entry in message.fragments]
    assert_equal((got, message.next_page_token), ([20, 30], 40), "begins and token")
