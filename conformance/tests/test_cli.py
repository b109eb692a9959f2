"""The command line: what it makes of options, lists, and errors of its own."""

import sys
from pathlib import Path
from typing import Any

import pytest

from conformance import cli
from conformance.errors import ConfigurationError
from conformance.known_failing import read_list
from conformance.plan import Disposition
from conformance.results import without_secrets
from conformance.run import MANY, RunOptions
from conformance.verdict import STOPPED_EARLY, Verdict


def _verdict(name: str = "nonconformant") -> Verdict:
    outcomes = {
        "area.new": Disposition("failed"),
        "area.kept": Disposition("known-failing", "old"),
        "area.fixed": Disposition("passed"),
    }
    return Verdict(name, (), outcomes)


LIST = """
[[known_failing]]
id = "area.{}"
reason = "old"
link = "https://example.org/1"
expires = 2999-01-01
"""


def test_update_keeps_adds_and_drops(tmp_path: Path) -> None:
    """What still fails stays as it was, what fails anew is added, what passed goes."""
    path = tmp_path / "list.toml"
    path.write_text(LIST.format("kept") + LIST.format("fixed") + LIST.format("unknown"))
    cli.update_list(path, _verdict())
    entries = {entry.id: entry.reason for entry in read_list(path)}
    assert entries == {"area.kept": "old", "area.new": "to be explained"}


@pytest.mark.parametrize("name", ["error", "incomplete"])
def test_update_refuses_a_partial_run(tmp_path: Path, name: str) -> None:
    """After a run that was not complete the list stays as it was."""
    path = tmp_path / "list.toml"
    with pytest.raises(ConfigurationError, match="not complete"):
        cli.update_list(path, _verdict(name))
    assert not path.exists()


def test_update_refuses_a_run_that_was_given_up(tmp_path: Path) -> None:
    """Failures of a run that ended early are not the whole list."""
    verdict = Verdict("nonconformant", (), {"area.rest": Disposition("not-run", STOPPED_EARLY)})
    with pytest.raises(ConfigurationError, match="not complete"):
        cli.update_list(tmp_path / "list.toml", verdict)


@pytest.mark.parametrize(
    ("error", "code"),
    [(RuntimeError("broken"), 3), (KeyboardInterrupt(), 5), (ConfigurationError("wrong"), 2)],
)
def test_errors_of_its_own_are_no_verdict(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: BaseException, code: int
) -> None:
    """A defect of the suite ends 3, an interruption 5, a wrong option 2: never 0 or 1."""

    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(cli, "run_suite", broken)
    monkeypatch.setattr(sys, "argv", ["gazette-conformance", "run"])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == code


def test_secrets_of_the_command_line_are_replaced() -> None:
    """Keys and tokens are out of sight, in either form of writing an option."""
    words = ["run", "--auth-key", "c2VjcmV0", "--token=secret", "--profile", "mock"]
    shown = without_secrets(words)
    assert shown == ["run", "--auth-key", "***", "--token=***", "--profile", "mock"]


@pytest.mark.parametrize(
    ("options", "kind", "tests", "processes"),
    [
        ({}, "mock", MANY, 4),
        ({}, "launched", MANY, 2),
        ({}, "mock", MANY - 1, 1),
        ({}, "external", MANY, 1),
        ({"tx": ("popen",)}, "mock", MANY, 1),
        ({"workers": 4}, "external", 1, 4),
        ({"workers": 0}, "mock", MANY, 0),
    ],
)
def test_processes(options: dict[str, Any], kind: str, tests: int, processes: int) -> None:
    """Many tests of a target of its own have several processes, unless told how many."""
    options = {"results": Path("results.jsonl"), **options}
    assert RunOptions(**options).processes(kind=kind, tests=tests) == processes
