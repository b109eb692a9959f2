"""All journals of a cluster at one moment, and how they come back."""

from collections.abc import Iterable
from dataclasses import dataclass

import protocol as pb
from mockbroker.core.actions import Script, Wait
from mockbroker.core.broker import Broker
from mockbroker.core.durability import Durability, Kept
from mockbroker.core.etcd import Etcd
from mockbroker.core.ids import BrokerId
from mockbroker.core.keyspace import Assignment, Delete, Item, KeySpace, Put
from mockbroker.core.replica import Replica
from protocol.fragments import content_length
from protocol.spool import CompletedSpool


@dataclass(frozen=True, slots=True)
class JournalState:
    """One journal: its spec, its holders in order of their slots, and what the primary has."""

    spec: pb.JournalSpec
    holders: tuple[BrokerId, ...]
    kept: Kept


def taken(keyspace: KeySpace, brokers: Iterable[Broker]) -> tuple[JournalState, ...]:
    """Returns the state of all journals. What is not committed is no part of it."""
    by_id = {broker.id: broker for broker in brokers}
    return tuple(_journal(keyspace, by_id, item) for item in keyspace.journals())


def _journal(keyspace: KeySpace, brokers: dict[BrokerId, Broker], item: Item) -> JournalState:
    slots = sorted(keyspace.assignments.get(item.key, ()), key=lambda each: each.slot)
    held = [
        broker.replicas[item.key]
        for each in slots
        if (broker := brokers.get(each.id)) and item.key in broker.replicas
    ]
    kept = _kept(held[0]) if held else Kept()
    return JournalState(item.spec, tuple(each.id for each in slots), kept)


def _kept(replica: Replica) -> Kept:
    """Local fragments share their content: the committed bytes of it never change."""
    spool = replica.spool
    local = [entry for entry in replica.index if entry.content is not None]
    spools = tuple(
        CompletedSpool(entry.fragment, spool.registers, spool.first_append_time, entry.content)
        for entry in local
        if content_length(entry.fragment)
    )
    return Kept(spool.fragment.end, spool.registers, spools)


def cleared(etcd: Etcd, brokers: Iterable[Broker]) -> Script:
    """Deletes all journals, and waits until no broker holds any."""
    held = [replica for broker in brokers for replica in broker.replicas.values()]
    truth = etcd.truth
    assigned = (each for all_ in truth.assignments.values() for each in all_)
    etcd.commit([*map(Delete, truth.journals()), *map(Delete, assigned)])
    for replica in held:
        while not replica.closed:
            yield Wait((replica.changed,))


def put_back(etcd: Etcd, brokers: Iterable[Broker], states: Iterable[JournalState]) -> None:
    """Creates journals with what they had, where their holders are still members."""
    kept = {state.spec.name: state.kept for state in states}
    members = etcd.truth.members
    alive = list(brokers)
    durabilities = [broker.durability for broker in alive]
    for broker in alive:
        broker.durability = _Recalling(broker.durability, kept)
    assignments = [
        Assignment(state.spec.name, id_, slot)
        for state in states
        for slot, id_ in enumerate(each for each in state.holders if each in members)
    ]
    etcd.commit([*(Put(Item.of(state.spec)) for state in states), *map(Put, assignments)])
    for broker, durability in zip(alive, durabilities, strict=True):
        broker.durability = durability


class _Recalling:
    """Gives new replicas what a snapshot has of their journals."""

    def __init__(self, durability: Durability, kept: dict[str, Kept]) -> None:
        self._durability = durability
        self._kept = kept

    def committed(self, replica: Replica, before: pb.Fragment) -> None:
        """Passes on what is committed."""
        self._durability.committed(replica, before)

    def persisted(self, journal: str, fragment: pb.Fragment) -> None:
        """Passes on what is persisted."""
        self._durability.persisted(journal, fragment)

    def kept(self, journal: str, created: int) -> Kept:
        """Returns what the snapshot has."""
        return self._kept.get(journal) or self._durability.kept(journal, created)
