"""The sentences and numbers every report begins with."""

import pytest

from reports.calls import duration, message_text
from reports.summary import Tally, areas, caveats, headline, verdict_word
from reports.tests import factory


def test_a_good_verdict_on_a_part_says_so() -> None:
    """Conformant is qualified as soon as a requirement that applies was not run."""
    whole = factory.report({"list.x": "passed", "list.y": "untested", "list.z": "not-applicable"})
    part = factory.report({"list.x": "passed", "list.y": "not-run"})
    bad = factory.report({"list.x": "failed", "list.y": "not-run"}, verdict="nonconformant")

    assert verdict_word(whole) == "Conformant"
    assert verdict_word(part) == "Conformant (partial run)"
    assert verdict_word(bad) == "Not conformant"


def test_shares_fill_the_bar() -> None:
    """The parts of a bar follow each other without gap and end at 100."""
    tally = Tally.of(factory.report(factory.EVERY_OUTCOME, verdict="nonconformant").requirements)
    ends = [start + width for _, start, width in tally.shares]

    assert [start for _, start, _ in tally.shares[1:]] == pytest.approx(ends[:-1], abs=0.01)
    assert ends[-1] == pytest.approx(100, abs=0.01)


def test_areas_are_split_by_level() -> None:
    """Each area has a tally of its own, and one per level."""
    found = areas(factory.report(factory.EVERY_OUTCOME, verdict="nonconformant"))

    assert [(area.name, area.tally.total) for area in found] == [
        ("append", 3),
        ("read", 2),
        ("list", 2),
    ]
    assert found[0].levels["MUST"].unmet == 2
    assert found[0].levels["MAY"].total == 0


def test_caveats_count_in_words() -> None:
    """One and many read differently, and nothing is said of what did not occur."""
    report = factory.report({"list.x": "passed", "list.y": "untested"})

    assert caveats(report) == ["1 has no test"]
    assert (
        headline(report) == "1 of 2 applicable requirements of gazette-0.101 passed, none failed."
    )


DURATIONS = [
    (0, "0 ms"),
    (0.34, "340 ms"),
    (0.9999, "1.0 s"),
    (59.94, "59.9 s"),
    (59.96, "1 min 00 s"),
    (185, "3 min 05 s"),
    (86_400, "1,440 min 00 s"),
]


@pytest.mark.parametrize(("seconds", "words"), DURATIONS)
def test_durations_are_told_in_fitting_units(seconds: float, words: str) -> None:
    """Milliseconds, seconds or minutes, without jumps at the borders."""
    assert duration(seconds) == words


def test_messages_break_only_where_they_must() -> None:
    """A part of a message that fits a line stays on it."""
    message = {"journal": "a" * 60, "spec": {"name": "b" * 30, "labels": [1, 2]}, "none": []}

    assert message_text(message) == (
        "{\n"
        f'  "journal": "{"a" * 60}",\n'
        f'  "spec": {{"name": "{"b" * 30}", "labels": [1, 2]}},\n'
        '  "none": []\n'
        "}"
    )
