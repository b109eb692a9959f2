"""Read: journals that are missing, malformed, suspended, or not to be read."""

from typing import Any

import pytest

import protocol
from conformance import READS, requirement
from conformance.broker import Broker
from conformance.checks import assert_equal, assert_refused, assert_status
from conformance.journal import Journal
from conformance.workspace import Workspace

Flags = protocol.JournalSpec
Suspend = protocol.JournalSpec.Suspend


@requirement("read.ignores-meta-segment")
def test_meta_segment(workspace: Workspace) -> None:
    """A name with metadata reads the bare journal, which fragments name."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    answer = journal.read(journal=f"{journal.name};meta/data")
    assert_equal(answer.content, b"abc", "content")
    assert_equal(answer.first.fragment.journal, journal.name, "journal of the fragment")
    bare = journal.read().first.header.route
    assert_equal(answer.first.header.route, bare, "route")
    within = journal.read(1, end_offset=2, journal=f"{journal.name};meta/data")
    assert_equal(within.content, b"b", "content of a range")


@requirement("read.refuses-bad-meta-segment")
def test_empty_meta_segment(workspace: Workspace) -> None:
    """An empty metadata segment is refused; one of a letter is not."""
    journal = workspace.journal()
    text = "Journal.metadata path segment: invalid length (0; expected 1 <= length <= 512)"
    answer = journal.read(journal=f"{journal.name};")
    assert_refused(answer, "Journal", "segment", text=text)
    assert_status(journal.read(journal=f"{journal.name};x"), "OFFSET_NOT_YET_AVAILABLE")


def _assert_bare(message: Any) -> None:
    """Holds that a refusal has a header beside its status, and nothing else."""
    fields = [field.name for field, _ in message.ListFields()]
    assert_equal(fields, ["status", "header"], "fields of the refusal")


@READS
@requirement("read.missing-journal-is-not-found")
@pytest.mark.parametrize("block", [False, True], ids=["unblocked", "blocking"])
def test_missing(workspace: Workspace, broker: Broker, block: bool) -> None:
    """A missing journal is answered at once, with the answering broker's header."""
    answer = workspace.unmade().read(7, end_offset=9, block=block)
    assert_status(answer, "JOURNAL_NOT_FOUND")
    header = answer.message.header
    assert_equal(header.process_id, broker.process_id(), "process id")
    assert_equal((len(header.route.members), header.route.primary), (0, -1), "route")
    _assert_bare(answer.message)


@requirement("read.deleted-journal-is-not-found")
def test_deleted(workspace: Workspace) -> None:
    """A journal is not found right after its deletion."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    journal.delete().ok()
    assert_status(journal.read(), "JOURNAL_NOT_FOUND")


@READS
@requirement("read.refuses-invalid-names")
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("/rooted/name", "Journal: cannot begin with '/' (/rooted/name)"),
        ("", "Journal: invalid length (0; expected 4 <= length <= 512)"),
        ("un//clean", "Journal: must be a clean path (un//clean)"),
        ("with space", "Journal: not a valid token (with space)"),
    ],
    ids=["rooted", "empty", "unclean", "space"],
)
def test_invalid_name(broker: Broker, name: str, text: str) -> None:
    """A malformed name is refused."""
    assert_refused(Journal(name, broker).read(), "Journal", text=text)


@requirement("read.write-only-is-not-allowed")
def test_write_only(workspace: Workspace) -> None:
    """A write-only journal is not read; made readable, it is."""
    journal = workspace.journal(flags=Flags.O_WRONLY)
    journal.append(b"abc").ok()
    answer = journal.read()
    assert_status(answer, "NOT_ALLOWED")
    assert_equal(answer.message.header.route, workspace.assigned(journal).route, "route")
    journal.apply(flags=Flags.O_RDWR).ok()
    assert_equal(journal.content(), b"abc", "content")


@requirement("read.read-only-is-served")
def test_read_only(workspace: Workspace) -> None:
    """A journal made read-only is read as before."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    journal.apply(flags=Flags.O_RDONLY).ok()
    assert_equal(journal.content(), b"abc", "content")


@requirement("read.suspended-is-refused")
@pytest.mark.parametrize("field", ["block", "do_not_proxy", "metadata_only"])
def test_suspended(workspace: Workspace, field: str) -> None:
    """A fully suspended journal refuses reads of any kind, with a header."""
    suspend = Suspend(level=Suspend.FULL)
    journal = workspace.journal(assigned=False, suspend=suspend)
    fields: dict[str, Any] = {field: True}
    answer = journal.read(**fields)
    assert_status(answer, "SUSPENDED")
    _assert_bare(answer.message)


@requirement("read.partially-suspended-is-served")
def test_partially_suspended(workspace: Workspace) -> None:
    """A journal suspended with content in it is read as before."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    journal.append(suspend=protocol.AppendRequest.SUSPEND_NOW)
    entry = journal.shown()
    assert_equal(entry.spec.suspend.level, Suspend.PARTIAL, "level of suspension")
    assert_equal(journal.content(), b"abc", "content")


@requirement("read.under-replicated-is-served")
def test_under_replicated(workspace: Workspace, brokers: tuple[Broker, ...]) -> None:
    """A journal that wants more replicas than there are brokers is read."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    journal.apply(replication=len(brokers) + 1).ok()
    workspace.assigned(journal, replicas=len(brokers))
    assert_equal(journal.content(), b"abc", "content")
    assert_status(journal.append(b"x"), "INSUFFICIENT_JOURNAL_BROKERS")
