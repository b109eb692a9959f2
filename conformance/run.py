"""One run, from settings to verdict."""

import contextlib
import datetime as dt
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from conformance import hosts
from conformance.catalogue import Catalogue, load
from conformance.display import Display, show_verdict
from conformance.errors import TargetError
from conformance.inventory import collect, run_pytest
from conformance.known_failing import KnownFailing, read_list
from conformance.launch import launch
from conformance.plan import TestCase, check_citations, check_selection, make_plan
from conformance.plugin import SUITES
from conformance.profile import Profile, load_profile
from conformance.recorder import Recorder
from conformance.results import ResultFile
from conformance.session import aimed
from conformance.settings import Settings
from conformance.target import Target, TargetSpec
from conformance.verdict import Run, Verdict, judge
from conformance.workspace import slug
from protocol.replay.brokers import listens

MANY = 200
"""Tests from which more processes save more time than they take to start."""
PROCESSES = {"mock": 4, "launched": 2}
"""By kind of target, how many share the tests: most of the time with a mock is waiting."""


@dataclass(frozen=True)
class RunOptions:
    """How a run is done, beside what it checks.

    `workers` is how many processes were asked for, if it was said; `tx` are environments of
    pytest-xdist to run in.
    """

    results: Path
    workers: int | None = None
    fail_fast: bool = False
    tx: Sequence[str] = ()

    def processes(self, *, kind: str, tests: int) -> int:
        """How many processes share the tests: several, where the target is the suite's own."""
        if self.workers is not None:
            return self.workers
        return PROCESSES.get(kind, 1) if tests >= MANY and not self.tx else 1


def run_suite(settings: Settings, options: RunOptions, console: Console) -> Verdict:
    """Runs what `settings` choose, writes the result file, and prints the verdict.

    Raises:
        ConfigurationError: the options, a profile or a list are wrong, or choose nothing.
        TargetError: the target cannot be reached or started.
        HostError: an environment to run in cannot be started.
    """
    hosts.check_reach(options.tx, settings.target)
    catalogue, profile = load(), load_profile(settings.profile)
    check_selection(catalogue, settings)
    lists = (read_list(Path(path)) for path in settings.known_failing)
    known_failing = (*profile.known_failing, *(entry for each in lists for entry in each))
    tests = collect()
    check_citations(catalogue, tests)
    hosts.check_hosts(options.tx)
    with contextlib.ExitStack() as stack:
        settings = _aimed(settings, stack)
        conduct = _Conduct(settings, options, console, catalogue, profile, known_failing)
        return conduct.run(tests)


def _aimed(settings: Settings, stack: contextlib.ExitStack) -> Settings:
    """The settings with a target that is reached, which is started where none was given."""
    if settings.target is not None:
        return aimed(settings, settings.target)
    launched = launch(settings.launch)
    stack.callback(launched.stop)
    return aimed(settings, launched.spec)


def _gone(spec: TargetSpec | None) -> bool:
    if spec is None or all(listens(address) for address in spec.addresses):
        return False
    target = Target(spec, exact_texts=False)
    try:
        target.await_reachable()
    except TargetError:
        return True
    finally:
        target.close()
    return False


@dataclass
class _Conduct:
    settings: Settings
    options: RunOptions
    console: Console
    catalogue: Catalogue
    profile: Profile
    known_failing: Sequence[KnownFailing]

    def run(self, tests: Sequence[TestCase]) -> Verdict:
        target = self.settings.target
        assert target is not None  # noqa: S101 - it was aimed
        plan = make_plan(
            self.catalogue,
            self.profile,
            self.settings,
            brokers=len(target.addresses),
            offers=target.offers,
        ).narrowed(tests)
        expected = [test for test in tests if plan.runs(test)]
        self._announce(target, len(expected))
        with ResultFile(self.options.results) as file:
            file.header(
                self.settings,
                target=target,
                profile=self.profile,
                catalogue=self.catalogue,
                command=["gazette-conformance", *sys.argv[1:]],
                expected=len(expected),
            )
            recorder = self._check(file, len(expected))
            run = Run(
                catalogue=self.catalogue,
                profile=self.profile,
                plan=plan,
                expected=expected,
                outcomes=recorder.outcomes,
                known_failing=self.known_failing,
                problems=recorder.problems,
                today=dt.datetime.now(dt.UTC).date(),
                limits=recorder.limits,
                capped=recorder.capped,
                left=tuple(recorder.left),
                retried=recorder.retried,
            )
            verdict = judge(run)
            file.end(run, verdict)
        show_verdict(self.console, run, verdict)
        return verdict

    def _announce(self, target: TargetSpec, expected: int) -> None:
        self.console.print(
            f"{expected} tests against {', '.join(target.addresses)} ({target.kind}), "
            f"profile {self.profile.name}, seed {self.settings.seed}"
            + (f"; {self.settings.mode}" if self.settings.mode else ""),
            highlight=False,
            soft_wrap=True,
        )

    def _check(self, file: ResultFile, expected: int) -> Recorder:
        tolerated = {entry.id for entry in self.known_failing}
        with Display(self.console, expected) as display:

            def sink(result: Mapping[str, Any]) -> None:
                known = recorder.tolerates(result)
                self._keep_reproducer(result)
                file.test(result, known_failing=known)
                display.test(result, known_failing=known)

            recorder = Recorder(
                sink,
                tolerated=tolerated,
                fail_fast=self.options.fail_fast,
                gone=partial(_gone, self.settings.target),
            )
            if expected:
                run_pytest(self._arguments(expected), [recorder])
        if recorder.stopped:
            told = f"stopped early: {recorder.stopped}"
            self.console.print(told, markup=False, highlight=False, soft_wrap=True)
        return recorder

    def _keep_reproducer(self, result: Mapping[str, Any]) -> None:
        failure = result.get("failure", {})
        found = failure.pop("reproducer", None)
        if found:
            folder = self.options.results.with_suffix(".reproducers")
            folder.mkdir(exist_ok=True)
            path = folder / f"{slug(result['test'])}.py"
            path.write_text(found["text"], encoding="utf-8")
            failure["message"] += f"\nreproducer: {path}"

    def _arguments(self, expected: int) -> list[str]:
        target = self.settings.target
        assert target is not None  # noqa: S101 - it was aimed
        workers = self.options.processes(kind=target.kind, tests=expected)
        return [
            *("--gazette-settings", self.settings.to_json()),
            *(("-n", str(workers), "--max-worker-restart", "0") if workers > 1 else ()),
            *(hosts.arguments(self.options.tx) if self.options.tx else []),
            str(SUITES),
        ]
