"""Lies about specs that are not kept quite as they were applied."""

from collections.abc import Iterator
from typing import Any

import protocol as pb
from mockbroker.lies.lie import Seen, lie

ECHO = "list.entry-echoes-spec-and-revisions"


def _specs(message: Any) -> Iterator[Any]:
    for entry in message.journals:
        yield entry.spec


@lie(ECHO, answers="List")
def stores_do_not_repeat(message: Any, _seen: Seen) -> None:
    """A store that a spec names twice is listed once."""
    for spec in _specs(message):
        stores = dict.fromkeys(spec.fragment.stores)
        del spec.fragment.stores[:]
        spec.fragment.stores.extend(stores)


@lie(ECHO, answers="List")
def rates_have_32_bits(message: Any, _seen: Seen) -> None:
    """An append rate is listed as 2^31 - 1 at most."""
    for spec in _specs(message):
        spec.max_append_rate = min(spec.max_append_rate, (1 << 31) - 1)


@lie(ECHO, answers="List")
def lengths_have_32_bits(message: Any, _seen: Seen) -> None:
    """A length of fragments is listed as 2^32 - 1 at most."""
    for spec in _specs(message):
        spec.fragment.length = min(spec.fragment.length, (1 << 32) - 1)


@lie(ECHO, answers="List")
def offsets_of_past_suspensions_are_dropped(message: Any, _seen: Seen) -> None:
    """The offset of a suspension that is over is not listed."""
    for spec in _specs(message):
        if not spec.suspend.level:
            spec.suspend.offset = 0


@lie(ECHO, answers="List")
def negative_retentions_are_none(message: Any, _seen: Seen) -> None:
    """A retention below zero is listed as zero."""
    for spec in _specs(message):
        if spec.fragment.retention.seconds < 0 or spec.fragment.retention.nanos < 0:
            spec.fragment.retention.Clear()


@lie("apply.replaces-the-whole-spec", replaces="mockbroker.core.apply:_changes")
def partial_suspensions_are_kept(honest: Any, truth: Any, changes: Any) -> Any:
    """An upsert without suspension keeps a partial one."""
    for change in changes:
        item = truth.items.get(change.upsert.name)
        level = pb.JournalSpec.Suspend.PARTIAL
        if item and item.spec.suspend.level == level and not change.upsert.HasField("suspend"):
            change.upsert.suspend.CopyFrom(item.spec.suspend)
        yield from honest(truth, [change])


@lie(
    "list.continuations-carry-journals-only",
    "list.entry-route-has-endpoints",
    answers="List",
)
def continuations_lack_routes(message: Any, _seen: Seen) -> None:
    """Journals beyond the first message of a listing have no route."""
    if message.journals and not message.header.etcd.revision:
        for entry in message.journals:
            entry.route.CopyFrom(pb.Route(primary=-1))


@lie("list.ordered-by-name", replaces="mockbroker.core.list:_candidates")
def names_are_ordered_by_utf_16(honest: Any, keyspace: Any, selector: Any) -> Any:
    """Journals come in the order of their names' UTF-16 code units."""
    return sorted(honest(keyspace, selector), key=lambda item: item.key.encode("utf-16-be"))


@lie("list.agrees-with-model", replaces="protocol.labels:_matches")
def values_match_whatever_their_case(honest: Any, want: Any, held: str) -> Any:
    """A label selects values that differ from its own in case."""
    lower = pb.Label(name=want.name, value=want.value.lower(), prefix=want.prefix)
    return honest(lower, held.lower())
