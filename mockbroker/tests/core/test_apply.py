"""Transactions on journals."""

import pytest

import protocol as pb
from mockbroker.core.access import Access
from mockbroker.tests.core.task import Task
from mockbroker.tests.core.world import World, labels, spec

Change = pb.ApplyRequest.Change
FAILED = pb.Status.ETCD_TRANSACTION_FAILED


def applied(world: World, *changes: pb.ApplyRequest.Change) -> Task:
    """An Apply of changes."""
    return world.unary("Apply", pb.ApplyRequest(changes=changes))


@pytest.mark.parametrize(
    ("exists", "expect", "status"),
    [
        (False, 0, pb.Status.OK),
        (False, -1, pb.Status.OK),
        (False, 5, FAILED),
        (True, 0, FAILED),
        (True, -1, pb.Status.OK),
        (True, 1, FAILED),
    ],
)
def test_expected_revisions_of_upserts(exists: bool, expect: int, status: int) -> None:
    """An upsert goes through where the journal is at the expected revision."""
    world = World()
    if exists:
        world.create(spec())
    task = applied(world, Change(upsert=spec(labels=labels(aa="1")), expect_mod_revision=expect))
    assert task.response.status == status
    changed = "acme/a" in world.etcd.truth.items and bool(
        world.etcd.truth.items["acme/a"].spec.labels.labels
    )
    assert changed == (status == pb.Status.OK)


def test_one_conflict_undoes_all() -> None:
    """All changes are made, or none; the answer tells the present revision."""
    world = World()
    world.create(spec())
    task = applied(world, Change(upsert=spec("acme/b")), Change(upsert=spec()))
    assert task.response.status == FAILED
    assert "acme/b" not in world.etcd.truth.items
    assert task.response.header.etcd.revision == world.etcd.revision


def test_revisions_of_an_update() -> None:
    """An update keeps the create-revision, and has the transaction's own."""
    world = World()
    created = applied(world, Change(upsert=spec())).response.header.etcd.revision
    updated = applied(
        world, Change(upsert=spec(), expect_mod_revision=created)
    ).response.header.etcd.revision
    item = world.etcd.truth.items["acme/a"]
    assert (item.create_revision, item.mod_revision) == (created, updated)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            [Change(upsert=spec()), Change(delete="acme/a", expect_mod_revision=-1)],
            "etcdserver: duplicate key given in txn request",
        ),
        (
            [Change(upsert=spec(f"acme/{index:03}")) for index in range(129)],
            "etcdserver: too many operations in txn request",
        ),
        ([Change()], "Changes[0]: neither Upsert nor Delete are set (expected exactly one)"),
    ],
)
def test_refused_transactions(changes: list[pb.ApplyRequest.Change], text: str) -> None:
    """What etcd or validation refuses is an error, and changes nothing."""
    world = World()
    assert applied(world, *changes).ended == (2, text)
    assert not world.etcd.truth.items


def test_deletions_may_repeat() -> None:
    """Etcd refuses a key that is put twice, and takes one that is only deleted twice."""
    world = World()
    world.create(spec())
    deletion = Change(delete="acme/a", expect_mod_revision=-1)
    assert applied(world, deletion, deletion).response.status == pb.Status.OK
    assert not world.etcd.truth.items


def test_claims_bound_what_may_be_changed() -> None:
    """A caller whose claims do not match a journal may not change it."""
    world = World()
    claims = Access(pb.LabelSelector(include=labels(name="acme/b")))
    world.brokers[0].verifier = lambda _header, _capability, _now: claims
    assert applied(world, Change(upsert=spec("acme/b"))).response.status == pb.Status.OK
    assert applied(world, Change(upsert=spec())).ended == (16, "not authorized to acme/a")


def test_a_lagging_broker_answers_once_it_has_seen_it() -> None:
    """The answer comes when this broker has seen the transaction."""
    world = World()
    world.mirrors[0].set_lag(5)
    task = applied(world, Change(upsert=spec()))
    assert not task.responses
    world.advance(5.1)
    assert task.response.status == pb.Status.OK
