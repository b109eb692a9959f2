"""ListFragments: what lies in the stores."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import protocol
from conformance import requirement, wait
from conformance.checks import assert_equal, assert_status, assert_true, only
from conformance.journal import Journal
from conformance.stored import (
    REFRESH,
    TEN,
    TIMES,
    Shelf,
    begins,
    filled_journal,
    five,
    persisted,
    sha1,
    spans,
)
from conformance.target import Target
from conformance.workspace import Workspace
from protocol.fragments import digest_of

Filled = Callable[..., Journal]


@pytest.fixture
def filled(workspace: Workspace, target: Target, file_root: Path) -> Filled:
    """Makes a journal over the store that a function fills, such as `five`."""

    def make(fill: Callable[[Shelf], object], **fragment: Any) -> Journal:
        return filled_journal(workspace, target, file_root, fill, **fragment)

    return make


def with_tail(journal: Journal) -> None:
    """Appends five bytes behind the stored ones; they stay local for now."""
    assert_status(journal.append(offset=50), "OK")
    assert_status(journal.append(b"local"), "OK")


@requirement("list-fragments.stored-entry-is-complete")
def test_a_stored_fragment_is_listed_with_all_its_fields(filled: Filled, target: Target) -> None:
    """Span, sum, codec, store and modification time are those of the file."""
    journal = filled(five)
    entry = journal.fragments().ok().fragments[2].spec
    got = (entry.journal, entry.begin, entry.end, entry.backing_store, entry.mod_time)
    assert_equal(got, (journal.name, 20, 30, target.store(), 300), "the entry")
    assert_equal(digest_of(entry.sum).hex(), sha1(TEN), "the sum")
    assert_equal(entry.compression_codec, protocol.CompressionCodec.NONE, "the codec")
    assert_equal(entry.path_postfix, "", "the path postfix")


@requirement("list-fragments.lists-all-in-order", "list-fragments.stored-entry-is-complete")
def test_order_is_that_of_offsets(filled: Filled, workspace: Workspace) -> None:
    """Fragments come by their begin, whatever their times, codecs and directories."""

    def fill(shelf: Shelf) -> None:
        shelf.put(0, TEN, mod_time=500, codec="SNAPPY", postfix="zz")
        shelf.put(10, TEN, mod_time=100)
        shelf.put(20, TEN, mod_time=400, codec="GZIP", postfix="aa/bb")
        shelf.put(30, TEN, mod_time=200, postfix="aa")

    journal = filled(fill)
    message = journal.fragments().ok()
    listed = [(each.spec.begin, each.spec.mod_time) for each in message.fragments]
    assert_equal(listed, [(0, 500), (10, 100), (20, 400), (30, 200)], "begins and times")
    assert_equal(message.header.route, workspace.assigned(journal).route, "route")


@requirement("list-fragments.signs-stored-fragments")
def test_stored_fragments_are_signed(filled: Filled) -> None:
    """With a TTL every stored fragment has a URL that ends in its name, and local ones none."""
    journal = filled(five)
    with_tail(journal)
    entries = journal.fragments(signatureTTL={"seconds": 60}).ok().fragments
    assert_equal([bool(each.signed_url) for each in entries], [True] * 5 + [False], "signed")
    assert_true(sha1(TEN) in entries[0].signed_url, "a URL of the content", entries[0].signed_url)
    brief = journal.fragments(signatureTTL={"nanos": 500_000_000}).ok().fragments
    assert_true(brief[0].signed_url, "a URL for half a second", brief[0])
    lasting = journal.fragments(signatureTTL={"seconds": 3 * 86_400}).ok().fragments
    assert_true(lasting[0].signed_url, "a URL for three days", lasting[0])


@requirement("list-fragments.no-ttl-no-signature")
def test_nothing_is_signed_unasked(filled: Filled) -> None:
    """Without a TTL no fragment has a URL."""
    entries = filled(five).fragments().ok().fragments
    assert_equal([each.signed_url for each in entries], [""] * 5, "URLs")


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
    """Fragments of all stores are listed and read, and new ones go to the first."""
    name = workspace.name()
    # Brokers remember a store without a directory as unhealthy: these are of this test alone.
    aa, bb, cc = (f"{workspace.prefix}{store}" for store in ("aa", "bb", "cc"))
    Shelf(file_root / aa, workspace.name("other")).put(0, TEN)
    Shelf(file_root / bb, name).put(0, TEN[:5])
    Shelf(file_root / cc, name).put(5, TEN[5:])
    stores = [target.store(each) for each in (aa, bb, cc)]
    journal = workspace.journal(name=name, fragment={"stores": stores, "refresh_interval": REFRESH})
    wait.until(lambda: journal.fragments().ok().fragments, "the stores to be listed")
    journal.append(offset=10).ok()
    journal.append(b"abc").ok()
    journal.append(suspend="SUSPEND_NOW")
    found = [(each.begin, each.backing_store) for each in persisted(journal)]
    expected = [(0, stores[1]), (5, stores[2]), (10, stores[0])]
    assert_equal(found, expected, "begins and stores")
    assert_equal(journal.content(), TEN + b"abc", "content")


@requirement(
    "list-fragments.store-changes-show-after-refresh", "list-fragments.stored-entry-is-complete"
)
def test_changes_of_the_store_show(filled: Filled, file_root: Path) -> None:
    """A file that is added is listed a while later, and one removed no longer."""
    journal = filled(lambda shelf: shelf.put(0, TEN))
    shelf = Shelf(file_root, journal.name)
    added = shelf.put(10, TEN)
    wait.until(lambda: begins(journal.fragments()) == [0, 10], "the added file to be listed")
    shelf.age(added, TIMES[0])
    wait.until(
        lambda: journal.fragments().ok().fragments[1].spec.mod_time == TIMES[0],
        "the file's new modification time to be listed",
    )
    shelf.remove(added)
    wait.until(lambda: begins(journal.fragments()) == [0], "the removed file to be gone")
