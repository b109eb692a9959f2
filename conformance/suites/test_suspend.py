"""Suspend: journals that give their brokers back while nobody writes to them."""

from pathlib import Path
from typing import Any

import pytest

import protocol
from conformance import requirement, wait
from conformance.answer import Answer
from conformance.checks import assert_equal, assert_status, assert_true
from conformance.errors import NonconformanceError
from conformance.journal import Journal, label_set, normalized, selector
from conformance.stored import Shelf, filled_journal, persisted, stored_journal
from conformance.target import Target
from conformance.workspace import Workspace

SUSPENDING = ("SUSPEND_IF_FLUSHED", "SUSPEND_NOW")
RETRIED = ("NO_JOURNAL_PRIMARY_BROKER", "INSUFFICIENT_JOURNAL_BROKERS")
"""What a resuming append may answer until brokers are assigned again."""
DAY = 24 * 3600


def level(journal: Journal) -> tuple[str, int]:
    """The journal's suspension: level and offset."""
    suspend = spec(journal).suspend
    return protocol.JournalSpec.Suspend.Level.Name(suspend.level), suspend.offset


def spec(journal: Journal) -> Any:
    """The journal's listed specification."""
    entry = journal.entry()
    if entry is None:
        raise NonconformanceError(f"{journal.name} to exist", "List does not show it")
    return entry.spec


def resumed(journal: Journal, *chunks: bytes, **fields: Any) -> Answer:
    """A default append, repeated while the journal gets its brokers back."""

    def attempt() -> Answer | None:
        answer = journal.append(*chunks, **fields)
        return None if answer.status in RETRIED else answer

    return wait.until(attempt, "the append to find brokers")


@requirement("suspend.empty-journal-becomes-full")
@pytest.mark.parametrize("how", SUSPENDING)
def test_a_journal_without_fragments_is_suspended_fully(workspace: Workspace, how: str) -> None:
    """An empty journal answers SUSPENDED and is listed as FULL at offset 0."""
    journal = workspace.journal()
    assert_status(journal.append(suspend=how), "SUSPENDED")
    assert_equal(level(journal), ("FULL", 0), "the suspension")


@requirement("suspend.full-journal-loses-members", "suspend.route-may-lag")
def test_a_full_suspension_ends_without_members(workspace: Workspace) -> None:
    """A while after a full suspension List shows no members, and no primary among them."""
    journal = suspended(workspace)
    assert_equal(journal.shown().route.primary, -1, "the primary of the empty route")


def members(journal: Journal) -> int:
    """How many members the journal's listed route has."""
    entry = journal.entry()
    return len(entry.route.members) if entry else 0


def suspended(workspace: Workspace) -> Journal:
    """A fully suspended journal without members."""
    journal = workspace.journal()
    assert_status(journal.append(suspend="SUSPEND_NOW"), "SUSPENDED")
    wait.until(lambda: not members(journal), "the route to be empty")
    return journal


@requirement("suspend.full-refuses-reads")
@pytest.mark.parametrize("block", [False, True], ids=["at-once", "blocking"])
def test_a_full_suspension_refuses_reads(workspace: Workspace, *, block: bool) -> None:
    """Read and ListFragments answer SUSPENDED under a header."""
    journal = suspended(workspace)
    read = assert_status(journal.read(0, block=block), "SUSPENDED")
    assert_true(read.header.etcd.revision > 0, "a header", read)
    assert_status(journal.fragments(), "SUSPENDED")


@requirement("suspend.full-refuses-non-resuming-appends")
@pytest.mark.parametrize("how", ["SUSPEND_NO_RESUME", *SUSPENDING])
def test_a_full_suspension_refuses_appends_that_do_not_resume(
    workspace: Workspace, how: str
) -> None:
    """Every mode but RESUME answers SUSPENDED and leaves the suspension."""
    journal = suspended(workspace)
    assert_status(journal.append(suspend=how), "SUSPENDED")
    assert_equal(level(journal), ("FULL", 0), "the suspension")


@requirement("suspend.full-is-resumed-by-append")
def test_a_default_append_resumes(workspace: Workspace) -> None:
    """A default append lifts the suspension and commits once brokers are assigned."""
    journal = suspended(workspace)
    assert_status(resumed(journal, b"abc"), "OK")
    assert_equal(level(journal)[0], "NONE", "the suspension")
    assert_equal(journal.content(), b"abc", "content")


@requirement("suspend.resume-keeps-offset", "suspend.full-is-resumed-by-append")
@pytest.mark.parametrize("offset", [1234, (1 << 40) + 7], ids=["near", "far"])
def test_the_first_append_commits_at_the_suspended_offset(
    workspace: Workspace, offset: int
) -> None:
    """A journal made with a suspension at an offset goes on there, again and again."""
    journal = workspace.journal(assigned=False, suspend={"level": "FULL", "offset": offset})
    message = assert_status(resumed(journal, b"abc"), "OK")
    journal.broker = workspace.primary(journal)  # others list what it answered a moment later
    span = (message.commit.begin, message.commit.end)
    assert_equal(span, (offset, offset + 3), "the committed span")
    assert_equal(level(journal), ("NONE", offset), "the suspension")
    assert_status(journal.append(suspend="SUSPEND_NOW"), "SUSPENDED")
    assert_equal(level(journal), ("PARTIAL", offset + 3), "the suspension of now")
    assert_equal(journal.read(offset).content, b"abc", "content")


@requirement("suspend.resume-keeps-offset")
@pytest.mark.parametrize("how", SUSPENDING)
def test_an_empty_journal_is_suspended_again_at_its_offset(workspace: Workspace, how: str) -> None:
    """Appends that resume may name the suspended offset; without content it is kept throughout."""
    journal = workspace.journal(assigned=False, suspend={"level": "FULL", "offset": 1234})
    assert_status(resumed(journal, offset=1234), "OK")
    journal.broker = workspace.primary(journal)  # others list what it answered a moment later
    assert_status(journal.append(offset=1233), "WRONG_APPEND_OFFSET")
    assert_equal(level(journal), ("NONE", 1234), "the suspension")
    assert_status(journal.append(suspend=how), "SUSPENDED")
    assert_equal(level(journal), ("FULL", 1234), "the suspension of now")


@requirement("suspend.if-flushed-keeps-local-data-active")
def test_unpersisted_content_is_not_suspended(workspace: Workspace) -> None:
    """SUSPEND_IF_FLUSHED answers OK on a journal with local content, and changes nothing."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    assert_status(journal.append(suspend="SUSPEND_IF_FLUSHED"), "OK")
    assert_equal(level(journal), ("NONE", 0), "the suspension")
    assert_status(journal.append(suspend="SUSPEND_NOW"), "SUSPENDED")


@requirement("suspend.if-flushed-keeps-recent-data-active")
def test_recent_fragments_are_not_suspended(workspace: Workspace, target: Target) -> None:
    """SUSPEND_IF_FLUSHED answers OK while the newest fragment is young."""
    journal = stored_journal(workspace, target)
    journal.append(b"abc").ok()
    journal.append().ok()
    persisted(journal)
    assert_status(journal.append(suspend="SUSPEND_IF_FLUSHED"), "OK")
    assert_equal(level(journal), ("NONE", 0), "the suspension")


@requirement("suspend.if-flushed-suspends-aged-data")
def test_aged_fragments_are_suspended(
    workspace: Workspace, target: Target, file_root: Path
) -> None:
    """SUSPEND_IF_FLUSHED suspends a journal whose newest fragment is over a day old."""
    journal = stored_journal(workspace, target)
    journal.append(b"abc").ok()
    journal.append().ok()
    aged(Shelf(file_root, journal.name), journal)
    assert_status(journal.append(suspend="SUSPEND_IF_FLUSHED"), "SUSPENDED")
    assert_equal(level(journal), ("PARTIAL", 3), "the suspension")


@requirement("suspend.if-flushed-keeps-recent-data-active")
def test_the_newest_fragment_decides(workspace: Workspace, target: Target, file_root: Path) -> None:
    """SUSPEND_IF_FLUSHED answers OK where any but the newest fragment is old."""

    def fill(shelf: Shelf) -> None:
        shelf.put(0, bytes(10), mod_time=1000)
        shelf.put(10, bytes(10))

    journal = filled_journal(workspace, target, file_root, fill)
    assert_status(journal.append(offset=20), "OK")
    assert_status(journal.append(suspend="SUSPEND_IF_FLUSHED"), "OK")
    assert_equal(level(journal), ("NONE", 0), "the suspension")


def aged(shelf: Shelf, journal: Journal) -> None:
    """Makes the journal's files more than a day old, and waits until the broker lists them so."""
    persisted(journal)
    for path in shelf.files():
        shelf.age(path, int(path.stat().st_mtime) - DAY - 3600)
    newest = max(path.stat().st_mtime for path in shelf.files())
    wait.until(
        lambda: all(each.mod_time <= newest for each in persisted(journal)),
        "the broker to list the aged files",
    )


@requirement("suspend.now-suspends-partially")
@pytest.mark.parametrize(
    "fields",
    [{}, {"offset": 3}, {"check_registers": selector({"aa": "1"})}],
    ids=["alone", "at-offset", "checked"],
)
def test_content_is_suspended_partially(workspace: Workspace, fields: dict[str, Any]) -> None:
    """SUSPEND_NOW on a journal with content answers SUSPENDED and lists PARTIAL at its head."""
    journal = workspace.journal()
    journal.append(b"abc", union_registers=label_set({"aa": "1"})).ok()
    assert_status(journal.append(suspend="SUSPEND_NOW", **fields), "SUSPENDED")
    assert_equal(level(journal), ("PARTIAL", 3), "the suspension")
    assert_equal(journal.content(), b"abc", "content")


@requirement("suspend.now-closes-the-open-fragment")
def test_suspension_persists_the_open_fragment(
    workspace: Workspace, target: Target, file_root: Path
) -> None:
    """After SUSPEND_NOW all content is in the store, also what was in the open fragment."""
    journal = stored_journal(workspace, target)
    for chunk in (b"abc", b"def", b"ghi"):
        journal.append(chunk).ok()
    assert_status(journal.append(suspend="SUSPEND_NOW"), "SUSPENDED")
    wait.until(lambda: 9 in Shelf(file_root, journal.name).ends(), "a file up to offset 9")


def partial(workspace: Workspace) -> Journal:
    """A partially suspended journal with three bytes."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    assert_status(journal.append(suspend="SUSPEND_NOW"), "SUSPENDED")
    return journal


@requirement("suspend.partial-refuses-no-resume")
@pytest.mark.parametrize("content", [(), (b"def",)], ids=["empty", "content"])
def test_no_resume_is_refused_while_suspended(
    workspace: Workspace, content: tuple[bytes, ...]
) -> None:
    """SUSPEND_NO_RESUME answers SUSPENDED on a suspended journal, and appends on an active one."""
    journal = partial(workspace)
    assert_status(journal.append(*content, suspend="SUSPEND_NO_RESUME"), "SUSPENDED")
    assert_equal(journal.content(), b"abc", "content")
    active = workspace.journal()
    assert_status(active.append(*content, suspend="SUSPEND_NO_RESUME"), "OK")


@requirement("suspend.partial-stays-on-suspend")
@pytest.mark.parametrize("how", SUSPENDING)
def test_a_suspended_journal_stays_suspended(workspace: Workspace, how: str) -> None:
    """Suspending again answers SUSPENDED and changes neither level nor offset, nor revision."""
    journal = partial(workspace)
    wait.until(lambda: level(journal) == ("PARTIAL", 3), "the suspension to be listed")
    before = journal.shown()
    assert_status(journal.append(suspend=how), "SUSPENDED")
    after = journal.shown()
    assert_equal(after.spec, before.spec, "the specification")
    assert_equal(after.mod_revision, before.mod_revision, "its revision")


@requirement(
    "suspend.partial-becomes-full-when-empty", "suspend.emptied-store-resets-write-head-only"
)
def test_a_suspended_journal_whose_store_is_emptied(
    workspace: Workspace, target: Target, file_root: Path
) -> None:
    """Without fragments PARTIAL becomes FULL at the same offset, where the next append commits."""
    journal = stored_journal(workspace, target)
    journal.append(b"abc").ok()
    assert_status(journal.append(suspend="SUSPEND_NOW"), "SUSPENDED")
    persisted(journal)
    assert_equal(journal.content(), b"abc", "content until the store is emptied")
    shelf = Shelf(file_root, journal.name)
    for path in shelf.files():
        shelf.remove(path)
    wait.until(lambda: not journal.fragments().first.fragments, "the listing to be empty")
    end = assert_status(journal.read(-1), "OFFSET_NOT_YET_AVAILABLE")
    assert_equal(
        (end.offset, end.write_head), (0, 0), "offset and write head of the emptied journal"
    )
    assert_status(journal.append(suspend="SUSPEND_IF_FLUSHED"), "SUSPENDED")
    assert_equal(level(journal), ("FULL", 3), "the suspension")
    message = assert_status(resumed(journal, b"def"), "OK")
    assert_equal((message.commit.begin, message.commit.end), (3, 6), "the committed span")


@requirement("suspend.partial-is-resumed-by-append")
def test_an_append_resumes_a_partial_suspension(workspace: Workspace) -> None:
    """A default append commits at the head, lifts the level, and leaves the offset."""
    journal = partial(workspace)
    assert_status(resumed(journal, b"def"), "OK")
    assert_equal(level(journal), ("NONE", 3), "the suspension")
    assert_equal(journal.content(), b"abcdef", "content")


RESUMING: dict[str, tuple[tuple[bytes, ...], dict[str, Any]]] = {
    "content": ((b"def",), {}),
    "empty": ((), {}),
    "at-offset": ((b"def",), {"offset": 3}),
    "with-registers": ((b"def",), {"union_registers": label_set({"bb": "2"})}),
}


@requirement("suspend.now-suspends-partially", "suspend.partial-is-resumed-by-append")
@pytest.mark.parametrize(("chunks", "fields"), RESUMING.values(), ids=RESUMING)
def test_all_but_the_level_stays(
    workspace: Workspace, chunks: tuple[bytes, ...], fields: dict[str, Any]
) -> None:
    """Suspending and resuming leave the rest of the specification, and the registers."""
    journal = workspace.journal(
        labels={"env": "prod"}, flags=protocol.JournalSpec.O_RDWR, max_append_rate=1 << 30
    )
    journal.append(b"abc", union_registers=label_set({"aa": "1"})).ok()
    before, created = others(journal), journal.shown().create_revision
    assert_status(journal.append(suspend="SUSPEND_NOW"), "SUSPENDED")
    assert_equal(others(journal), before, "the suspended specification")
    assert_equal(journal.shown().create_revision, created, "creation revision")
    registers = assert_status(journal.append(*chunks, **fields), "OK").registers
    assert_equal(level(journal), ("NONE", 3), "the suspension")
    assert_equal(others(journal), before, "the resumed specification")
    assert_equal(registers.labels[0].name, "aa", "a register of before")
    assert_status(journal.append(suspend="SUSPEND_NO_RESUME"), "OK")


def others(journal: Journal) -> Any:
    """The journal's specification without its suspension."""
    listed = normalized(spec(journal))
    listed.ClearField("suspend")
    return listed


@requirement("suspend.suspend-refuses-content")
@pytest.mark.parametrize("how", SUSPENDING)
def test_a_suspending_append_may_not_carry_content(workspace: Workspace, how: str) -> None:
    """Content with a suspension answers NOT_ALLOWED and is not committed."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    assert_status(journal.append(b"def", suspend=how), "NOT_ALLOWED")
    assert_equal(journal.content(), b"abc", "content")


@requirement("suspend.partial-resume-needs-replicas")
def test_a_replicated_journal_needs_its_replicas_back(workspace: Workspace) -> None:
    """A suspended journal of two replicas keeps one; resuming restores the other, then commits."""
    journal = workspace.journal(replication=2)
    before = list(workspace.assigned(journal, replicas=2).route.members)
    journal.append(b"abc").ok()
    assert_status(journal.append(suspend="SUSPEND_NOW"), "SUSPENDED")
    wait.until(lambda: members(journal) == 1, "one member to be left")
    left = list(journal.shown().route.members)
    answer = journal.append(b"def")
    if answer.status not in RETRIED:
        assert_equal(len(answer.ok().header.route.members), 2, "replicas of an append that is OK")
    else:
        assert_status(resumed(journal, b"def"), "OK")
    kept = workspace.primary(journal)
    # A cluster may balance as it takes a replica away: what no store has is lost where it moves.
    begin = 0 if kept.process_id() in left and kept.process_id() in before else 3
    content = Journal(journal.name, kept).read(begin).content
    assert_equal(content, b"abcdef"[begin:], "content at the replica that was kept")
    assert_equal(members(journal), 2, "members after resuming")


@requirement("suspend.offset-precondition-applies")
def test_suspension_checks_the_offset_of_the_store(
    workspace: Workspace, target: Target, file_root: Path
) -> None:
    """With a store ahead suspension is refused; with its end as the offset it happens."""
    journal = filled_journal(workspace, target, file_root, lambda shelf: shelf.put(200, bytes(10)))
    assert_status(journal.append(suspend="SUSPEND_IF_FLUSHED"), "INDEX_HAS_GREATER_OFFSET")
    assert_status(journal.append(suspend="SUSPEND_NOW", offset=210), "SUSPENDED")
    assert_equal(level(journal), ("PARTIAL", 210), "the suspension")
