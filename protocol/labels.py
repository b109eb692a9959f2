"""Sets of labels, and the selectors that match them.

Functions never change what they are given. Sets are taken to be sorted, as valid ones
are.
"""

from collections.abc import Iterable
from itertools import groupby

from protocol.selectors import (
    PREFIX,
    SelectorError,
    add_label,
    parse_selector,
    selector_text,
)
from protocol.wire.messages import JournalSpec, Label, LabelSelector, LabelSet

__all__ = [
    "SelectorError",
    "add",
    "extend_with_name",
    "fold_prefix",
    "intersect",
    "matches",
    "parse_selector",
    "remove",
    "selector_text",
    "set_value",
    "subtract",
    "union",
    "value",
    "values",
]


def add(labels: LabelSet, name: str, value: str) -> LabelSet:
    """Returns `labels` and the label (name, value); `:prefix` after the name sets its flag."""
    result = _copy(labels)
    add_label(result, name, value)
    return result


def set_value(labels: LabelSet, name: str, value: str) -> LabelSet:
    """Returns `labels` with one of `name`; `:prefix` after the name sets its flag."""
    return add(remove(labels, name.removesuffix(PREFIX)), name, value)


def remove(labels: LabelSet, name: str) -> LabelSet:
    """Returns `labels` without those of `name`."""
    return LabelSet(labels=[label for label in labels.labels if label.name != name])


def values(labels: LabelSet, name: str) -> list[str]:
    """Returns the values that `labels` has for `name`."""
    return [label.value for label in labels.labels if label.name == name]


def value(labels: LabelSet, name: str) -> str:
    """Returns the first value that `labels` has for `name`; empty if none."""
    return next(iter(values(labels, name)), "")


def union(a: LabelSet, b: LabelSet) -> LabelSet:
    """Returns for each name the labels of `a`, or those of `b` where `a` has none."""
    return _joined({**_groups(b), **_groups(a)})


def intersect(a: LabelSet, b: LabelSet) -> LabelSet:
    """Returns the labels of `a` of each name that has the same values in both."""
    return _joined(_split(a, b)[0])


def subtract(a: LabelSet, b: LabelSet) -> LabelSet:
    """Returns the labels of `a` of each name that has other values in `b`, or none."""
    return _joined(_split(a, b)[1])


_Groups = dict[str, list[Label]]


def _split(a: LabelSet, b: LabelSet) -> tuple[_Groups, _Groups]:
    """Returns the groups of `a` whose values are those of `b`, and the others."""
    same: _Groups = {}
    other: _Groups = {}
    theirs = _groups(b)
    for name, group in _groups(a).items():
        equal = _values(group) == _values(theirs.get(name, ()))
        (same if equal else other)[name] = group
    return same, other


def _values(group: Iterable[Label]) -> list[str]:
    return [label.value for label in group]


def _groups(labels: LabelSet) -> _Groups:
    return {
        name: list(group) for name, group in groupby(labels.labels, key=lambda label: label.name)
    }


def _joined(groups: _Groups) -> LabelSet:
    return LabelSet(labels=[label for name in sorted(groups) for label in groups[name]])


def _copy(labels: LabelSet) -> LabelSet:
    return LabelSet(labels=labels.labels)


def matches(selector: LabelSelector, labels: LabelSet) -> bool:
    """Tells whether `labels` has every included name, and no excluded one.

    It has a name if one of its values is one of the selector's for that name, begins
    with one that is a prefix, or is anything where the selector's is empty.
    """
    theirs = _groups(labels)
    return all(
        _any_matches(group, theirs.get(name, ()))
        for name, group in _groups(selector.include).items()
    ) and not any(
        _any_matches(group, theirs.get(name, ()))
        for name, group in _groups(selector.exclude).items()
    )


def _any_matches(wanted: Iterable[Label], held: Iterable[Label]) -> bool:
    return any(_matches(want, label.value) for label in held for want in wanted)


def _matches(want: Label, held: str) -> bool:
    if not want.value:
        return True
    return held.startswith(want.value) if want.prefix else held == want.value


def extend_with_name(spec: JournalSpec) -> LabelSet:
    """Returns the labels of `spec` and its name as the label `name`, to be matched."""
    return set_value(spec.labels, "name", spec.name)


def fold_prefix(selector: LabelSelector) -> LabelSelector:
    """Returns `selector` as List reads it: `prefix` labels are prefixes of `name`.

    So `name=x` and `prefix=y/` together match either.
    """
    return LabelSelector(
        include=_fold_prefix(selector.include), exclude=_fold_prefix(selector.exclude)
    )


def _fold_prefix(labels: LabelSet) -> LabelSet:
    folded = remove(labels, "prefix")
    for prefix in values(labels, "prefix"):
        add_label(folded, f"name{PREFIX}", prefix)
    return folded
