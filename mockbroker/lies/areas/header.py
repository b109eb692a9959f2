"""Lies about headers, routes and revisions."""

from typing import Any

import protocol as pb
from mockbroker.core.actions import AbortError
from mockbroker.lies.lie import Seen, lie

CHECK = "mockbroker.core.resolver:_checked_revision"
ROUTED = "Read Append ListFragments"


def _without(header: Any, **changes: int) -> Any:
    copied = pb.Header()
    copied.CopyFrom(header)
    for name, value in changes.items():
        setattr(copied.etcd, name, value)
    return copied


@lie("header.refuses-foreign-cluster", "header.append-refuses-foreign-cluster", replaces=CHECK)
def foreign_clusters_are_accepted(honest: Any, broker: Any, header: Any) -> Any:
    """A request whose header names another cluster is served."""
    if header is not None:
        header = _without(header, cluster_id=broker.etcd.ids.cluster_id)
    return honest(broker, header)


@lie("header.refuses-foreign-process-id", replaces=CHECK)
def foreign_process_ids_are_accepted(honest: Any, broker: Any, header: Any) -> Any:
    """A request whose header names another broker is served."""
    if header is not None:
        header = _without(header)
        header.ClearField("process_id")
    return honest(broker, header)


@lie("header.accepts-own-or-empty-process-id", replaces=CHECK)
def empty_process_ids_are_refused(honest: Any, broker: Any, header: Any) -> Any:
    """A request whose header names no broker is refused."""
    if header is not None and not header.process_id.suffix:
        raise AbortError("request ProcessId doesn't match our own")
    return honest(broker, header)


@lie("header.accepts-own-or-empty-process-id", replaces=CHECK)
def own_process_ids_are_refused(honest: Any, broker: Any, header: Any) -> Any:
    """A request whose header names the very broker is refused."""
    if header is not None and header.process_id.suffix:
        raise AbortError("request ProcessId doesn't match our own")
    return honest(broker, header)


@lie("header.future-revision-waits", replaces=CHECK)
def future_revisions_are_refused(honest: Any, broker: Any, header: Any) -> Any:
    """A request whose header tells a revision to come is refused."""
    revision = honest(broker, header)
    if revision > broker.keyspace.revision:
        raise AbortError("revision is in the future")
    return revision


@lie("header.future-revision-waits", replaces=CHECK)
def future_revisions_never_come(honest: Any, broker: Any, header: Any) -> Any:
    """A request that waits for a revision is not woken when it comes."""
    revision = honest(broker, header)
    return revision + (1 << 40) if revision > broker.keyspace.revision else revision


@lie("header.unreachable-revision-times-out", replaces=CHECK)
def unreachable_revisions_are_not_awaited(honest: Any, broker: Any, header: Any) -> Any:
    """A request whose header tells a revision far ahead is served at once."""
    revision = honest(broker, header)
    return 0 if revision > broker.keyspace.revision + 1000 else revision


@lie("header.refuses-invalid-header", replaces="mockbroker.core.requests:checked")
def invalid_headers_are_ignored(honest: Any, broker: Any, request: Any) -> Any:
    """An invalid header of a request counts as none."""
    if not isinstance(request, pb.ReadRequest | pb.AppendRequest | pb.FragmentsRequest):
        return honest(broker, request)
    try:
        pb.validate(request.header) if request.HasField("header") else None
    except pb.errors.ValidationError:
        request.ClearField("header")
    return honest(broker, request)


@lie(
    "header.members-are-sorted",
    "list.entry-route-has-endpoints",
    replaces="mockbroker.core.resolver:route_message",
    brokers=2,
)
def members_are_in_order_of_slots(honest: Any, keyspace: Any, route: Any) -> Any:
    """Members of routes come in descending order."""
    message = honest(keyspace, route)
    count = len(message.members)
    primary = count - 1 - message.primary if message.primary >= 0 else -1
    return pb.Route(
        members=message.members[::-1], endpoints=message.endpoints[::-1], primary=primary
    )


@lie("header.endpoints-match-members", replaces="mockbroker.core.resolver:route_message", brokers=2)
def endpoints_are_one_off(honest: Any, keyspace: Any, route: Any) -> Any:
    """Each endpoint of a route is that of the next member."""
    message = honest(keyspace, route)
    moved = [*message.endpoints[1:], *message.endpoints[:1]]
    del message.endpoints[:]
    message.endpoints.extend(moved)
    return message


@lie("header.endpoints-match-members", answers=ROUTED)
def endpoints_are_addresses_without_scheme(message: Any, _seen: Seen) -> None:
    """Endpoints are HOST:PORT instead of URLs."""
    bare = [each.removeprefix("http://") for each in message.header.route.endpoints]
    if bare:
        del message.header.route.endpoints[:]
        message.header.route.endpoints.extend(bare)


@lie("append.ok-header-is-routed", "header.endpoints-match-members", answers="Append", brokers=2)
def primary_is_counted_from_one(message: Any, _seen: Seen) -> None:
    """The index of the primary in a header is one too high."""
    if message.header.route.primary >= 0:
        message.header.route.primary += 1


@lie("header.revision-never-decreases", answers="List Read Append ListFragments Apply")
def revisions_go_back(message: Any, seen: Seen) -> None:
    """The revision of every other header is an earlier one."""
    if message.header.etcd.revision and seen.call.index % 2:
        message.header.etcd.revision = max(1, message.header.etcd.revision - 5)


@lie("header.append-revision-follows-apply", answers="Append")
def append_headers_have_an_old_revision(message: Any, _seen: Seen) -> None:
    """The header of an append has a revision from before its journal was made."""
    message.header.etcd.revision = min(2, message.header.etcd.revision)


@lie("list.header-is-unrouted", "apply.header-is-unrouted", answers="List Apply")
def cluster_and_member_are_swapped(message: Any, _seen: Seen) -> None:
    """Headers lack the member id of etcd."""
    if message.header.etcd.revision:
        message.header.etcd.member_id = 0


@lie(
    "header.refuses-foreign-cluster", "header.accepts-own-or-empty-process-id", answers="Apply List"
)
def every_answer_names_another_cluster(message: Any, _seen: Seen) -> None:
    """Headers of List and Apply name a cluster that requests may not."""
    if message.header.etcd.revision:
        message.header.etcd.cluster_id ^= 1


@lie("header.proxy-is-transparent", "list-fragments.non-member-proxies", answers=ROUTED, brokers=2)
def proxies_hide_the_route(message: Any, seen: Seen) -> None:
    """A broker that passes an answer on takes the route from its header."""
    here = f"broker-{seen.call.broker}"
    if message.header.route.members and all(
        each.suffix != here for each in message.header.route.members
    ):
        message.header.route.CopyFrom(pb.Route(primary=-1))
