"""Read: content that lies in a store, and holes between its fragments."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from conformance import requirement, wait
from conformance.checks import assert_equal, assert_status, assert_true
from conformance.journal import Journal
from conformance.stored import Shelf, filled_journal, stored_journal
from conformance.target import Target
from conformance.workspace import Workspace

NOT_YET = "OFFSET_NOT_YET_AVAILABLE"
OLD = 1000
"""A modification time, in seconds since the epoch, that makes any hole old."""
TEN = b"0123456789"
JUMP_AGE = 6 * 60 * 60
"""Seconds after which the fragment behind a hole is old: the contract's six hours."""
MARGIN = 10 * 60
"""Seconds on either side of the age: enough for any clock and any pace of a run."""
WAITING = 0.4
"""Seconds of silence that tell waiting from answering: an answer takes some milliseconds."""

Filled = Callable[..., Journal]


@pytest.fixture
def filled(workspace: Workspace, target: Target, file_root: Path) -> Filled:
    """Makes a journal over ten-byte fragments, given as begin=modification time or None."""

    def make(fragments: dict[int, int | None], **fragment: Any) -> Journal:
        def fill(shelf: Shelf) -> None:
            for begin, mod_time in fragments.items():
                shelf.put(begin, TEN, mod_time=mod_time)

        return filled_journal(workspace, target, file_root, fill, **fragment)

    return make


def _first(journal: Journal) -> Any:
    fragments = journal.fragments().ok().fragments
    assert_true(len(fragments) > 0, f"{journal.name} to have fragments", "none")
    return fragments[0].spec


def _now() -> int:
    return int(time.time())


@requirement("read.unproxied-stored-content")
@pytest.mark.parametrize(
    "fields",
    [{}, {"block": True}, {"end_offset": 9}, {"begin_mod_time": OLD}],
    ids=["alone", "blocking", "bounded", "begin-time"],
)
def test_unproxied(filled: Filled, fields: dict[str, Any]) -> None:
    """A stored fragment that may not be proxied is answered with its URL alone."""
    journal = filled({0: OLD})
    answer = journal.read(3, do_not_proxy=True, **fields)
    message = assert_status(answer, "OK")
    assert_equal((len(answer.messages), message.offset), (1, 3), "messages and offset")
    assert_true(message.fragment_url and message.fragment.backing_store, "a URL", message)
    assert_equal(message.fragment.mod_time, OLD, "modification time")
    assert_equal(journal.read(3).content, TEN[3:], "content of the read that may be proxied")


@requirement("read.streams-stored-content")
@pytest.mark.parametrize("codec", ["NONE", "GZIP", "SNAPPY"])
def test_stored(workspace: Workspace, target: Target, file_root: Path, codec: str) -> None:
    """Stored content is read decompressed, from its begin and from the middle."""
    content = b"stored content, " * 20_000

    def fill(shelf: Shelf) -> None:
        shelf.put(0, content, mod_time=OLD, codec=codec)

    journal = filled_journal(workspace, target, file_root, fill)
    assert_equal(journal.content(), content, "content")
    assert_equal(journal.read(100_001).content, content[100_001:], "content from the middle")
    bounded = journal.read(5, end_offset=200_000)
    assert_equal(bounded.content, content[5:200_000], "content of a range")


@requirement("read.url-tells-persistence")
@pytest.mark.parametrize("unproxied", [False, True], ids=["proxied", "unproxied"])
def test_url(filled: Filled, unproxied: bool) -> None:
    """A stored fragment has a URL, one that is only local has none."""
    journal = filled({0: OLD})
    assert_status(journal.append(offset=10), "OK")
    journal.append(b"local").ok()
    stored = journal.read(0, metadata_only=True, do_not_proxy=unproxied).ok()
    assert_true(stored.fragment_url != "", "a URL", stored)
    local = journal.read(10, metadata_only=True, do_not_proxy=unproxied).ok()
    assert_equal((local.fragment_url, local.fragment.backing_store), ("", ""), "URL and store")


@requirement("read.file-url-is-the-path")
def test_file_url(workspace: Workspace, target: Target, file_root: Path) -> None:
    """The URL is that of the file below the root."""
    paths = []
    journal = filled_journal(
        workspace, target, file_root, lambda shelf: paths.append(shelf.put(0, TEN, mod_time=OLD))
    )
    url = journal.read(0, metadata_only=True).ok().fragment_url
    assert_equal(url, f"file:///{paths[0].relative_to(file_root)}", "URL")


@requirement("read.jumps-leading-hole")
@pytest.mark.parametrize("age", ["old", "young"])
@pytest.mark.parametrize("offset", [0, 49])
def test_leading_hole(filled: Filled, age: str, offset: int) -> None:
    """A read before all stored content begins with the first of it, old or young."""
    journal = filled({50: OLD if age == "old" else _now()})
    for block in (False, True):
        answer = journal.read(offset, block=block, end_offset=60)
        assert_equal((answer.ok().offset, answer.content), (50, TEN), "offset and content")


@requirement("read.jumps-old-hole")
@pytest.mark.parametrize("just", [False, True], ids=["ancient", "just-old"])
def test_old_hole(filled: Filled, just: bool) -> None:
    """A read runs over a hole whose next fragment is old, be it by minutes only."""
    journal = filled({50: OLD, 100: _now() - JUMP_AGE - MARGIN if just else OLD})
    answer = journal.read(55)
    offsets = [message.offset for message in answer.messages if message.fragment.end]
    assert_equal(offsets, [55, 100], "offsets of the fragments")
    assert_equal(answer.content, TEN[5:] + TEN, "content")
    assert_equal(assert_status(answer, NOT_YET).offset, 110, "offset of the end")
    blocking = journal.read(70, block=True, end_offset=110)
    assert_equal((blocking.ok().offset, blocking.content), (100, TEN), "what a blocking read has")


@requirement("read.waits-at-young-hole")
@pytest.mark.parametrize(
    "age", [-86_400, 0, JUMP_AGE - MARGIN], ids=["to-come", "new", "nearly-old"]
)
def test_young_hole(filled: Filled, age: int) -> None:
    """A read stops at a hole whose next fragment is young, and waits there if it blocks."""
    journal = filled({100: OLD, 200: _now() - age})
    message = assert_status(journal.read(110), NOT_YET)
    assert_equal((message.offset, message.write_head), (110, 210), "offset and write head")
    with journal.open_read(110) as stream:
        stream.silent(WAITING)
    assert_equal(journal.read(200).content, TEN, "content behind the hole")


@requirement("read.never-jumps-to-local")
def test_hole_before_local(filled: Filled, file_root: Path) -> None:
    """A read in a hole before content that is only local is told to wait."""
    journal = filled({50: OLD})
    assert_status(journal.append(offset=60), "OK")
    journal.append(b"local").ok()
    assert_equal(journal.read(0).ok().offset, 50, "offset while there is stored content")
    shelf = Shelf(file_root, journal.name)
    wait.until(partial(_only_local_is_left, journal, shelf), "stored content to be gone")
    message = assert_status(journal.read(0), NOT_YET)
    assert_equal((message.offset, message.write_head), (0, journal.head()), "offset and head")


def _only_local_is_left(journal: Journal, shelf: Shelf) -> bool:
    """Removes what is stored; a broker may persist at any time, and then there is new content."""
    for path in shelf.files():
        shelf.remove(path)
    found = journal.fragments().ok().fragments
    if not found:
        journal.append(b"local").ok()
    return bool(found) and not found[0].spec.backing_store


@requirement("read.jump-past-end-has-no-content")
def test_jump_past_end(filled: Filled) -> None:
    """A read whose end lies in the hole that it jumps answers where it would have gone on."""
    answer = filled({50: OLD}).read(0, end_offset=20)
    message = assert_status(answer, "OK")
    assert_equal((len(answer.messages), message.offset), (1, 50), "messages and offset")
    assert_true(not message.HasField("content"), "no content", message)


@requirement("read.skips-old-fragments")
@pytest.mark.parametrize(
    ("begin_time", "offset"), [(0, 0), (100, 0), (101, 10), (200, 10), (201, 20)]
)
def test_begin_time(filled: Filled, begin_time: int, offset: int) -> None:
    """Stored fragments of before the begin time are skipped; one of just then is not."""
    journal = filled({0: 100, 10: 200, 20: 300})
    answer = journal.read(0, begin_mod_time=begin_time)
    assert_equal(answer.ok().offset, offset, "offset of the first message")
    assert_equal(len(answer.content), 30 - offset, "bytes of content")


@requirement("read.skips-old-fragments")
def test_begin_time_to_come(filled: Filled) -> None:
    """Before a begin time that is yet to come all stored fragments are old."""
    journal = filled({0: 100, 10: 200})
    answer = journal.read(0, begin_mod_time=_now() + 86_400)
    assert_equal(assert_status(answer, NOT_YET).offset, 20, "offset")
    assert_equal(answer.content, b"", "content")


@requirement("read.begin-time-keeps-hole-rules")
def test_begin_time_into_hole(filled: Filled) -> None:
    """A read that skips up to a young hole is told to wait there, or waits itself."""
    journal = filled({100: OLD, 200: _now()})
    answer = journal.read(100, begin_mod_time=OLD + 1)
    assert_equal(assert_status(answer, NOT_YET).offset, 110, "offset")
    assert_equal(answer.content, b"", "content")
    with journal.open_read(100, begin_mod_time=OLD + 1) as stream:
        stream.silent(WAITING)


@requirement("read.prefers-longest-overlap")
def test_overlap(workspace: Workspace, target: Target, file_root: Path) -> None:
    """Of overlapping fragments the one that reaches furthest is read, each byte once."""
    content = bytes(range(18))

    def fill(shelf: Shelf) -> None:
        for begin, end in ((0, 10), (5, 15), (8, 18)):
            shelf.put(begin, content[begin:end], mod_time=OLD)

    answer = filled_journal(workspace, target, file_root, fill).read(6)
    told = [
        (message.offset, message.fragment.begin, message.fragment.end)
        for message in answer.messages
        if message.fragment.end
    ]
    assert_equal(told, [(6, 5, 15), (15, 8, 18)], "offsets and spans of the announcements")
    assert_equal(answer.content, content[6:], "content")


@requirement("read.persisted-replaces-local", "list-fragments.includes-local-fragments")
def test_persisted(workspace: Workspace, target: Target) -> None:
    """What was persisted is listed from the store, and reads the same from there."""
    journal = stored_journal(workspace, target)
    journal.append(b"first").ok()
    journal.append(b"second").ok()
    before = journal.read(0, end_offset=5)
    assert_equal(before.content, b"first", "content before")
    wait.until(lambda: _first(journal).backing_store, "the first fragment to be persisted")
    found = _first(journal)
    assert_equal((found.begin, found.end), (0, 5), "span")
    assert_equal(found.backing_store, target.store(), "store")
    assert_true(found.mod_time > 0, "a modification time", found)
    after = journal.read(0, end_offset=5)
    assert_equal(after.content, b"first", "content afterwards")
    assert_true(after.first.fragment_url, "a URL", after.first)
    assert_equal(journal.content(), b"firstsecond", "content, of which the rest is local")


@requirement("read.change-keeps-local-content")
def test_changed_stores(workspace: Workspace, target: Target) -> None:
    """A journal that gets a second store, and labels, goes on with the fragment it had open."""
    journal = stored_journal(workspace, target)
    for content in (b"first", b"second"):
        journal.append(content).ok()
    stores = [target.store(), target.store("conformance-second")]
    journal.apply(labels={"env": "prod"}, fragment={"stores": stores, "refresh_interval": 1}).ok()
    assert_equal(journal.content(), b"firstsecond", "content after the change")
    workspace.appended(journal, b"third").ok()
    assert_equal(journal.content(), b"firstsecondthird", "content after another append")
