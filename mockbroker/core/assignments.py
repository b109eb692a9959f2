"""What a broker does when it sees the key-space change: it begins and ends replicas."""

from collections.abc import Iterable

from mockbroker.core.actions import Script, acquire
from mockbroker.core.broker import Broker
from mockbroker.core.keyspace import Assignment
from mockbroker.core.persister import Persister
from mockbroker.core.pulse import pulse
from mockbroker.core.refresh import refresh
from mockbroker.core.replica import Replica


def observe(broker: Broker, touched: Iterable[str]) -> None:
    """Brings the broker's replicas of the journals touched in line with its key-space.

    A journal newly assigned, or made anew, begins a replica; so does one whose primary it
    no longer is. What is no longer assigned ends.
    """
    if broker.stopped:
        return
    for journal in sorted(touched):
        assigned = broker.keyspace.assignments.get(journal, ())
        if any(each.id == broker.id for each in assigned):
            _hold(broker, journal, assigned)
        elif journal in broker.replicas:
            _end(broker, broker.replicas.pop(journal))


def stop_replicas(broker: Broker) -> None:
    """Ends all replicas at once, as a broker does that lost its lease."""
    broker.stopped = True
    broker.exit_asked.fire()
    while broker.replicas:
        _end(broker, broker.replicas.popitem()[1])


def _hold(broker: Broker, journal: str, assigned: tuple[Assignment, ...]) -> None:
    item = broker.keyspace.items.get(journal)
    if item is None:
        return
    primary = any(each.id == broker.id and each.slot == 0 for each in assigned)
    replica = broker.replicas.get(journal)
    if replica and (replica.created != item.create_revision or (replica.primary and not primary)):
        _end(broker, broker.replicas.pop(journal))
        replica = None
    if replica is None:
        replica = _begin(broker, journal, item.create_revision, primary=primary)
    replica.primary = primary
    replica.observe(assigned, tuple(item.spec.fragment.stores))


def _begin(broker: Broker, journal: str, created: int, *, primary: bool) -> Replica:
    replica = Replica(journal, created, broker.new_content)
    replica.primary = primary
    replica.completed = Persister(broker).completed
    replica.committed = broker.durability.committed
    replica.resume(broker.durability.kept(journal, created), broker.now())
    broker.replicas[journal] = replica
    broker.host.spawn(refresh(broker, replica))
    broker.host.spawn(pulse(broker, replica))
    return replica


def _end(broker: Broker, replica: Replica) -> None:
    replica.invalidate()
    broker.host.spawn(_retire(broker, replica))


def _retire(broker: Broker, replica: Replica) -> Script:
    """Waits for appends in flight, closes and persists the open fragment, then is gone."""
    broker.retiring += 1
    yield from acquire(replica.turn)
    if replica.pipeline is not None:
        replica.pipeline.close()
    yield from acquire(replica.spooling)
    replica.close_fragment(broker.now())
    replica.close()
    broker.retiring -= 1
    broker.retired.fire()
