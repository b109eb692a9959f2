"""The commands that ask about the catalogue."""

from pathlib import Path

import pytest

from conformance.catalogue import Catalogue, Requirement
from conformance.coverage import by_area
from conformance.plan import TestCase
from conformance.tests.command import conform

ONE = "append.rejects-wrong-offset"


def test_list_is_narrowed(tmp_path: Path) -> None:
    """Patterns, levels and areas narrow the listing."""
    ended = conform("list", "--area", "append", "--select", "*wrong-offset", folder=tmp_path)
    assert ended.code == 0
    assert [line.split("  ")[:2] for line in ended.out.splitlines()] == [[ONE, "MUST"]]


@pytest.mark.parametrize("words", [["--select", "nope"], ["--area", "nope"]])
def test_list_of_nothing_is_an_error(words: list[str], tmp_path: Path) -> None:
    """What matches nothing ends 2."""
    assert conform("list", *words, folder=tmp_path).code == 2


def test_explain_tells_all(tmp_path: Path) -> None:
    """Sentence, level, source, tests and lies of a requirement are told."""
    ended = conform("explain", ONE, folder=tmp_path)
    assert ended.code == 0, ended
    told = ("WRONG_APPEND_OFFSET", "MUST", "APPEND-027", "test_append_offsets.py::", "lie  ")
    assert [part for part in told if part not in ended.out] == []


def test_explain_helps_with_typing_errors(tmp_path: Path) -> None:
    """An unknown id ends 2, with ids that contain it."""
    ended = conform("explain", "wrong-offset", folder=tmp_path)
    assert (ended.code, f"did you mean {ONE}" in ended.err) == (2, True)


def _requirement(identifier: str, level: str, untestable: str | None = None) -> Requirement:
    sentence, source = "It is done.", ("AREA-001",)
    return Requirement(identifier, "area", level, sentence, source, untestable=untestable)


def test_coverage_counts_each_entry_once() -> None:
    """Tested, untestable and untested entries add up; the share leaves the untestable out."""
    entries = [
        _requirement("area.tested", "MUST"),
        _requirement("area.untested", "MAY"),
        _requirement("area.other", "MUST", "client-side"),
    ]
    catalogue = Catalogue({each.id: each for each in entries}, "")
    tests = [TestCase("t::1", ("area.tested",)), TestCase("t::2", ("area.tested",))]
    figures = by_area(catalogue, tests)
    total = figures["all"]
    assert (total.entries, total.tested, total.untested) == (3, 1, ["area.untested"])
    assert (total.share, figures["MUST"].share) == (0.5, 1.0)
    assert dict(total.untestable) == {"client-side": 1}
