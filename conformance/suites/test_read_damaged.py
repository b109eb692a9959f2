"""Read: stored fragments that are not what their names say, or not there."""

from pathlib import Path

import protocol
from conformance import requirement, wait
from conformance.answer import Answer
from conformance.checks import assert_equal, assert_true
from conformance.stored import Shelf, filled_journal
from conformance.target import Target
from conformance.workspace import Workspace
from protocol.fragments import content_name, sum_of

OLD = 1000
TEN = b"0123456789"


def _named(shelf: Shelf, content: bytes) -> str:
    fragment = protocol.Fragment(
        journal=shelf.journal,
        begin=0,
        end=10,
        sum=sum_of(content),
        compression_codec=protocol.CompressionCodec.NONE,
    )
    return content_name(fragment)


def _failed(answer: Answer, content: bytes, text: str) -> None:
    """Holds that the content came, and then a failure that `text` describes."""
    assert_equal(answer.content, content, "content before the failure")
    assert_equal(answer.code, "UNKNOWN", "code of the failure")
    if answer.exact_texts:
        assert_true(text in answer.details, f"a failure that says {text!r}", answer.details)


@requirement("read.truncated-fragment-fails-late")
def test_truncated(workspace: Workspace, target: Target, file_root: Path) -> None:
    """Of a file of six bytes for a span of ten, six are read."""

    def fill(shelf: Shelf) -> None:
        shelf.put(0, TEN[:6], mod_time=OLD, name=_named(shelf, TEN))

    journal = filled_journal(workspace, target, file_root, fill)
    _failed(journal.read(), TEN[:6], "unexpected EOF")
    assert_equal(journal.read(2, end_offset=5).content, TEN[2:5], "content within the file")


@requirement("read.overlong-fragment-fails-late")
def test_overlong(workspace: Workspace, target: Target, file_root: Path) -> None:
    """Of a file of thirteen bytes for a span of ten, ten are read."""

    def fill(shelf: Shelf) -> None:
        shelf.put(0, TEN + b"abc", mod_time=OLD, name=_named(shelf, TEN))

    journal = filled_journal(workspace, target, file_root, fill)
    _failed(journal.read(), TEN, "did not read EOF at expected Fragment.End")


@requirement("read.missing-fragment-fails")
def test_missing(workspace: Workspace, target: Target, file_root: Path) -> None:
    """A fragment whose file went since the last listing is announced, then fails."""

    def fill(shelf: Shelf) -> None:
        shelf.put(0, TEN, mod_time=OLD)

    journal = filled_journal(workspace, target, file_root, fill, refresh_interval=300)
    assert_equal(journal.read().content, TEN, "content while the file is there")
    shelf = Shelf(file_root, journal.name)
    for path in shelf.files():
        shelf.remove(path)
    answer = journal.read()
    _failed(answer, b"", "no such file or directory")
    assert_equal(answer.messages[0].fragment.end, 10, "end of the announced fragment")


@requirement("read.sum-is-not-verified")
def test_wrong_sum(workspace: Workspace, target: Target, file_root: Path) -> None:
    """Content is served although the name tells the sum of other bytes."""

    def fill(shelf: Shelf) -> None:
        shelf.put(0, TEN, mod_time=OLD, name=_named(shelf, b"something else"))

    journal = filled_journal(workspace, target, file_root, fill)
    assert_equal(journal.content(), TEN, "content")


@requirement("read.new-stored-fragment-wakes")
def test_new_file(workspace: Workspace, target: Target, file_root: Path) -> None:
    """A read that waits is served what somebody else put into the store."""

    def fill(shelf: Shelf) -> None:
        shelf.put(0, TEN, mod_time=OLD)

    journal = filled_journal(workspace, target, file_root, fill)
    with journal.open_read(10, end_offset=13) as stream:
        Shelf(file_root, journal.name).put(10, b"abc", mod_time=OLD)
        answer = stream.end()
    if not answer.messages:  # brokers that hand a journal over end its reads well
        answer = journal.read(10, end_offset=13, block=True)
    metadata = answer.first
    assert_equal((metadata.offset, metadata.fragment.end), (10, 13), "offset and end")
    assert_equal(answer.content, b"abc", "content")


@requirement("apply.delete-keeps-stored-fragments")
def test_recreation(workspace: Workspace, target: Target, file_root: Path) -> None:
    """Stored content outlives its journal, and is what a new one of the name begins with."""

    def fill(shelf: Shelf) -> None:
        shelf.put(0, TEN, mod_time=OLD)

    journal = filled_journal(workspace, target, file_root, fill)
    journal.delete().ok()
    assert_equal(len(Shelf(file_root, journal.name).files()), 1, "files after the deletion")
    fragment = {"stores": [target.store()], "refresh_interval": 1}
    again = workspace.journal(name=journal.name, fragment=fragment)
    wait.until(lambda: again.fragments().first.fragments, "the store to be listed")
    assert_equal(again.content(), TEN, "content")
    assert_equal(again.append(b"x").status, "INDEX_HAS_GREATER_OFFSET", "status of an append")
