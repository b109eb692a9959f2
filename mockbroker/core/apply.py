"""Apply: creates, updates and deletes journals in one transaction.

Modelled: expected revisions, all or nothing, etcd's own limits (128 operations, no key
put twice) with their texts, claims, and that the reply waits until this broker has seen it.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import protocol as pb
from mockbroker.core.access import Access
from mockbroker.core.actions import AbortError, Code, Receive, Script, Send, Wait
from mockbroker.core.keyspace import Change, Delete, Item, KeySpace, Put
from mockbroker.core.requests import checked
from protocol.auth import Capability
from protocol.labels import extend_with_name, matches

if TYPE_CHECKING:
    from mockbroker.core.broker import Broker

MAX_OPERATIONS = 128


def serve(broker: "Broker", authorization: str | None) -> Script:
    """Serves one Apply call."""
    access = broker.access(authorization, Capability.APPLY)
    request = checked(broker, (yield Receive()))
    for change in request.changes:
        _authorize(access, change)
    _check_transaction(request.changes)
    truth = broker.etcd.truth
    status = pb.Status.OK
    if all(_holds(truth, change) for change in request.changes):
        broker.etcd.commit(_changes(truth, request.changes))
    else:
        status = pb.Status.ETCD_TRANSACTION_FAILED
    revision = broker.etcd.revision
    while broker.keyspace.revision < revision:
        yield Wait((broker.keyspace.changed,))
    yield Send(pb.ApplyResponse(status=status, header=broker.header(revision)))


def _name(change: pb.ApplyRequest.Change) -> str:
    return change.upsert.name if change.HasField("upsert") else change.delete


def _authorize(access: Access, change: pb.ApplyRequest.Change) -> None:
    if not (access.selector.include.labels or access.selector.exclude.labels):
        return
    name = _name(change)
    spec = change.upsert if change.HasField("upsert") else pb.JournalSpec(name=name)
    if not matches(access.selector, extend_with_name(spec)):
        raise AbortError(f"not authorized to {name}", Code.UNAUTHENTICATED)


def _check_transaction(changes: Collection[pb.ApplyRequest.Change]) -> None:
    named = Counter(_name(change) for change in changes)
    if named.total() > MAX_OPERATIONS:
        raise AbortError("etcdserver: too many operations in txn request")
    if any(named[change.upsert.name] > 1 for change in changes if change.HasField("upsert")):
        raise AbortError("etcdserver: duplicate key given in txn request")


def _holds(truth: KeySpace, change: pb.ApplyRequest.Change) -> bool:
    item = truth.items.get(_name(change))
    return change.expect_mod_revision in {-1, item.mod_revision if item else 0}


def _changes(truth: KeySpace, changes: Iterable[pb.ApplyRequest.Change]) -> Iterable[Change]:
    for change in changes:
        if change.HasField("upsert"):
            yield Put(Item.of(change.upsert))
        elif item := truth.items.get(change.delete):
            yield Delete(item)
