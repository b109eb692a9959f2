"""The text form of label selectors, such as `topic in (a,b), !archived`."""

from collections.abc import Callable, Iterable
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from protocol.characters import is_letter_or_number
from protocol.errors import ProtocolError
from protocol.text import go_quote
from protocol.validate.label import validate_selector
from protocol.validate.token import PATH_SYMBOLS, TOKEN_SYMBOLS
from protocol.wire.messages import Label, LabelSelector, LabelSet

PREFIX = ":prefix"
"""What follows a label's name where its value is a prefix."""


class SelectorError(ProtocolError):
    """A text is not a selector; `str()` is the exact text of a broker."""


class _Term(NamedTuple):
    excludes: bool
    name: str
    value: str = ""
    listed: str | None = None


class _Cursor:
    """A place in a text; what it takes, it passes."""

    def __init__(self, text: str) -> None:
        self.rest = text

    def skip(self, *options: str) -> bool:
        """Passes the first of `options` that is here."""
        found = next(filter(self.rest.startswith, options), None)
        self.rest = self.rest.removeprefix(found or "")
        return found is not None

    def run(self, symbols: str) -> str:
        """Passes letters, numbers and `symbols`, and returns them."""
        size = next(
            (i for i, c in enumerate(self.rest) if c not in symbols and not is_letter_or_number(c)),
            len(self.rest),
        )
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def name(self) -> str:
        """Passes a space and a name, with `:prefix` if there; empty if none is here."""
        self.skip(" ")
        name = self.run(TOKEN_SYMBOLS)
        if len(name) < 2:
            return ""
        return name + PREFIX if self.skip(PREFIX) else name

    def value(self) -> str:
        """Passes a space and a value, which may be empty."""
        self.skip(" ")
        return self.run(PATH_SYMBOLS)

    def end(self) -> bool:
        """Passes the end of a term: a space, and a comma unless the text ends."""
        self.skip(" ")
        return not self.rest or self.skip(",")


def _equal(cursor: _Cursor) -> _Term | None:
    return _compared(cursor, "==", "=", excludes=False)


def _unequal(cursor: _Cursor) -> _Term | None:
    return _compared(cursor, "!=", excludes=True)


def _compared(cursor: _Cursor, *operators: str, excludes: bool) -> _Term | None:
    name = cursor.name()
    cursor.skip(" ")
    if not name or not cursor.skip(*operators):
        return None
    return _Term(excludes, name, cursor.value())


def _in(cursor: _Cursor) -> _Term | None:
    name = cursor.name()
    return _listed(cursor, name, excludes=False) if name and cursor.skip(" ") else None


def _not_in(cursor: _Cursor) -> _Term | None:
    name = cursor.name()
    if not name or not cursor.skip(" not"):
        return None
    cursor.skip(" ")
    return _listed(cursor, name, excludes=True)


def _listed(cursor: _Cursor, name: str, *, excludes: bool) -> _Term | None:
    if not cursor.skip("in"):
        return None
    cursor.skip(" ")
    listed, closing, rest = cursor.rest.partition(")")
    if not closing or len(listed) < 2 or not cursor.skip("("):
        return None
    cursor.rest = rest
    return _Term(excludes, name, listed=listed[1:])


def _exists(cursor: _Cursor) -> _Term | None:
    name = cursor.name()
    return _Term(excludes=False, name=name) if name else None


def _does_not_exist(cursor: _Cursor) -> _Term | None:
    cursor.skip(" ")
    if not cursor.skip("!"):
        return None
    name = cursor.name()
    return _Term(excludes=True, name=name) if name else None


_FORMS: tuple[Callable[[_Cursor], _Term | None], ...] = (
    _equal,
    _unequal,
    _in,
    _not_in,
    _exists,
    _does_not_exist,
)


def parse_selector(text: str) -> LabelSelector:
    """Returns the selector that `text` tells.

    Raises:
        SelectorError: `text` is not a selector.
        ValidationError: It is, but of labels that are not valid.
    """
    selector = LabelSelector()
    while text:
        term, rest = _first_term(text)
        side = selector.exclude if term.excludes else selector.include
        for value in _values_of(term, text):
            add_label(side, term.name, value)
        text = rest
    validate_selector(selector)
    return selector


def _first_term(text: str) -> tuple[_Term, str]:
    for form in _FORMS:
        cursor = _Cursor(text)
        term = form(cursor)
        if term and cursor.end():
            return term, cursor.rest
    raise SelectorError(f"could not match {go_quote(text)} to a label selector expression")


def _values_of(term: _Term, text: str) -> list[str]:
    if term.listed is None:
        return [term.value]
    cursor = _Cursor(term.listed)
    values = []
    while cursor.rest:
        before = cursor.rest
        values.append(cursor.value())
        if not cursor.end():
            raise SelectorError(
                f"parsing {go_quote(text)}: could not match {go_quote(before)} "
                "to a label selector set expression"
            )
    return values


def add_label(labels: LabelSet, name: str, value: str) -> None:
    """Puts a label into the sorted `labels`; one `:prefix` after its name sets its flag.

    A label that differs only by the flag is put before the other.
    """
    label = Label(name=name.removesuffix(PREFIX), value=value, prefix=name.endswith(PREFIX))
    place = sum((other.name, other.value) < (label.name, label.value) for other in labels.labels)
    if place < len(labels.labels) and labels.labels[place] == label:
        return
    labels.labels.insert(place, label)


def selector_text(selector: LabelSelector) -> str:
    """Returns the text of `selector`.

    It parses to the same selector, save for values that begin with `=`, names of one
    character, and labels that are not valid.
    """
    sides = (
        ",".join(_terms(selector.include, "", "=", "in")),
        ",".join(_terms(selector.exclude, "!", "!=", "notin")),
    )
    return ",".join(filter(None, sides))


def _terms(labels: LabelSet, mark: str, operator: str, within_: str) -> Iterable[str]:
    named = [
        (label.name + PREFIX if label.prefix else label.name, label.value)
        for label in labels.labels
    ]
    for name, group in groupby(sorted(named, key=itemgetter(0)), key=itemgetter(0)):
        values = [value for _, value in group]
        if len(values) > 1:
            yield f"{name} {within_} ({','.join(values)})"
        else:
            yield f"{name}{operator}{values[0]}" if values[0] else f"{mark}{name}"
