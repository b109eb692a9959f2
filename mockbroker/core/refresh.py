"""The refresh of a replica's index from the journal's stores."""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import protocol as pb
from mockbroker.core.actions import Action, ListStore, Script, Wait
from mockbroker.core.replica import Replica
from mockbroker.store import StoreFailedError
from protocol.errors import ProtocolError
from protocol.fragments import parse_name

if TYPE_CHECKING:
    from mockbroker.core.broker import Broker


def refresh(broker: "Broker", replica: Replica) -> Script:
    """Lists all stores of the journal now and at every refresh interval, until it is gone.

    The settings' `refresh_rate` divides the intervals. A listing that fails leaves the index as
    it is.
    """
    while not replica.closed:
        item = broker.keyspace.items.get(replica.journal)
        if item is None:
            return
        yield from refresh_once(replica, item.spec)
        interval = item.spec.fragment.refresh_interval
        seconds = interval.seconds + interval.nanos / 1e9
        due = broker.now() + seconds / broker.settings.refresh_rate
        yield from _rest(broker, replica, due)


def refresh_once(replica: Replica, spec: pb.JournalSpec) -> Generator[Action, Any, None]:
    """Lists all stores of the journal, and takes what they hold into the index."""
    listed: list[pb.Fragment] = []
    for store in spec.fragment.stores:
        try:
            entries = yield ListStore(store, spec.name)
        except StoreFailedError:
            return
        listed += _parsed(spec.name, store, entries)
    replica.index.refresh(listed)
    replica.changed.fire()


def _parsed(journal: str, store: str, entries: list[tuple[str, int]]) -> list[pb.Fragment]:
    parsed = []
    for path, mod_time in entries:
        try:
            fragment = parse_name(journal, path)
        except ProtocolError:
            continue
        fragment.backing_store = store
        fragment.mod_time = mod_time
        parsed.append(fragment)
    return parsed


def _rest(broker: "Broker", replica: Replica, due: float) -> Script:
    """Waits until `due`, or until the replica is gone."""
    while not replica.closed and broker.now() < due:
        yield Wait((replica.changed,), due)
