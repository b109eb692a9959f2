"""Apply: atomicity, and what becomes of a journal."""

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
ABSENT = 5
"""A revision that no journal of a run has."""
ETCD_CHANGES = 128
"""Operations that etcd takes in one transaction by default."""


def _conflicting(workspace: Workspace, kind: str) -> tuple[Journal, Any]:
    """A journal, and a change of it that conflicts."""
    journal = workspace.journal(assigned=False)
    stale = journal.shown().mod_revision - 1
    if kind == "deletion":
        return journal, Change(expect_mod_revision=stale, delete=journal.name)
    return journal, journal.upsert(expect=0 if kind == "creation" else stale, labels={"new": "1"})


@requirement("apply.is-all-or-nothing")
@pytest.mark.parametrize("kind", ["creation", "update", "deletion"])
@pytest.mark.parametrize("position", range(4))
def test_conflict_among_changes(workspace: Workspace, kind: str, position: int) -> None:
    """One conflicting change, whatever and wherever it is, undoes others that alone are right."""
    new = workspace.unmade()
    updated, deleted = (workspace.journal(assigned=False) for _ in range(2))
    changes = [
        new.upsert(expect=0),
        updated.upsert(expect=updated.shown().mod_revision, labels={"new": "1"}),
        Change(expect_mod_revision=deleted.shown().mod_revision, delete=deleted.name),
    ]
    conflicted, conflict = _conflicting(workspace, kind)
    kept = {each: each.shown().mod_revision for each in (conflicted, updated, deleted)}
    with absent(new):
        answer = workspace.apply(*changes[:position], conflict, *changes[position:])
        assert_status(answer, CONFLICT)
    for each, was in kept.items():
        assert_equal(each.shown().mod_revision, was, f"revision of {each.name}")
    with absent(deleted):
        revision = assert_status(workspace.apply(*changes), "OK").header.etcd.revision
    for each in (new, updated):
        assert_equal(each.shown().mod_revision, revision, f"revision of {each.name}")


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
        answer = workspace.apply(journal.upsert(expect=0), Change())
        assert_refused(answer, "Changes[1]", "Upsert", "Delete", text=text)
    assert_status(workspace.apply(journal.upsert(expect=0)), "OK")


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
    second = journal.upsert()
    if action == "delete":
        second = Change(expect_mod_revision=-1, delete=journal.name)
    with absent(journal, sibling):
        answer = workspace.apply(sibling.upsert(expect=0), journal.upsert(), second)
        assert_refused(answer, text="etcdserver: duplicate key given in txn request")
    assert_status(workspace.apply(sibling.upsert(expect=0), journal.upsert()), "OK")


@requirement("apply.refuses-duplicate-names")
def test_repeated_deletions(workspace: Workspace) -> None:
    """Deletions of one journal may repeat: nothing is put twice."""
    journal = workspace.journal(assigned=False)
    deletion = Change(expect_mod_revision=journal.shown().mod_revision, delete=journal.name)
    with absent(journal):
        assert_status(workspace.apply(deletion, deletion), "OK")


@requirement("apply.limits-changes-of-a-request")
def test_many_changes(workspace: Workspace) -> None:
    """A request of 128 changes is taken; one more and none of them is."""
    changes = [workspace.unmade().upsert(expect=0) for _ in range(ETCD_CHANGES + 1)]
    answer = workspace.apply(*changes)
    assert_refused(answer, text="etcdserver: too many operations in txn request")
    assert_equal(listed(workspace.list().messages), [], "journals")
    assert_status(workspace.apply(*changes[:ETCD_CHANGES]), "OK")
    assert_equal(len(listed(workspace.list().messages)), ETCD_CHANGES, "journals")


@requirement(
    "apply.is-all-or-nothing",
    "apply.validation-precedes-effects",
    "apply.names-the-change-index",
    "apply.refuses-duplicate-names",
    "apply.limits-changes-of-a-request",
)
@pytest.mark.parametrize("position", [40, ETCD_CHANGES - 1])
def test_one_wrong_change_among_many(workspace: Workspace, position: int) -> None:
    """Far behind in a long request one change can still conflict, be invalid or repeat another."""
    changes = [workspace.unmade().upsert(expect=0) for _ in range(ETCD_CHANGES)]
    name = changes[position].upsert.name
    wrong: dict[str, Any] = {
        "stale upsert": Change(upsert=spec_of(name), expect_mod_revision=ABSENT),
        "stale deletion": Change(delete=name, expect_mod_revision=ABSENT),
        "invalid": Change(upsert=spec_of(name, replication=9)),
        "repeated": Change(upsert=spec_of(changes[3].upsert.name)),
    }
    for kind, change in wrong.items():
        answer = workspace.apply(*changes[:position], change, *changes[position + 1 :])
        if kind.startswith("stale"):
            assert_status(answer, CONFLICT)
        elif kind == "invalid":
            assert_refused(answer, f"Changes[{position}].Upsert", "Replication")
        else:
            assert_refused(answer)
    deletions = [Change(delete=each.upsert.name, expect_mod_revision=-1) for each in changes]
    assert_refused(workspace.apply(*deletions, deletions[0]))
    assert_equal(listed(workspace.list().messages), [], "journals")


@requirement("apply.header-is-unrouted")
def test_header(workspace: Workspace) -> None:
    """The header names the answering broker, has an empty route, and the revision."""
    journal = workspace.unmade()
    header = journal.apply().ok().header
    assert_true(header.process_id.zone and header.process_id.suffix, "a process id", header)
    assert_equal((len(header.route.members), header.route.primary), (0, -1), "route")
    assert_true(header.etcd.cluster_id and header.etcd.member_id, "an etcd header", header)
    assert_equal(header.etcd.revision, journal.shown().mod_revision, "revision")


@requirement("apply.shares-one-revision")
def test_one_revision(workspace: Workspace) -> None:
    """Two journals made and a third deleted in one request share its revision."""
    first, second, gone = workspace.unmade(), workspace.unmade(), workspace.journal(assigned=False)
    deletion = Change(expect_mod_revision=-1, delete=gone.name)
    with absent(gone):
        answer = workspace.apply(first.upsert(expect=0), deletion, second.upsert(expect=0))
    revision = answer.ok().header.etcd.revision
    assert_equal(first.shown().mod_revision, revision, "revision of the first")
    assert_equal(second.shown().mod_revision, revision, "revision of the second")


@requirement("apply.reply-waits-for-visibility")
def test_visibility(workspace: Workspace) -> None:
    """Right after each OK, no call of the same broker fails to find the journal."""
    for _ in range(5):
        journal = workspace.unmade()
        journal.apply().ok()
        journal.shown()
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
    """A conflict's header has a revision not below the journal's, and below the next change's."""
    journal = workspace.journal(assigned=False)
    revision = journal.shown().mod_revision
    header = assert_status(journal.apply(expect=0), CONFLICT).header
    assert_true(header.process_id.suffix, "a process id", header)
    changed = journal.apply().ok().header.etcd.revision
    assert_true(
        revision <= header.etcd.revision < changed, f"a revision in [{revision}, {changed})", header
    )


@requirement("apply.replication-may-exceed-brokers")
def test_replication(workspace: Workspace) -> None:
    """A replication of 5 is taken and listed, however many brokers there are."""
    journal = workspace.journal(assigned=False, replication=5)
    assert_equal(journal.shown().spec.replication, 5, "replication")


BAD: list[tuple[Any, str]] = [
    (
        Change(upsert=spec_of("bad")),
        ".Upsert.Name: invalid length (3; expected 4 <= length <= 512)",
    ),
    (
        Change(delete="bad", expect_mod_revision=-1),
        ".Delete: invalid length (3; expected 4 <= length <= 512)",
    ),
    (
        Change(delete="conformance/none"),
        ": invalid ExpectModRevision (0; expected > 0 or -1)",
    ),
    (Change(), ": neither Upsert nor Delete are set (expected exactly one)"),
]
"""Invalid changes, and what a refusal tells of them after their index."""


@requirement("apply.names-the-change-index")
@pytest.mark.parametrize("index", [0, 1, 2])
def test_index(workspace: Workspace, index: int) -> None:
    """A refusal names the index of the invalid change; without it, the others are taken."""
    good = [workspace.unmade(), workspace.unmade()]
    changes = [journal.upsert(expect=0) for journal in good]
    with absent(*good):
        for bad, told in BAD:
            answer = workspace.apply(*changes[:index], bad, *changes[index:])
            where = f"Changes[{index}]"
            assert_refused(answer, where + told.partition(":")[0], text=where + told)
    assert_status(workspace.apply(*changes), "OK")


@requirement("apply.honours-applied-suspension")
def test_suspension(workspace: Workspace) -> None:
    """A journal made fully suspended refuses reads; its first resumed append is at its offset."""
    suspend = Suspend(level=Suspend.FULL, offset=1234)
    journal = workspace.journal(assigned=False, suspend=suspend)
    assert_status(journal.read(), "SUSPENDED")
    answer = workspace.appended(journal, b"abc")
    assert_equal(answer.ok().commit.begin, 1234, "begin of the commit")


@requirement("apply.replaces-the-whole-spec")
@pytest.mark.parametrize("level", ["NONE", "PARTIAL", "FULL"])
@pytest.mark.parametrize("conditional", [False, True])
def test_replacement(workspace: Workspace, level: str, *, conditional: bool) -> None:
    """An upsert without labels, rate, flags, template and suspension clears those there were."""
    rich = {
        "labels": {"env": "prod"},
        "max_append_rate": 1 << 20,
        "flags": protocol.JournalSpec.O_RDONLY,
        "suspend": Suspend(level=level, offset=10),
        "fragment": {"path_postfix_template": "plain", "flush_interval": 600, "retention": 60},
    }
    journal = workspace.journal(assigned=False, **rich)
    entry = journal.shown()
    assert_equal(normalized(entry.spec), spec_of(journal.name, **rich), "spec")
    assert_status(journal.apply(expect=entry.mod_revision if conditional else -1), "OK")
    assert_equal(normalized(journal.shown().spec), spec_of(journal.name), "spec")


@requirement("apply.recreation-starts-anew")
def test_recreation(workspace: Workspace) -> None:
    """A journal deleted and created again has neither content nor registers."""
    journal = workspace.journal()
    registers = protocol.LabelSet(labels=[protocol.Label(name="aa", value="1")])
    journal.append(b"old content", union_registers=registers).ok()
    journal.delete().ok()
    revision = journal.apply(expect=0).ok().header.etcd.revision
    assert_equal(journal.shown().create_revision, revision, "creation revision")
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
        new.upsert(expect=0),
        kept.upsert(labels={"new": "1"}),
        Change(expect_mod_revision=-1, delete=spared.name),
        workspace.unmade().upsert(expect=0, replication=6),
    ]
    with absent(new), unchanged(kept, spared):
        assert_refused(workspace.apply(*changes), "Changes[3].Upsert", "Replication")
    assert_status(workspace.apply(*changes[:3]), "OK")
    request = protocol.ListRequest(selector=selector({"prefix": workspace.prefix}))
    names = listed(workspace.broker.call("List", request).messages)
    assert_equal(names, sorted([new.name, kept.name]), "journals")
