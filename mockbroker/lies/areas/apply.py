"""Lies about Apply."""

import itertools
from typing import Any

import protocol as pb
from mockbroker.core.actions import AbortError, Send, Wait
from mockbroker.core.keyspace import Delete, Item, Put
from mockbroker.lies.lie import Seen, add, lie

FAILED = pb.Status.ETCD_TRANSACTION_FAILED


@lie("apply.creation-conflicts-with-existing", requests="Apply")
def creation_overwrites(message: Any, _seen: Seen) -> None:
    """An upsert that expects no journal replaces the one that is there."""
    for each in message.changes:
        if each.HasField("upsert"):
            each.expect_mod_revision = each.expect_mod_revision or -1


@lie("apply.refuses-stale-revision", "apply.update-of-absent-conflicts", requests="Apply")
def any_expected_revision_will_do(message: Any, _seen: Seen) -> None:
    """An upsert is taken whatever revision it expects, unless none."""
    for each in message.changes:
        if each.HasField("upsert") and each.expect_mod_revision > 0:
            each.expect_mod_revision = -1


@lie("apply.refuses-stale-revision", replaces="mockbroker.core.apply:_holds")
def older_revisions_will_do(honest: Any, truth: Any, change: Any) -> Any:
    """A change that expects an older revision than the present one is taken."""
    item = truth.items.get(change.upsert.name or change.delete)
    older = item is not None and 0 < change.expect_mod_revision < item.mod_revision
    return older or honest(truth, change)


@lie(
    "apply.refuses-stale-revision",
    "apply.delete-refuses-stale-revision",
    replaces="mockbroker.core.apply:_holds",
)
def later_revisions_will_do(honest: Any, truth: Any, change: Any) -> Any:
    """A change that expects a later revision than the present one is taken."""
    item = truth.items.get(change.upsert.name or change.delete)
    return (item is not None and change.expect_mod_revision > item.mod_revision) or honest(
        truth, change
    )


@lie("apply.updates-at-expected-revision", replaces="mockbroker.core.apply:_holds")
def creation_revision_is_what_updates_expect(_honest: Any, truth: Any, change: Any) -> bool:
    """The revision that a change expects is compared with that of creation."""
    item = truth.items.get(change.upsert.name or change.delete)
    return change.expect_mod_revision in {-1, item.create_revision if item else 0}


@lie("apply.upserts-unconditionally", requests="Apply")
def minus_one_is_a_revision(message: Any, _seen: Seen) -> None:
    """An upsert at revision -1 conflicts like one at a wrong revision."""
    for each in message.changes:
        if each.HasField("upsert") and each.expect_mod_revision == -1:
            each.expect_mod_revision = 1 << 40


@lie("apply.deletes-unconditionally", requests="Apply")
def minus_one_deletes_nothing(message: Any, _seen: Seen) -> None:
    """A delete at revision -1 conflicts like one at a wrong revision."""
    for each in message.changes:
        if each.delete and each.expect_mod_revision == -1:
            each.expect_mod_revision = 1 << 40


@lie("apply.deletes-at-expected-revision", replaces="mockbroker.core.apply:_changes")
def deletes_are_answered_and_not_done(honest: Any, truth: Any, changes: Any) -> Any:
    """A delete is answered OK, and the journal stays."""
    yield from (each for each in honest(truth, changes) if not isinstance(each, Delete))


@lie("apply.deleting-the-absent-is-ok", answers="Apply")
def deleting_the_absent_conflicts(message: Any, seen: Seen) -> None:
    """A delete at revision -1 of an absent journal conflicts."""
    names = seen.memory.setdefault("names", set())
    for each in seen.first.changes:
        if each.delete and each.delete not in names:
            message.status = FAILED
        (names.add if each.HasField("upsert") else names.discard)(each.upsert.name or each.delete)


@lie("apply.delete-of-absent-conflicts", answers="Apply")
def conflicting_deletes_of_the_absent_are_ok(message: Any, seen: Seen) -> None:
    """A delete of an absent journal at a positive revision answers OK."""
    if message.status == FAILED and all(each.delete for each in seen.first.changes):
        message.status = pb.Status.OK


@lie("apply.is-all-or-nothing", replaces="mockbroker.core.apply:_holds")
def conflicting_changes_are_left_out(_honest: Any, _truth: Any, _change: Any) -> bool:
    """Of a request whose changes conflict in part, the others take effect."""
    return True


@lie("apply.shares-one-revision", replaces="mockbroker.core.etcd:Etcd.commit")
def each_change_has_its_own_revision(honest: Any, etcd: Any, changes: Any) -> Any:
    """Every change of a request is a transaction of its own."""
    for change in tuple(changes):
        honest(etcd, [change])
    return etcd.revision


@lie("apply.creates-a-journal", "apply.header-is-unrouted", answers="Apply")
def apply_tells_the_revision_before(message: Any, _seen: Seen) -> None:
    """The header of Apply has the revision before its transaction."""
    message.header.etcd.revision -= 1


@lie("apply.creates-a-journal", "apply.header-is-unrouted", answers="Apply")
def apply_tells_a_revision_to_come(message: Any, _seen: Seen) -> None:
    """The header of Apply has a revision after its transaction."""
    message.header.etcd.revision += 1


@lie("apply.header-is-unrouted", answers="Apply")
def apply_header_has_primary_zero(message: Any, _seen: Seen) -> None:
    """The empty route in the header of Apply has primary 0."""
    message.header.route.primary = 0


@lie("apply.header-is-unrouted", "apply.empty-request-is-ok", answers="Apply")
def apply_has_no_header(message: Any, _seen: Seen) -> None:
    """Apply answers without header."""
    message.ClearField("header")


@lie("apply.failure-tells-a-revision", answers="Apply")
def conflicts_tell_no_revision(message: Any, _seen: Seen) -> None:
    """A conflict is answered with revision 0."""
    if message.status == FAILED:
        message.header.etcd.revision = 0


@lie("apply.creation-conflicts-with-existing", "apply.refuses-stale-revision", answers="Apply")
def conflicts_are_answered_ok(message: Any, _seen: Seen) -> None:
    """A request that conflicts is answered OK, although nothing was done."""
    message.status = pb.Status.OK


@lie(
    "apply.creation-conflicts-with-existing",
    "transport.refusal-is-in-band",
    ends="Apply",
    answers="Apply",
)
def conflicts_are_grpc_errors(*told: Any) -> Any:
    """A request that conflicts ends with a gRPC error."""
    if len(told) == 2:
        told[1].state["conflict"] = told[0].status == FAILED
        return None
    return (10, "conflict") if told[2].state.get("conflict") else told[:2]


@lie("apply.empty-request-is-ok", ends="Apply")
def empty_requests_are_refused(code: int, details: str, seen: Seen) -> tuple[int, str]:
    """A request without changes is refused."""
    empty = seen.first is not None and not seen.first.changes
    return (2, "expected one or more Changes") if empty else (code, details)


@lie("apply.refuses-duplicate-names", replaces="mockbroker.core.apply:_check_transaction")
def names_may_occur_twice(_honest: Any, _changes: Any) -> None:
    """A request may name a journal twice, and its last change counts."""


@lie("apply.limits-changes-of-a-request", replaces="mockbroker.core.apply:MAX_OPERATIONS")
def requests_hold_127_changes(honest: int) -> int:
    """A request of 128 changes is refused."""
    return honest - 1


@lie("apply.limits-changes-of-a-request", replaces="mockbroker.core.apply:MAX_OPERATIONS")
def requests_hold_any_number_of_changes(honest: int) -> int:
    """A request of 129 changes is taken."""
    return honest + 1000


@lie("apply.replaces-the-whole-spec", replaces="mockbroker.core.apply:_changes")
def upserts_merge_into_the_spec(honest: Any, truth: Any, changes: Any) -> Any:
    """An upsert keeps what the spec had and the new one does not tell."""
    for change in honest(truth, changes):
        old = truth.items.get(change.entry.key)
        if isinstance(change, Put) and isinstance(change.entry, Item) and old is not None:
            merged = pb.JournalSpec()
            merged.CopyFrom(change.entry.spec)
            if not merged.labels.labels:
                merged.labels.CopyFrom(old.spec.labels)
            if not merged.suspend.level:
                merged.suspend.CopyFrom(old.spec.suspend)
            yield Put(Item.of(merged))
        else:
            yield change


@lie("apply.honours-applied-suspension", replaces="mockbroker.core.apply:_changes")
def applied_suspensions_are_dropped(honest: Any, truth: Any, changes: Any) -> Any:
    """The suspension in an applied spec is ignored."""
    for change in honest(truth, changes):
        if isinstance(change, Put) and isinstance(change.entry, Item):
            spec = pb.JournalSpec()
            spec.CopyFrom(change.entry.spec)
            spec.ClearField("suspend")
            yield Put(Item.of(spec))
        else:
            yield change


@lie("apply.replication-may-exceed-brokers", replaces="mockbroker.core.apply:_check_transaction")
def replication_is_limited_by_brokers(honest: Any, changes: Any) -> None:
    """A replication above the number of brokers is refused."""
    if any(each.upsert.replication > 1 for each in changes):
        raise AbortError("replication exceeds the number of brokers")
    honest(changes)


@lie(
    "apply.header-makes-others-wait",
    "header.future-revision-waits",
    replaces="mockbroker.core.resolver:_checked_revision",
    brokers=2,
)
def revisions_of_headers_are_ignored(honest: Any, broker: Any, header: Any) -> int:
    """A request does not wait for the revision that its header tells."""
    honest(broker, header)
    return 0


@lie("apply.validation-precedes-effects", "apply.is-all-or-nothing", requests="Apply")
def invalid_changes_are_left_out(message: Any, _seen: Seen) -> None:
    """Of a request whose changes are invalid in part, the others take effect."""
    valid = [each for each in message.changes if _is_valid(each)]
    if 0 < len(valid) < len(message.changes):
        message.CopyFrom(pb.ApplyRequest(changes=valid))


def _is_valid(change: Any) -> bool:
    try:
        pb.validate(pb.ApplyRequest(changes=[change]))
    except pb.errors.ValidationError:
        return False
    return True


def _late(honest: Any, mirror: Any, *arguments: Any) -> Any:
    mirror.lag = mirror.lag or 0.2
    return honest(mirror, *arguments)


def _hasty(honest: Any, broker: Any, authorization: Any) -> Any:
    script = honest(broker, authorization)
    action = next(script)
    while True:
        if isinstance(action, Wait):
            yield Send(pb.ApplyResponse(header=broker.header(broker.etcd.revision)))
            return
        try:
            action = script.send((yield action))
        except StopIteration:
            return


add(
    "apply-answers-before-it-is-visible",
    "Apply is answered a moment before the broker knows what was applied.",
    ("apply.reply-waits-for-visibility", "list.shows-what-was-applied"),
    patches={
        "mockbroker.core.etcd:Mirror.deliver": _late,
        "mockbroker.core.apply:serve": _hasty,
    },
)


@lie(
    "apply.refuses-duplicate-names",
    "apply.agrees-with-model",
    replaces="mockbroker.core.apply:_check_transaction",
)
def deletions_must_not_repeat(honest: Any, changes: Any) -> None:
    """A request that deletes a journal twice is refused."""
    names = [each.upsert.name or each.delete for each in changes]
    if len(set(names)) < len(names):
        raise AbortError("etcdserver: duplicate key given in txn request")
    honest(changes)


@lie("apply.agrees-with-model", replaces="mockbroker.core.apply:_holds")
def every_fifth_condition_holds(honest: Any, truth: Any, change: Any) -> Any:
    """Of five changes whose revision is not the expected one, one is taken."""
    return honest(truth, change) or not next(_FAILED) % 5


_FAILED = itertools.count(1)


@lie("list.agrees-with-model", replaces="mockbroker.core.list:_matching")
def every_thirteenth_listing_lacks_a_journal(honest: Any, keyspace: Any, *selectors: Any) -> Any:
    """Of thirteen Lists one leaves out its last journal."""
    found = list(honest(keyspace, *selectors))
    return found if next(_LISTED) % 13 else found[:-1]


_LISTED = itertools.count(1)
