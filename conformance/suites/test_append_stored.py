"""Append: journals with stores, which may be ahead, unhealthy, or yet to be listed."""

import hashlib
from pathlib import Path

import pytest

import protocol
from conformance import requirement, wait
from conformance.checks import assert_equal, assert_status, assert_true, unchanged
from conformance.errors import NonconformanceError
from conformance.journal import Journal, label_set, selector
from conformance.stored import Shelf, filled_journal, spans, stored_journal
from conformance.target import Target
from conformance.workspace import Workspace
from protocol import codecs
from protocol.errors import ProtocolError

OLD = 1000
TEN = b"0123456789"
HEAD = 210
ZEROS = b"the first write, number 300323 "
"""Content in whose SHA-1 a zero begins every part of the sum that travels."""
EXTENSIONS = {"NONE": ".raw", "GZIP": ".gz", "SNAPPY": ".sz"}


@pytest.fixture
def ahead(workspace: Workspace, target: Target, file_root: Path) -> Journal:
    """A new journal whose store holds [200, 210)."""
    return filled_journal(
        workspace, target, file_root, lambda shelf: shelf.put(HEAD - 10, TEN, mod_time=OLD)
    )


@requirement("append.refuses-when-store-is-ahead")
@pytest.mark.parametrize("chunks", [(b"x",), ()], ids=["content", "empty"])
def test_store_ahead(ahead: Journal, chunks: tuple[bytes, ...]) -> None:
    """An append without offset is refused while the store has a greater one."""
    with unchanged(ahead):
        assert_status(ahead.append(*chunks), "INDEX_HAS_GREATER_OFFSET")
    assert_status(ahead.append(*chunks, offset=HEAD), "OK")


@requirement("append.recovers-at-store-end")
def test_recovery(ahead: Journal) -> None:
    """An empty append at the end of the store recovers, and others go on without offset."""
    commit = ahead.append(offset=HEAD).ok().commit
    assert_equal((commit.begin, commit.end), (HEAD, HEAD), "range of the recovery")
    commit = ahead.append(b"abc").ok().commit
    assert_equal((commit.begin, commit.end), (HEAD, HEAD + 3), "range of the next append")
    assert_equal(ahead.read(HEAD - 10).content, TEN + b"abc", "content")


@requirement(
    "append.refuses-when-store-is-ahead",
    "append.recovers-at-store-end",
    "read.change-keeps-local-content",
)
def test_store_gets_ahead(workspace: Workspace, target: Target, file_root: Path) -> None:
    """A store that gets ahead of a journal in use is noticed; registers and local content stay."""
    journal = stored_journal(workspace, target)
    journal.append(b"local", union_registers=label_set({"aa": "1"})).ok()
    shelf = Shelf(file_root, journal.name)
    for begin in (4, 40):
        shelf.put(begin, TEN, mod_time=OLD)
    wait.until(lambda: spans(journal.fragments())[-1] == (40, 50), "the store to be listed")
    assert_equal(spans(journal.fragments()), [(0, 5), (4, 14), (40, 50)], "spans")
    assert_equal(journal.read(0, end_offset=5).content, b"local", "content of before")
    wrong = selector({"aa": "2"})
    assert_status(journal.append(b"x", check_registers=wrong), "REGISTER_MISMATCH")
    assert_status(journal.append(b"x"), "INDEX_HAS_GREATER_OFFSET")
    for chunks, offset in (((), 50), ((b"abc",), 0)):
        answer = journal.append(*chunks, offset=offset).ok()
        assert_equal(answer.commit.begin, 50, "begin of the commit")
        assert_equal(answer.registers, label_set({"aa": "1"}), "registers")


@requirement("append.rejects-wrong-recovery-offset")
@pytest.mark.parametrize("offset", [1, HEAD - 5, HEAD + 1])
def test_wrong_recovery(ahead: Journal, offset: int) -> None:
    """A recovery elsewhere than at the end of the store is refused; there it is not."""
    with unchanged(ahead):
        assert_status(ahead.append(offset=offset), "WRONG_APPEND_OFFSET")
    assert_status(ahead.append(offset=HEAD), "OK")


@requirement("append.read-only-takes-barriers", "append.refuses-when-store-is-ahead")
def test_barrier_with_store_ahead(workspace: Workspace, ahead: Journal, target: Target) -> None:
    """A read-only journal takes an append without content although its store is ahead."""
    fragment = {"stores": [target.store()], "refresh_interval": 1}
    ahead.apply(flags=protocol.JournalSpec.O_RDONLY, fragment=fragment).ok()
    assert_status(workspace.appended(ahead), "OK")


@requirement("append.awaits-first-listing")
def test_first_listing(workspace: Workspace, target: Target, file_root: Path) -> None:
    """The first append of a journal with stored content already knows of it."""
    for _ in range(3):
        name = workspace.name()
        Shelf(file_root, name).put(0, TEN, mod_time=OLD)
        fragment = {"stores": [target.store()], "refresh_interval": 1}
        journal = workspace.journal(name=name, fragment=fragment)
        assert_status(journal.append(b"x"), "INDEX_HAS_GREATER_OFFSET")


UNOPENED = "s3://no-such-bucket/?nosuch=argument"


@requirement("append.unhealthy-store-is-answered")
def test_changed_store(workspace: Workspace) -> None:
    """Which store decides is the one that the specification names now."""
    journal = workspace.journal()
    journal.append(b"x").ok()
    for stores, status in (([UNOPENED], "FRAGMENT_STORE_UNHEALTHY"), ([], "OK")):
        journal.apply(fragment={"stores": stores}).ok()
        assert_status(journal.append(b"x"), status)


@requirement("append.unhealthy-store-is-answered")
def test_unhealthy_store(workspace: Workspace) -> None:
    """An append to a journal whose store cannot be opened tells of the store."""
    fragment = {"stores": [UNOPENED]}
    journal = workspace.journal(fragment=fragment)
    message = assert_status(journal.append(b"x"), "FRAGMENT_STORE_UNHEALTHY")
    assert_true(message.store_health_error, "a text of the store", message)
    assert_true(message.header.route.members, "a routed header", message)
    assert_true(not message.HasField("commit"), "no commit", message)


@requirement("append.stored-names-are-content-addressed")
@pytest.mark.parametrize("codec", sorted(EXTENSIONS))
def test_stored_name(workspace: Workspace, target: Target, file_root: Path, codec: str) -> None:
    """A persisted fragment is a file named by offsets, sum and codec, of these very bytes."""
    journal = stored_journal(workspace, target, compression_codec=codec)
    content = ZEROS
    journal.append(content).ok()
    journal.append(b"second").ok()
    shelf = Shelf(file_root, journal.name)
    wait.until(lambda: len(content) in _ends(shelf), "the first write to be persisted")
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    name = f"{0:016x}-{len(content):016x}-{digest}{EXTENSIONS[codec]}"
    assert_equal([path.name for path in shelf.files()], [name], "names of the files")
    stored = shelf.files()[0].read_bytes()
    assert_equal(_decompressed(stored, codec), content, "bytes of the file, decompressed")


def _decompressed(stored: bytes, codec: str) -> bytes:
    coder = codecs.codec(protocol.CompressionCodec.Value(codec)).decoder()
    try:
        return coder.update(stored) + coder.finish()
    except ProtocolError as error:
        raise NonconformanceError(f"a file compressed by {codec}", str(error)) from None


def _ends(shelf: Shelf) -> set[int]:
    return {
        int(path.name.split("-")[1], 16) for path in shelf.files() if not path.name.startswith(".")
    }
