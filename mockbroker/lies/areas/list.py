"""Lies about List."""

from typing import Any

import protocol as pb
from mockbroker.lies.lie import Seen, lie

FULL = pb.JournalSpec.Suspend.Level.FULL
PAGE = 7


def _unary(seen: Seen) -> bool:
    return not seen.first.watch


@lie("list.ordered-by-name", replaces="mockbroker.core.keyspace:KeySpace.journals")
def lists_in_order_of_creation(honest: Any, keyspace: Any) -> Any:
    """Journals are listed in the order in which they were created."""
    return iter(sorted(honest(keyspace), key=lambda item: (item.create_revision, item.key[::-1])))


@lie("list.ordered-by-name", replaces="mockbroker.core.keyspace:KeySpace.journals")
def lists_without_regard_to_case(honest: Any, keyspace: Any) -> Any:
    """Journals are listed in the order of a dictionary, not of bytes."""
    return iter(sorted(honest(keyspace), key=lambda item: item.key.casefold()))


@lie("list.no-match-answers-once", answers="List")
def says_nothing_where_nothing_matches(message: Any, seen: Seen) -> Any:
    """A List that matches nothing ends without a message."""
    return None if message.journals or seen.call.sent or not _unary(seen) else []


@lie("list.header-is-unrouted", answers="List")
def list_header_has_a_route(message: Any, _seen: Seen) -> None:
    """The header of List carries the route of its first journal."""
    if message.journals:
        message.header.route.CopyFrom(message.journals[0].route)


@lie("list.header-is-unrouted", answers="List")
def list_header_has_primary_zero(message: Any, _seen: Seen) -> None:
    """The empty route in the header of List has primary 0."""
    if message.header.etcd.revision:
        message.header.route.primary = 0


@lie("list.header-is-unrouted", answers="List")
def list_header_lacks_the_process_id(message: Any, _seen: Seen) -> None:
    """The header of List does not name the broker."""
    message.header.ClearField("process_id") if message.header.etcd.revision else None


@lie("list.header-is-unrouted", answers="List")
def list_header_lacks_the_raft_term(message: Any, _seen: Seen) -> None:
    """The etcd part of the header of List has no raft term."""
    message.header.etcd.raft_term = 0


@lie(
    "list.entry-echoes-spec-and-revisions",
    "apply.updates-at-expected-revision",
    answers="List",
)
def creation_revision_follows_updates(message: Any, _seen: Seen) -> None:
    """The creation revision of a journal is that of its last change."""
    for each in message.journals:
        each.create_revision = each.mod_revision


@lie(
    "list.entry-echoes-spec-and-revisions",
    "apply.updates-at-expected-revision",
    answers="List",
)
def modification_revision_stays(message: Any, _seen: Seen) -> None:
    """The modification revision of a journal is that of its creation for ever."""
    for each in message.journals:
        each.mod_revision = each.create_revision


@lie("list.entry-echoes-spec-and-revisions", answers="List")
def list_swaps_the_revisions(message: Any, _seen: Seen) -> None:
    """Creation and modification revision of a journal are swapped."""
    for each in message.journals:
        each.create_revision, each.mod_revision = each.mod_revision, each.create_revision


@lie("list.entry-echoes-spec-and-revisions", answers="List")
def list_drops_the_append_rate(message: Any, _seen: Seen) -> None:
    """Listed specs lack max_append_rate."""
    for each in message.journals:
        each.spec.max_append_rate = 0


@lie("list.entry-route-has-endpoints", answers="List")
def list_routes_lack_endpoints(message: Any, _seen: Seen) -> None:
    """Routes of listed journals have members without endpoints."""
    for each in message.journals:
        each.route.ClearField("endpoints")


@lie("list.entry-route-has-endpoints", answers="List")
def list_routes_lack_the_primary(message: Any, _seen: Seen) -> None:
    """Routes of listed journals never tell the primary."""
    for each in message.journals:
        each.route.primary = -1


@lie("header.endpoints-match-members", answers="List", brokers=2)
def list_endpoints_are_out_of_step(message: Any, _seen: Seen) -> None:
    """Endpoints of listed routes are in the reverse order of their members."""
    for each in message.journals:
        endpoints = list(each.route.endpoints)[::-1]
        each.route.ClearField("endpoints")
        each.route.endpoints.extend(endpoints)


@lie("list.included-values-are-alternatives", requests="List")
def only_the_last_included_value_counts(message: Any, _seen: Seen) -> None:
    """Of several included values of one label only the last one counts."""
    kept = {each.name: each for each in message.selector.include.labels}
    message.selector.include.CopyFrom(pb.LabelSet(labels=kept.values()))


@lie("list.included-names-are-all-required", requests="List")
def any_included_name_suffices(message: Any, _seen: Seen) -> None:
    """A journal that has one of several included labels is listed."""
    labels = list(message.selector.include.labels)
    chosen = [each for each in labels if each.name not in {"name", "prefix"}]
    if len({each.name for each in chosen}) > 1:
        labels.remove(chosen[-1])
        message.selector.include.CopyFrom(pb.LabelSet(labels=labels))


@lie("list.any-value-of-a-journal-matches", replaces="protocol.labels:_any_matches")
def only_first_values_are_compared(honest: Any, wanted: Any, held: Any) -> Any:
    """Of a journal's several values of one label only the first is compared."""
    return honest(wanted, list(held)[:1])


@lie("list.empty-included-value-means-any", replaces="protocol.labels:_matches")
def empty_values_match_only_empty_ones(honest: Any, want: Any, held: str) -> Any:
    """A selector label with an empty value matches only labels that are empty."""
    return honest(want, held) and (bool(want.value) or want.prefix or not held)


@lie("list.includes-by-value", replaces="protocol.labels:_matches")
def values_match_as_prefixes(_honest: Any, want: Any, held: str) -> bool:
    """Every selector value matches the beginning of values."""
    return held.startswith(want.value)


@lie("list.matches-value-prefixes", replaces="protocol.labels:_matches")
def prefix_values_match_anywhere(honest: Any, want: Any, held: str) -> Any:
    """A selector value marked as prefix matches wherever it occurs."""
    return want.value in held if want.prefix else honest(want, held)


@lie("list.matches-value-prefixes", "list.includes-by-name-prefix", requests="List")
def the_prefix_mark_is_ignored(message: Any, _seen: Seen) -> None:
    """Selector labels marked as prefix are compared as a whole."""
    for side in (message.selector.include, message.selector.exclude):
        for each in side.labels:
            each.prefix = False


@lie(
    "list.matches-value-prefixes",
    "list.includes-by-name-prefix",
    replaces="protocol.labels:_matches",
)
def a_prefix_does_not_match_itself(honest: Any, want: Any, held: str) -> Any:
    """A selector value marked as prefix matches longer values only."""
    return honest(want, held) and not (want.prefix and want.value == held)


@lie("list.entry-route-has-endpoints", answers="List")
def journals_listed_by_prefix_lack_their_route(message: Any, seen: Seen) -> None:
    """Entries have an empty route where a part of their name selected them."""
    if any(each.prefix for each in seen.first.selector.include.labels):
        for entry in message.journals:
            entry.route.CopyFrom(pb.Route(primary=-1))


@lie("list.excludes-by-value", "list.exclude-beats-include", requests="List")
def excluded_labels_are_ignored(message: Any, _seen: Seen) -> None:
    """The exclude side of selectors is ignored."""
    message.selector.ClearField("exclude")


@lie("list.empty-excluded-value-means-any", requests="List")
def excluded_labels_without_value_are_ignored(message: Any, _seen: Seen) -> None:
    """An excluded label with an empty value excludes nothing."""
    kept = [each for each in message.selector.exclude.labels if each.value]
    message.selector.exclude.CopyFrom(pb.LabelSet(labels=kept))


@lie("list.excludes-by-value", replaces="mockbroker.core.list:_matching")
def journals_without_an_excluded_label_go_too(honest: Any, keyspace: Any, *selectors: Any) -> Any:
    """An excluded label drops journals that do not have it at all."""
    names = {each.name for each in selectors[0].exclude.labels} - {"name"}
    for item in honest(keyspace, *selectors):
        if names <= {each.name for each in item.spec.labels.labels}:
            yield item


@lie("list.includes-by-name", requests="List")
def names_are_matched_as_prefixes(message: Any, _seen: Seen) -> None:
    """The label `name` selects all journals whose names begin with it."""
    for each in message.selector.include.labels:
        each.prefix = each.prefix or each.name == "name"


@lie("list.includes-several-names", requests="List")
def only_the_first_name_counts(message: Any, _seen: Seen) -> None:
    """Of several values of `name` only the first is looked up."""
    labels = list(message.selector.include.labels)
    first = next((each for each in labels if each.name == "name"), None)
    kept = [each for each in labels if each.name != "name" or each is first]
    message.selector.include.CopyFrom(pb.LabelSet(labels=kept))


@lie("list.name-and-prefix-are-alternatives", requests="List")
def name_hides_prefix(message: Any, _seen: Seen) -> None:
    """Beside a `name` a `prefix` label has no effect."""
    labels = list(message.selector.include.labels)
    if any(each.name == "name" for each in labels):
        labels = [each for each in labels if each.name != "prefix"]
        message.selector.include.CopyFrom(pb.LabelSet(labels=labels))


@lie("list.excludes-by-legacy-prefix", requests="List")
def excluded_prefixes_are_ignored(message: Any, _seen: Seen) -> None:
    """An excluded `prefix` label drops nothing."""
    kept = [each for each in message.selector.exclude.labels if each.name != "prefix"]
    message.selector.exclude.CopyFrom(pb.LabelSet(labels=kept))


@lie("list.flags-and-suspension-do-not-hide", answers="List")
def suspended_journals_are_hidden(message: Any, _seen: Seen) -> None:
    """Fully suspended journals are not listed."""
    kept = [each for each in message.journals if each.spec.suspend.level != FULL]
    _keep(message, kept)


@lie("list.flags-and-suspension-do-not-hide", answers="List")
def write_only_journals_are_hidden(message: Any, _seen: Seen) -> None:
    """Write-only journals are not listed."""
    _keep(message, [each for each in message.journals if each.spec.flags != 2])


def _keep(message: Any, kept: list[Any]) -> None:
    copies = [type(each).FromString(each.SerializeToString()) for each in kept]
    del message.journals[:]
    message.journals.extend(copies)


@lie("list.continuations-carry-journals-only", answers="List")
def every_page_has_a_header(message: Any, seen: Seen) -> list[Any]:
    """An answer is split into messages that each have the header."""
    return _split(message, seen, header=True)


@lie("list.no-trailing-empty-message", answers="List")
def list_ends_with_an_empty_message(message: Any, seen: Seen) -> list[Any]:
    """An empty message ends the answer of a List that does not watch."""
    return [message, *([pb.ListResponse()] if _unary(seen) and message.journals else [])]


@lie(
    "list.continuations-carry-journals-only", "list.empty-selector-lists-everything", answers="List"
)
def pages_repeat_a_journal(message: Any, seen: Seen) -> list[Any]:
    """Every further message of an answer begins with the journal that ended the one before."""
    return _split(message, seen, step=PAGE - 1)


@lie(
    "list.continuations-carry-journals-only", "list.empty-selector-lists-everything", answers="List"
)
def pages_lose_a_journal(message: Any, seen: Seen) -> list[Any]:
    """Between two messages of an answer a journal is lost."""
    return _split(message, seen, step=PAGE + 1)


def _split(message: Any, seen: Seen, *, header: bool = False, step: int = PAGE) -> list[Any]:
    if not message.journals or not _unary(seen):
        return [message]
    pages = [
        pb.ListResponse(journals=message.journals[begin : begin + PAGE])
        for begin in range(0, len(message.journals), step)
    ]
    for page in pages if header else pages[:1]:
        page.header.CopyFrom(message.header)
    return pages


@lie("list.snapshot-is-of-one-revision", "list.shows-what-was-applied", answers="List")
def snapshots_are_torn(message: Any, seen: Seen) -> None:
    """The last journal of an answer is shown as it was in an earlier one."""
    if message.journals and _unary(seen):
        last = message.journals[-1]
        earlier = seen.memory.get(last.spec.name)
        seen.memory[last.spec.name] = type(last).FromString(last.SerializeToString())
        if earlier is not None:
            last.CopyFrom(earlier)


@lie("list.shows-what-was-applied", answers="List")
def list_header_has_an_old_revision(message: Any, _seen: Seen) -> None:
    """The header of List has a revision that is long past."""
    message.header.etcd.revision = min(message.header.etcd.revision, 3)


@lie("list.keeps-labels-sorted", answers="List")
def listed_labels_are_reversed(message: Any, _seen: Seen) -> None:
    """Labels of listed specs are in descending order."""
    for each in message.journals:
        labels = [pb.Label(name=label.name, value=label.value) for label in each.spec.labels.labels]
        del each.spec.labels.labels[:]
        each.spec.labels.labels.extend(labels[::-1])


@lie("list.keeps-labels-sorted", answers="List")
def listed_labels_have_one_value(message: Any, _seen: Seen) -> None:
    """Of several values of a label only the last one is listed."""
    for each in message.journals:
        kept = {label.name: label.value for label in each.spec.labels.labels}
        del each.spec.labels.labels[:]
        each.spec.labels.labels.extend(pb.Label(name=k, value=v) for k, v in kept.items())


@lie("list.resume-delays-a-unary-list", requests="List")
def a_unary_list_does_not_resume(message: Any, _seen: Seen) -> None:
    """A List that does not watch ignores the header it resumes from."""
    if not message.watch:
        message.ClearField("watch_resume")


@lie("list.answered-by-every-broker", answers="List", brokers=2)
def every_broker_claims_to_be_the_first(message: Any, _seen: Seen) -> None:
    """All brokers sign their answers with the id of the first one."""
    if message.header.etcd.revision:
        message.header.process_id.zone = "zone-0"
        message.header.process_id.suffix = "broker-0"


@lie("list.agrees-with-model", replaces="mockbroker.core.list:_matching")
def a_name_selects_what_lies_below_it(honest: Any, keyspace: Any, *selectors: Any) -> Any:
    """A selector of one whole name selects the journals of that path, too."""
    found = {item.spec.name for item in honest(keyspace, *selectors)}
    labels = [each for each in selectors[0].include.labels if each.name == "name"]
    path = f"{labels[0].value}/" if len(labels) == 1 and not labels[0].prefix else "/"
    return [
        item
        for item in keyspace.journals()
        if item.spec.name in found or item.spec.name.startswith(path)
    ]


@lie(
    *("list.agrees-with-model", "list.any-value-of-a-journal-matches"),
    replaces="protocol.labels:_any_matches",
)
def only_outer_values_of_a_label_match(honest: Any, wanted: Any, held: Any) -> Any:
    """Of a journal's values of one label only the first and the last are looked at."""
    values = list(held)
    return honest(wanted, [*values[:1], *values[1:][-1:]])
