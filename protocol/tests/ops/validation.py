"""Ops about validation: messages, strings, numbers, and the texts of errors."""

from collections.abc import Callable
from string import printable
from typing import Any

import pytest
from google.protobuf.message import DecodeError

from protocol import ProtocolError, ValidationError, validate
from protocol.errors import within
from protocol.lenient import view
from protocol.tests.ops import op
from protocol.tests.ops.vector import Vector, message_class
from protocol.validate import enums, journal, label, token, url
from protocol.wire import messages

_STRINGS: dict[str, Callable[[str], object]] = {
    "Journal": journal.validate_journal,
    "Endpoint": url.validate_endpoint,
    "FragmentStore": url.validate_fragment_store,
}
_NUMBERS: dict[str, tuple[Callable[[int], None], Any]] = {
    "Status": (enums.validate_status, messages.Status),
    "CompressionCodec": (enums.validate_codec, messages.CompressionCodec),
    "JournalSpec.Flag": (enums.validate_flag, messages.JournalSpec.Flag),
    "JournalSpec.Suspend.Level": (
        enums.validate_suspend_level,
        messages.JournalSpec.Suspend.Level,
    ),
    "AppendRequest.Suspend": (enums.validate_append_suspend, messages.AppendRequest.Suspend),
}
_TEMPLATE_RULES = frozenset(("VAL-SPECFRAGMENT-07", "VAL-SPECFRAGMENT-08"))
"""Rules whose texts may be of another engine than Go's."""


def error_of(call: Callable[..., Any], *args: Any, **kwargs: Any) -> ProtocolError | None:
    """Returns the error of a call, or None if it succeeds."""
    try:
        call(*args, **kwargs)
    except ProtocolError as error:
        return error
    return None


@op("validate")
def check_validate(vector: Vector) -> None:
    """A message or value is valid, or fails with the recorded rule and text."""
    if vector.type in _STRINGS:
        error = error_of(_STRINGS[vector.type], vector.text())
        _check_store(vector)
    elif vector.type in _NUMBERS:
        error = _number_error(vector)
    elif vector.type == "Offsets":
        offsets = {name: int(value) for name, value in vector.input["offsets"].items()}
        error = error_of(journal.validate_offsets, offsets)
    else:
        error = _message_error(vector)
    _check_rule(vector, error)


def _message_error(vector: Vector) -> ProtocolError | None:
    kind = message_class(vector.type)
    try:
        message = kind.FromString(vector.wire)
    except DecodeError:
        return error_of(validate, view(kind, vector.wire))
    before = message.SerializeToString(deterministic=True)
    error = error_of(validate, message)
    assert message.SerializeToString(deterministic=True) == before, "validation changed it"
    return error


def _number_error(vector: Vector) -> ProtocolError | None:
    validator, kind = _NUMBERS[vector.type]
    number = vector.input["number"]
    if vector.type == "AppendRequest.Suspend":
        assert enums.append_suspend_text(number) == vector.out["string"]
    else:
        assert enums.enum_text(kind, number) == vector.out["string"]
    return error_of(validator, number)


def _check_store(vector: Vector) -> None:
    if vector.type == "FragmentStore" and vector.out is not None:
        parts = url.validate_url(vector.text(), "")
        assert parts.scheme == vector.out["scheme"]
        assert parts.host == vector.out["host"]
        assert parts.raw_query == vector.out["raw_query"]
        replaced = parts.path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        assert replaced == vector.out["path"]


def _check_rule(vector: Vector, error: ProtocolError | None) -> None:
    if error is None:
        vector.check_error(None)
        return
    assert isinstance(error, ValidationError)
    assert error.rule == vector.rule
    of_template = not _TEMPLATE_RULES.isdisjoint(error.rules)
    vector.check_error(error, exact=not of_template)
    if of_template:
        assert str(error).partition("template:")[0] == vector.error.partition("template:")[0]


@op("validate_token")
def check_validate_token(vector: Vector) -> None:
    """A token is accepted or refused as recorded, for any symbols and bounds."""
    if vector.type == "charset":
        _check_charset(vector)
        return
    given = vector.input
    error = error_of(
        token.validate_token, vector.text(), given["symbols"], given["min"], given["max"]
    )
    _check_rule(vector, error)


def _check_charset(vector: Vector) -> None:
    def accepted(char: str) -> bool:
        if "symbols" in vector.input:
            return not error_of(token.validate_token, char, vector.input["symbols"], 1, 1)
        return not error_of(token.validate_path_component, f"a{char}a", 1, 3)

    assert "".join(filter(accepted, map(chr, range(0x80)))) == vector.out


@op("validate_path_component")
def check_validate_path_component(vector: Vector) -> None:
    """A path component is accepted or refused as recorded."""
    given = vector.input
    error = error_of(token.validate_path_component, vector.text(), given["min"], given["max"])
    _check_rule(vector, error)


@op("validate_single_value_labels")
def check_single_value_labels(vector: Vector) -> None:
    """A label of one value is refused a second."""
    labels = messages.LabelSet.FromString(vector.wire)
    _check_rule(vector, error_of(label.validate_single_value_labels, labels))


@op("url_parse")
def check_url_parse(vector: Vector) -> None:
    """A URL parses, or fails with the recorded text."""
    if vector.type == "charset":
        _check_url_charset(vector)
        return
    error = error_of(url.validate_url, vector.text(), "")
    vector.check_error(error)


def _check_url_charset(vector: Vector) -> None:
    forms = {"host": "http://h{}x/", "userinfo": "http://u{}x@h/", "path": "http://h/a{}b"}
    candidates = sorted(set(printable[:95]) - {*"/?#@:[]%", " "})
    for part, form in forms.items():
        accepted = [c for c in candidates if not error_of(url.validate_url, form.format(c), "")]
        assert "".join(accepted) == vector.out[part]


@op("validation_error_nesting")
def check_nesting(vector: Vector) -> None:
    """Contexts are put before the text of a ValidationError, and of no other."""
    error = ValidationError("RULE", "leaf 1")
    texts = [str(error)]
    for context in ("Inner[2]", "Middle", "Outer"):
        error.nest(context)
        texts.append(str(error))
    with pytest.raises(ValueError, match=r".*") as other, within("Outer"):
        raise ValueError(vector.out[-1])
    texts.append(str(other.value))

    assert texts == vector.out
