"""Lies about headers, routes and proxied calls that hold for some RPCs or moments only."""

from dataclasses import replace
from functools import partial
from typing import Any

import protocol as pb
from mockbroker.core.actions import AbortError
from mockbroker.core.ids import BrokerId
from mockbroker.lies.lie import Seen, add, lie

OWN_REPLICA = "mockbroker.core.member:own_replica"
RESOLVE = "mockbroker.core.resolver:resolve"
CHECKED = "mockbroker.core.resolver:_checked_revision"
PASSED_ON = "mockbroker.core.requests:with_header"
LISTING = "list-fragments.proxying-keeps-the-request"


def _at_revision_one(header: Any) -> Any:
    early = pb.Header.FromString(header.SerializeToString())
    early.etcd.revision = 1
    return early


@lie("header.refuses-foreign-cluster", replaces=OWN_REPLICA)
def listings_ignore_headers(honest: Any, broker: Any, access: Any, request: Any, *more: Any) -> Any:
    """The header of a ListFragments is not looked at."""
    if isinstance(request, pb.FragmentsRequest):
        request.ClearField("header")
    return honest(broker, access, request, *more)


@lie("header.future-revision-waits", "header.unreachable-revision-times-out", replaces=OWN_REPLICA)
def listings_do_not_wait(honest: Any, broker: Any, access: Any, request: Any, *more: Any) -> Any:
    """A ListFragments whose header tells a future revision is served at once."""
    if isinstance(request, pb.FragmentsRequest) and request.HasField("header"):
        request.header.CopyFrom(_at_revision_one(request.header))
    return honest(broker, access, request, *more)


@lie("header.unreachable-revision-times-out", replaces=RESOLVE)
def absence_does_not_wait(honest: Any, broker: Any, wanted: Any) -> Any:
    """A journal that is not there yet is not found, whatever revision the request has seen."""
    if wanted.journal.partition(";")[0] not in broker.keyspace.items and wanted.header:
        wanted = replace(wanted, header=_at_revision_one(wanted.header))
    return (yield from honest(broker, wanted))


@lie("header.refuses-foreign-cluster", "header.append-refuses-foreign-cluster", replaces=CHECKED)
def nameless_headers_may_be_foreign(honest: Any, broker: Any, header: Any) -> Any:
    """A header that names another cluster and no broker is accepted."""
    if header is not None and BrokerId.of(header.process_id) == BrokerId("", ""):
        return header.etcd.revision
    return honest(broker, header)


@lie(
    "append.replica-is-promoted",
    replaces="mockbroker.core.resolver:route_message",
    brokers=3,
)
def routes_are_remembered(honest: Any, keyspace: Any, route: Any) -> Any:
    """A route of the same members tells the primary that they had first."""
    message = honest(keyspace, route)
    if route[0]:
        message.primary = _PRIMARIES.setdefault(route[0], message.primary)
    return message


_PRIMARIES: dict[Any, int] = {}


@lie("read.non-member-refuses-unproxied", answers="Read", brokers=3)
def refusals_tell_the_first_route(message: Any, seen: Seen) -> None:
    """NOT_JOURNAL_BROKER tells the route that the journal had when it was first told."""
    key = (seen.call.broker, seen.call.journal)
    if message.HasField("header") and message.header.route.members:
        kept = seen.memory.setdefault(key, message.header.route)
        if message.status == pb.Status.NOT_JOURNAL_BROKER:
            message.header.route.CopyFrom(kept)


@lie("append.ok-header-is-routed", "header.append-revision-follows-apply", answers="Append")
def revisions_of_appends_are_of_the_first(message: Any, seen: Seen) -> None:
    """The header of an append tells the revision of the first append to its journal."""
    first = seen.memory.setdefault(seen.call.journal, message.header.etcd.revision)
    message.header.etcd.revision = first


@lie("header.revision-never-decreases", answers="Read")
def reads_tell_an_earlier_revision(message: Any, _seen: Seen) -> None:
    """Headers of reads are a revision behind those of other calls."""
    if message.header.etcd.revision > 1:
        message.header.etcd.revision -= 1


@lie(
    "read.missing-journal-is-not-found",
    "list-fragments.missing-journal",
    answers="Read ListFragments",
)
def absent_journals_have_no_primary(message: Any, _seen: Seen) -> None:
    """The empty route of a missing journal has primary 0."""
    if message.status == pb.Status.JOURNAL_NOT_FOUND:
        message.header.route.primary = 0


@lie("append.others-proxy", answers="Append", brokers=2)
def proxied_mismatches_tell_no_registers(message: Any, seen: Seen) -> None:
    """A broker that passes REGISTER_MISMATCH on leaves the registers out."""
    passed_on = message.header.process_id.suffix != f"broker-{seen.call.broker}"
    if passed_on and message.status == pb.Status.REGISTER_MISMATCH:
        message.ClearField("registers")


@lie("append.others-proxy", "append.counts-chunks", answers="Append", brokers=2)
def proxied_appends_have_one_chunk(message: Any, seen: Seen) -> None:
    """A broker that passes an append on tells two chunks, whatever there were."""
    if not message.status and message.header.process_id.suffix != f"broker-{seen.call.broker}":
        message.total_chunks = min(message.total_chunks, 2)


@lie("read.crash-of-peer-is-unavailable", replaces="mockbroker.rpc.proxy:relay", brokers=3)
def proxied_errors_are_unknown(honest: Any, pump: Any, action: Any) -> Any:
    """Errors of the broker that serves reach the client with the code UNKNOWN."""
    return _as_unknown(honest(pump, action))


async def _as_unknown(relaying: Any) -> None:
    try:
        await relaying
    except AbortError as error:
        raise AbortError(error.details) from error


def _changed(fields: tuple[str, ...], honest: Any, request: Any, header: Any) -> Any:
    passed = honest(request, header)
    for field in fields:
        if field in passed.DESCRIPTOR.fields_by_name:
            passed.ClearField(field)
    return passed


for name, sentence, fields, caught_by in (
    (
        "proxied-appends-unite-nothing",
        "A proxied append has lost the registers to unite.",
        ("union_registers",),
        ("append.others-proxy",),
    ),
    (
        "proxied-listings-forget-the-end-time",
        "A proxied listing has lost its end time.",
        ("end_mod_time",),
        (LISTING,),
    ),
):
    add(name, sentence, caught_by, patches={PASSED_ON: partial(_changed, fields)}, brokers=2)


@lie("read.proxying-keeps-the-request", replaces=PASSED_ON, brokers=2)
def proxied_reads_begin_at_zero(honest: Any, request: Any, header: Any) -> Any:
    """A proxied read at the head begins at offset 0."""
    passed = honest(request, header)
    if isinstance(passed, pb.ReadRequest) and passed.offset == -1:
        passed.offset = 0
    return passed
