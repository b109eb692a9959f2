"""The tests of a run that somebody may want to look at, by what they mean."""

from collections.abc import Mapping
from typing import Literal

from reports.model import Outcome, Report, Test

Kind = Literal["failure", "error", "stale", "not-binding", "known-failing", "retried"]

ALARMING: tuple[Kind, ...] = ("failure", "error", "stale")
"""What keeps a run from being conformant."""

STYLED_AS: Mapping[Kind, Outcome] = {
    "failure": "failed",
    "error": "error",
    "stale": "failed",
    "not-binding": "not-applicable",
    "known-failing": "known-failing",
    "retried": "passed",
}
"""The outcome whose mark and colours a finding takes."""

STALE = "passed, although the known-failing list names it: take it off"


def findings(report: Report) -> dict[Kind, list[Test]]:
    """Return the tests of each kind, in the order of the file; kinds without tests too."""
    found: dict[Kind, list[Test]] = {kind: [] for kind in STYLED_AS}
    outcomes = {requirement.id: requirement.outcome for requirement in report.requirements}
    levels = {requirement.id: requirement.level for requirement in report.requirements}
    for test in report.tests:
        if test.error:
            found["error"].append(test)
        elif test.failure and test.known_failing:
            found["known-failing"].append(test)
        elif test.failure:
            level = levels.get(test.failure.requirement, "MUST")
            found["failure" if level in report.header.binding else "not-binding"].append(test)
        elif test.known_failing and any(outcomes.get(r) == "passed" for r in test.requirements):
            found["stale"].append(test)
        elif test.retries:
            found["retried"].append(test)
    return found


def alarming(report: Report) -> list[tuple[Kind, Test]]:
    """Return the tests that keep the run from being conformant, failures first."""
    found = findings(report)
    return [(kind, test) for kind in ALARMING for test in found[kind]]


def cited(test: Test) -> str:
    """Return the requirement a test failed, or else those it cites."""
    return test.failure.requirement if test.failure else ", ".join(test.requirements)
