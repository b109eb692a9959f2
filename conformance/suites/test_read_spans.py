"""Read: over several fragments, holes and stores' times, long content and far offsets."""

import time
from pathlib import Path
from random import Random
from urllib.parse import unquote, urlsplit

import pytest

from conformance import requirement
from conformance.answer import Answer
from conformance.checks import assert_equal, assert_status
from conformance.journal import Journal
from conformance.stored import TEN, Shelf, filled_journal, spans
from conformance.target import Target
from conformance.workspace import Workspace
from protocol.fragments import content_path

NOT_YET = "OFFSET_NOT_YET_AVAILABLE"
OLD = 1000
"""A modification time, in seconds since the epoch, that makes any hole old."""
FAR = (1 << 40) + 7
"""An offset that does not fit 32 bits."""
LONG = Random(3).randbytes(1 << 16) * 50 + b"the end"
"""Content of more than three MiB."""
MIXED = {0: "NONE", 10: "GZIP", 20: "SNAPPY"}
"""Codec by begin of the stored fragments of `mixed`."""


def announced(answer: Answer) -> list[tuple[int, int]]:
    """Offset and begin of the fragment of each announcement of a read."""
    messages = [each for each in answer.messages if each.fragment.end]
    return [(each.offset, each.fragment.begin) for each in messages]


@pytest.fixture
def mixed(workspace: Workspace, target: Target, file_root: Path) -> Journal:
    """A journal over stored fragments of several codecs and directories, and a local one."""

    def fill(shelf: Shelf) -> None:
        for begin, codec in MIXED.items():
            shelf.put(begin, TEN, codec=codec, postfix=f"hour={begin}", mod_time=OLD + begin)

    journal = filled_journal(workspace, target, file_root, fill, compression_codec="GZIP")
    assert_status(journal.append(offset=30), "OK")
    journal.append(b"local").ok()
    return journal


@requirement(
    "read.first-message-is-complete",
    "read.announces-each-fragment",
    "read.url-tells-persistence",
    "list-fragments.postfix-directories-are-indexed",
)
@pytest.mark.parametrize("within", [0, 3], ids=["from-begin", "from-within"])
def test_announcements(mixed: Journal, within: int) -> None:
    """Each fragment is announced whole, as it is listed, stored ones with a URL of their own."""
    listed = [entry.spec for entry in mixed.fragments().ok().fragments]
    answer = mixed.read(within)
    messages = [each for each in answer.messages if each.fragment.end]
    assert_equal([each.fragment for each in messages], listed, "announced fragments")
    assert_equal({each.write_head for each in messages}, {35}, "write heads")
    assert_equal(answer.content, (TEN * 3 + b"local")[within:], "content")
    for each in messages:
        assert_equal(bool(each.fragment_url), bool(each.fragment.backing_store), "a URL")
    for fragment in listed:
        alone = mixed.read(fragment.begin + within, metadata_only=True).ok()
        assert_equal(alone.fragment, fragment, "the fragment of a read that begins there")


@requirement("fragments.urls-lead-to-the-file", "read.url-tells-persistence")
def test_paths_of_urls(mixed: Journal) -> None:
    """Every URL, of a read or signed for a listing, ends in the path of its fragment."""
    entries = mixed.fragments(signatureTTL={"seconds": 60}).ok().fragments
    urls = {each.spec.begin: each.signed_url for each in entries}
    for message in (each for each in mixed.read().messages if each.fragment.backing_store):
        path = content_path(message.fragment)
        for url in (message.fragment_url, urls[message.fragment.begin]):
            found = unquote(urlsplit(url).path)
            assert_equal(found[-len(path) :], path, f"the path of {url}")


@requirement("read.stops-at-end-offset", "read.streams-stored-content")
@pytest.mark.parametrize(("begin", "end"), [(0, 10), (0, 11), (3, 20), (9, 29), (12, 30), (5, 33)])
def test_end_in_a_later_fragment(mixed: Journal, begin: int, end: int) -> None:
    """A read ends at its end offset in whatever fragment that lies, stored or local."""
    answer = mixed.read(begin, end_offset=end)
    assert_equal(answer.content, (TEN * 3 + b"local")[begin:end], "content")
    assert_status(answer, "OK")
    begins = [fragment for _, fragment in announced(answer)]
    assert_equal(begins, list(range(begin // 10 * 10, end, 10)), "begins of announced fragments")


@requirement("read.stops-at-end-offset")
@pytest.mark.parametrize(("begin", "end"), [(0, 601), (599, 1801), (1200, 2999), (700, 140_000)])
@pytest.mark.parametrize("block", [False, True], ids=["at-once", "blocking"])
def test_end_in_a_later_local_fragment(
    workspace: Workspace, begin: int, end: int, block: bool
) -> None:
    """A read over several local fragments, small and large, delivers what it was asked for."""
    journal = workspace.journal(fragment={"length": 1024})
    content = Random(1).randbytes(203_000)
    for start, stop in ((0, 600), (600, 1200), (1200, 1800), (1800, 3000), (3000, 203_000)):
        journal.append(content[start:stop]).ok()
    answer = journal.read(begin, end_offset=end, block=block)
    assert_equal(answer.content, content[begin:end], "content")
    assert_status(answer, "OK")
    assert_equal(
        {each.write_head for each in answer.messages if each.fragment.end}, {203_000}, "heads"
    )


@requirement("read.stops-at-end-offset")
@pytest.mark.parametrize("end", [1, 131_071, 131_072, 131_073, 262_144])
def test_end_where_a_message_ends(workspace: Workspace, end: int) -> None:
    """Where the end offset falls together with a message's end, no empty message follows."""
    journal = workspace.journal()
    content = Random(2).randbytes(300_000)
    journal.append(content).ok()
    answer = journal.read(0, end_offset=end)
    assert_equal(answer.content, content[:end], "content")
    empty = [each for each in answer.messages if not each.content and not each.fragment.end]
    assert_equal(empty, [], "messages that carry nothing")


@requirement("read.unproxied-local-content", "read.blocks-at-head")
def test_unproxied_tail(workspace: Workspace) -> None:
    """A read that must not be proxied waits at the head too."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    with journal.open_read(0, do_not_proxy=True, end_offset=6) as stream:
        assert_equal(stream.next().offset, 0, "offset of the first message")
        journal.append(b"def").ok()
        answer = stream.end()
    assert_equal(answer.content, b"abcdef", "content")
    assert_status(answer, "OK")


@requirement("read.skips-old-fragments")
@pytest.mark.parametrize("block", [False, True], ids=["at-once", "blocking"])
@pytest.mark.parametrize(
    ("begin", "seen"),
    [(0, [(10, 10), (30, 30)]), (5, [(10, 10), (30, 30)]), (15, [(15, 10), (30, 30)])],
)
def test_begin_time_between(
    workspace: Workspace,
    target: Target,
    file_root: Path,
    begin: int,
    seen: list[tuple[int, int]],
    *,
    block: bool,
) -> None:
    """Old fragments are skipped wherever they lie between young ones, and the read begins."""

    def fill(shelf: Shelf) -> None:
        for number, mod_time in enumerate((100, 300, 200, 400)):
            shelf.put(number * 10, TEN, mod_time=mod_time)

    journal = filled_journal(workspace, target, file_root, fill)
    answer = journal.read(begin, begin_mod_time=201, block=block, end_offset=40)
    assert_equal(announced(answer), seen, "offsets and begins")
    assert_equal(len(answer.content), 40 - 10 - seen[0][0], "bytes of content")


@requirement("read.skips-old-fragments", "read.jump-past-end-has-no-content")
def test_begin_time_past_the_end(workspace: Workspace, target: Target, file_root: Path) -> None:
    """A read that skips beyond its end offset answers where it would have gone on, and ends."""

    def fill(shelf: Shelf) -> None:
        shelf.put(0, TEN, mod_time=100)
        shelf.put(10, TEN, mod_time=200)

    answer = filled_journal(workspace, target, file_root, fill).read(
        0, begin_mod_time=150, end_offset=5
    )
    assert_equal(announced(answer), [(10, 10)], "offsets and begins")
    assert_equal((answer.content, len(answer.messages)), (b"", 1), "content and messages")


@requirement("read.jumps-old-hole", "read.jumps-leading-hole")
@pytest.mark.parametrize("block", [False, True], ids=["at-once", "blocking"])
@pytest.mark.parametrize(
    ("begin", "seen"),
    [
        (0, [(50, 50), (100, 100), (200, 200)]),
        (55, [(55, 50), (100, 100), (200, 200)]),
        (60, [(100, 100), (200, 200)]),
        (199, [(200, 200)]),
    ],
)
def test_several_holes(
    workspace: Workspace,
    target: Target,
    file_root: Path,
    begin: int,
    seen: list[tuple[int, int]],
    *,
    block: bool,
) -> None:
    """A read runs over every old hole that it comes to, also where it blocks."""

    def fill(shelf: Shelf) -> None:
        for start in (50, 100, 200):
            shelf.put(start, TEN, mod_time=OLD)

    journal = filled_journal(workspace, target, file_root, fill)
    answer = journal.read(begin, block=block, end_offset=210)
    assert_equal(announced(answer), seen, "offsets and begins")
    assert_equal(answer.content, (TEN * 3)[-len(answer.content) :], "content")
    assert_status(answer, "OK")


@requirement("read.waits-at-young-hole")
def test_young_hole_after_an_old_one(workspace: Workspace, target: Target, file_root: Path) -> None:
    """A read runs over an old hole, and stops at the young one behind it."""

    def fill(shelf: Shelf) -> None:
        shelf.put(50, TEN, mod_time=OLD)
        shelf.put(100, TEN, mod_time=OLD)
        shelf.put(200, TEN, mod_time=int(time.time()))

    answer = filled_journal(workspace, target, file_root, fill).read(0)
    assert_equal(announced(answer), [(50, 50), (100, 100)], "offsets and begins")
    assert_equal(assert_status(answer, NOT_YET).offset, 110, "offset of the end")


@requirement("read.streams-stored-content")
@pytest.mark.parametrize("codec", ["NONE", "GZIP", "SNAPPY", "ZSTANDARD"])
def test_long_stored_content(
    workspace: Workspace, target: Target, file_root: Path, codec: str
) -> None:
    """Several MiB are read from a store whole, from far within, and in part."""
    journal = filled_journal(
        workspace, target, file_root, lambda shelf: shelf.put(0, LONG, mod_time=OLD, codec=codec)
    )
    assert_equal(journal.content(), LONG, "content")
    for begin, end in ((len(LONG) - 9, len(LONG)), (1_500_001, 1_800_001)):
        answer = journal.read(begin, end_offset=end)
        assert_equal(answer.content, LONG[begin:end], f"content from {begin}")


@requirement(
    "read.streams-stored-content",
    "read.beyond-head-echoes-offset",
    "list-fragments.lists-all-in-order",
    "append.recovers-at-store-end",
)
def test_far_offsets(workspace: Workspace, target: Target, file_root: Path) -> None:
    """Offsets of more than 32 bits are listed, read and appended at as any others."""
    journal = filled_journal(
        workspace, target, file_root, lambda shelf: shelf.put(FAR, TEN, mod_time=OLD)
    )
    assert_equal(journal.append(offset=FAR + 10).ok().commit.end, FAR + 10, "end of recovery")
    commit = journal.append(b"local", offset=FAR + 10).ok().commit
    assert_equal((commit.begin, commit.end), (FAR + 10, FAR + 15), "range of the commit")
    assert_equal(spans(journal.fragments()), [(FAR, FAR + 10), (FAR + 10, FAR + 15)], "spans")
    assert_equal(announced(journal.read()), [(FAR, FAR), (FAR + 10, FAR + 10)], "from 0")
    assert_equal(journal.read(FAR + 7, end_offset=FAR + 13).content, b"789loc", "content")
    beyond = assert_status(journal.read(FAR + 100), NOT_YET)
    assert_equal((beyond.offset, beyond.write_head), (FAR + 100, FAR + 15), "offset and head")
