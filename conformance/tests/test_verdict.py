"""Verdicts: what outranks what, and which requirement counts."""

import datetime as dt
from dataclasses import replace

import pytest

from conformance.catalogue import Catalogue, Requirement
from conformance.known_failing import KnownFailing
from conformance.plan import NOT_SELECTED, RUN, Disposition, Plan, TestCase
from conformance.profile import load_profile
from conformance.verdict import Run, judge

TODAY = dt.date(2026, 1, 1)
IDS = ("area.one", "area.two")
TESTS = (TestCase("t::one", ("area.one",)), TestCase("t::two", ("area.two",)))


def _run(
    *outcomes: str | None,
    known: tuple[KnownFailing, ...] = (),
    problems: tuple[str, ...] = (),
    level: str = "MUST",
) -> Run:
    requirements = {
        each: Requirement(each, "area", level, "It is done.", ("AREA-001",)) for each in IDS
    }
    return Run(
        catalogue=Catalogue(requirements, ""),
        profile=load_profile("contract"),
        plan=Plan(dict.fromkeys(IDS, RUN)),
        expected=TESTS,
        outcomes={
            test.id: end for test, end in zip(TESTS, outcomes, strict=True) if end is not None
        },
        known_failing=known,
        problems=problems,
        today=TODAY,
    )


def _known(identifier: str = "area.one", expires: dt.date = TODAY) -> KnownFailing:
    return KnownFailing(identifier, "defect", "https://example.org/1", expires)


@pytest.mark.parametrize(
    ("run", "name", "code"),
    [
        (_run("passed", "passed"), "conformant", 0),
        (_run("failed", "passed"), "nonconformant", 1),
        (_run("error", "passed"), "error", 3),
        (_run("passed", "passed", problems=("no import",)), "error", 3),
        (_run("passed", "passed", known=(_known(),)), "stale", 4),
        (_run("passed", "passed", known=(_known("area.three"),)), "stale", 4),
        (_run("failed", "passed", known=(_known(expires=dt.date(2025, 12, 31)),)), "stale", 4),
        (_run("passed", None), "incomplete", 5),
        (_run("failed", "passed", known=(_known(),)), "conformant", 0),
        (_run("failed", "error"), "nonconformant", 1),
        (_run("failed", None, known=(_known(),)), "incomplete", 5),
        (_run("failed", "passed", level="MAY"), "conformant", 0),
        (_run("failed", "passed", level="SHOULD"), "nonconformant", 1),
    ],
)
def test_verdict(run: Run, name: str, code: int) -> None:
    """Failures outrank errors, errors stale lists, and these missing tests."""
    verdict = judge(run)
    assert (verdict.name, verdict.exit_code) == (name, code)
    assert bool(verdict.reasons) == (code != 0)


def test_nothing_that_ran_is_never_conformant() -> None:
    """A run without a test is incomplete."""
    run = replace(_run(None, None), expected=())
    assert judge(run).name == "incomplete"


@pytest.mark.parametrize(
    ("run", "outcome", "reason"),
    [
        (_run("failed", "passed"), "failed", ""),
        (_run("failed", "passed", known=(_known(),)), "known-failing", "defect"),
        (_run("error", "passed"), "error", ""),
        (_run("passed", None), "passed", ""),
        (_run(None, "passed"), "not-run", "stopped-early"),
        (replace(_run(None, "passed"), expected=TESTS[1:]), "untested", "no-test"),
    ],
)
def test_outcome_of_a_requirement(run: Run, outcome: str, reason: str) -> None:
    """The outcome of a requirement follows from its tests and from the list."""
    assert judge(run).outcomes["area.one"] == Disposition(outcome, reason)


def test_disposition_outranks_tests() -> None:
    """What the plan leaves out keeps the plan's reason."""
    run = replace(_run(None, "passed"), plan=Plan({"area.one": NOT_SELECTED, "area.two": RUN}))
    assert judge(run).outcomes["area.one"] == NOT_SELECTED


def test_test_of_two_requirements_fails_both() -> None:
    """A failed test fails all that it cites."""
    both = TestCase("t::both", IDS)
    run = replace(_run("passed", "passed"), expected=(both,), outcomes={"t::both": "failed"})
    assert {found.outcome for found in judge(run).outcomes.values()} == {"failed"}


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        ({}, ("passed", "")),
        ({"t::one": "sampled"}, ("passed", "sampled")),
        ({"t::one": "cap-reached"}, ("not-run", "cap-reached")),
        ({"t::one": "nothing-there"}, ("not-run", "nothing-there")),
    ],
)
def test_what_was_not_looked_at_is_not_passed(
    limits: dict[str, str], found: tuple[str, str]
) -> None:
    """A test that looked at a part, or at nothing, is told with that; the verdict holds."""
    run = replace(_run("passed", "passed"), limits=limits, left=("9 journals were not chosen",))
    verdict = judge(run)
    told = verdict.outcomes["area.one"]
    assert (told.outcome, told.reason) == found
    assert (verdict.name, verdict.reasons) == ("conformant", ("9 journals were not chosen",))


def test_one_whole_look_outweighs_an_empty_one() -> None:
    """Where another test of the requirement looked at everything, it passed, as a sample."""
    tests = (*TESTS, TestCase("t::three", ("area.one",)))
    run = replace(_run("passed", "passed"), expected=tests, limits={"t::one": "nothing-there"})
    run = replace(run, outcomes={**run.outcomes, "t::three": "passed"})
    assert judge(run).outcomes["area.one"] == Disposition("passed", "sampled")


def test_a_test_that_a_cap_ended_did_not_run() -> None:
    """Its requirement is told so, and the run is incomplete."""
    verdict = judge(replace(_run("passed", None), capped={"t::two"}))
    assert verdict.outcomes["area.two"] == Disposition("not-run", "cap-reached")
    assert verdict.name == "incomplete"


def test_a_partial_look_makes_no_list_stale() -> None:
    """Where some tests of a listed requirement may not run, that others pass tells nothing."""
    run = _run("passed", "passed", known=(_known(),))
    limited = replace(run, plan=replace(run.plan, access="read-only"))
    assert (judge(run).name, judge(limited).name) == ("stale", "conformant")
