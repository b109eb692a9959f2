"""Tests whose journal the cluster moves are made again, and that is told."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from rich.console import Console

from conformance import inventory, wait
from conformance.errors import NonconformanceError
from conformance.inventory import run_pytest
from conformance.launch import LaunchPlan, launch
from conformance.plugin import SUITES
from conformance.recorder import Recorder
from conformance.retries import sentence, total
from conformance.run import RunOptions, run_suite
from conformance.session import Session
from conformance.settings import Settings
from conformance.target import TargetSpec
from conformance.tests.moving import MOVED
from conformance.tests.test_plugin import run_plugin
from conformance.workspace import Workspace

SCHEMA = Path(__file__).parents[2] / "reports" / "schema" / "results.schema.json"
SETTINGS = Settings(1, "r", "contract", select=("append.accepts-offset-at-head",))
MOVING = ("-p", "conformance.tests.moving")
ATTEMPT = {
    "outcome": "failed",
    "message": str(NonconformanceError("what was appended", "what a new primary has")),
    "moved": [MOVED],
}


def test_a_session_sees_which_journals_have_moved() -> None:
    """A journal with another primary than before is told once; one made anew is none of these."""
    launched = launch(LaunchPlan(brokers=2))
    session = Session(Settings(1, "r", "contract").with_target(launched.spec))
    try:
        workspace = Workspace(session.target, "r", "test_retries.py::x")
        journal = workspace.journal(replication=2)
        assert session.moved() == ()
        (other,) = workspace.others(journal)
        session.target.primaries[journal.name] = other.process_id()
        assert session.moved() == (journal.name,)
        assert session.moved() == ()
        session.target.primaries[journal.name] = other.process_id()
        workspace.clean()
        workspace.journal(replication=2, name=journal.name)
        assert session.moved() == ()
    finally:
        session.close()
        launched.stop()


def test_a_session_sees_which_journals_have_moved_before_their_suspension() -> None:
    """A journal without brokers moved where the last answer that told a primary had another one."""
    launched = launch(LaunchPlan(brokers=2))
    session = Session(Settings(1, "r", "contract").with_target(launched.spec))
    try:
        workspace = Workspace(session.target, "r", "test_retries.py::x")
        journal = workspace.journal()
        journal.append().ok()
        journal.append(suspend="SUSPEND_NOW")
        wait.until(lambda: not journal.shown().route.members, "the journal to lose its broker")
        assert session.moved() == ()
        (other,) = [each for each in session.target.brokers if each is not journal.broker]
        session.target.primaries[journal.name] = other.process_id()
        assert session.moved() == (journal.name,)
    finally:
        session.close()
        launched.stop()


@pytest.mark.parametrize(("moves", "again"), [(0, 0), (1, 1), (3, 2)])
def test_a_test_whose_journal_moved_is_made_again(
    hollow: str, monkeypatch: pytest.MonkeyPatch, moves: int, again: int
) -> None:
    """A failure is final where nothing moved, and at the third time; it is told once."""
    looked: list[tuple[str, ...]] = []

    def moved(_: Session) -> tuple[str, ...]:
        looked.append((MOVED,) if len(looked) < moves else ())
        return looked[-1]

    monkeypatch.setattr(Session, "moved", moved)
    spec = TargetSpec("external", (hollow,), offers=("no-auth",))
    told: list[dict[str, Any]] = []
    recorder = Recorder(
        lambda each: told.append(dict(each)), tolerated=(), fail_fast=False, gone=lambda: False
    )
    text = SETTINGS.with_target(spec).to_json()
    run_pytest(["--gazette-settings", text, str(SUITES)], [recorder])
    assert len(looked) == len(recorder.outcomes) + again
    assert [each["outcome"] for each in told] == ["failed"] * len(recorder.outcomes)
    attempts = [attempt for each in told for attempt in each.get("retries", ())]
    assert [(each["outcome"], each["moved"]) for each in attempts] == [("failed", [MOVED])] * again
    assert len(recorder.retried) == bool(again)


@pytest.mark.parametrize("workers", [0, 2])
def test_the_result_file_tells_each_attempt(
    mock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    """In one process or two the verdict is that of the last attempts, and all are told."""
    monkeypatch.setattr(inventory, "ARGUMENTS", (*inventory.ARGUMENTS, *MOVING))
    settings = replace(SETTINGS, select=("append.accepts*",))
    settings = settings.with_target(TargetSpec("external", (mock,)))
    results, shown = tmp_path / "results.jsonl", StringIO()
    verdict = run_suite(settings, RunOptions(results, workers), Console(file=shown, width=200))

    lines = [json.loads(line) for line in results.read_text().splitlines()]
    tests = [line for line in lines if line["type"] == "test"]
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for line in lines:
        validator.validate(line)
    assert (verdict.name, verdict.reasons) == ("conformant", ())
    assert len(tests) > 1
    assert [line["retries"] for line in tests] == [[ATTEMPT]] * len(tests)
    assert lines[-1]["retried"] == len(tests)
    assert shown.getvalue().count(f"(attempt 2, as the cluster moved {MOVED})") == len(tests)
    assert total(len(tests)) in shown.getvalue()


def test_a_run_without_retries_says_nothing_of_them(mock: str, tmp_path: Path) -> None:
    """Neither lines nor footer nor the terminal mention what did not happen."""
    settings = SETTINGS.with_target(TargetSpec("external", (mock,)))
    shown = StringIO()
    run_suite(settings, RunOptions(tmp_path / "results.jsonl"), Console(file=shown))
    for text in ((tmp_path / "results.jsonl").read_text(), shown.getvalue()):
        assert '"retr' not in text
        assert "made again" not in text


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "2")])
def test_plain_pytest_tells_them_in_its_summary(
    mock: str, tmp_path: Path, workers: tuple[str, ...]
) -> None:
    """The summary of `pytest --pyargs` names each test that was made again."""
    words = ("--gazette-target", mock, "--gazette-select", "append.primary*", *MOVING, *workers)
    done = run_plugin("--pyargs", "conformance.suites", *words, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert total(1) in done.stdout
    assert f": attempt 2, as the cluster moved {MOVED}" in done.stdout


def test_a_sentence_names_one_journal_and_counts_the_rest() -> None:
    """Many journals that moved take no more than a line, and tests made once take none."""
    moved = [{**ATTEMPT, "moved": [f"a/{number}", "a/1"]} for number in range(2)]
    assert sentence({"retries": moved}) == "attempt 3, as the cluster moved a/0 and 1 more"
    assert sentence({}) == ""
