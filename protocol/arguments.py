"""Arguments in the query of a URL, as brokers read them into named fields."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from protocol import urls
from protocol.errors import ProtocolError
from protocol.text import go_quote

ValueT = TypeVar("ValueT")


class ArgumentError(ProtocolError):
    """An argument is unknown or has no such value; `str()` is the text of a broker."""


def read_arguments(
    query: str, readers: Mapping[str, Callable[[str], ValueT | None]]
) -> dict[str, ValueT]:
    """Returns the arguments of `query` that have a value, by their names in lower case.

    The last value of a name counts. Of several problems the first one is told; brokers
    tell any of them.

    Args:
        query: What follows the `?` of a URL, undecoded.
        readers: What may be given, in lower case, each with what returns its value, or
            None of a text that has none.

    Raises:
        UrlError: `query` cannot be decoded.
        ArgumentError: It has unknown names, or texts without a value.
    """
    arguments: dict[str, ValueT] = {}
    problems = []
    for name, text in _last_values(query).items():
        reader = readers.get(_folded(name))
        if reader is None:
            problems.append(f"schema: invalid path {go_quote(name)}")
        elif text:
            value = reader(text)
            if value is None:
                problems.append(f"schema: error converting value for {go_quote(name)}")
            else:
                arguments[_folded(name)] = value
    if problems:
        raise ArgumentError(problems[0] + _others(len(problems) - 1))
    return arguments


def _folded(name: str) -> str:
    """The name in lower case, also of the long s and the Kelvin sign: an `s` and a `k`."""
    return name.replace("\N{LATIN SMALL LETTER LONG S}", "s").lower()


def _others(count: int) -> str:
    if not count:
        return ""
    return " (and 1 other error)" if count == 1 else f" (and {count} other errors)"


def _last_values(query: str) -> dict[str, str]:
    if ";" in query:
        raise urls.UrlError("invalid semicolon separator in query")
    values = {}
    for pair in filter(None, query.split("&")):
        name, _, text = pair.replace("+", " ").partition("=")
        name = urls.unescape(name)
        values[name] = urls.unescape(text)
    return values
