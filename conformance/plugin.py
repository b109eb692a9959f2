"""The pytest plugin: options, the marker, and which tests of the suites run.

It does nothing in a run that holds no test of the suites.
"""

import hashlib
import zlib
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from conformance.access import EVERYTHING
from conformance.errors import ConfigurationError
from conformance.launch import LaunchPlan
from conformance.marks import ACCESS_MARKER, MARKER
from conformance.plan import TestCase, check_citations
from conformance.report import describe
from conformance.retries import MOVED, RETRIES, attempted, sentence, total
from conformance.session import Session, explored
from conformance.settings import Settings, from_json, new_run_id, new_seed
from conformance.target import TargetSpec

SESSION = pytest.StashKey[Session]()
STARTED = pytest.StashKey[datetime]()
SUITES = Path(__file__).parent / "suites"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Registers the options of `pytest --pyargs conformance`, prefixed `--gazette-`."""
    group = parser.getgroup("gazette", "gazette-conformance")
    group.addoption(
        "--gazette-target", action="append", default=[], metavar="HOST:PORT", help="broker to test"
    )
    group.addoption("--gazette-profile", metavar="NAME", help="what is asked of the broker")
    group.addoption("--gazette-auth-key", metavar="B64", help="key to sign tokens with")
    group.addoption("--gazette-token", metavar="T", help="token to send with each call")
    group.addoption("--gazette-file-root", metavar="DIR", help="directory behind file stores")
    group.addoption(
        "--gazette-brokers", type=int, default=1, metavar="N", help="brokers of the launched mock"
    )
    group.addoption(
        "--gazette-select", action="append", default=[], metavar="PATTERN", help="ids to check"
    )
    group.addoption("--gazette-seed", type=int, metavar="N", help="seed of names and examples")
    group.addoption("--gazette-settings", help="all of a run's settings, as the CLI hands over")


def pytest_configure(config: pytest.Config) -> None:
    """Registers the markers."""
    config.addinivalue_line("markers", f"{MARKER}(*ids): the requirements a test checks")
    config.addinivalue_line("markers", f"{ACCESS_MARKER}(access): how far a test reaches")


def session_of(config: pytest.Config) -> Session:
    """The session of this process, made from the options when first asked for."""
    if SESSION not in config.stash:
        worker: dict[str, Any] = getattr(config, "workerinput", {})
        config.stash[SESSION] = Session(_settings(config), worker.get("workercount", 1))
    return config.stash[SESSION]


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
        if call.when != "teardown" and phase["outcome"] in {"failed", "error"}:
            item.stash[MOVED] = session.moved()
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tells which tests of the suites were made again."""
    reports = (each for found in terminalreporter.stats.values() for each in found)
    phases = (phase for each in reports if (phase := getattr(each, "gazette", None)))
    retried = {phase["test"]: sentence(phase) for phase in phases if RETRIES in phase}
    if retried:
        terminalreporter.section("gazette-conformance")
        terminalreporter.line(total(len(retried)))
        for test, told in sorted(retried.items()):
            terminalreporter.line(f"  {test}: {told}")


def _settings(config: pytest.Config) -> Settings:
    if config.option.gazette_settings:
        return from_json(config.option.gazette_settings)
    option = config.option
    seed = _seed_of_run(config) if option.gazette_seed is None else option.gazette_seed
    default = "contract" if option.gazette_target else "mock"
    settings = Settings(
        seed=seed,
        run_id=new_run_id(seed),
        profile=option.gazette_profile or default,
        launch=LaunchPlan(brokers=option.gazette_brokers),
        select=tuple(option.gazette_select),
    )
    if not option.gazette_target:
        return settings
    return settings.with_target(_external(option, settings))


def _seed_of_run(config: pytest.Config) -> int:
    """A seed nobody chose, the same one in all workers of a run: they must agree on the order."""
    worker: dict[str, Any] | None = getattr(config, "workerinput", None)
    return new_seed() if worker is None else zlib.crc32(worker["testrunuid"].encode())


def _external(option: Any, settings: Settings) -> TargetSpec:
    spec = TargetSpec(
        kind="external",
        addresses=tuple(option.gazette_target),
        auth_key=option.gazette_auth_key,
        token=option.gazette_token,
        file_root=option.gazette_file_root,
    )
    return explored(spec, settings)


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
