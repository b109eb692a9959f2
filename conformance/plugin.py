"""The pytest plugin: options, the marker, and which tests of the suites run.

It does nothing in a run that holds no test of the suites.
"""

import contextlib
import hashlib
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from conformance.access import EVERYTHING
from conformance.errors import ConfigurationError, ConformanceError
from conformance.marks import ACCESS_MARKER, MARKER
from conformance.plan import TestCase, check_citations
from conformance.plugin_options import add_options, as_told, settings_of
from conformance.report import describe
from conformance.retries import MOVED, RETRIES, attempted, sentence, total
from conformance.session import Session
from conformance.settings import from_json

SESSION = pytest.StashKey[Session]()
SETTINGS = pytest.StashKey[str]()
HANDED = "gazette_settings"
"""Where processes of pytest-xdist find the settings."""
STARTED = pytest.StashKey[datetime]()
SUITES = Path(__file__).parent / "suites"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Registers the options of `pytest --pyargs conformance`, prefixed `--gazette-`."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Registers the markers."""
    config.addinivalue_line("markers", f"{MARKER}(*ids): the requirements a test checks")
    config.addinivalue_line("markers", f"{ACCESS_MARKER}(access): how far a test reaches")


def session_of(config: pytest.Config) -> Session:
    """The session of this process, made from the options when first asked for."""
    if SESSION not in config.stash:
        worker: dict[str, Any] = getattr(config, "workerinput", {})
        with _told():
            handed = worker.get(HANDED)
            settings = from_json(handed) if handed else settings_of(config.option)
            config.stash[SESSION] = Session(settings, worker.get("workercount", 1))
    return config.stash[SESSION]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Makes the settings for the processes of pytest-xdist before any of them is started."""
    config = session.config
    if config.pluginmanager.hasplugin("dsession"):
        with _told():
            config.stash[SETTINGS] = settings_of(config.option).to_json()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hands the settings to a process of pytest-xdist: all have one seed, and the same journals."""
    node.workerinput[HANDED] = node.config.stash[SETTINGS]


def case_of(item: pytest.Item) -> TestCase | None:
    """What `item` cites, where it is a test of the suites."""
    cited = tuple(each for mark in item.iter_markers(MARKER) for each in mark.args)
    if not cited and not item.path.is_relative_to(SUITES):
        return None
    reach = item.get_closest_marker(ACCESS_MARKER)
    access = reach.args[0] if reach else EVERYTHING
    return TestCase(f"{item.path.name}::{item.name}", cited, access)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keeps the tests that apply to the target and are selected."""
    cases = {item: case for item in items if (case := case_of(item)) is not None}
    if not cases or config.option.collectonly:
        return
    session = session_of(config)
    try:
        check_citations(session.catalogue, cases.values())
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from None
    plan = session.plan
    dropped = [item for item, case in cases.items() if not plan.runs(case)]
    config.hook.pytest_deselected(items=dropped)
    seed = session.settings.seed
    kept = [item for item in items if item not in dropped]
    items[:] = sorted(kept, key=lambda item: _rank(item, seed) if item in cases else ("", ""))
    for item in cases:
        _seed(item, seed)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begins the trace of a test."""
    if case_of(item) is not None:
        session_of(item.config).trace.clear()
        session_of(item.config).remarks.clear()
        item.stash[STARTED] = datetime.now(UTC)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Makes a test of the suites again that failed while its cluster moved a journal."""
    if case_of(item) is None:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in attempted(item, nextitem):
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds to a report what the result file tells of the test."""
    report = yield
    case = case_of(item)
    if case is not None:
        session = session_of(item.config)
        phase = describe(
            case, call, session, started=item.stash.get(STARTED, None), told=report.longreprtext
        )
        details: Any = report
        details.gazette = phase
        if phase["outcome"] == "not-run":
            report.outcome = "skipped"
            report.longrepr = (str(item.path), item.location[1] or 0, phase["left"][0])
        if call.when != "teardown" and phase["outcome"] in {"failed", "error"}:
            item.stash[MOVED] = session.moved()
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tells which tests of the suites were made again, and what was not looked at."""
    reports = (each for found in terminalreporter.stats.values() for each in found)
    phases = [phase for each in reports if (phase := getattr(each, "gazette", None))]
    left = dict.fromkeys(as_told(each) for phase in phases for each in phase.get("left", ()))
    retried = {phase["test"]: sentence(phase) for phase in phases if RETRIES in phase}
    if retried or left:
        terminalreporter.section("gazette-conformance")
    if retried:
        terminalreporter.line(total(len(retried)))
    for line in (*(f"  {test}: {told}" for test, told in sorted(retried.items())), *left):
        terminalreporter.line(line)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Ends pytest with one sentence, where the options are wrong or the target is not reached."""
    try:
        yield
    except ConfigurationError as error:
        raise pytest.UsageError(as_told(error)) from None
    except ConformanceError as error:
        pytest.exit(as_told(error), returncode=error.exit_code)


def _rank(item: pytest.Item, seed: int) -> tuple[str, str]:
    """Where `item` stands in the order of `seed`: files stay together, and all else is shuffled.

    Two tests stand to each other as the seed says, whatever else is selected.
    """
    words = (item.path.name, item.nodeid)
    shuffled = (hashlib.sha256(f"{seed} {word}".encode()).hexdigest() for word in words)
    return (next(shuffled), next(shuffled))


def _seed(item: pytest.Item, seed: int) -> None:
    function: Any = getattr(item, "obj", None)
    if hypothesis.is_hypothesis_test(function):
        hypothesis.seed(seed)(getattr(function, "__func__", function))
