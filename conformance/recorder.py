"""Follows a pytest run and hands each test's result on, once."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import pytest

from conformance.inventory import collect_problems
from conformance.patience import LIMIT, LOST
from conformance.retries import RETRIES

FORWARDED = "assert False"
"""What stands below an error that pytest-xdist hands on from a process."""
_RANK = {"passed": 0, "not-run": 1, "error": 2, "failed": 3}

Sink = Callable[[Mapping[str, Any]], None]


class Recorder:
    """A pytest plugin of the controlling process.

    `outcomes` maps ids of ended tests to `passed`, `failed` or `error`; `problems` are errors
    of the harness outside of tests. `limits` maps tests that did not look at all there is to
    their limit, `capped` holds those that a cap ended, and `left` tells what was not looked at.
    `retried` are the tests that were made again.
    `sink` gets each test's result as it ends. With `fail_fast` the run stops at the first
    failure that no known-failing list covers. It always stops once `LIMIT` tests waited in vain
    for the target, or it is `gone` after a test that did not pass; `stopped` then tells why.
    """

    def __init__(
        self,
        sink: Sink,
        *,
        tolerated: Collection[str],
        fail_fast: bool,
        gone: Callable[[], bool],
    ) -> None:
        self.outcomes: dict[str, str] = {}
        self.problems: list[str] = []
        self._broken = False
        self._silent: set[str] = set()
        self.limits: dict[str, str] = {}
        self.capped: set[str] = set()
        self.left: dict[str, None] = {}
        self.retried: set[str] = set()
        self._sink = sink
        self._tolerated = tolerated
        self._fail_fast = fail_fast
        self._gone = gone
        self.stopped = ""
        self._phases: dict[str, dict[str, Any]] = {}
        self._session: pytest.Session | None = None

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Keeps hold of the session, to be able to stop it."""
        self._session = session

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Notes a suite that cannot be imported."""
        self.problems += collect_problems(report)

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Notes an error of pytest or of the plugin."""
        self._breaks(_last_line(excinfo.exconly(), "internal error"))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Notes a process of pytest-xdist that crashed."""
        if error:
            said = _last_line(error, "nobody knows why")
            self._breaks(f"a process of the run ({node.gateway.id}) crashed: {said}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes up one phase of a test."""
        phase: dict[str, Any] | None = getattr(report, "gazette", None)
        if phase is None:
            if report.failed:
                self.problems.append(f"{report.nodeid}: {report.longreprtext.strip()}"[:400])
            return
        if phase.pop(LOST):
            self._silent.add(phase["test"])
        merged = _merged(self._phases.pop(phase["test"], None), phase)
        self._phases[phase["test"]] = merged
        if report.when == "teardown":
            self._ended(self._phases.pop(phase["test"]))

    def _breaks(self, problem: str) -> None:
        """Notes what breaks the run, and nothing of what that entails."""
        if not self._broken:
            self._broken = True
            self.problems.append(problem)

    def tolerates(self, result: Mapping[str, Any]) -> bool:
        """Whether a known-failing list covers all that a test checks."""
        return all(each in self._tolerated for each in result["requirements"])

    def _ended(self, result: dict[str, Any]) -> None:
        self.left.update(dict.fromkeys(result.pop("left", ())))
        if limit := result.pop("limit", ""):
            self.limits[result["test"]] = limit
        if result["outcome"] == "not-run":
            self.capped.add(result["test"])
            return
        if RETRIES in result:
            self.retried.add(result["test"])
        self.outcomes[result["test"]] = result["outcome"]
        self._sink(result)
        self.stopped = self.stopped or self._reason_to_stop(result)
        if self._session is not None and self.stopped:
            self._session.shouldstop = self.stopped

    def _reason_to_stop(self, result: Mapping[str, Any]) -> str:
        passed = result["outcome"] == "passed"
        if len(self._silent) >= LIMIT:
            return f"{LIMIT} tests waited in vain for the target"
        if not passed and self._gone():
            return f"the target is gone since {result['test']}"
        return (
            "a test failed" if self._fail_fast and not passed and not self.tolerates(result) else ""
        )


def _last_line(told: object, default: str) -> str:
    lines = [line.strip() for line in str(told).splitlines()]
    return next((line for line in reversed(lines) if line not in {"", FORWARDED}), default)


def _merged(before: dict[str, Any] | None, phase: dict[str, Any]) -> dict[str, Any]:
    if before is None:
        return dict(phase)
    worse = max(before, phase, key=lambda each: _RANK[each["outcome"]])
    duration = round(before["duration_s"] + phase["duration_s"], 4)
    remarks: dict[str, Any] = {name: phase[name] for name in ("limit", "left") if name in phase}
    return {**worse, **remarks, "started": before["started"], "duration_s": duration}
