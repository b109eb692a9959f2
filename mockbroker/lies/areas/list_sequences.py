"""Lies about lists, watches and Apply that show by what came before."""

from typing import Any

import protocol as pb
from mockbroker.core.keyspace import Item, Put
from mockbroker.lies.lie import Seen, lie
from protocol.labels import matches

APPLY = "mockbroker.core.apply"
LIST = "mockbroker.core.list"


@lie("list.header-is-unrouted", "list.shows-what-was-applied", answers="List")
def list_revision_is_of_its_journals(message: Any, seen: Seen) -> None:
    """The revision of List's header is the latest one of the journals in it."""
    if message.HasField("header") and message.header.etcd.revision and not seen.first.watch:
        revisions = [each.mod_revision for each in message.journals]
        message.header.etcd.revision = max(revisions, default=message.header.etcd.revision)


@lie("list.entry-route-has-endpoints", answers="List", brokers=3)
def listed_routes_are_the_first_ones(message: Any, seen: Seen) -> None:
    """List shows the route that a journal had when it was first listed with one."""
    for each in message.journals:
        key = (each.spec.name, each.create_revision)
        if each.route.members:
            each.route.CopyFrom(seen.memory.setdefault(key, each.route))


@lie("list.entry-echoes-spec-and-revisions", replaces=f"{LIST}:_entry")
def assignments_count_as_changes(honest: Any, keyspace: Any, item: Any) -> Any:
    """The modification revision of a journal is the latest one of it or its assignments."""
    entry = honest(keyspace, item)
    assigned = keyspace.assignments.get(item.key, ())
    entry.mod_revision = max([entry.mod_revision, *(each.mod_revision for each in assigned)])
    return entry


@lie(
    "watch.announces-identical-put",
    "apply.updates-at-expected-revision",
    replaces=f"{APPLY}:_changes",
)
def equal_specs_are_not_written(honest: Any, truth: Any, changes: Any) -> Any:
    """An upsert of the spec that is there already leaves its revision."""
    for each in honest(truth, changes):
        match each:
            case Put(Item(spec=spec)) if spec.name in truth.items:
                if truth.items[spec.name].spec != spec:
                    yield each
            case _:
                yield each


@lie(
    "watch.announces-lost-match", "apply.updates-at-expected-revision", replaces=f"{LIST}:_matching"
)
def journals_match_by_their_first_labels(honest: Any, keyspace: Any, *selectors: Any) -> Any:
    """A journal is selected by the labels that it was created with."""
    for item in honest(keyspace, pb.LabelSelector(), *selectors[1:]):
        first = _FIRST.setdefault((item.key, item.create_revision), item.labels)
        probe = type(item)(item.spec, first)
        if _selects(selectors[0], probe):
            yield item


_FIRST: dict[Any, Any] = {}


def _selects(selector: Any, item: Any) -> bool:
    return not (selector.include.labels or selector.exclude.labels) or matches(
        selector, item.labels
    )


@lie(
    "list.matches-value-prefixes", "list.agrees-with-model", replaces="protocol.labels:fold_prefix"
)
def excluded_prefix_marks_are_ignored(honest: Any, selector: Any) -> Any:
    """The prefix mark of an excluded label of List is ignored."""
    folded = honest(selector)
    for each in folded.exclude.labels:
        each.prefix = each.prefix and each.name == "name"
    return folded


@lie(
    "list.includes-by-name-prefix", "list.agrees-with-model", replaces="protocol.labels:fold_prefix"
)
def excluded_name_prefixes_are_whole_names(honest: Any, selector: Any) -> Any:
    """An excluded `name` that is marked as prefix drops the journal of just that name."""
    folded = honest(selector)
    for each in folded.exclude.labels:
        each.prefix = each.prefix and each.name != "name"
    return folded


@lie("watch.claims-limit-what-is-watched", replaces=f"{LIST}:_matching")
def claims_limit_the_first_snapshot(honest: Any, keyspace: Any, *selectors: Any) -> Any:
    """Later snapshots of a watch show journals that the claims do not match."""
    key = id(selectors[1])
    told = _WATCHED.setdefault(key, [selectors[1]])
    told.append(None)
    return honest(keyspace, selectors[0], *(selectors[1:] if len(told) == 2 else ()))


_WATCHED: dict[int, list[Any]] = {}


@lie("auth.selector-filters-list", replaces=f"{LIST}:_matching")
def names_outrank_claims(honest: Any, keyspace: Any, *selectors: Any) -> Any:
    """A List of a journal by its name shows it, whatever the claims."""
    by_name = any(each.name == "name" for each in selectors[0].include.labels)
    return honest(keyspace, *(selectors[:1] if by_name else selectors))


@lie("list.unassigned-route-is-empty", "suspend.full-journal-loses-members", answers="List")
def unassigned_journals_have_primary_zero(message: Any, _seen: Seen) -> None:
    """The empty route of a journal without brokers has primary 0."""
    for each in message.journals:
        if not each.route.members:
            each.route.primary = 0


@lie("watch.final-state-is-delivered", "watch.revisions-increase", answers="List")
def watch_revisions_count_snapshots(message: Any, seen: Seen) -> None:
    """Each snapshot of a watch tells the revision of the one before, and one more."""
    if message.header.etcd.revision and seen.first.watch:
        told = seen.state.get("revision", message.header.etcd.revision - 1) + 1
        message.header.etcd.revision = seen.state["revision"] = told


@lie("apply.deletes-at-expected-revision", replaces=f"{LIST}:_matching")
def deleted_journals_are_listed_once_more(honest: Any, keyspace: Any, *selectors: Any) -> Any:
    """The journal that was deleted last is listed as long as its name is asked for."""
    found = list(honest(keyspace, *selectors))
    key = str(selectors[0])
    before = _LISTED.get(key, {})
    _LISTED[key] = {each.key: each for each in found}
    lost = [each for name, each in before.items() if name not in _LISTED[key]]
    return sorted([*found, *lost[:1]], key=lambda each: each.key)


_LISTED: dict[str, dict[str, Any]] = {}


@lie("apply.failure-tells-a-revision", answers="Apply")
def conflicts_tell_an_early_revision(message: Any, _seen: Seen) -> None:
    """A conflict is answered with revision 1."""
    if message.status:
        message.header.etcd.revision = 1


@lie("read.change-keeps-local-content", replaces="mockbroker.core.assignments:_hold")
def changed_stores_begin_a_new_replica(
    honest: Any, broker: Any, journal: str, assigned: Any
) -> None:
    """A journal whose stores change loses its content that is not persisted."""
    replica = broker.replicas.get(journal)
    item = broker.keyspace.items.get(journal)
    if replica and item and replica.stores and tuple(item.spec.fragment.stores) != replica.stores:
        replica.index._all = type(replica.index._all)()
        replica.index._local = type(replica.index._local)()
    honest(broker, journal, assigned)
