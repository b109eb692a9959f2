"""The allocator: who holds which journal.

It converges in steps, each one transaction: first it adds replicas, then it waits until
the journal is consistent (every assignment advertises the present route), then it removes
what is too many, promoting in the same transaction where the primary goes. Goals in order:
the desired number of replicas, two zones where more than one replica is desired and more
than one zone exists, no member above its limit, as few moves as possible, even load.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from zlib import crc32

from mockbroker.core.actions import Script, Wait
from mockbroker.core.etcd import Etcd
from mockbroker.core.ids import BrokerId
from mockbroker.core.keyspace import Assignment, Change, Delete, Item, KeySpace, Member, Put
from protocol.journals import desired_replication


@dataclass(frozen=True, slots=True)
class Policy:
    """How the allocator decides.

    Attributes:
        max_replication: Upper bound of any journal's replicas.
        seed: Breaks ties between members that are equal otherwise; 0 takes the lowest id.
        delay: Seconds after a change before it acts.
        sweep: Seconds for which a deleted journal keeps its assignments. A watch that goes on
            from the deletion sees them go, as it does with real brokers.
    """

    max_replication: int = 9
    seed: int = 0
    delay: float = 0.0
    sweep: float = 0.03


def allocate(etcd: Etcd, policy: Policy, now: Callable[[], float]) -> Script:
    """Converges the assignments after every change, for ever."""
    seen = 0
    sweep_at: float | None = None
    while True:
        if etcd.revision == seen:
            yield Wait((etcd.truth.changed,), sweep_at)
        yield Wait(deadline=now() + policy.delay)
        seen = etcd.revision
        orphans = orphaned(etcd.truth)
        if not orphans:
            sweep_at = None
        elif sweep_at is None:
            sweep_at = now() + policy.sweep
        swept = orphans if sweep_at is not None and now() >= sweep_at else []
        etcd.commit([*swept, *plan(etcd.truth, policy)])


def settled(etcd: Etcd, policy: Policy) -> Script:
    """Waits until every journal is assigned as it can be, and its replicas agree."""
    while plan(etcd.truth, policy) or not all(map(is_consistent, etcd.truth.assignments.values())):
        yield Wait((etcd.truth.changed,))


def orphaned(keyspace: KeySpace) -> list[Change]:
    """Returns the changes that end assignments of journals that are no more."""
    gone = keyspace.assignments.keys() - keyspace.items.keys()
    return [Delete(each) for journal in sorted(gone) for each in keyspace.assignments[journal]]


def is_consistent(assigned: tuple[Assignment, ...]) -> bool:
    """Tells whether every assignment advertises the route all of them make."""
    route = route_of(assigned)
    return all(each.route == route for each in assigned)


def route_of(assigned: tuple[Assignment, ...]) -> tuple[tuple[BrokerId, ...], int]:
    """Returns members in order of id, and the primary's index or -1."""
    members = tuple(each.id for each in assigned)
    primary = next((index for index, each in enumerate(assigned) if each.slot == 0), -1)
    return members, primary


def plan(keyspace: KeySpace, policy: Policy) -> list[Change]:
    """Returns the changes of the next step; none once all is well."""
    return list(_Plan(keyspace, policy).changes())


class _Plan:
    def __init__(self, keyspace: KeySpace, policy: Policy) -> None:
        self._keyspace = keyspace
        self._policy = policy
        held = [each for all_ in keyspace.assignments.values() for each in all_]
        self._load = Counter(each.id for each in held)
        self._primaries = Counter(each.id for each in held if each.slot == 0)

    def changes(self) -> Iterator[Change]:
        for item in self._keyspace.journals():
            yield from self._journal(item)

    def _journal(self, item: Item) -> Iterator[Change]:
        held = self._keyspace.assignments.get(item.key, ())
        assigned = tuple(each for each in held if each.id in self._keyspace.members)
        desired = desired_replication(item.spec, self._policy.max_replication)
        kept = self._kept(assigned, desired)
        added = list(self._added(item.key, assigned, kept, desired))
        if added:
            led = self._led(assigned)
            kept = [*led, *self._slotted(item.key, led, added)]
        elif self._must_wait(assigned, kept, desired):
            kept = list(assigned)
        yield from _difference(held, self._promoted(kept))

    def _must_wait(
        self, assigned: tuple[Assignment, ...], kept: list[Assignment], desired: int
    ) -> bool:
        """Whether nothing may be removed yet: not consistent, or nobody to take over."""
        if len(assigned) > desired:
            return desired > 0 and not is_consistent(assigned)
        return len(kept) < len(assigned)

    def _kept(self, assigned: tuple[Assignment, ...], desired: int) -> list[Assignment]:
        """The present replicas that may stay: a valid limit, not too many, two zones."""
        able = [each for each in assigned if self._limit(each.id) > 0]
        able.sort(key=lambda each: (self._load[each.id] > self._limit(each.id), each.slot))
        zones = {each.id.zone for each in able}
        if len(able) > desired >= 2 and len(zones) > 1:
            able = _spread(able, desired)
        return able[:desired]

    def _added(
        self, journal: str, assigned: tuple[Assignment, ...], kept: list[Assignment], desired: int
    ) -> Iterator[BrokerId]:
        chosen = [each.id for each in kept]
        holders = {each.id for each in assigned}
        candidates = [
            member
            for member in self._keyspace.members.values()
            if member.id not in holders and self._load[member.id] < member.limit
        ]
        if desired >= 2 and len(chosen) == desired and len({id_.zone for id_ in chosen}) == 1:
            candidates = [each for each in candidates if each.id.zone != chosen[0].zone]
            chosen = chosen[:-1]
        while len(chosen) < desired and candidates:
            best = min(candidates, key=lambda each: self._rank(journal, each, chosen))
            candidates.remove(best)
            chosen.append(best.id)
            self._load[best.id] += 1
            yield best.id

    def _rank(
        self, journal: str, member: Member, chosen: list[BrokerId]
    ) -> tuple[bool, float, int, BrokerId]:
        zones = {id_.zone for id_ in chosen}
        tie = self._policy.seed and crc32(f"{self._policy.seed}/{journal}/{member.id}".encode())
        same_zone = len(zones) == 1 and member.id.zone in zones
        return same_zone, self._load[member.id] / member.limit, tie, member.id

    def _led(self, assigned: tuple[Assignment, ...]) -> list[Assignment]:
        """The present replicas, one of which leads before others are added: it has the content."""
        vacant = all(each.slot for each in assigned)
        return self._promoted(list(assigned)) if vacant else list(assigned)

    def _slotted(
        self, journal: str, assigned: list[Assignment], added: list[BrokerId]
    ) -> Iterator[Assignment]:
        """The added replicas in order of id, each in the next free slot."""
        taken = {each.slot for each in assigned}
        for id_ in sorted(added):
            slot = next(slot for slot in range(len(taken) + 1) if slot not in taken)
            taken.add(slot)
            yield Assignment(journal, id_, slot)

    def _promoted(self, kept: list[Assignment]) -> list[Assignment]:
        """The replicas with slot 0 filled and slots packed downward."""
        if not kept:
            return []
        ordered = sorted(kept, key=lambda each: each.slot)
        if ordered[0].slot != 0:
            best = min(ordered, key=lambda each: (each.route is None, self._primaries[each.id]))
            ordered.remove(best)
            ordered.insert(0, best)
            self._primaries[best.id] += 1
        return [
            each if each.slot == slot else replace(each, slot=slot)
            for slot, each in enumerate(ordered)
        ]

    def _limit(self, id_: BrokerId) -> int:
        member = self._keyspace.members.get(id_)
        return member.limit if member else 0


def _spread(able: list[Assignment], desired: int) -> list[Assignment]:
    """Orders replicas so that the first `desired` are in two zones at least."""
    zones = {each.id.zone for each in able[:desired]}
    if len(zones) > 1:
        return able
    other = next(each for each in able if each.id.zone not in zones)
    return [*able[: desired - 1], other]


def _difference(before: tuple[Assignment, ...], after: list[Assignment]) -> Iterator[Change]:
    keys = {each.key for each in before}
    remaining = {each.key for each in after}
    yield from (Delete(each) for each in before if each.key not in remaining)
    yield from (Put(each) for each in after if each.key not in keys)
