"""Apply: creations, updates and deletions at expected revisions."""

import pytest

import protocol
from conformance import requirement
from conformance.broker import listed
from conformance.checks import (
    absent,
    assert_equal,
    assert_refused,
    assert_status,
    assert_true,
    unchanged,
)
from conformance.journal import Journal, normalized, spec_of
from conformance.workspace import Workspace

Change = protocol.ApplyRequest.Change
CONFLICT = "ETCD_TRANSACTION_FAILED"
SPECS = pytest.mark.parametrize("labels", [{"new": "1"}, {}], ids=["changed", "identical"])
"""An upsert of another spec than the present one, and of the very same."""


@requirement("apply.creates-a-journal")
def test_create(workspace: Workspace) -> None:
    """An upsert that expects no journal creates it at the revision of the header."""
    journal = workspace.unmade()
    revision = journal.apply(expect=0).ok().header.etcd.revision
    entry = journal.shown()
    assert_equal(entry.create_revision, revision, "creation revision")
    assert_equal(entry.mod_revision, revision, "modification revision")
    assert_equal(normalized(entry.spec), spec_of(journal.name), "spec")


@requirement("apply.creation-conflicts-with-existing")
@SPECS
def test_create_existing(workspace: Workspace, labels: dict[str, str]) -> None:
    """Creating what exists conflicts; creating a sibling does not."""
    journal, sibling = workspace.journal(), workspace.unmade()
    with unchanged(journal):
        assert_status(journal.apply(expect=0, labels=labels), CONFLICT)
    assert_status(sibling.apply(expect=0, labels=labels), "OK")


@requirement("apply.updates-at-expected-revision")
def test_update(workspace: Workspace) -> None:
    """An upsert at the current revision replaces the spec and keeps the creation revision."""
    journal = workspace.journal(assigned=False)
    journal.apply(expect=journal.shown().mod_revision, labels={"old": "1"}).ok()
    before = journal.shown()
    applied = journal.apply(expect=before.mod_revision, labels={"new": "1"}).ok()
    after = journal.shown()
    assert_equal(after.create_revision, before.create_revision, "creation revision")
    assert_equal(after.mod_revision, applied.header.etcd.revision, "modification revision")
    assert_true(after.mod_revision > before.mod_revision, "a later revision", after.mod_revision)
    assert_equal(normalized(after.spec), spec_of(journal.name, labels={"new": "1"}), "spec")


@requirement("apply.updates-at-expected-revision", "apply.upserts-unconditionally")
def test_an_equal_spec_is_an_update(workspace: Workspace) -> None:
    """An upsert of the spec as it is advances the modification revision, expected or not."""
    journal = workspace.journal(assigned=False, labels={"env": "prod"})
    created = before = journal.shown().mod_revision
    for conditional in (True, False, True):
        expect = before if conditional else -1
        applied = journal.apply(expect=expect, labels={"env": "prod"}).ok().header.etcd.revision
        entry = journal.shown()
        assert_equal((entry.create_revision, entry.mod_revision), (created, applied), "revisions")
        assert_true(applied > before, f"a revision after {before}", applied)
        before = applied


@requirement("apply.refuses-stale-revision")
@pytest.mark.parametrize("drift", [-1, 1], ids=["older", "newer"])
@SPECS
def test_stale_update(workspace: Workspace, drift: int, labels: dict[str, str]) -> None:
    """An upsert at a neighbouring revision conflicts; at the current one it is taken."""
    journal = workspace.journal()
    revision = journal.shown().mod_revision
    with unchanged(journal):
        assert_status(journal.apply(expect=revision + drift, labels=labels), CONFLICT)
    assert_status(journal.apply(expect=revision, labels=labels), "OK")


@requirement("apply.upserts-unconditionally")
def test_unconditional_upsert(workspace: Workspace) -> None:
    """Revision -1 creates what is absent and updates what exists."""
    journal = workspace.unmade()
    assert_status(journal.apply(expect=-1), "OK")
    created = journal.shown()
    assert_status(journal.apply(expect=-1, labels={"new": "1"}), "OK")
    updated = journal.shown()
    assert_equal(updated.create_revision, created.create_revision, "creation revision")
    assert_equal(updated.spec.labels.labels[0].name, "new", "label")


@requirement("apply.update-of-absent-conflicts")
def test_update_absent(workspace: Workspace) -> None:
    """An upsert of an absent journal at a positive revision creates nothing; at 0 it does."""
    journal = workspace.unmade()
    with absent(journal):
        assert_status(journal.apply(expect=5), CONFLICT)
    assert_status(journal.apply(expect=0), "OK")
    journal.shown()


@requirement("apply.deletes-at-expected-revision")
def test_delete(workspace: Workspace) -> None:
    """A deleted journal is no longer listed, and calls do not find it."""
    journal = workspace.journal()
    journal.append(b"content").ok()
    journal.apply(labels={"updated": "1"}).ok()
    entry = journal.shown()
    with unchanged(journal):
        assert_status(journal.delete(expect=entry.create_revision), CONFLICT)
    with absent(journal):
        assert_status(journal.delete(expect=entry.mod_revision), "OK")
    assert_status(journal.read(), "JOURNAL_NOT_FOUND")
    assert_status(journal.append(b"x"), "JOURNAL_NOT_FOUND")
    assert_status(journal.fragments(), "JOURNAL_NOT_FOUND")


@requirement("apply.delete-refuses-stale-revision")
@pytest.mark.parametrize("drift", [-1, 1], ids=["older", "newer"])
def test_stale_delete(workspace: Workspace, drift: int) -> None:
    """A delete at a neighbouring revision conflicts; at the current one it is taken."""
    journal = workspace.journal()
    revision = journal.shown().mod_revision
    with unchanged(journal):
        assert_status(journal.delete(expect=revision + drift), CONFLICT)
    with absent(journal):
        assert_status(journal.delete(expect=revision), "OK")


@requirement("apply.deletes-unconditionally")
def test_unconditional_delete(workspace: Workspace) -> None:
    """A delete at revision -1 removes the journal."""
    journal = workspace.journal(assigned=False)
    journal.shown()
    with absent(journal):
        assert_status(journal.delete(expect=-1), "OK")


@requirement("apply.deletes-at-expected-revision", "apply.deletes-unconditionally")
@pytest.mark.parametrize("conditional", [False, True])
def test_delete_among_neighbours(workspace: Workspace, *, conditional: bool) -> None:
    """A delete removes that journal only, not those whose names begin with its own."""
    stems = ("stem", "stem-b", "stem.b", "stem/b", "stem/b/c", "stemb", "ste", "Stem")
    names = workspace.shelf({stem: {"kind": "neighbour"} for stem in stems})
    for stem in ("stem", "stem/b"):
        journal = Journal(names.pop(stem), workspace.broker)
        expect = journal.shown().mod_revision if conditional else -1
        assert_status(journal.delete(expect=expect), "OK")
        left = listed(workspace.list().messages)
        assert_equal(left, sorted(names.values(), key=str.encode), f"journals without {stem}")


@requirement("apply.deleting-the-absent-is-ok")
def test_delete_absent(workspace: Workspace) -> None:
    """An unconditional delete of an absent journal, beside an upsert, answers OK."""
    gone, made = workspace.unmade(), workspace.unmade()
    # The upsert advances the revision: a delete alone may wait for something to change.
    deletion = Change(expect_mod_revision=-1, delete=gone.name)
    with absent(gone):
        assert_status(workspace.apply(made.upsert(expect=0), deletion), "OK")
    made.shown()


@requirement("apply.delete-of-absent-conflicts")
def test_delete_absent_at_revision(workspace: Workspace) -> None:
    """A delete of an absent journal at a positive revision conflicts."""
    journal = workspace.unmade()
    assert_status(journal.delete(expect=5), CONFLICT)
    journal.apply().ok()
    assert_status(journal.delete(expect=journal.shown().mod_revision), "OK")


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
