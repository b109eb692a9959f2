"""One trial: the suite against one lie, until it is caught."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from conformance.catalogue import Catalogue, load
from conformance.errors import TargetError
from conformance.inventory import run_pytest
from conformance.launch import LaunchPlan, launch
from conformance.plan import TestCase, make_plan
from conformance.plugin import SUITES
from conformance.profile import Profile, load_profile
from conformance.selftest.lies import Lie
from conformance.selftest.reproduction import reproduces
from conformance.settings import Settings, new_run_id

PROFILE = "contract"
"""Trials ask what is asked of a broker that nobody knows."""
PATIENCE = 5.0
"""Seconds that a lying mock may take, which is on this machine: many lies are never answered."""
LEAN = ("-p", "no:unraisableexception", "-p", "no:threadexception")
"""Trials go without what collects all garbage at their end: there are hundreds of them."""
STAGES = ("cited", "area", "everything")
"""What is run one after the other until a lie is caught."""


@dataclass(frozen=True)
class Trial:
    """What came of a lie.

    `outcome` is `cited` where a test of a cited id failed, `caught` where only another one did,
    else `survived`. `failed` are the ids of failed tests, `errors` what the harness said.
    `reproduced` tells whether the failure's script tells the liar from an honest broker; None
    where that was not tried.
    """

    lie: Lie
    outcome: str
    failed: tuple[str, ...]
    tests: int
    duration_s: float
    failure: Mapping[str, Any] | None = None
    errors: tuple[str, ...] = ()
    reproduced: bool | None = None

    @property
    def collateral(self) -> tuple[str, ...]:
        """Failed ids that the lie does not cite."""
        return tuple(each for each in self.failed if each not in self.lie.caught_by)


@dataclass
class _Watch:
    """A pytest plugin that stops at the first failure that binds."""

    binding: frozenset[str]
    failed: dict[str, None] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    failure: Mapping[str, Any] | None = None
    tests: int = 0
    session: pytest.Session | None = None

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self.session = session

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        told: dict[str, Any] = getattr(report, "gazette", {})
        self.tests += report.when == "setup"
        if told.get("outcome") == "error":
            self.errors.append(f"{told['test']}: {told['error']['message']}")
        if told.get("outcome") != "failed" or self.binding.isdisjoint(told["requirements"]):
            return
        self.failed.update(dict.fromkeys(told["requirements"]))
        self.failure = self.failure or {"test": told["test"], **told["failure"]}
        assert self.session is not None  # noqa: S101 - tests run in a session
        self.session.shouldstop = "caught"


def try_lie(
    lie: Lie,
    tests: Sequence[TestCase],
    *,
    seed: int,
    until: str = "everything",
    reproduce: bool = False,
) -> Trial:
    """Runs the tests that cite the lie's ids, then those of their areas, then all others.

    It stops at the first failure, whose script is then run too if asked to `reproduce`.
    `until` is one of STAGES.
    """
    began = time.monotonic()
    catalogue, profile = load(), load_profile(PROFILE)
    watch = _Watch(
        frozenset(each.id for each in catalogue.values() if each.level in profile.binding)
    )
    plan = LaunchPlan(brokers=_brokers(lie, catalogue), lie=lie.name)
    try:
        launched = launch(plan)
    except TargetError as error:
        raise TargetError(f"the lie {lie.name}: {error}") from None
    settings = Settings(
        seed, new_run_id(seed), PROFILE, target=launched.spec, launch=plan, patience=PATIENCE
    )
    outcome = "survived"
    try:
        for stage, narrowed in _stages(lie, catalogue, settings):
            _run(watch, narrowed, _files(tests, catalogue, profile, narrowed))
            if watch.failed:
                own = not watch.failed.keys().isdisjoint(lie.caught_by)
                outcome = "cited" if own else "caught"
            if watch.failed or stage == until:
                break
        reproduced = _reproduced(watch, plan) if reproduce else None
    finally:
        launched.stop()
    return Trial(
        lie,
        outcome,
        tuple(watch.failed),
        watch.tests,
        round(time.monotonic() - began, 2),
        watch.failure,
        tuple(watch.errors),
        reproduced,
    )


def _reproduced(watch: _Watch, plan: LaunchPlan) -> bool | None:
    """Tries the script of a failure, which each one has to leave, unless it cannot judge."""
    if watch.failure is None:
        return None
    found = watch.failure["reproducer"]
    if found is not None and not found["judges"]:
        return None
    return found is not None and reproduces(found, plan)


def _brokers(lie: Lie, catalogue: Catalogue) -> int:
    return max(lie.brokers, *(catalogue[each].brokers for each in lie.caught_by))


def _stages(lie: Lie, catalogue: Catalogue, settings: Settings) -> Iterator[tuple[str, Settings]]:
    areas = tuple({catalogue[each].area: None for each in lie.caught_by})
    yield "cited", replace(settings, select=lie.caught_by)
    yield "area", replace(settings, areas=areas)
    yield "everything", settings


def _files(
    tests: Sequence[TestCase], catalogue: Catalogue, profile: Profile, settings: Settings
) -> list[str]:
    """The files of the tests that run, so that no other one is looked at."""
    assert settings.target is not None  # noqa: S101 - trials have a target
    plan = make_plan(
        catalogue,
        profile,
        settings,
        brokers=len(settings.target.addresses),
        offers=settings.target.offers,
    )
    names = {test.id.partition("::")[0]: None for test in tests if plan.runs(test)}
    return [str(SUITES / name) for name in names]


def _run(watch: _Watch, settings: Settings, files: list[str]) -> None:
    if files:
        run_pytest([*LEAN, "--gazette-settings", settings.to_json(), *files], [watch])
