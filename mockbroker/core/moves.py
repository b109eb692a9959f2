"""Changes of a cluster that its operator or a test makes, rather than a client."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import protocol as pb
from mockbroker.core.actions import Script, Wait
from mockbroker.core.ids import BrokerId
from mockbroker.core.keyspace import Assignment, Change, Delete, Item, KeySpace, Member, Put

if TYPE_CHECKING:
    from mockbroker.core.broker import Broker


def joined(id_: BrokerId, endpoint: str, limit: int) -> list[Change]:
    """A broker joins."""
    return [Put(Member(id_, endpoint, limit))]


def limited(keyspace: KeySpace, id_: BrokerId, limit: int) -> list[Change]:
    """A broker takes at most `limit` replicas from now on."""
    member = keyspace.members.get(id_)
    return [] if member is None else [Put(replace(member, limit=limit))]


def upserted(specs: Iterable[pb.JournalSpec]) -> list[Change]:
    """Journals are created or replaced."""
    return [Put(Item.of(spec)) for spec in specs]


def promoted(keyspace: KeySpace, journal: str, id_: BrokerId) -> list[Change]:
    """A broker becomes primary; where it is no member, it takes the old primary's place."""
    held = keyspace.assignments.get(journal, ())
    ids = [each.id for each in sorted(held, key=lambda each: each.slot)]
    if id_ in ids:
        ids.remove(id_)
    else:
        ids = ids[1:]
    return assigned(keyspace, journal, [id_, *ids])


def assigned(keyspace: KeySpace, journal: str, ids: Sequence[BrokerId]) -> list[Change]:
    """A journal is assigned to exactly these brokers, in order of their slots."""
    held = {each.key: each for each in keyspace.assignments.get(journal, ())}
    wanted = {(journal, id_, slot): Assignment(journal, id_, slot) for slot, id_ in enumerate(ids)}
    removed = [Delete(each) for key, each in held.items() if key not in wanted]
    return [*removed, *(Put(each) for key, each in wanted.items() if key not in held)]


def drained(broker: "Broker") -> Script:
    """Waits until no journal is assigned to the broker any more, and its replicas are gone."""
    while any(
        each.id == broker.id for all_ in broker.keyspace.assignments.values() for each in all_
    ):
        yield Wait((broker.keyspace.changed,))
    while broker.retiring:
        yield Wait((broker.retired,))
