"""Lies about which journals a selector of List matches."""

from collections.abc import Callable
from typing import Any

import protocol as pb
from mockbroker.lies.lie import lie
from protocol.labels import matches

MATCHING = "mockbroker.core.list:_matching"
Sides = tuple[list[Any], list[Any]]


def _changed(selector: Any, change: Callable[[list[Any], list[Any]], Sides]) -> Any:
    """A selector with its included and excluded labels as `change` leaves copies of them."""
    copied = pb.LabelSelector()
    copied.CopyFrom(selector)
    include, exclude = change(list(copied.include.labels), list(copied.exclude.labels))
    return pb.LabelSelector(
        include=pb.LabelSet(labels=include), exclude=pb.LabelSet(labels=exclude)
    )


def _first_of_each_name(labels: list[Any]) -> list[Any]:
    return list({each.name: each for each in reversed(labels)}.values())[::-1]


@lie("list.excludes-by-value", replaces=MATCHING)
def only_the_first_excluded_value_counts(honest: Any, keyspace: Any, asked: Any, *rest: Any) -> Any:
    """Of several excluded values of a label only the first drops journals."""
    return honest(
        keyspace, _changed(asked, lambda inc, exc: (inc, _first_of_each_name(exc))), *rest
    )


@lie("list.excludes-by-value", replaces=MATCHING)
def excluded_names_must_all_match(honest: Any, keyspace: Any, asked: Any, *rest: Any) -> Any:
    """A journal is dropped only where it has every excluded name."""
    kept = _changed(asked, lambda inc, _: (inc, []))
    dropped = [
        pb.LabelSelector(include=pb.LabelSet(labels=[each])) for each in asked.exclude.labels
    ]
    for item in honest(keyspace, kept, *rest):
        if not dropped or not all(matches(each, item.labels) for each in dropped):
            yield item


@lie("list.excludes-by-value", replaces=MATCHING)
def further_values_escape_exclusion(honest: Any, keyspace: Any, asked: Any, *rest: Any) -> Any:
    """Of a journal's values of a label only the first may have it excluded."""
    kept = _changed(asked, lambda inc, _: (inc, []))
    excluding = _changed(asked, lambda _, exc: ([], exc))
    for item in honest(keyspace, kept, *rest):
        first = pb.LabelSet(labels=_first_of_each_name(list(item.labels.labels)))
        if matches(excluding, first):
            yield item


@lie("list.matches-value-prefixes", replaces=MATCHING)
def one_prefix_mark_goes_for_all_values(honest: Any, keyspace: Any, asked: Any, *rest: Any) -> Any:
    """One value marked as prefix makes prefixes of all values of its name."""

    def change(inc: list[Any], exc: list[Any]) -> Sides:
        marked = {each.name for each in inc if each.prefix}
        for each in inc:
            each.prefix = each.name in marked
        return inc, exc

    return honest(keyspace, _changed(asked, change), *rest)


@lie("list.matches-value-prefixes", replaces=MATCHING)
def the_first_prefix_mark_goes_for_all(honest: Any, keyspace: Any, asked: Any, *rest: Any) -> Any:
    """Values are prefixes where the first value of their name is marked."""

    def change(inc: list[Any], exc: list[Any]) -> Sides:
        first = {each.name: each.prefix for each in reversed(inc)}
        for each in inc:
            each.prefix = first[each.name]
        return inc, exc

    return honest(keyspace, _changed(asked, change), *rest)


@lie("list.matches-value-prefixes", replaces=MATCHING)
def only_names_are_matched_by_prefix(honest: Any, keyspace: Any, asked: Any, *rest: Any) -> Any:
    """The prefix mark is honoured on `name` and ignored on other labels."""

    def change(inc: list[Any], exc: list[Any]) -> Sides:
        for each in (*inc, *exc):
            each.prefix = each.prefix and each.name == "name"
        return inc, exc

    return honest(keyspace, _changed(asked, change), *rest)


@lie("list.matches-value-prefixes", replaces=MATCHING)
def empty_prefixes_match_nothing(honest: Any, keyspace: Any, asked: Any, *rest: Any) -> Any:
    """An included label that is marked as prefix and has no value matches no journal."""
    if any(each.prefix and not each.value for each in asked.include.labels):
        return iter(())
    return honest(keyspace, asked, *rest)


@lie("list.includes-by-name", replaces=MATCHING)
def included_names_need_nothing_else(honest: Any, keyspace: Any, asked: Any, *rest: Any) -> Any:
    """Journals that are included by name need not match the other labels."""
    names = [each for each in asked.include.labels if each.name == "name" and not each.prefix]
    if names and all(each.value for each in names):
        asked = pb.LabelSelector(include=pb.LabelSet(labels=names))
    return honest(keyspace, asked, *rest)


@lie("list.includes-by-name", replaces=MATCHING)
def names_cannot_be_excluded(honest: Any, keyspace: Any, asked: Any, *rest: Any) -> Any:
    """An excluded `name` drops nothing."""

    def change(inc: list[Any], exc: list[Any]) -> Sides:
        return inc, [each for each in exc if each.name != "name" or each.prefix]

    return honest(keyspace, _changed(asked, change), *rest)


@lie("list.includes-by-value", replaces=MATCHING)
def labels_match_in_any_case(honest: Any, keyspace: Any, asked: Any, *rest: Any) -> Any:
    """Names and values of labels match whatever their case."""
    folded = _changed(asked, lambda inc, exc: (_folded(inc), _folded(exc)))
    for item in honest(keyspace, pb.LabelSelector(), *rest):
        if matches(folded, pb.LabelSet(labels=_folded(list(item.labels.labels)))):
            yield item


def _folded(labels: list[Any]) -> list[Any]:
    return [
        pb.Label(name=each.name.casefold(), value=each.value.casefold(), prefix=each.prefix)
        for each in labels
    ]


@lie("list.includes-by-legacy-prefix", replaces="mockbroker.core.list:fold_prefix")
def only_the_first_prefix_is_included(honest: Any, selector: Any) -> Any:
    """Of several included `prefix` labels only the first counts."""
    return honest(_changed(selector, lambda inc, exc: (_one_prefix(inc), exc)))


@lie("list.excludes-by-legacy-prefix", replaces="mockbroker.core.list:fold_prefix")
def only_the_first_prefix_is_excluded(honest: Any, selector: Any) -> Any:
    """Of several excluded `prefix` labels only the first counts."""
    return honest(_changed(selector, lambda inc, exc: (inc, _one_prefix(exc))))


def _one_prefix(labels: list[Any]) -> list[Any]:
    prefixes = [each for each in labels if each.name == "prefix"]
    return [each for each in labels if each not in prefixes[1:]]


@lie("list.entry-echoes-spec-and-revisions", replaces="mockbroker.core.list:_entry")
def entries_have_the_revision_of_the_list(honest: Any, keyspace: Any, item: Any) -> Any:
    """Every journal is listed with the key-space's revision as its own."""
    entry = honest(keyspace, item)
    entry.mod_revision = keyspace.revision
    return entry


@lie("list.entry-route-has-endpoints", replaces="mockbroker.core.list:_pages", brokers=3)
def entries_share_the_first_route(honest: Any, broker: Any, found: Any) -> Any:
    """Every journal of a message is listed with the route of the first one."""
    for page in honest(broker, found):
        for entry in page.journals[1:]:
            entry.route.CopyFrom(page.journals[0].route)
        yield page
