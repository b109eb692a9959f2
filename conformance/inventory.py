"""Which tests the suites hold, and which requirements each cites."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import ConformanceError
from conformance.plan import TestCase
from conformance.plugin import SUITES, case_of

ARGUMENTS = (
    *("-c", str(SUITES / "pytest.ini"), "--rootdir", str(SUITES)),
    *("-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:logging", "--assert", "plain"),
    *("-p", "conformance.plugin", "-p", "xdist.plugin"),
)
"""What keeps a user's pytest settings and plugins from changing a verdict."""


def collect() -> tuple[TestCase, ...]:
    """Every test of the suites, in the order they would run.

    Raises:
        ConformanceError: a suite cannot be imported.
    """
    collector = _Collector()
    run_pytest(["--collect-only", str(SUITES)], [collector])
    if collector.problems:
        raise ConformanceError(f"the suites cannot be collected: {collector.problems[0]}")
    return tuple(collector.tests)


def run_pytest(arguments: Iterable[str], plugins: list[Any]) -> int:
    """Runs pytest in this process, apart from the user's settings; returns its exit code."""
    with _clean_environment():
        return int(pytest.main([*ARGUMENTS, *arguments], plugins=plugins))


class _Collector:
    def __init__(self) -> None:
        self.tests: list[TestCase] = []
        self.problems: list[str] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        found = (case_of(item) for item in session.items)
        self.tests = [case for case in found if case is not None]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self.problems += collect_problems(report)


def collect_problems(report: pytest.CollectReport) -> Iterator[str]:
    """What kept a file from being collected, as one sentence."""
    if report.failed:
        lines = [line for line in str(report.longrepr).splitlines() if line.strip()]
        yield f"{Path(report.nodeid).name}: {lines[-1] if lines else 'no reason given'}"


@contextmanager
def _clean_environment() -> Iterator[None]:
    before = dict(os.environ)
    os.environ.pop("PYTEST_ADDOPTS", None)
    os.environ.pop("PYTEST_PLUGINS", None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
