"""Arguments in the query of a URL."""

import pytest

from protocol.arguments import ArgumentError, read_arguments
from protocol.urls import UrlError

NUMBERS = {"size": lambda text: int(text) if text.isdecimal() else None}


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("size=5", {"size": 5}),
        ("SIZE=5", {"size": 5}),
        ("\u017fize=5", {"size": 5}),
        ("%53i%7Ae=%35", {"size": 5}),
        ("size=1&size=5", {"size": 5}),
        ("size=5&size=", {}),
        ("&size&&", {}),
        ("", {}),
    ],
)
def test_arguments_have_names_of_any_case(query: str, read: dict[str, int]) -> None:
    """A name is matched without its case; its last text counts, and an empty one is none."""
    assert read_arguments(query, NUMBERS) == read


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("other=1", 'schema: invalid path "other"'),
        ("=1", 'schema: invalid path ""'),
        ("s\N{LATIN SMALL LIGATURE FI}e=1", 'schema: invalid path "s\N{LATIN SMALL LIGATURE FI}e"'),
        ("Size=x", 'schema: error converting value for "Size"'),
        ("size=1=2", 'schema: error converting value for "size"'),
    ],
)
def test_what_is_unknown_is_refused(query: str, text: str) -> None:
    """A name or text that means nothing is told in the words of a broker."""
    with pytest.raises(ArgumentError) as caught:
        read_arguments(query, NUMBERS)

    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("%zz=%yy", 'invalid URL escape "%zz"'),
        ("size=1&other=%", 'invalid URL escape "%"'),
        ("%zz&size=1;2", "invalid semicolon separator in query"),
    ],
)
def test_what_cannot_be_decoded_is_refused_first(query: str, text: str) -> None:
    """A semicolon is told before a broken escape, and that before names and texts."""
    with pytest.raises(UrlError) as caught:
        read_arguments(query, NUMBERS)

    assert str(caught.value) == text
