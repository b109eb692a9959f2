"""From the outcomes of tests to those of requirements, and to one verdict."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.access import EVERYTHING
from conformance.catalogue import Catalogue
from conformance.known_failing import KnownFailing, staleness
from conformance.plan import RUN, Disposition, Plan, TestCase
from conformance.profile import Profile

UNSEEN = ("cap-reached", "nothing-there")
"""The limits of tests that looked at nothing."""
EXIT_CODES = {"conformant": 0, "nonconformant": 1, "error": 3, "stale": 4, "incomplete": 5}
"""What `gazette-conformance run` exits with; 2 is for usage and configuration."""
STOPPED_EARLY = "stopped-early"


@dataclass(frozen=True)
class Verdict:
    """The verdict by name, why, and what was not looked at, one sentence each."""

    name: str
    reasons: tuple[str, ...]
    outcomes: Mapping[str, Disposition] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """The exit code of a run that ends so."""
        return EXIT_CODES[self.name]


@dataclass(frozen=True)
class Run:
    """All that decides a verdict: what was planned, expected, and found.

    `outcomes` maps the ids of tests that ended to `passed`, `failed` or `error`; `problems`
    are errors of the harness outside of tests. `limits` maps tests to why they did not look at
    all there is, `capped` are those that a cap ended, and `left` tells what was left. `retried`
    are the tests that were made again.
    """

    catalogue: Catalogue
    profile: Profile
    plan: Plan
    expected: Sequence[TestCase]
    outcomes: Mapping[str, str]
    known_failing: Iterable[KnownFailing]
    problems: Sequence[str]
    today: dt.date
    limits: Mapping[str, str] = field(default_factory=dict)
    capped: Collection[str] = ()
    left: Collection[str] = ()
    retried: Collection[str] = ()


def judge(run: Run) -> Verdict:
    """The verdict: failures outrank errors of the harness, stale lists, and missing tests."""
    listed = {entry.id: entry for entry in run.known_failing}
    outcomes = requirement_outcomes(run, listed)
    findings = {
        "nonconformant": _binding_failures(run, outcomes),
        "error": [*run.problems, *_errors(run)],
        "stale": _stale(run, outcomes, listed),
        "incomplete": _missing(run),
    }
    reasons = tuple(reason for found in findings.values() for reason in found)
    name = next((name for name, found in findings.items() if found), "conformant")
    return Verdict(name, (*reasons, *run.left), outcomes)


def requirement_outcomes(run: Run, listed: Mapping[str, KnownFailing]) -> dict[str, Disposition]:
    """The outcome of every requirement, with a reason where it was not checked or may fail."""
    tests: dict[str, list[str]] = {}
    for test in run.expected:
        for each in test.requirements:
            tests.setdefault(each, []).append(test.id)
    return {
        each: _outcome(run, tests.get(each, ()), listed.get(each))
        if run.plan.dispositions[each] == RUN
        else run.plan.dispositions[each]
        for each in run.catalogue
    }


def _outcome(run: Run, tests: Sequence[str], listed: KnownFailing | None) -> Disposition:
    if not tests:
        return Disposition("untested", "no-test")
    ends = [run.outcomes.get(test) for test in tests]
    if "failed" in ends:
        return Disposition("known-failing", listed.reason) if listed else Disposition("failed")
    if "error" in ends:
        return Disposition("error")
    if None in ends:
        capped = any(test in run.capped for test in tests)
        return Disposition("not-run", "cap-reached" if capped else STOPPED_EARLY)
    return _reserved([run.limits.get(test, "") for test in tests])


def _reserved(limits: Sequence[str]) -> Disposition:
    """What comes of tests that passed, each of them with a limit or without."""
    if all(limit in UNSEEN for limit in limits):
        return Disposition("not-run", limits[0])
    return Disposition("passed", "sampled" if any(limits) else "")


def _binding_failures(run: Run, outcomes: Mapping[str, Disposition]) -> list[str]:
    return [
        f"{each} failed"
        for each, found in outcomes.items()
        if found.outcome == "failed" and run.catalogue[each].level in run.profile.binding
    ]


def _errors(run: Run) -> list[str]:
    return [f"{test}: error of the harness" for test, end in run.outcomes.items() if end == "error"]


def _stale(
    run: Run, outcomes: Mapping[str, Disposition], listed: Mapping[str, KnownFailing]
) -> list[str]:
    passed = {each for each, found in outcomes.items() if found.outcome == "passed"}
    if run.plan.access != EVERYTHING:
        passed = set()  # the tests of it that fail may not have been permitted
    found = (
        staleness(entry, known=run.catalogue, passed=passed, today=run.today)
        for entry in listed.values()
    )
    return [sentence for sentence in found if sentence]


def _missing(run: Run) -> list[str]:
    counts = Counter(test.id in run.outcomes for test in run.expected)
    if not run.expected:
        return ["nothing that was selected applies to this target and has a test"]
    if counts[False]:
        return [f"{counts[False]} of {len(run.expected)} tests did not run"]
    return [] if "passed" in run.outcomes.values() else ["no test has passed"]
