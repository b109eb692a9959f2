"""Resolution: which broker serves a journal, and what a refusal says."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import protocol as pb
from mockbroker.core.actions import AbortError, Action, Proxy, Wait
from mockbroker.core.allocator import route_of
from mockbroker.core.ids import NOBODY, BrokerId
from mockbroker.core.keyspace import Assignment, Item, KeySpace
from mockbroker.core.replica import Replica
from mockbroker.core.requests import with_header
from protocol.journals import strip_meta
from protocol.labels import matches

if TYPE_CHECKING:
    from mockbroker.core.broker import Broker

Level = pb.JournalSpec.Suspend.Level
STOPPED = "resolver has stopped serving local replicas"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request needs of whoever serves it.

    Attributes:
        journal: Its name, possibly with a metadata segment.
        primary: Only the primary will do.
        proxy: A peer may serve in this broker's place.
        header: Header of the request, where it has one.
        revision: Revision to have seen first.
        selector: Claims of the caller; a journal they do not match does not exist.
    """

    journal: str
    selector: pb.LabelSelector
    primary: bool = False
    proxy: bool = True
    header: pb.Header | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Resolution:
    """Who serves a journal at one revision.

    Attributes:
        status: OK, or why the journal can't be served.
        header: Header of the answer. Its process id is the broker that serves or, where
            the status is not OK, this one; empty where any member may serve.
        item: The journal; None where it does not exist for the caller.
        assigned: Its assignments.
        route: Members and primary of the assignments.
        replica: This broker's own replica, where it has one and may use it.
        epoch: The replica's epoch; another one now means to resolve again.
        local: This broker serves.
    """

    status: pb.Status
    header: pb.Header
    item: Item | None
    assigned: tuple[Assignment, ...]
    route: tuple[tuple[BrokerId, ...], int]
    replica: Replica | None
    epoch: int
    local: bool

    @property
    def spec(self) -> pb.JournalSpec:
        """Spec of the journal, which must exist."""
        if self.item is None:
            raise LookupError("the journal does not exist")
        return self.item.spec

    @property
    def stale(self) -> bool:
        """Whether the replica's assignments have changed since."""
        return self.replica is not None and self.replica.epoch != self.epoch


def resolve(broker: "Broker", wanted: Wanted) -> Generator[Action, Any, Resolution]:
    """Resolves a journal, once the wanted revision has been seen.

    Raises:
        AbortError: The request's header names another cluster or another broker, or this
            broker has lost its lease.
    """
    revision = max(wanted.revision, _checked_revision(broker, wanted.header))
    while broker.keyspace.revision < revision:
        yield Wait((broker.keyspace.changed, broker.exit_asked))
        if broker.stopped:
            raise AbortError(STOPPED)
    return _resolved(broker, wanted)


def _checked_revision(broker: "Broker", header: pb.Header | None) -> int:
    if header is None:
        return 0
    ours = broker.etcd.ids.cluster_id
    if header.etcd.cluster_id != ours:
        raise AbortError(
            f"request Etcd ClusterId doesn't match our own ({header.etcd.cluster_id} vs {ours})"
        )
    theirs = BrokerId.of(header.process_id)
    if theirs not in {NOBODY, broker.local_id}:
        raise AbortError(f"request ProcessId doesn't match our own ({theirs} vs {broker.local_id})")
    return header.etcd.revision


def _resolved(broker: "Broker", wanted: Wanted) -> Resolution:
    keyspace = broker.keyspace
    name = strip_meta(wanted.journal)
    item = keyspace.items.get(name)
    assigned = keyspace.assignments.get(name, ())
    if item is not None and not _may_see(wanted.selector, item):
        item, assigned = None, ()
    route = route_of(assigned)
    server = _server(broker.local_id, route, primary=wanted.primary)
    if server == broker.local_id and broker.stopped:
        raise AbortError(STOPPED)
    status = _status(wanted, item, route, server == broker.local_id)
    replica = broker.replicas.get(name)
    return Resolution(
        status=status,
        header=pb.Header(
            process_id=(broker.local_id if status else server).message,
            route=route_message(keyspace, route),
            etcd=broker.etcd.header(keyspace.revision),
        ),
        item=item,
        assigned=assigned,
        route=route,
        replica=replica,
        epoch=replica.epoch if replica else 0,
        local=server == broker.local_id,
    )


def _may_see(selector: pb.LabelSelector, item: Item) -> bool:
    if not (selector.include.labels or selector.exclude.labels):
        return True
    return matches(selector, item.labels)


def route_message(keyspace: KeySpace, route: tuple[tuple[BrokerId, ...], int]) -> pb.Route:
    """Returns a route with the endpoints of its members; a member that is gone has none."""
    members, primary = route
    known = keyspace.members
    return pb.Route(
        members=[each.message for each in members],
        primary=primary,
        endpoints=[known[each].endpoint if each in known else "" for each in members],
    )


def _server(local: BrokerId, route: tuple[tuple[BrokerId, ...], int], *, primary: bool) -> BrokerId:
    members, index = route
    if primary:
        return members[index] if index >= 0 else NOBODY
    return local if local in members else NOBODY


def _status(
    wanted: Wanted, item: Item | None, route: tuple[tuple[BrokerId, ...], int], local: bool
) -> pb.Status:
    members, primary = route
    if item is None:
        status = pb.Status.JOURNAL_NOT_FOUND
    elif item.spec.suspend.level == Level.FULL:
        status = pb.Status.SUSPENDED
    elif wanted.primary and primary < 0:
        status = pb.Status.NO_JOURNAL_PRIMARY_BROKER
    elif not members:
        status = pb.Status.INSUFFICIENT_JOURNAL_BROKERS
    elif wanted.proxy or local:
        status = pb.Status.OK
    elif wanted.primary:
        status = pb.Status.NOT_JOURNAL_PRIMARY_BROKER
    else:
        status = pb.Status.NOT_JOURNAL_BROKER
    return status


def proxy(
    broker: "Broker", resolved: Resolution, request: Any, journal: str, capability: int
) -> Proxy:
    """Hands a call over to the broker that its header names, or to a member of the route.

    Among members one of this broker's own zone is preferred, whether it is alive or not.
    `journal` and `capability` are the claims of the call.
    """
    addressed = with_header(request, resolved.header)
    return Proxy(_endpoint(broker, resolved), addressed, journal, capability)


def _endpoint(broker: "Broker", resolved: Resolution) -> str:
    members, _ = resolved.route
    server = BrokerId.of(resolved.header.process_id)
    if server in members:
        index = members.index(server)
    else:
        near = [each for each in members if each.zone == broker.id.zone]
        index = members.index((near or members)[0])
    return resolved.header.route.endpoints[index]
