"""The text form of label selectors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import LabelSelector, ProtocolError, strategies
from protocol.encoding import encode
from protocol.labels import SelectorError, parse_selector, selector_text

PIECES = st.sampled_from(
    [*" ,=!()é\n", "foo", "b", ":prefix", " in ", "notin", "not in", "(a,b)", "!=", "=="]
)


def _survives(selector: LabelSelector) -> bool:
    """Tells whether a selector has a text that parses to it."""
    labels = [*selector.include.labels, *selector.exclude.labels]
    return all(len(label.name) > 1 and not label.value.startswith("=") for label in labels)


@given(strategies.valid(LabelSelector).filter(_survives))
def test_a_text_parses_to_what_was_printed(selector: LabelSelector) -> None:
    """A selector is the same after it was printed and parsed."""
    parsed = parse_selector(selector_text(selector))

    assert encode(parsed) == encode(selector)


@given(st.lists(PIECES).map("".join) | st.text())
def test_a_text_is_a_selector_or_an_error(text: str) -> None:
    """Whatever the text, it is parsed, or refused by name."""
    try:
        selector = parse_selector(text)
    except ProtocolError:
        return
    selector_text(selector)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("foo in ( b , a )", "foo in (a,b)"),
        ("foo=a, foo=b", "foo in (a,b)"),
        ("foo not in (a,)", "foo!=a"),
        ("! foo,", "!foo"),
        ("foo===bar", "foo==bar"),
    ],
)
def test_a_selector_is_printed_in_one_form(text: str, printed: str) -> None:
    """Different texts of a selector print alike."""
    assert selector_text(parse_selector(text)) == printed


def test_a_term_without_text_has_no_comma() -> None:
    """A label that is all empty prints as nothing, also where exclusions follow."""
    selector = LabelSelector(include={"labels": [{}]}, exclude={"labels": [{"name": "foo"}]})

    assert selector_text(selector) == "!foo"


def test_a_refusal_quotes_the_rest() -> None:
    """What cannot be matched is quoted, within the whole text where it is in a list."""
    with pytest.raises(SelectorError, match=r'^could not match "b c" to a label selector'):
        parse_selector("foo=a,b c")
    with pytest.raises(SelectorError, match=r'^parsing "foo in \(a b\)": could not match "a b"'):
        parse_selector("foo in (a b)")
