"""Allocation: who holds a journal, and in which steps it gets there."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbroker.core.allocator import Policy, is_consistent, orphaned, plan, route_of
from mockbroker.core.ids import BrokerId
from mockbroker.core.keyspace import Assignment, Delete, Item, KeySpace, Member, Put
from mockbroker.tests.core.world import spec

A, B, C, D = (
    BrokerId(zone, suffix)
    for zone, suffix in [("a", "one1"), ("a", "two2"), ("b", "thr3"), ("b", "fou4")]
)


def keyspace(*members: BrokerId, replication: int = 1, limit: int = 10) -> KeySpace:
    """A key-space of members and one journal."""
    space = KeySpace()
    space.advance(2, [Put(Member(each, "", limit)) for each in members])
    space.advance(3, [Put(Item.of(spec(replication=replication)))])
    return space


def step(space: KeySpace) -> bool:
    """Applies the next step; False where there is none."""
    changes = plan(space, Policy())
    space.advance(space.revision + 1, changes)
    return bool(changes)


def advertise(space: KeySpace) -> None:
    """Has every assignment advertise the present route, as a primary does."""
    for journal, held in list(space.assignments.items()):
        route = route_of(held)
        changed = [Put(replace(each, route=route)) for each in held]
        space.advance(space.revision + 1, changed)
        assert is_consistent(space.assignments[journal])


def converge(space: KeySpace) -> None:
    """Applies steps until all is well."""
    for _ in range(20):
        if not step(space):
            advertise(space)
            if not step(space):
                return
    pytest.fail("the allocator does not converge")


def holders(space: KeySpace) -> list[tuple[BrokerId, int]]:
    """Who holds the journal, and in which slot."""
    return [(each.id, each.slot) for each in space.assignments.get("acme/a", ())]


def test_a_fresh_journal_goes_to_the_lowest_id() -> None:
    """Of equal members the lowest become holders, and the very lowest the primary."""
    space = keyspace(A, B, C, replication=1)
    converge(space)
    assert holders(space) == [(A, 0)]


def test_replicas_are_in_two_zones() -> None:
    """Two replicas are in two zones where there are two."""
    space = keyspace(A, B, C, replication=2)
    converge(space)
    assert {each.zone for each, _ in holders(space)} == {"a", "b"}


def test_one_zone_is_better_than_too_few_replicas() -> None:
    """With only one zone both replicas are in it."""
    space = keyspace(A, B, replication=2)
    converge(space)
    assert holders(space) == [(A, 0), (B, 1)]


def test_a_second_zone_is_used_when_it_comes() -> None:
    """Replicas in one zone are spread once another zone has a member."""
    space = keyspace(A, B, replication=2)
    converge(space)
    space.advance(99, [Put(Member(C, "", 10))])
    converge(space)
    assert {each.zone for each, _ in holders(space)} == {"a", "b"}
    assert len(holders(space)) == 2


def test_additions_come_before_removals() -> None:
    """A member that leaves keeps its replica until another one is consistent."""
    space = keyspace(A, C, replication=2)
    converge(space)
    space.advance(99, [Put(Member(D, "", 10)), Put(Member(A, "", 0))])
    step(space)
    assert len(holders(space)) == 3
    assert not step(space)
    advertise(space)
    step(space)
    assert {each for each, _ in holders(space)} == {C, D}


def test_the_last_broker_keeps_its_journals() -> None:
    """Nobody to take over: a member that leaves keeps what it holds."""
    space = keyspace(A)
    converge(space)
    space.advance(99, [Put(Member(A, "", 0))])
    assert not step(space)


def test_a_promotion_prefers_a_consistent_replica() -> None:
    """Where the primary vanished, a replica that was synchronised becomes primary."""
    space = keyspace(A, C, D, replication=3)
    held = [Assignment("acme/a", C, 1, None), Assignment("acme/a", D, 2, ((D,), 0))]
    space.advance(99, [Put(each) for each in held])
    space.advance(100, [Delete(space.members[A])])
    step(space)
    assert (D, 0) in holders(space)


def test_a_replica_leads_before_another_is_added() -> None:
    """Where the primary vanished, its place is a replica's, and never that of who comes anew."""
    space = keyspace(A, B, C, replication=2)
    held = [Assignment("acme/a", A, 0, None), Assignment("acme/a", C, 1, None)]
    space.advance(99, [Put(each) for each in held])
    space.advance(100, [Delete(space.members[A])])
    step(space)
    assert holders(space) == [(B, 1), (C, 0)]


def test_limits_are_kept() -> None:
    """A member at its limit gets no more."""
    space = keyspace(A, limit=1)
    space.advance(4, [Put(Item.of(spec("acme/b")))])
    converge(space)
    assert sorted(space.assignments) == ["acme/a"]


def test_assignments_of_deleted_journals_and_vanished_members_go() -> None:
    """What belongs to nothing is removed at once."""
    space = keyspace(A, B)
    converge(space)
    space.advance(98, [Delete(space.members[A])])
    converge(space)
    assert holders(space) == [(B, 0)]
    space.advance(99, [Delete(space.items["acme/a"])])
    space.advance(100, orphaned(space))
    assert not space.assignments


@given(
    members=st.dictionaries(st.sampled_from([A, B, C, D]), st.integers(0, 4), max_size=4),
    wanted=st.lists(st.integers(1, 3), max_size=5),
    leaves=st.sampled_from([A, B, C, D]),
)
def test_it_converges_within_the_limits(
    members: dict[BrokerId, int], wanted: list[int], leaves: BrokerId
) -> None:
    """From any start it converges: one primary each, no limit broken, nobody twice."""
    space = KeySpace()
    space.advance(2, [Put(Member(each, "", limit)) for each, limit in members.items()])
    journals = [spec(f"acme/{index}", replication=each) for index, each in enumerate(wanted)]
    space.advance(3, [Put(Item.of(each)) for each in journals])
    converge(space)
    if leaves in space.members:
        space.advance(space.revision + 1, [Delete(space.members[leaves])])
        converge(space)

    held = [each for all_ in space.assignments.values() for each in all_]
    for all_ in space.assignments.values():
        assert sorted(each.slot for each in all_) == list(range(len(all_)))
        assert len({each.id for each in all_}) == len(all_)
    for id_, member in space.members.items():
        assert sum(each.id == id_ for each in held) <= member.limit
