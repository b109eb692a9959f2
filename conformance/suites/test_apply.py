"""Apply: revisions, atomicity, and what becomes of a journal."""

from typing import Any

import pytest

import protocol
from conformance import requirement
from conformance.broker import Broker, listed
from conformance.checks import (
    absent,
    assert_equal,
    assert_refused,
    assert_status,
    assert_true,
    unchanged,
)
from conformance.journal import Journal, normalized, selector, spec_of
from conformance.workspace import Workspace

Change = protocol.ApplyRequest.Change
Suspend = protocol.JournalSpec.Suspend
CONFLICT = "ETCD_TRANSACTION_FAILED"
ETCD_CHANGES = 128
"""Operations that etcd takes in one transaction by default."""


def _upsert(journal: Journal, expect: int = 0, **changes: Any) -> Any:
    return Change(expect_mod_revision=expect, upsert=spec_of(journal.name, **changes))


def _entry(journal: Journal) -> Any:
    entry = journal.entry()
    assert_true(entry is not None, f"List to show {journal.name}", "no entry")
    return entry


def _unassigned(workspace: Workspace, **changes: Any) -> Journal:
    return workspace.journal(assigned=False, **changes)


@requirement("apply.creates-a-journal")
def test_create(workspace: Workspace) -> None:
    """An upsert that expects no journal creates it at the revision of the header."""
    journal = workspace.unmade()
    revision = journal.apply(expect=0).ok().header.etcd.revision
    entry = _entry(journal)
    assert_equal(entry.create_revision, revision, "creation revision")
    assert_equal(entry.mod_revision, revision, "modification revision")
    assert_equal(normalized(entry.spec), spec_of(journal.name), "spec")


@requirement("apply.creation-conflicts-with-existing")
def test_create_existing(workspace: Workspace) -> None:
    """Creating what exists conflicts; creating a sibling does not."""
    journal, sibling = workspace.journal(), workspace.unmade()
    with unchanged(journal):
        assert_status(journal.apply(expect=0, labels={"new": "1"}), CONFLICT)
    assert_status(sibling.apply(expect=0, labels={"new": "1"}), "OK")


@requirement("apply.updates-at-expected-revision")
def test_update(workspace: Workspace) -> None:
    """An upsert at the current revision replaces the spec and keeps the creation revision."""
    journal = _unassigned(workspace)
    journal.apply(expect=_entry(journal).mod_revision, labels={"old": "1"}).ok()
    before = _entry(journal)
    applied = journal.apply(expect=before.mod_revision, labels={"new": "1"}).ok()
    after = _entry(journal)
    assert_equal(after.create_revision, before.create_revision, "creation revision")
    assert_equal(after.mod_revision, applied.header.etcd.revision, "modification revision")
    assert_true(after.mod_revision > before.mod_revision, "a later revision", after.mod_revision)
    assert_equal(normalized(after.spec), spec_of(journal.name, labels={"new": "1"}), "spec")


@requirement("apply.refuses-stale-revision")
@pytest.mark.parametrize("drift", [-1, 1], ids=["older", "newer"])
def test_stale_update(workspace: Workspace, drift: int) -> None:
    """An upsert at a neighbouring revision conflicts; at the current one it is taken."""
    journal = workspace.journal()
    revision = _entry(journal).mod_revision
    with unchanged(journal):
        assert_status(journal.apply(expect=revision + drift, labels={"new": "1"}), CONFLICT)
    assert_status(journal.apply(expect=revision, labels={"new": "1"}), "OK")


@requirement("apply.upserts-unconditionally")
def test_unconditional_upsert(workspace: Workspace) -> None:
    """Revision -1 creates what is absent and updates what exists."""
    journal = workspace.unmade()
    assert_status(journal.apply(expect=-1), "OK")
    created = _entry(journal)
    assert_status(journal.apply(expect=-1, labels={"new": "1"}), "OK")
    updated = _entry(journal)
    assert_equal(updated.create_revision, created.create_revision, "creation revision")
    assert_equal(updated.spec.labels.labels[0].name, "new", "label")


@requirement("apply.update-of-absent-conflicts")
def test_update_absent(workspace: Workspace) -> None:
    """An upsert of an absent journal at a positive revision creates nothing; at 0 it does."""
    journal = workspace.unmade()
    with absent(journal):
        assert_status(journal.apply(expect=5), CONFLICT)
    assert_status(journal.apply(expect=0), "OK")
    _entry(journal)


@requirement("apply.deletes-at-expected-revision")
def test_delete(workspace: Workspace) -> None:
    """A deleted journal is no longer listed, and calls do not find it."""
    journal = workspace.journal()
    journal.append(b"content").ok()
    with absent(journal):
        assert_status(journal.delete(expect=_entry(journal).mod_revision), "OK")
    assert_status(journal.read(), "JOURNAL_NOT_FOUND")
    assert_status(journal.append(b"x"), "JOURNAL_NOT_FOUND")
    assert_status(journal.fragments(), "JOURNAL_NOT_FOUND")


@requirement("apply.delete-refuses-stale-revision")
@pytest.mark.parametrize("drift", [-1, 1], ids=["older", "newer"])
def test_stale_delete(workspace: Workspace, drift: int) -> None:
    """A delete at a neighbouring revision conflicts; at the current one it is taken."""
    journal = workspace.journal()
    revision = _entry(journal).mod_revision
    with unchanged(journal):
        assert_status(journal.delete(expect=revision + drift), CONFLICT)
    with absent(journal):
        assert_status(journal.delete(expect=revision), "OK")


@requirement("apply.deletes-unconditionally")
def test_unconditional_delete(workspace: Workspace) -> None:
    """A delete at revision -1 removes the journal."""
    journal = _unassigned(workspace)
    _entry(journal)
    with absent(journal):
        assert_status(journal.delete(expect=-1), "OK")


@requirement("apply.deleting-the-absent-is-ok")
def test_delete_absent(workspace: Workspace) -> None:
    """An unconditional delete of an absent journal, beside an upsert, answers OK."""
    gone, made = workspace.unmade(), workspace.unmade()
    # The upsert advances the revision: a delete alone may wait for something to change.
    deletion = Change(expect_mod_revision=-1, delete=gone.name)
    with absent(gone):
        assert_status(workspace.apply(_upsert(made), deletion), "OK")
    _entry(made)


@requirement("apply.delete-of-absent-conflicts")
def test_delete_absent_at_revision(workspace: Workspace) -> None:
    """A delete of an absent journal at a positive revision conflicts."""
    journal = workspace.unmade()
    assert_status(journal.delete(expect=5), CONFLICT)
    journal.apply().ok()
    assert_status(journal.delete(expect=_entry(journal).mod_revision), "OK")


@requirement("apply.delete-needs-a-revision")
def test_delete_without_revision(workspace: Workspace) -> None:
    """A delete at revision 0 is refused; at -1 it is taken."""
    journal = workspace.journal()
    text = "Changes[0]: invalid ExpectModRevision (0; expected > 0 or -1)"
    with unchanged(journal):
        assert_refused(journal.delete(expect=0), "Changes[0]", "ExpectModRevision", text=text)
    assert_status(journal.delete(expect=-1), "OK")


@requirement("apply.refuses-revision-below-minus-one")
def test_revision_below_minus_one(workspace: Workspace) -> None:
    """An upsert or delete at revision -2 is refused; at -1 it is taken."""
    journal, other = workspace.unmade(), workspace.journal()
    text = "Changes[0]: invalid ExpectModRevision (-2; expected >= 0 or -1)"
    with absent(journal):
        assert_refused(journal.apply(expect=-2), "Changes[0]", "ExpectModRevision", text=text)
    with unchanged(other):
        assert_refused(other.delete(expect=-2), "Changes[0]", "ExpectModRevision")
    assert_status(journal.apply(expect=-1), "OK")
    assert_status(other.delete(expect=-1), "OK")


@requirement("apply.is-all-or-nothing")
@pytest.mark.parametrize("position", [0, 1], ids=["first", "last"])
def test_conflict_among_changes(workspace: Workspace, position: int) -> None:
    """One conflicting change undoes its sibling, wherever it stands; alone the sibling is taken."""
    existing, new = workspace.journal(), workspace.unmade()
    changes = [_upsert(new), _upsert(new)]
    changes[position] = _upsert(existing, labels={"new": "1"})
    with absent(new), unchanged(existing):
        assert_status(workspace.apply(*changes), CONFLICT)
    assert_status(workspace.apply(_upsert(new)), "OK")
    _entry(new)


@requirement("apply.empty-request-is-ok")
def test_no_changes(workspace: Workspace) -> None:
    """A request without changes answers OK with a header."""
    header = assert_status(workspace.apply(), "OK").header
    assert_true(header.process_id.suffix and header.etcd.revision > 0, "a header", header)


@requirement("apply.refuses-change-without-action")
def test_no_action(workspace: Workspace) -> None:
    """A change with neither action is refused, and its sibling with it."""
    journal = workspace.unmade()
    text = "Changes[1]: neither Upsert nor Delete are set (expected exactly one)"
    with absent(journal):
        answer = workspace.apply(_upsert(journal), Change())
        assert_refused(answer, "Changes[1]", "Upsert", "Delete", text=text)
    assert_status(workspace.apply(_upsert(journal)), "OK")


@requirement("apply.refuses-change-with-two-actions")
def test_two_actions(workspace: Workspace) -> None:
    """A change with both actions is refused; with one of them it is taken."""
    journal, other = workspace.unmade(), workspace.journal()
    both = Change(expect_mod_revision=-1, upsert=spec_of(journal.name), delete=other.name)
    text = "Changes[0]: both Upsert and Delete are set (expected exactly one)"
    with absent(journal), unchanged(other):
        assert_refused(workspace.apply(both), "Changes[0]", "Upsert", "Delete", text=text)
    both.ClearField("delete")
    assert_status(workspace.apply(both), "OK")


@requirement("apply.refuses-duplicate-names")
@pytest.mark.parametrize("action", ["upsert", "delete"])
def test_duplicate_names(workspace: Workspace, action: str) -> None:
    """A request that names a journal twice has no effect at all."""
    journal, sibling = workspace.unmade(), workspace.unmade()
    second = _upsert(journal, -1)
    if action == "delete":
        second = Change(expect_mod_revision=-1, delete=journal.name)
    with absent(journal, sibling):
        answer = workspace.apply(_upsert(sibling), _upsert(journal, -1), second)
        assert_refused(answer, text="etcdserver: duplicate key given in txn request")
    assert_status(workspace.apply(_upsert(sibling), _upsert(journal, -1)), "OK")


@requirement("apply.limits-changes-of-a-request")
def test_many_changes(workspace: Workspace) -> None:
    """A request of 128 changes is taken; one more and none of them is."""
    changes = [_upsert(workspace.unmade()) for _ in range(ETCD_CHANGES + 1)]
    answer = workspace.apply(*changes)
    assert_refused(answer, text="etcdserver: too many operations in txn request")
    assert_equal(listed(workspace.list().messages), [], "journals")
    assert_status(workspace.apply(*changes[:ETCD_CHANGES]), "OK")
    assert_equal(len(listed(workspace.list().messages)), ETCD_CHANGES, "journals")


@requirement("apply.header-is-unrouted")
def test_header(workspace: Workspace) -> None:
    """The header names the answering broker, has an empty route, and the revision."""
    journal = workspace.unmade()
    header = journal.apply().ok().header
    assert_true(header.process_id.zone and header.process_id.suffix, "a process id", header)
    assert_equal((len(header.route.members), header.route.primary), (0, -1), "route")
    assert_true(header.etcd.cluster_id and header.etcd.member_id, "an etcd header", header)
    assert_equal(header.etcd.revision, _entry(journal).mod_revision, "revision")


@requirement("apply.shares-one-revision")
def test_one_revision(workspace: Workspace) -> None:
    """Two journals made and a third deleted in one request share its revision."""
    first, second, gone = workspace.unmade(), workspace.unmade(), _unassigned(workspace)
    deletion = Change(expect_mod_revision=-1, delete=gone.name)
    with absent(gone):
        answer = workspace.apply(_upsert(first), deletion, _upsert(second))
    revision = answer.ok().header.etcd.revision
    assert_equal(_entry(first).mod_revision, revision, "revision of the first")
    assert_equal(_entry(second).mod_revision, revision, "revision of the second")


@requirement("apply.reply-waits-for-visibility")
def test_visibility(workspace: Workspace) -> None:
    """Right after each OK, no call of the same broker fails to find the journal."""
    for _ in range(5):
        journal = workspace.unmade()
        journal.apply().ok()
        _entry(journal)
        statuses = {journal.read().status, journal.append(b"x").status, journal.fragments().status}
        assert_true("JOURNAL_NOT_FOUND" not in statuses, "the journal to be found", statuses)


@requirement("apply.header-makes-others-wait")
def test_header_elsewhere(workspace: Workspace, brokers: tuple[Broker, ...]) -> None:
    """Another broker, sent the Apply's header, finds the journal at once."""
    for _ in range(5):
        journal = workspace.unmade()
        header = journal.apply().ok().header
        header.ClearField("process_id")
        for broker in brokers[1:]:
            answer = journal.read(broker=broker, header=header)
            assert_true(answer.status != "JOURNAL_NOT_FOUND", "the journal to be found", answer)


@requirement("apply.failure-tells-a-revision")
def test_header_of_conflict(workspace: Workspace) -> None:
    """A conflict's header has a revision not below the journal's."""
    journal = _unassigned(workspace)
    header = assert_status(journal.apply(expect=0), CONFLICT).header
    assert_true(header.process_id.suffix, "a process id", header)
    revision = _entry(journal).mod_revision
    assert_true(header.etcd.revision >= revision, f"a revision of {revision} or more", header)


@requirement("apply.replication-may-exceed-brokers")
def test_replication(workspace: Workspace) -> None:
    """A replication of 5 is taken and listed, however many brokers there are."""
    journal = _unassigned(workspace, replication=5)
    assert_equal(_entry(journal).spec.replication, 5, "replication")


@requirement("apply.names-the-change-index")
@pytest.mark.parametrize("index", [0, 1, 2])
def test_index(workspace: Workspace, index: int) -> None:
    """A refusal names the index of the invalid change; without it, the others are taken."""
    good = [workspace.unmade(), workspace.unmade()]
    changes = [_upsert(journal) for journal in good]
    changes.insert(index, Change(upsert=spec_of("bad")))
    with absent(*good):
        text = f"Changes[{index}].Upsert.Name: invalid length (3; expected 4 <= length <= 512)"
        assert_refused(workspace.apply(*changes), f"Changes[{index}].Upsert.Name", text=text)
    del changes[index]
    assert_status(workspace.apply(*changes), "OK")


@requirement("apply.honours-applied-suspension")
def test_suspension(workspace: Workspace) -> None:
    """A journal made fully suspended refuses reads; its first resumed append is at its offset."""
    suspend = Suspend(level=Suspend.FULL, offset=1234)
    journal = _unassigned(workspace, suspend=suspend)
    assert_status(journal.read(), "SUSPENDED")
    answer = workspace.appended(journal, b"abc")
    assert_equal(answer.ok().commit.begin, 1234, "begin of the commit")


@requirement("apply.replaces-the-whole-spec")
def test_replacement(workspace: Workspace) -> None:
    """An upsert without labels, rate and suspension clears those that were there."""
    suspend = Suspend(level=Suspend.FULL, offset=10)
    rich = {"labels": {"env": "prod"}, "max_append_rate": 1 << 20, "suspend": suspend}
    journal = _unassigned(workspace, **rich)
    spec = normalized(_entry(journal).spec)
    assert_equal(spec, spec_of(journal.name, **{**rich, "suspend": suspend}), "spec")
    assert_status(journal.apply(), "OK")
    assert_equal(normalized(_entry(journal).spec), spec_of(journal.name), "spec")


@requirement("apply.recreation-starts-anew")
def test_recreation(workspace: Workspace) -> None:
    """A journal deleted and created again has neither content nor registers."""
    journal = workspace.journal()
    registers = protocol.LabelSet(labels=[protocol.Label(name="aa", value="1")])
    journal.append(b"old content", union_registers=registers).ok()
    journal.delete().ok()
    journal.apply(expect=0).ok()
    workspace.assigned(journal)
    answer = workspace.appended(journal, b"new").ok()
    assert_equal(answer.commit.begin, 0, "begin of the commit")
    assert_equal(len(answer.registers.labels), 0, "registers")
    assert_equal(journal.content(), b"new", "content")


@requirement("apply.validation-precedes-effects")
def test_invalid_among_changes(workspace: Workspace) -> None:
    """One invalid change keeps its siblings from taking effect: creation, update, deletion."""
    new, kept, spared = workspace.unmade(), workspace.journal(), workspace.journal()
    changes = [
        _upsert(new),
        _upsert(kept, -1, labels={"new": "1"}),
        Change(expect_mod_revision=-1, delete=spared.name),
        _upsert(workspace.unmade(), replication=6),
    ]
    with absent(new), unchanged(kept, spared):
        assert_refused(workspace.apply(*changes), "Changes[3].Upsert", "Replication")
    assert_status(workspace.apply(*changes[:3]), "OK")
    request = protocol.ListRequest(selector=selector({"prefix": workspace.prefix}))
    names = listed(workspace.broker.call("List", request).messages)
    assert_equal(names, sorted([new.name, kept.name]), "journals")
