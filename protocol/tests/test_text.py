"""Texts of a broker."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import Fragment, Header, JournalSpec, Status
from protocol.strategies.values import INT64
from protocol.text import compact_text, duration_text, go_quote, parse_duration


@given(st.integers(*INT64))
def test_durations_parse_to_what_was_printed(nanos: int) -> None:
    """What `duration_text` prints, `parse_duration` reads, to a microsecond."""
    parsed = parse_duration(duration_text(nanos))

    assert parsed is not None
    assert abs(parsed - nanos) <= 1


@pytest.mark.parametrize("text", ["", "1", "d", "7d", "1h-2m", " 1s", "1s ", ".s", "--1s", "-"])
def test_what_is_no_duration_is_none(text: str) -> None:
    """Texts that are not durations give None."""
    assert parse_duration(text) is None


@pytest.mark.parametrize(
    ("text", "nanos"),
    [("0", 0), ("+1.5h", 5400 * 10**9), (".5us", 500), ("1µs1ns", 1001), ("-1m30s", -90 * 10**9)],
)
def test_durations_have_signs_fractions_and_units(text: str, nanos: int) -> None:
    """Each form of a duration is read."""
    assert parse_duration(text) == nanos


@given(st.binary())
def test_a_quoted_string_is_printable(data: bytes) -> None:
    """Whatever is quoted becomes one printable line in double quotes."""
    quoted = go_quote(data.decode("utf-8", "surrogateescape"))

    assert quoted[0] == quoted[-1] == '"'
    assert "\n" not in quoted
    quoted.encode("utf-8")


def test_a_compact_text_shows_what_is_always_there() -> None:
    """Messages that a broker always holds are printed empty; the rest only if set."""
    assert compact_text(Header()) == "process_id:<> route:<> etcd:<> "
    assert compact_text(JournalSpec()) == "labels:<> fragment:<> "
    assert compact_text(Fragment(journal='a"\n\u00e9')) == ('journal:"a\\"\\n\\303\\251" sum:<> ')
    assert Status.Name(0) not in compact_text(Header())
