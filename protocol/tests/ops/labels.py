"""Ops about labels and selectors."""

import re
from collections.abc import Callable
from typing import Any

from protocol import Label, LabelSelector, LabelSet, ProtocolError, labels
from protocol.encoding import encode
from protocol.tests.ops import op
from protocol.tests.ops.vector import Vector


def label_set(rows: list[list[Any]]) -> LabelSet:
    """Returns the set of (name, value, prefix) rows."""
    return LabelSet(labels=[Label(name=n, value=v, prefix=p) for n, v, p in rows])


def rows_of(labels_: LabelSet) -> list[list[Any]]:
    """Returns the (name, value, prefix) rows of a set."""
    return [[label.name, label.value, label.prefix] for label in labels_.labels]


_MUTATIONS: dict[str, Callable[..., LabelSet]] = {
    "set": labels.set_value,
    "add": labels.add,
    "remove": labels.remove,
}


@op("parse_label_selector")
def check_parse_selector(vector: Vector) -> None:
    """A selector parses to the recorded one, or fails with the recorded text."""
    try:
        selector = labels.parse_selector(vector.text())
    except ProtocolError as error:
        vector.check_error(error)
        return
    vector.check_error(None)
    assert rows_of(selector.include) == vector.out["include"]
    assert rows_of(selector.exclude) == vector.out["exclude"]
    assert labels.selector_text(selector) == vector.out["string"]
    assert encode(selector).hex() == vector.out["wire_hex"]


@op("label_selector_string")
def check_selector_text(vector: Vector) -> None:
    """A selector is printed as recorded, and parses again if that was recorded."""
    selector = vector.message()
    text = labels.selector_text(selector)
    if vector.note.startswith("UNSTABLE"):
        assert _unordered(text) == _unordered(vector.out["string"])
    else:
        assert text == vector.out["string"]
    assert _round_trips(selector, text) == vector.out["round_trips"]


def _unordered(text: str) -> list[list[str]]:
    return [sorted(re.split(r"[(),]", term)) for term in text.split("),")]


def _round_trips(selector: LabelSelector, text: str) -> bool:
    try:
        return encode(labels.parse_selector(text)) == encode(selector)
    except ProtocolError:
        return False


@op("label_selector_match")
def check_match(vector: Vector) -> None:
    """A selector matches the labels it was recorded to match."""
    selector = LabelSelector.FromString(bytes.fromhex(vector.input["selector_hex"]))
    held = LabelSet.FromString(bytes.fromhex(vector.input["labels_hex"]))
    assert labels.matches(selector, held) == vector.out


@op("labelset_union", "labelset_intersect", "labelset_subtract")
def check_algebra(vector: Vector) -> None:
    """Two sets join to the recorded one."""
    join = getattr(labels, vector.op.removeprefix("labelset_"))
    a, b = label_set(vector.input["a"]), label_set(vector.input["b"])
    assert rows_of(join(a, b)) == vector.out
    assert rows_of(a) == vector.input["a"]


@op("labelset_mutate")
def check_mutate(vector: Vector) -> None:
    """Labels are set, added and removed as recorded."""
    held = label_set(vector.input["labels"])
    for name, *args in vector.input["ops"]:
        held = _MUTATIONS[name](held, *args)
    assert rows_of(held) == vector.out["labels"]
    assert encode(held).hex() == vector.out["wire_hex"]


@op("labelset_values")
def check_values(vector: Vector) -> None:
    """Values of a name are the recorded ones."""
    held = label_set(vector.input["labels"])
    assert (labels.values(held, vector.input["name"]) or None) == vector.out["values"]
    assert labels.value(held, vector.input["name"]) == vector.out["value"]


@op("journal_spec_label_set_ext")
def check_extend_with_name(vector: Vector) -> None:
    """A specification's labels with its name are the recorded ones."""
    assert rows_of(labels.extend_with_name(vector.message())) == vector.out
