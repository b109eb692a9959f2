"""Append: transactions, and who takes them."""

from typing import Any

import pytest

import protocol
from conformance import requirement, wait
from conformance.answer import Answer
from conformance.broker import Broker
from conformance.checks import (
    absent,
    assert_equal,
    assert_refused,
    assert_status,
    assert_sum,
    assert_true,
    unchanged,
)
from conformance.journal import Journal, label_set, selector
from conformance.workspace import Workspace

Request = protocol.AppendRequest
COMMIT = Request()
Flags = protocol.JournalSpec


@requirement("append.commits-content")
def test_commit(workspace: Workspace) -> None:
    """Appends commit one after the other, each described by its own fragment."""
    journal, head = workspace.journal(), 0
    for chunks in ([b"hello ", b"world"], [b"second"], [b"and"], [b"another ", b"one"]):
        content = b"".join(chunks)
        commit = journal.append(*chunks).ok().commit
        assert_equal((commit.begin, commit.end), (head, head + len(content)), "its range")
        assert_sum(commit.sum, content, "sum of the commit's own bytes")
        assert_equal(commit.journal, journal.name, "journal of the commit")
        assert_equal(commit.compression_codec, protocol.CompressionCodec.NONE, "codec")
        assert_equal((commit.backing_store, commit.mod_time), ("", 0), "store and time")
        head += len(content)
    assert_equal(journal.content(), b"hello worldsecondandanother one", "content")


@requirement("append.commits-content")
@pytest.mark.parametrize("codec", ["GZIP", "SNAPPY", "ZSTANDARD"])
def test_codec_of_commit(workspace: Workspace, codec: str) -> None:
    """A commit carries the codec of its journal, and content reads back the same."""
    journal = workspace.journal(fragment={"compression_codec": codec})
    commit = journal.append(b"some content").ok().commit
    assert_equal(protocol.CompressionCodec.Name(commit.compression_codec), codec, "codec")
    assert_equal(journal.content(), b"some content", "content")


@requirement("append.ok-header-is-routed")
def test_header(workspace: Workspace) -> None:
    """The header names the primary, and has the route with endpoints."""
    journal = workspace.journal()
    route = workspace.assigned(journal).route
    header = journal.append(b"x").ok().header
    assert_equal(header.process_id, route.members[route.primary], "process id")
    assert_equal(header.route, route, "route")
    assert_true(header.etcd.revision > 0 and header.etcd.cluster_id, "an etcd header", header)


@requirement("append.ok-has-registers")
def test_registers_present(workspace: Workspace) -> None:
    """Registers are there and empty, with content and without."""
    journal = workspace.journal()
    for chunks in ((b"x",), ()):
        answer = journal.append(*chunks).ok()
        assert_true(answer.HasField("registers"), "registers", answer)
        assert_equal(len(answer.registers.labels), 0, "registers")


@requirement("append.counts-chunks", "append.delays-nothing-without-limit")
@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_chunks(workspace: Workspace, count: int) -> None:
    """The commit message is counted with the content messages, and none is delayed."""
    answer = workspace.journal().append(*[b"x"] * count).ok()
    assert_equal(answer.total_chunks, count + 1, "chunks")
    assert_equal(answer.delayed_chunks, 0, "delayed chunks")


@requirement("append.empty-append-commits")
def test_empty_append(workspace: Workspace) -> None:
    """An append without content commits an empty range, of a new journal and at a head."""
    journal = workspace.journal(fragment={"compression_codec": "SNAPPY"})
    for head in (0, 3):
        commit = journal.append().ok().commit
        assert_equal((commit.begin, commit.end), (head, head), "range of the commit")
        assert_sum(commit.sum, b"", "sum of nothing")
        codec = protocol.CompressionCodec.Name(commit.compression_codec)
        assert_equal((commit.journal, codec), (journal.name, "SNAPPY"), "journal and codec")
        journal.append(b"abc").ok()


@requirement("append.missing-journal-is-not-found")
def test_missing_journal(workspace: Workspace) -> None:
    """A missing journal is answered before any content; made, it takes the same append."""
    journal = workspace.unmade()
    with absent(journal), journal.open_append() as stream:
        assert_status(stream.end(), "JOURNAL_NOT_FOUND")
    workspace.journal(name=journal.name).append(b"abc").ok()


def _refusals(workspace: Workspace) -> list[tuple[str, Answer]]:
    plain = workspace.journal()
    plain.append(b"abc", union_registers=label_set({"aa": "1"})).ok()
    read_only = workspace.journal(flags=Flags.O_RDONLY)
    return [
        ("JOURNAL_NOT_FOUND", workspace.unmade().append(b"x")),
        ("WRONG_APPEND_OFFSET", plain.append(b"x", offset=100)),
        ("REGISTER_MISMATCH", plain.append(b"x", check_registers=selector({"aa": "2"}))),
        ("NOT_ALLOWED", read_only.append(b"x")),
        ("SUSPENDED", workspace.journal().append(suspend="SUSPEND_NOW")),
        ("SUSPENDED", plain.append(suspend="SUSPEND_NOW")),
        ("SUSPENDED", plain.append(suspend="SUSPEND_NO_RESUME")),
    ]


@requirement("append.refusals-carry-no-commit")
def test_refusals(workspace: Workspace) -> None:
    """Whatever an append is refused for, there is a header, no commit, and registers by rule."""
    before = workspace.list().ok().header.etcd.revision
    brokers = [broker.process_id() for broker in workspace.target.brokers]
    for status, answer in _refusals(workspace):
        message = assert_status(answer, status)
        assert_true(message.header.process_id in brokers, "a header of a broker", message)
        revision = message.header.etcd.revision
        assert_true(revision >= before, f"a revision of {before} or later", message)
        assert_true(not message.HasField("commit"), f"no commit with {status}", message)
        mismatch = status == "REGISTER_MISMATCH"
        assert_equal(message.HasField("registers"), mismatch, f"registers with {status}")


@requirement("append.appends-are-serialized")
def test_serialization(workspace: Workspace) -> None:
    """An append gives up at its own deadline while another is open, and commits after it."""
    journal = workspace.journal()
    with journal.open_append(b"first") as stream:
        _await_under_way(journal)
        stream.send(COMMIT)
        stream.half_close()
        assert_equal(stream.end().ok().commit.begin, 0, "begin of the first")
    assert_equal(journal.append(b"second").ok().commit.begin, 5, "begin of the next")
    assert_equal(journal.content(), b"firstsecond", "content")


HELD_UP = 0.25
"""Seconds after which an append is held up by another: alone it takes some milliseconds."""


def _await_under_way(journal: Journal) -> None:
    """Returns once an append opened before is being served: empty ones then meet their deadline."""
    empty = [*journal.append_requests(), COMMIT]

    def held_up() -> bool:
        answer = journal.broker.call("Append", *empty, timeout=HELD_UP)
        if answer.code != "DEADLINE_EXCEEDED":
            answer.ok()
        return answer.code == "DEADLINE_EXCEEDED"

    wait.until(held_up, "an append to wait for the one that is open")


@requirement("append.read-only-refuses-content")
def test_read_only(workspace: Workspace) -> None:
    """A read-only journal takes no content; made writable, it does."""
    journal = workspace.journal(flags=Flags.O_RDONLY)
    with unchanged(journal):
        assert_status(journal.append(b"x"), "NOT_ALLOWED")
    journal.apply(flags=Flags.O_RDWR).ok()
    assert_status(workspace.appended(journal, b"x"), "OK")


@requirement("append.read-only-takes-barriers")
def test_barrier(workspace: Workspace) -> None:
    """A read-only journal takes an append without content, at its head."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    journal.apply(flags=Flags.O_RDONLY).ok()
    commit = workspace.appended(journal).ok().commit
    assert_equal((commit.begin, commit.end), (3, 3), "range of the commit")
    assert_status(journal.append(b"x"), "NOT_ALLOWED")


@requirement("append.writable-flags-take-content")
@pytest.mark.parametrize("flags", [0, Flags.O_WRONLY, Flags.O_RDWR], ids=["none", "wr", "rdwr"])
def test_writable(workspace: Workspace, flags: int) -> None:
    """A journal that is not read-only takes content."""
    assert_status(workspace.journal(flags=flags).append(b"x"), "OK")


@requirement("append.primary-serves-unproxied")
def test_unproxied(workspace: Workspace, brokers: tuple[Broker, ...]) -> None:
    """The primary commits an append that must not be proxied."""
    journal = workspace.journal()
    primary = workspace.primary(journal)
    assert_status(journal.append(b"x", broker=primary, do_not_proxy=True), "OK")


@requirement("append.too-few-replicas")
def test_too_few_replicas(workspace: Workspace, brokers: tuple[Broker, ...]) -> None:
    """More replicas than there are brokers have appends refused; as many have them taken."""
    journal = workspace.journal(assigned=False, replication=len(brokers) + 1)
    route = workspace.assigned(journal, replicas=len(brokers)).route
    with unchanged(journal):
        message = assert_status(journal.append(b"x"), "INSUFFICIENT_JOURNAL_BROKERS")
    assert_equal(message.header.route, route, "route")
    journal.apply(replication=len(brokers)).ok()
    assert_status(workspace.appended(journal, b"x"), "OK")


@requirement("append.open-append-survives-deletion")
def test_deletion_under_append(workspace: Workspace) -> None:
    """An append under way when its journal is deleted commits, or tells of the deletion."""
    journal = workspace.journal()
    with journal.open_append(b"abc") as stream:
        with stream.sustained() as sent:
            _await_under_way(journal)
            journal.delete().ok()
        stream.send(Request(content=b"def"), COMMIT)
        stream.half_close()
        commit = stream.end().ok().commit
    content = b"".join([b"abc", *sent, b"def"])
    assert_equal((commit.begin, commit.end), (0, len(content)), "range of the commit")
    assert_sum(commit.sum, content, "sum of the commit")


@requirement("append.open-append-survives-change")
def test_change_under_append(workspace: Workspace) -> None:
    """An append under way when labels and fragments of its journal change commits whole."""
    journal = workspace.journal()
    journal.append(b"before,").ok()
    with journal.open_append(b"abc") as stream:
        with stream.sustained():
            _await_under_way(journal)
            journal.apply(labels={"env": "prod"}, fragment={"length": 2048}).ok()
        stream.send(Request(content=b"def"), COMMIT)
        stream.half_close()
        commit = stream.end().ok().commit
    content = journal.content()
    assert_equal((commit.begin, commit.end), (7, len(content)), "range of the commit")
    assert_equal((content[:10], content[-3:]), (b"before,abc", b"def"), "begin and end of content")


@requirement("append.journals-are-independent")
def test_other_journals_under_append(workspace: Workspace) -> None:
    """While an append is under way others commit elsewhere, and its journal is read."""
    journal, other = workspace.journal(), workspace.journal()
    journal.append(b"before,").ok()
    with journal.open_append(b"abc") as stream:
        with stream.sustained():
            _await_under_way(journal)
            assert_status(other.append(b"elsewhere"), "OK")
            assert_equal(journal.content(), b"before,", "content")
        stream.send(COMMIT)
        stream.half_close()
        # Had the others waited for it, it would have ended at its own deadline.
        assert_equal(stream.end().ok().commit.begin, 7, "begin of the commit")


@requirement("append.ignores-meta-segment")
def test_meta_segment(workspace: Workspace, brokers: tuple[Broker, ...]) -> None:
    """An append to a name with metadata lands in the bare journal, under all its conditions."""
    journal = workspace.journal()
    # Through the primary: elsewhere this ends some brokers (see append.survives-…).
    primary = workspace.primary(journal)
    fields: dict[str, Any] = {"broker": primary, "journal": f"{journal.name};meta/data"}
    union = label_set({"aa": "1"})
    commit = journal.append(b"abc", union_registers=union, **fields).ok().commit
    assert_equal(commit.journal, journal.name, "journal of the commit")
    with unchanged(journal):
        assert_status(journal.append(b"x", offset=2, **fields), "WRONG_APPEND_OFFSET")
        answer = journal.append(b"x", check_registers=selector({"aa": "2"}), **fields)
        assert_status(answer, "REGISTER_MISMATCH")
    assert_equal(journal.append(b"def", offset=3, **fields).ok().registers, union, "registers")
    assert_equal(journal.content(), b"abcdef", "content")


@requirement("append.others-refuse-unproxied")
def test_unproxied_elsewhere(workspace: Workspace, brokers: tuple[Broker, ...]) -> None:
    """A broker that is not primary refuses, itself the author, and tells the route."""
    journal = workspace.journal()
    route = workspace.assigned(journal).route
    for broker in workspace.others(journal):
        with unchanged(journal):
            answer = journal.append(b"x", broker=broker, do_not_proxy=True)
            header = assert_status(answer, "NOT_JOURNAL_PRIMARY_BROKER").header
        assert_equal(header.route, route, "route")
        assert_true(header.process_id != route.members[route.primary], "another author", header)


@requirement("append.others-proxy")
def test_proxied(workspace: Workspace, brokers: tuple[Broker, ...]) -> None:
    """An append through another broker commits or is refused as at the primary."""
    journal = workspace.journal()
    primary = workspace.assigned(journal).route
    other = workspace.others(journal)[0]
    message = journal.append(b"abc", broker=other, union_registers=label_set({"aa": "1"})).ok()
    assert_equal(message.header.process_id, primary.members[primary.primary], "process id")
    wrong = selector({"aa": "2"})
    assert_status(journal.append(b"x", broker=other, offset=9), "WRONG_APPEND_OFFSET")
    assert_status(journal.append(b"x", broker=other, check_registers=wrong), "REGISTER_MISMATCH")
    unfinished = journal.append(b"x", broker=other, commit=False)
    assert_refused(unfinished, text="append stream: unexpected EOF")
    assert_equal(journal.content(), b"abc", "content")
