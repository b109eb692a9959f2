"""Runs of several processes of which some crash: never a verdict, and never an unfinished run."""

import json
import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from conformance import inventory
from conformance.run import RunOptions, run_suite
from conformance.settings import Settings
from conformance.target import TargetSpec
from conformance.tests.crashing import WHO


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("gw0,gw1:exit", r"a process of the run \(gw[01]\) crashed: Not properly terminated"),
        ("gw1:exit", r"a process of the run \(gw1\) crashed: Not properly terminated"),
        ("gw1:raise", "MemoryError: too little for a process"),
    ],
)
def test_a_process_that_crashes_at_its_start_ends_the_run_3(
    mock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str, sentence: str
) -> None:
    """However many crash, the harness failed, and one sentence says so on screen and in file."""
    plugin = ("-p", "conformance.tests.crashing")
    monkeypatch.setattr(inventory, "ARGUMENTS", (*inventory.ARGUMENTS, *plugin))
    monkeypatch.setenv(WHO, who)
    settings = Settings(1, "r", "contract", select=("append.accepts*",))
    settings = settings.with_target(TargetSpec("external", (mock,)))
    results, shown = tmp_path / "results.jsonl", StringIO()

    verdict = run_suite(settings, RunOptions(results, 2), Console(file=shown, width=200))

    assert (verdict.name, verdict.exit_code) == ("error", 3)
    (told,) = (reason for reason in verdict.reasons if "did not run" not in reason)
    assert re.fullmatch(sentence, told)
    assert told in shown.getvalue()
    assert told in json.loads(results.read_text().splitlines()[-1])["reasons"]
