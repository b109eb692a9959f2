"""Tests whose journal the cluster moves are made again."""

import pytest

from conformance.inventory import run_pytest
from conformance.launch import LaunchPlan, launch
from conformance.plugin import SUITES
from conformance.recorder import Recorder
from conformance.session import Session
from conformance.settings import Settings
from conformance.target import TargetSpec
from conformance.workspace import Workspace


def test_a_session_sees_that_a_journal_has_moved() -> None:
    """A primary other than the one that a journal had before is told once, and none otherwise."""
    launched = launch(LaunchPlan(brokers=2))
    session = Session(Settings(1, "r", "contract").with_target(launched.spec))
    try:
        workspace = Workspace(session.target, "r", "test_moved.py::x")
        journal = workspace.journal(replication=2)
        assert not session.moved()
        (other,) = workspace.others(journal)
        session.target.primaries[journal.name] = other.process_id()
        assert session.moved()
        assert not session.moved()
    finally:
        session.close()
        launched.stop()


@pytest.mark.parametrize(("moves", "again"), [([], 0), ([True], 1), ([True] * 3, 2)])
def test_a_test_whose_journal_moved_is_made_again(
    hollow: str, monkeypatch: pytest.MonkeyPatch, moves: list[bool], again: int
) -> None:
    """A failure is final where nothing moved, and at the third time; it is told once."""
    looked: list[bool] = []

    def moved(_: Session) -> bool:
        looked.append(len(looked) < len(moves))
        return looked[-1]

    monkeypatch.setattr(Session, "moved", moved)
    settings = Settings(1, "r", "contract", select=("append.accepts-offset-at-head",))
    settings = settings.with_target(TargetSpec("external", (hollow,), offers=("no-auth",)))
    told: list[str] = []
    recorder = Recorder(
        lambda each: told.append(each["outcome"]), tolerated=(), fail_fast=False, gone=lambda: False
    )
    run_pytest(["--gazette-settings", settings.to_json(), str(SUITES)], [recorder])
    assert len(looked) == len(recorder.outcomes) + again
    assert told == ["failed"] * len(recorder.outcomes)
