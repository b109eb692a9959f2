"""Lies about which changes of Apply are taken, and what a refused request leaves behind."""

from typing import Any

import protocol as pb
from mockbroker.core.actions import Send
from mockbroker.core.keyspace import Delete, Item, Put
from mockbroker.lies.lie import Seen, lie
from protocol.encoding import encode

HOLDS = "mockbroker.core.apply:_holds"
CHANGES = "mockbroker.core.apply:_changes"


def _unconditional(changes: Any) -> None:
    for each in changes:
        if each.HasField("upsert") or each.expect_mod_revision > 0:
            each.expect_mod_revision = -1


@lie("apply.is-all-or-nothing", requests="Apply")
def only_the_first_condition_counts(message: Any, _seen: Seen) -> None:
    """Of the expected revisions of a request only the first change's is compared."""
    _unconditional(message.changes[1:])


@lie("apply.is-all-or-nothing", requests="Apply")
def only_the_last_condition_counts(message: Any, _seen: Seen) -> None:
    """Of the expected revisions of a request only the last change's is compared."""
    _unconditional(message.changes[:-1])


@lie("apply.is-all-or-nothing", requests="Apply")
def deletions_beside_upserts_need_no_revision(message: Any, _seen: Seen) -> None:
    """A delete beside an upsert is done whatever revision it expects."""
    if any(each.HasField("upsert") for each in message.changes):
        _unconditional(each for each in message.changes if not each.HasField("upsert"))


@lie("apply.is-all-or-nothing", requests="Apply")
def conditions_beyond_the_second_are_not_compared(message: Any, _seen: Seen) -> None:
    """Expected revisions of a third and of later changes are not compared."""
    _unconditional(message.changes[2:])


@lie("apply.refuses-stale-revision", "apply.creation-conflicts-with-existing", replaces=HOLDS)
def identical_specs_need_no_revision(honest: Any, truth: Any, change: Any) -> Any:
    """An upsert of the spec that is there already is taken at any expected revision."""
    item = truth.items.get(change.upsert.name) if change.HasField("upsert") else None
    return (item is not None and encode(item.spec) == encode(change.upsert)) or honest(
        truth, change
    )


@lie("apply.deletes-at-expected-revision", replaces=HOLDS)
def deletions_compare_the_creation_revision(honest: Any, truth: Any, change: Any) -> Any:
    """The revision that a delete expects is compared with that of creation."""
    if change.HasField("upsert"):
        return honest(truth, change)
    item = truth.items.get(change.delete)
    return change.expect_mod_revision in {-1, item.create_revision if item else 0}


@lie("apply.update-of-absent-conflicts", "apply.delete-of-absent-conflicts", replaces=HOLDS)
def the_absent_has_any_revision(honest: Any, truth: Any, change: Any) -> Any:
    """A change that expects a revision of an absent journal is taken."""
    name = change.upsert.name or change.delete
    return name not in truth.items or honest(truth, change)


@lie("apply.upserts-unconditionally", requests="Apply", answers="List")
def unconditional_updates_are_creations(message: Any, seen: Seen) -> None:
    """An upsert at revision -1 gives a journal another creation revision."""
    updated = seen.memory.setdefault("updated", set())
    if seen.call.rpc == "List":
        for entry in message.journals:
            if entry.spec.name in updated:
                entry.create_revision = entry.mod_revision
        return
    for each in message.changes:
        change = updated.add if each.expect_mod_revision == -1 else updated.discard
        change(each.upsert.name)


@lie("apply.recreation-starts-anew", answers="List")
def recreated_journals_keep_their_creation_revision(message: Any, seen: Seen) -> None:
    """A journal that is deleted and made again has the creation revision of the first."""
    for each in message.journals:
        each.create_revision = seen.memory.setdefault(each.spec.name, each.create_revision)


@lie("apply.shares-one-revision", replaces=CHANGES)
def third_changes_are_dropped(honest: Any, truth: Any, changes: Any) -> Any:
    """A third change of a request, and what follows it, is answered OK and not done."""
    return honest(truth, list(changes)[:2])


@lie("apply.shares-one-revision", replaces=CHANGES)
def deletions_beside_upserts_are_not_done(honest: Any, truth: Any, changes: Any) -> Any:
    """A request that upserts deletes nothing."""
    done = list(honest(truth, changes))
    puts = [each for each in done if isinstance(each, Put)]
    return puts or done


@lie("apply.replaces-the-whole-spec", "apply.updates-at-expected-revision", replaces=CHANGES)
def upserts_unite_labels(honest: Any, truth: Any, changes: Any) -> Any:
    """An upsert keeps the labels of names that its spec has not."""
    for change in honest(truth, changes):
        old = truth.items.get(change.entry.key)
        if isinstance(change, Delete) or old is None:
            yield change
            continue
        spec = pb.JournalSpec()
        spec.CopyFrom(change.entry.spec)
        names = {each.name for each in spec.labels.labels}
        kept = [each for each in old.spec.labels.labels if each.name not in names]
        labels = sorted([*spec.labels.labels, *kept], key=lambda each: (each.name, each.value))
        spec.labels.CopyFrom(pb.LabelSet(labels=labels))
        yield Put(Item.of(spec))


@lie("apply.is-all-or-nothing", replaces="mockbroker.core.apply:serve")
def conflicting_requests_still_delete(honest: Any, broker: Any, authorization: Any) -> Any:
    """Of a request that conflicts, the deletes that could be done are done."""
    script, value = honest(broker, authorization), None
    request: Any = None
    while True:
        try:
            action = script.send(value)
        except StopIteration:
            return
        if isinstance(action, Send) and action.message.status:
            gone = [each for each in request.changes if each.delete in broker.etcd.truth.items]
            broker.etcd.commit(Delete(broker.etcd.truth.items[each.delete]) for each in gone)
        value = yield action
        request = request or value
