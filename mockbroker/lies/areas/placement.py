"""Lies about which brokers hold a journal, and what becomes of it as they come and go."""

from typing import Any

from mockbroker.core.keyspace import Put
from mockbroker.lies.lie import lie

PLAN = "mockbroker.core.allocator:_Plan"


@lie("topology.replicas-span-zones", replaces=f"{PLAN}._added", brokers=3)
def zones_are_not_looked_at(
    _honest: Any, plan: Any, _journal: str, assigned: Any, kept: Any, desired: int
) -> Any:
    """Replicas are placed on the first brokers by id, whatever their zones."""
    holders = {each.id for each in assigned}
    free = sorted(id_ for id_ in plan._keyspace.members if id_ not in holders)
    return iter(free[: max(0, desired - len(kept))])


@lie(
    "topology.first-member-becomes-primary",
    "topology.endpoints-lead-to-members",
    brokers=3,
    replaces="mockbroker.core.resolver:route_message",
)
def routes_have_the_asked_broker_first(honest: Any, keyspace: Any, route: Any) -> Any:
    """Endpoints of a route are those of all brokers in order of their start."""
    message = honest(keyspace, route)
    known = sorted(keyspace.members.values(), key=lambda each: each.create_revision)
    for index in range(len(message.endpoints)):
        message.endpoints[index] = known[-1 - index].endpoint
    return message


@lie("topology.load-is-spread", replaces=f"{PLAN}._rank", brokers=3)
def the_first_broker_gets_all(
    honest: Any, plan: Any, journal: str, member: Any, chosen: Any
) -> Any:
    """A broker gets journals while there is room, and the next one then."""
    same_zone, _, tie, id_ = honest(plan, journal, member, chosen)
    return same_zone, 0, tie, id_


@lie(
    "append.too-few-replicas",
    replaces="mockbroker.core.append:Append._is_replicated",
    brokers=3,
)
def a_majority_is_enough(honest: Any, append: Any) -> Any:
    """An append is taken where more than half of the replicas are there."""
    resolved = append.resolved
    if 2 * len(resolved.assigned) > resolved.spec.replication:
        return True
    return honest(append)


@lie(
    "append.scales-up-under-load",
    "append.replica-is-promoted",
    replaces=f"{PLAN}._added",
    brokers=3,
)
def replicas_are_never_added(
    honest: Any, plan: Any, journal: str, assigned: Any, *rest: Any
) -> Any:
    """A journal that has members gets no more of them."""
    return iter(()) if assigned else honest(plan, journal, assigned, *rest)


@lie("append.scales-down-seamlessly", replaces=f"{PLAN}._must_wait", brokers=3)
def replicas_are_never_removed(_honest: Any, _plan: Any, assigned: Any, kept: Any, _: int) -> bool:
    """A journal keeps all members that it has."""
    return len(kept) < len(assigned)


@lie(
    "ops.exit-persists-open-fragments",
    replaces="mockbroker.core.persister:Persister.completed",
    brokers=2,
)
def nothing_is_persisted_at_exit(honest: Any, persister: Any, *arguments: Any) -> None:
    """A broker that was told to exit stores no fragment any more."""
    if not persister._broker.exiting:
        honest(persister, *arguments)


@lie(
    "read.hand-over-ends-blocking-read",
    "read.deletion-ends-blocking-read",
    replaces="mockbroker.core.replica:Replica.close",
    brokers=2,
)
def readers_outlive_their_replica(_honest: Any, replica: Any) -> None:
    """A read that blocks goes on where its broker no longer has the journal."""
    replica.invalidate()


@lie(
    "ops.sole-broker-keeps-its-journals",
    "ops.exit-hands-over",
    replaces="mockbroker.core.moves:drained",
)
def brokers_leave_at_once(_honest: Any, _broker: Any) -> Any:
    """A broker that is told to exit does so whatever it holds."""
    yield from ()


@lie(
    "pipeline.advertises-consistency",
    replaces="mockbroker.core.append:Append._advertise",
    brokers=2,
)
def routes_are_advertised_without_a_revision(_honest: Any, append: Any) -> bool:
    """A primary does not write down that its replicas are in step."""
    append._revision = max(append._revision, 0)
    return False


@lie("append.replica-is-promoted", replaces="mockbroker.core.etcd:Etcd.expire", brokers=3)
def dead_primaries_stay(honest: Any, etcd: Any, broker: Any) -> Any:
    """The lease of a primary never ends."""
    leads = any(
        each.slot == 0 and each.id == broker
        for all_ in etcd.truth.assignments.values()
        for each in all_
    )
    return etcd.revision if leads else honest(etcd, broker)


@lie("topology.returned-broker-is-used", replaces="mockbroker.core.moves:joined", brokers=2)
def returned_brokers_get_nothing(honest: Any, id_: Any, endpoint: str, limit: int) -> Any:
    """A broker that comes back takes no journals."""
    again = id_ in _JOINED
    _JOINED.add(id_)
    changes = honest(id_, endpoint, 0 if again else limit)
    return [each for each in changes if isinstance(each, Put)]


_JOINED: set[Any] = set()
"""Brokers that were there once."""
