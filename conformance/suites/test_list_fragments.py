"""ListFragments: what a journal is made of, page by page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import protocol
from conformance import requirement, wait
from conformance.answer import Answer
from conformance.checks import assert_equal, assert_refused, assert_status, assert_true, only
from conformance.journal import Journal
from conformance.stored import (
    REFRESH,
    Shelf,
    filled_journal,
    persisted,
    sha1,
)
from conformance.target import Target
from conformance.workspace import Workspace
from protocol.fragments import digest_of

TEN = b"0123456789"
TIMES = (100, 200, 300, 400, 500)
"""Modification times of the five files that most tests list, in seconds since the epoch."""
SHORT = 2.0
"""Seconds of deadline for a call that is to reach it."""
MANY = 1001
"""One entry more than the default page."""

Filled = Callable[..., Journal]


@pytest.fixture
def filled(workspace: Workspace, target: Target, file_root: Path) -> Filled:
    """Makes a journal over the store that a function fills."""

    def make(fill: Callable[[Shelf], object], **fragment: Any) -> Journal:
        return filled_journal(workspace, target, file_root, fill, **fragment)

    return make


@pytest.fixture
def five(filled: Filled) -> Journal:
    """A journal over five stored fragments of ten bytes, of the times of TIMES."""

    def fill(shelf: Shelf) -> None:
        for number, mod_time in enumerate(TIMES):
            shelf.put(number * 10, TEN, mod_time=mod_time)

    return filled(fill)


def begins(answer: Answer) -> list[int]:
    """The begin offsets of the fragments in an answer."""
    return [entry.spec.begin for entry in answer.ok().fragments]


def spans(answer: Answer) -> list[tuple[int, int]]:
    """The spans of the fragments in an answer."""
    return [(entry.spec.begin, entry.spec.end) for entry in answer.ok().fragments]


def with_tail(journal: Journal) -> None:
    """Appends five bytes behind the stored ones; they stay local for now."""
    assert_status(journal.append(offset=50), "OK")
    assert_status(journal.append(b"local"), "OK")


@requirement("list-fragments.lists-all-in-order")
def test_all_fragments_are_listed_in_order(workspace: Workspace) -> None:
    """Appends that roll are listed as fragments that tile the journal from 0 to its head."""
    journal = workspace.journal(fragment={"length": 1024})
    for _ in range(6):
        journal.append(bytes(600)).ok()
    answer = journal.fragments()
    found = spans(answer)
    assert_true(len(found) > 1, "several fragments", found)
    edges = [0, *(end for _, end in found)]
    assert_equal([begin for begin, _ in found], edges[:-1], "begins that follow on ends")
    assert_equal(edges[-1], 3600, "the end of the last fragment")
    assert_equal(answer.message.next_page_token, 0, "the token of a complete listing")
    assert_true(answer.message.header.route.members, "a routed header", answer.message.header)


@requirement("list-fragments.stored-entry-is-complete")
def test_a_stored_fragment_is_listed_with_all_its_fields(five: Journal, target: Target) -> None:
    """Span, sum, codec, store and modification time are those of the file."""
    entry = five.fragments().ok().fragments[2].spec
    got = (entry.journal, entry.begin, entry.end, entry.backing_store, entry.mod_time)
    assert_equal(got, (five.name, 20, 30, target.store(), 300), "the entry")
    assert_equal(digest_of(entry.sum).hex(), sha1(TEN), "the sum")
    assert_equal(entry.compression_codec, protocol.CompressionCodec.NONE, "the codec")
    assert_equal(entry.path_postfix, "", "the path postfix")


@requirement("list-fragments.includes-local-fragments")
def test_local_content_is_listed(workspace: Workspace) -> None:
    """Content that no store holds is listed with its sum, without store and time."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    entry = only(journal.fragments().ok().fragments, "fragment")
    assert_equal((entry.spec.backing_store, entry.spec.mod_time), ("", 0), "store and time")
    assert_equal(digest_of(entry.spec.sum).hex(), sha1(b"abc"), "the sum")


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
    """Token 1000 answers OK with no entries and no token."""
    message = five.fragments(next_page_token=1000).ok()
    assert_equal((len(message.fragments), message.next_page_token), (0, 0), "entries and token")


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
def test_the_default_page_holds_a_thousand(filled: Filled) -> None:
    """Of 1001 fragments the first page holds 1000, its token the begin of the last."""

    def fill(shelf: Shelf) -> None:
        for number in range(MANY):
            shelf.put(number, b"x")

    journal = filled(fill)
    message = journal.fragments().ok()
    got = (len(message.fragments), message.next_page_token)
    assert_equal(got, (MANY - 1, MANY - 1), "entries and token")


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


@requirement("list-fragments.signs-stored-fragments")
def test_stored_fragments_are_signed(five: Journal) -> None:
    """With a TTL every stored fragment has a URL that ends in its name, and local ones none."""
    with_tail(five)
    entries = five.fragments(signatureTTL={"seconds": 60}).ok().fragments
    assert_equal([bool(each.signed_url) for each in entries], [True] * 5 + [False], "signed")
    assert_true(sha1(TEN) in entries[0].signed_url, "a URL of the content", entries[0].signed_url)


@requirement("list-fragments.no-ttl-no-signature")
def test_nothing_is_signed_unasked(five: Journal) -> None:
    """Without a TTL no fragment has a URL."""
    entries = five.fragments().ok().fragments
    assert_equal([each.signed_url for each in entries], [""] * 5, "URLs")


@requirement("list-fragments.refuses-ttl-not-positive")
@pytest.mark.parametrize("seconds", [0, -5])
def test_a_ttl_must_be_positive(workspace: Workspace, seconds: int) -> None:
    """Zero and negative TTLs are refused by name, a nanosecond is taken."""
    journal = workspace.journal()
    answer = journal.fragments(signatureTTL={"seconds": seconds})
    text = f"invalid SignatureTTL ({seconds}s; must be > 0s)"
    assert_refused(answer, "SignatureTTL", text=text)
    assert_status(journal.fragments(signatureTTL={"nanos": 1}), "OK")


@requirement("list-fragments.missing-journal")
def test_a_missing_journal_is_not_found(workspace: Workspace) -> None:
    """A journal that does not exist answers JOURNAL_NOT_FOUND."""
    assert_status(workspace.unmade().fragments(), "JOURNAL_NOT_FOUND")


@requirement("list-fragments.write-only-journal")
def test_a_write_only_journal_is_not_listed(workspace: Workspace) -> None:
    """Flag O_WRONLY answers NOT_ALLOWED, O_RDONLY and O_RDWR are listed."""
    flags = protocol.JournalSpec.Flag
    answers = {
        name: workspace.journal(flags=flags.Value(name)).fragments().status
        for name in ("O_WRONLY", "O_RDONLY", "O_RDWR")
    }
    wanted = {"O_WRONLY": "NOT_ALLOWED", "O_RDONLY": "OK", "O_RDWR": "OK"}
    assert_equal(answers, wanted, "statuses by flag")


@requirement("list-fragments.suspended-journal")
def test_a_suspended_journal_is_not_listed(workspace: Workspace) -> None:
    """A fully suspended journal answers SUSPENDED."""
    journal = workspace.journal(assigned=False, suspend={"level": "FULL"})
    assert_status(journal.fragments(), "SUSPENDED")


@requirement("list-fragments.non-member-proxies")
def test_every_broker_answers_for_every_journal(workspace: Workspace, target: Target) -> None:
    """Brokers that do not hold the journal answer as the one that does, header included."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    entry = workspace.assigned(journal)
    for broker in target.brokers:
        message = broker.call("ListFragments", protocol.FragmentsRequest(journal=journal.name)).ok()
        got = (message.header.process_id, [each.spec.end for each in message.fragments])
        assert_equal(got, (entry.route.members[0], [3]), "who answered, and what")


@requirement("list-fragments.non-member-refuses-to-proxy")
def test_a_broker_without_the_journal_may_not_answer_alone(
    workspace: Workspace, target: Target
) -> None:
    """With do_not_proxy only the member answers OK, and others NOT_JOURNAL_BROKER."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    request = protocol.FragmentsRequest(journal=journal.name, do_not_proxy=True)
    statuses = sorted(each.call("ListFragments", request).status for each in target.brokers)
    others = len(target.brokers) - 1
    assert_equal(statuses, ["NOT_JOURNAL_BROKER"] * others + ["OK"], "statuses")


@requirement("list-fragments.waits-for-first-refresh")
def test_a_store_that_cannot_be_listed_keeps_callers_waiting(workspace: Workspace) -> None:
    """A journal over a bucket without credentials is not answered; one without a store is."""
    stores = ["s3://conformance-no-such-bucket/?profile=conformance-no-such-profile"]
    journal = workspace.journal(fragment={"stores": stores})
    request = protocol.FragmentsRequest(journal=journal.name)
    answer = workspace.broker.call("ListFragments", request, timeout=SHORT)
    assert_equal(answer.code, "DEADLINE_EXCEEDED", "the code over a dead store")
    assert_status(workspace.journal().fragments(), "OK")


@requirement("list-fragments.covered-fragments-are-dropped")
def test_covered_fragments_are_not_listed(filled: Filled) -> None:
    """Of overlapping files those inside another one are left out."""

    def fill(shelf: Shelf) -> None:
        for begin, end in ((0, 10), (0, 5), (5, 15), (6, 9), (8, 18)):
            shelf.put(begin, bytes(end - begin))

    journal = filled(fill)
    assert_equal(spans(journal.fragments()), [(0, 10), (5, 15), (8, 18)], "spans")
    tokens = [journal.fragments(page_limit=limit).ok().next_page_token for limit in (1, 2)]
    assert_equal(tokens, [5, 8], "tokens after one and after two entries")


@requirement("list-fragments.foreign-files-are-ignored")
def test_foreign_files_are_ignored(filled: Filled) -> None:
    """Files of other names beside and below the fragments are not listed."""

    def fill(shelf: Shelf) -> None:
        shelf.put(0, TEN)
        shelf.put(0, b"notes", name="README.txt")
        shelf.put(0, b"half", name=".partial-0000")
        shelf.put(0, b"deep", name="1-2-3-4.raw", postfix="some/where")

    journal = filled(fill)
    assert_equal(spans(journal.fragments()), [(0, 10)], "spans")


@requirement("list-fragments.extension-aliases-are-listed")
def test_long_extensions_are_listed_by_codec(filled: Filled) -> None:
    """A file that ends in .gzip is listed as GZIP."""
    name = f"{0:016x}-{10:016x}-{sha1(TEN)}.gzip"
    journal = filled(lambda shelf: shelf.put(0, TEN, codec="GZIP", name=name))
    entry = only(journal.fragments().ok().fragments, "fragment")
    codec = protocol.CompressionCodec.Name(entry.spec.compression_codec)
    assert_equal(codec, "GZIP", "the codec")


@requirement("list-fragments.postfix-directories-are-indexed")
def test_directories_are_listed_as_postfix(filled: Filled) -> None:
    """A fragment two directories down is listed with them as its postfix, and read from there."""
    postfix = "date=2024-01-01/hour=07"
    journal = filled(lambda shelf: shelf.put(0, TEN, postfix=postfix))
    entry = only(journal.fragments().ok().fragments, "fragment")
    assert_equal(entry.spec.path_postfix, postfix, "the path postfix")
    assert_equal(journal.read().content, TEN, "content")


@requirement("list-fragments.stores-are-united")
def test_stores_are_united(workspace: Workspace, target: Target, file_root: Path) -> None:
    """Fragments of the second store are listed, and new ones go to the first."""
    name = workspace.name()
    for store in ("aa", "bb"):
        (file_root / store).mkdir(exist_ok=True)
    Shelf(file_root / "bb", name).put(0, TEN)
    stores = [target.store("aa"), target.store("bb")]
    journal = workspace.journal(name=name, fragment={"stores": stores, "refresh_interval": REFRESH})
    wait.until(lambda: journal.fragments().ok().fragments, "the stores to be listed")
    journal.append(offset=10).ok()
    journal.append(b"abc").ok()
    journal.append(suspend="SUSPEND_NOW")
    found = [(each.begin, each.backing_store) for each in persisted(journal)]
    assert_equal(found, [(0, stores[1]), (10, stores[0])], "begins and stores")


@requirement("list-fragments.store-changes-show-after-refresh")
def test_changes_of_the_store_show(filled: Filled, file_root: Path) -> None:
    """A file that is added is listed a while later, and one removed no longer."""
    journal = filled(lambda shelf: shelf.put(0, TEN))
    shelf = Shelf(file_root, journal.name)
    added = shelf.put(10, TEN)
    wait.until(lambda: begins(journal.fragments()) == [0, 10], "the added file to be listed")
    added.unlink()
    wait.until(lambda: begins(journal.fragments()) == [0], "the removed file to be gone")


@requirement("list-fragments.meta-segment-is-ignored")
def test_a_metadata_segment_changes_nothing(workspace: Workspace) -> None:
    """`name;meta` lists as `name` does."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    named = Journal(f"{journal.name};meta/seg", journal.broker)
    assert_equal(spans(named.fragments()), spans(journal.fragments()), "spans")
