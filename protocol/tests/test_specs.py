"""Specifications as YAML."""

import pytest
from hypothesis import given

from protocol import JournalSpec, strategies
from protocol.encoding import encode
from protocol.journals import from_yaml, to_yaml
from protocol.specs import SpecError


@given(strategies.valid(JournalSpec))
def test_a_specification_survives_yaml(spec: JournalSpec) -> None:
    """What is written is read again."""
    assert encode(from_yaml(to_yaml(spec))) == encode(spec)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("name: a\nnames: b\n", r"line 2: unknown key 'names'; known are name, replication"),
        ("name: a\nname: b\n", "line 2: repeated key 'name'"),
        ("- name\n", "line 1: expected a mapping, not a list or mapping"),
        ("{a: b}: c\n", "line 1: expected a single value"),
        ("name: [a]\n", "line 1: expected a single value, not a list or mapping"),
        ("replication: three\n", "line 1: replication must be an integer, not 'three'"),
        ("replication: 2147483648\n", "line 1: replication is out of range"),
        ("labels: {name: aa}\n", "line 1: labels must be a list"),
        ("labels:\n- prefix: maybe\n", "line 2: prefix must be true or false, not 'maybe'"),
        ("labels: [{prefix: [a]}]\n", "line 1: expected a single value"),
        ("labels: [{prefix: 'true'}]\n", "line 1: prefix must be true or false, not 'true'"),
        ("fragment: {refresh_interval: 1d}\n", "line 1: refresh_interval must be a duration"),
        ("fragment: {compression_codec: gzip}\n", "must be one of INVALID, NONE, GZIP"),
        ("flags: 9223372036854775808\n", "line 1: flags is out of range"),
        ('replication: "3"\n', "line 1: replication must be an integer, not '3'"),
        ("suspend: {level: SOME}\n", "line 1: level must be one of NONE, PARTIAL, FULL"),
        ("name: 'a\n", "line 2: not YAML: found unexpected end of stream"),
        ("name: \x00\n", "line 1: not YAML: "),
        ("a: &x\nb: *y\n", "line 2: not YAML: found undefined alias"),
        ('name: "a\\ud83d"\n', "line 1: an escape tells half a character: 'a\\ud83d'"),
        ('fragment:\n  stores: ["\\udfff"]\n', "line 2: an escape tells half a character"),
    ],
)
def test_a_refusal_tells_the_line(text: str, error: str) -> None:
    """What is not the YAML of a specification is told, and where."""
    with pytest.raises(SpecError) as refusal:
        from_yaml(text)

    assert error in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "number"),
    [("0x10", 16), ("0o17", 15), ("010", 8), ("08", 8), ("1_000", 1000), ("3.7", 3), ("1e3", 1000)],
)
def test_numbers_have_the_forms_of_gos_yaml(text: str, number: int) -> None:
    """Numbers may have a base, underscores, or a fraction, which is dropped."""
    assert from_yaml(f"max_append_rate: {text}\n").max_append_rate == number
    assert from_yaml(f"name: {text}\n").name == text
    assert to_yaml(JournalSpec(name=text)) == f'name: "{text}"\n'


def test_enumerations_wrap_around() -> None:
    """Numbers of an enumeration keep their low 32 bits."""
    assert from_yaml("flags: 4294967295\n").flags == 0xFFFFFFFF
    assert from_yaml("suspend: {level: 99999999999}\n").suspend.level == 1215752191


def test_null_is_as_good_as_unset() -> None:
    """Keys without a value leave the field unset."""
    assert from_yaml("name:\nlabels:\nfragment: ~\nflags: null\n") == JournalSpec()
    assert from_yaml("~") == JournalSpec()
    assert len(from_yaml("labels: [~]").labels.labels) == 1
