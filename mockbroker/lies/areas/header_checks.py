"""Lies about what is checked of a request's header, and by whom."""

from typing import Any

import protocol as pb
from mockbroker.core.ids import BrokerId
from mockbroker.lies.lie import lie

CHECK = "mockbroker.core.resolver:_checked_revision"
RESOLVE = "mockbroker.core.resolver:resolve"


def _own(header: Any, broker: Any) -> Any:
    """A copy of a header that is addressed to the broker."""
    copied = pb.Header()
    copied.CopyFrom(header)
    copied.process_id.CopyFrom(broker.local_id.message)
    return copied


@lie("header.refuses-foreign-process-id", replaces=CHECK)
def process_ids_are_compared_by_suffix(honest: Any, broker: Any, header: Any) -> Any:
    """A request for a broker of another zone and the same suffix is served."""
    if header is not None and header.process_id.suffix == broker.id.suffix:
        header = _own(header, broker)
    return honest(broker, header)


@lie("header.refuses-foreign-process-id", replaces=CHECK)
def process_ids_are_compared_by_zone(honest: Any, broker: Any, header: Any) -> Any:
    """A request for another broker of the same zone is served."""
    if header is not None and header.process_id.zone == broker.id.zone:
        header = _own(header, broker)
    return honest(broker, header)


@lie("header.refuses-foreign-process-id", replaces=RESOLVE)
def appends_are_taken_for_others(honest: Any, broker: Any, wanted: Any) -> Any:
    """An append whose header names another broker is served."""
    if wanted.primary and wanted.header is not None:
        wanted.header.process_id.Clear()
    return honest(broker, wanted)


@lie("header.append-refuses-foreign-cluster", replaces=RESOLVE)
def appends_are_taken_from_other_clusters(honest: Any, broker: Any, wanted: Any) -> Any:
    """An append whose header names another cluster is served."""
    if wanted.primary and wanted.header is not None:
        wanted.header.etcd.cluster_id = broker.etcd.ids.cluster_id
    return honest(broker, wanted)


@lie(
    "header.accepts-own-or-empty-process-id",
    "header.refuses-invalid-header",
    replaces=CHECK,
)
def the_present_revision_is_waited_for(honest: Any, broker: Any, header: Any) -> Any:
    """A request whose header tells the present revision waits for the next one."""
    revision = honest(broker, header)
    return revision + (revision == broker.keyspace.revision)


@lie("header.unreachable-revision-times-out", replaces=RESOLVE)
def appends_wait_for_no_revision(honest: Any, broker: Any, wanted: Any) -> Any:
    """An append does not wait for the revision of its header."""
    if wanted.primary and wanted.header is not None:
        wanted.header.etcd.revision = 1
    return honest(broker, wanted)


@lie("header.future-revision-waits", replaces=RESOLVE)
def what_waited_is_answered_as_before(honest: Any, broker: Any, wanted: Any) -> Any:
    """A request that waited for a revision is answered with the header from before."""
    before = broker.keyspace.revision
    resolved = yield from honest(broker, wanted)
    resolved.header.etcd.revision = before
    return resolved


@lie("header.statuses-have-an-order", replaces="mockbroker.core.resolver:_status")
def unproxied_requests_are_refused_first(
    honest: Any, wanted: Any, item: Any, route: Any, local: bool
) -> Any:
    """Who may not proxy refuses before it looks whether the journal is suspended."""
    if not (wanted.proxy or local) and item is not None and not wanted.primary:
        return pb.Status.NOT_JOURNAL_BROKER
    return honest(wanted, item, route, local)


@lie("header.statuses-have-an-order", replaces="mockbroker.core.resolver:_status")
def absence_is_told_after_proxying(
    honest: Any, wanted: Any, item: Any, route: Any, local: bool
) -> Any:
    """A request for a missing journal that may not be proxied finds no broker of it."""
    if item is None and not wanted.proxy and not wanted.primary:
        return pb.Status.NOT_JOURNAL_BROKER
    return honest(wanted, item, route, local)


@lie("header.statuses-have-an-order", replaces="mockbroker.core.resolver:_status")
def full_journals_lack_their_brokers(
    honest: Any, wanted: Any, item: Any, route: Any, local: bool
) -> Any:
    """Whether a journal has brokers is told before whether it is suspended."""
    if item is not None and not route[0]:
        primary = pb.Status.NO_JOURNAL_PRIMARY_BROKER
        return primary if wanted.primary else pb.Status.INSUFFICIENT_JOURNAL_BROKERS
    return honest(wanted, item, route, local)


@lie("header.statuses-have-an-order", replaces="mockbroker.core.resolver:_status")
def flags_outrank_suspension(honest: Any, wanted: Any, item: Any, route: Any, local: bool) -> Any:
    """A suspended journal that may only be written does not allow reads."""
    status = honest(wanted, item, route, local)
    write_only = item is not None and item.spec.flags == pb.JournalSpec.Flag.O_WRONLY
    if status == pb.Status.SUSPENDED and write_only and not wanted.primary:
        return pb.Status.NOT_ALLOWED
    return status


@lie("header.refusal-names-its-author", answers="Read ListFragments Append", brokers=3)
def refusals_are_signed_by_the_first_broker(message: Any, seen: Any) -> None:
    """Every refusal carries the process id of the first broker of the cluster."""
    if message.status and message.header.etcd.revision:
        message.header.process_id.CopyFrom(
            BrokerId("zone-0", "broker-0").message
            if seen.call.broker
            else message.header.process_id
        )


@lie(
    "header.refusal-names-its-author",
    "read.missing-journal-is-not-found",
    "append.missing-journal-is-not-found",
    answers="Read ListFragments Append",
)
def refusals_lack_etcd(message: Any, _seen: Any) -> None:
    """The headers of refusals have no etcd part."""
    if message.status and message.status != pb.Status.OFFSET_NOT_YET_AVAILABLE:
        message.header.etcd.Clear()
