"""One row of a boundary table: values of a field just inside and just outside of a rule."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message


class Own:
    """Stands in a row for what only a run knows."""


HEADER = Own()
"""The header that a proxying broker would send with the request."""
JOURNAL = Own()
"""The name of the journal that the request is about."""


@dataclass(frozen=True)
class Row:
    """What a request is sent with, to show a rule from both sides.

    Attributes:
        rules: Identifiers of the rules that a value of `outside` breaks, the innermost first.
        request: Which of `conformance.boundaries.requests` is sent.
        field: The field that is set, as a path of proto names and indices. An empty path
            sets several fields: values are then dicts by path.
        outside: Values that must be refused.
        inside: Values that must not be, besides the one that the request has anyway.
        name: What a refusal must name, or "" for the name of the field in upper camel case.
    """

    rules: tuple[str, ...]
    request: str
    field: str
    outside: tuple[Any, ...]
    inside: tuple[Any, ...] = ()
    name: str = ""

    @property
    def named(self) -> str:
        """What a refusal must name."""
        words = [part for part in self.field.split(".") if not part.isdigit()]
        return self.name or "".join(word[:1].upper() + word[1:] for word in words[-1].split("_"))

    @property
    def id(self) -> str:
        """Words that tell the row from others: its request, field and first rule."""
        field = self.field.replace(".", "-") or "several"
        return f"{self.request}-{field}-{self.rules[0].removeprefix('VAL-')}".lower()


def rows(
    request: str,
    field: str,
    rules: str,
    outside: tuple[Any, ...],
    inside: tuple[Any, ...] = (),
    *,
    name: str = "",
) -> Row:
    """A row of rules told without their `VAL-`, such as `LABEL-01 LABELSET-01`."""
    cited = tuple(f"VAL-{rule}" for rule in rules.split())
    return Row(cited, request, field, outside, inside, name)


def edited(message: Message, field: str, value: Any) -> Any:
    """A copy of `message` with `field` set to `value`, or cleared where that is None.

    An empty `field` sets the fields that the dict `value` names.
    """
    copy = type(message)()
    copy.CopyFrom(message)
    for path, each in [(field, value)] if field else value.items():
        _set(copy, path.split("."), each)
    return copy


def _set(message: Any, path: list[str], value: Any) -> None:
    *parents, last = path
    for part in parents:
        message = message[int(part)] if part.isdigit() else getattr(message, part)
    message.ClearField(last)
    if value is not None:
        message.MergeFrom(type(message)(**{last: value}))


def resolved(value: Any, header: Any, journal: str) -> Any:
    """`value` with what stands for the run's own header and journal replaced."""
    if isinstance(value, dict):
        return {key: resolved(each, header, journal) for key, each in value.items()}
    return {id(HEADER): header, id(JOURNAL): journal}.get(id(value), value)


def crossed(contexts: Any, table: Any, name: str = "") -> Iterator[Row]:
    """Each line of `table` in each of `contexts`.

    A context is (request, path of the field's message or "", rules around it); a line is
    (field, rules, outside, inside).
    """
    for request, path, around in contexts:
        for field, rules, outside, inside in table:
            whole = ".".join(filter(None, (path, field)))
            yield rows(request, whole, f"{rules} {around}", outside, inside, name=name)
