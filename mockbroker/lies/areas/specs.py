"""Lies about what is kept of a spec."""

from collections.abc import Callable
from typing import Any

import protocol as pb
from mockbroker.core.keyspace import Item, Put
from mockbroker.lies.lie import add

ECHO = "list.entry-echoes-spec-and-revisions"


def _first_store_only(spec: Any) -> None:
    del spec.fragment.stores[1:]


def _stores_sorted(spec: Any) -> None:
    stores = sorted(spec.fragment.stores)
    del spec.fragment.stores[:]
    spec.fragment.stores.extend(stores)


def _whole_seconds(spec: Any) -> None:
    for each in (spec.fragment.refresh_interval, spec.fragment.flush_interval):
        each.nanos = 0


def _no_retention(spec: Any) -> None:
    spec.fragment.retention.Clear()


def _no_flush_interval(spec: Any) -> None:
    spec.fragment.flush_interval.Clear()


def _no_postfix(spec: Any) -> None:
    spec.fragment.path_postfix_template = ""


def _labels_need_values(spec: Any) -> None:
    kept = [each for each in spec.labels.labels if each.value]
    del spec.labels.labels[:]
    spec.labels.labels.extend(kept)


def _lower_case_labels(spec: Any) -> None:
    for each in spec.labels.labels:
        each.value = each.value.lower()


def _flags_of_default(spec: Any) -> None:
    spec.flags = spec.flags or pb.JournalSpec.Flag.O_RDWR


def _named(spec: Any) -> None:
    spec.labels.labels.add(name="name", value=spec.name)


def _no_suspend_offset(spec: Any) -> None:
    if spec.HasField("suspend"):
        spec.suspend.offset = 0


LOST: dict[str, tuple[str, Callable[[Any], None]]] = {
    "specs-keep-one-store": ("Of the stores of a spec only the first is kept", _first_store_only),
    "specs-have-their-stores-sorted": ("Stores of a spec come in order of name", _stores_sorted),
    "specs-lose-fractions-of-seconds": ("Intervals are whole seconds", _whole_seconds),
    "specs-lose-retention": ("The retention of a spec is dropped", _no_retention),
    "specs-lose-the-flush-interval": ("The flush interval is dropped", _no_flush_interval),
    "specs-lose-the-postfix-template": ("The postfix template is dropped", _no_postfix),
    "specs-lose-labels-without-value": ("Labels without value are dropped", _labels_need_values),
    "specs-have-labels-in-lower-case": ("Label values are in lower case", _lower_case_labels),
    "specs-without-flags-are-given-some": ("A spec without flags gets O_RDWR", _flags_of_default),
    "specs-have-their-name-as-label": ("Specs have the label name", _named),
    "specs-lose-the-suspend-offset": ("The offset of a suspension is dropped", _no_suspend_offset),
}
"""What may become of a spec on its way into etcd."""


def _storing(change: Callable[[Any], None]) -> Callable[..., Any]:
    def stored(honest: Callable[..., Any], truth: Any, changes: Any) -> Any:
        for each in honest(truth, changes):
            if isinstance(each, Put) and isinstance(each.entry, Item):
                spec = pb.JournalSpec()
                spec.CopyFrom(each.entry.spec)
                change(spec)
                yield Put(Item.of(spec))
            else:
                yield each

    return stored


for _name, (_sentence, _change) in LOST.items():
    add(
        _name,
        f"{_sentence}.",
        (ECHO,),
        patches={"mockbroker.core.apply:_changes": _storing(_change)},
    )
