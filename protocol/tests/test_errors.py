"""Errors, and what nesting makes of them."""

import pickle

import pytest

from protocol import ProtocolError, ValidationError
from protocol.errors import within


def test_an_error_has_a_hint_or_none() -> None:
    """A hint is told apart from the text."""
    assert ProtocolError("no", hint="try yes").hint == "try yes"
    assert ProtocolError("no").hint is None


def test_nesting_puts_context_and_rule_in_front() -> None:
    """The outermost context and rule come first; an empty context adds nothing."""
    with (
        pytest.raises(ValidationError) as error,
        within("Outer", "VAL-OUTER-01"),
        within("", "VAL-MIDDLE-02"),
        within("Inner[2]"),
    ):
        raise ValidationError("VAL-INNER-03", "is wrong")

    assert str(error.value) == "Outer.Inner[2]: is wrong"
    assert error.value.path == "Outer.Inner[2]"
    assert error.value.message == "is wrong"
    assert error.value.rule == "VAL-OUTER-01"
    assert error.value.rules == ("VAL-OUTER-01", "VAL-MIDDLE-02", "VAL-INNER-03")


def test_an_error_survives_a_trip_between_processes() -> None:
    """A nested error is the same after pickling."""
    error = ValidationError("VAL-INNER-01", "is wrong")
    error.nest("Outer", "VAL-OUTER-01")

    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - pickled right here

    assert (str(copy), copy.rules, copy.path) == (str(error), error.rules, error.path)
