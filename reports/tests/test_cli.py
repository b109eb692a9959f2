"""The command line: formats, files and exit codes."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from reports.cli import main
from reports.tests import factory

PASSED = factory.content(factory.run())
FAILED = factory.content(factory.run({"append.commits": "failed"}, verdict="nonconformant"))
OF_ONE_RUN = {
    "html": "<!doctype html>",
    "junit": "<?xml",
    "markdown": "## ✓ Conformant",
    "badge": "<svg",
    "text": "",
    "certificate": "{",
    "matrix": "<!doctype html>",
}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Return a folder with a good, a bad and a broken result file."""
    for name, content in (("good", PASSED), ("bad", FAILED), ("broken", PASSED[:-40])):
        (tmp_path / f"{name}.jsonl").write_bytes(content)
    return tmp_path


def call(*words: str | Path) -> Result:
    """Run the command line in this process."""
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.mark.parametrize("command", OF_ONE_RUN)
def test_a_report_goes_to_stdout_or_to_a_file(results: Path, command: str) -> None:
    """The same bytes are printed, or written with -o; the verdict does not touch the exit code."""
    shown = call(command, results / "bad.jsonl")
    printed = call(command, results / "good.jsonl")
    written = call(command, results / "good.jsonl", "-o", results / "out")

    assert (shown.exit_code, printed.exit_code, written.exit_code) == (0, 0, 0)
    assert printed.output.startswith(OF_ONE_RUN[command])
    assert written.output == ""
    assert (results / "out").read_text(encoding="utf-8") == printed.output


@pytest.mark.parametrize("command", OF_ONE_RUN)
@pytest.mark.parametrize("name", ["broken", "missing"])
def test_bad_input_is_one_sentence_and_exit_2(results: Path, command: str, name: str) -> None:
    """A file that cannot be read ends every command with 2, one sentence, and no file written."""
    result = call(command, results / f"{name}.jsonl", "-o", results / "out")

    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert not (results / "out").exists()


def test_a_place_that_cannot_be_written_is_exit_2(results: Path) -> None:
    """Writing into a folder that is not there is told like unreadable input."""
    result = call("text", results / "good.jsonl", "-o", results / "none" / "out")

    assert result.exit_code == 2
    assert "cannot write" in result.stderr


def test_comparing_ends_1_at_a_regression(results: Path) -> None:
    """Only a change for the worse ends with 1."""
    good, bad = results / "good.jsonl", results / "bad.jsonl"

    assert call("compare", good, bad).exit_code == 1
    assert call("compare", bad, good).exit_code == 0
    assert call("compare", good, good).exit_code == 0
    assert call("compare", good, bad, "-f", "markdown").output.startswith("## 1 regression.")
    assert call("compare", good, results / "broken.jsonl").exit_code == 2


def test_a_matrix_takes_many_files(results: Path) -> None:
    """Each file is a column."""
    result = call("matrix", "-f", "markdown", results / "good.jsonl", results / "bad.jsonl")

    assert result.exit_code == 0
    assert "| append.commits | MUST | ✓ passed | ✗ failed |" in result.output


def test_verifying_ends_1_if_the_certificate_does_not_hold(results: Path) -> None:
    """A certificate holds for its own result file and for no other."""
    good, bad, paper = results / "good.jsonl", results / "bad.jsonl", results / "c.json"
    call("certificate", good, "-o", paper)

    held = call("verify", paper, good)
    assert (held.exit_code, held.output) == (
        0,
        "the certificate holds: conformant, gazette-0.101\n",
    )
    assert call("verify", paper, bad).exit_code == 1
    assert call("verify", good, good).exit_code == 2
    assert call("certificate", good, "-f", "text").output.startswith("gazette-conformance 0.1.0")


def test_wrong_usage_is_exit_2() -> None:
    """An unknown command and a missing file name are usage errors."""
    assert call("pdf", "x").exit_code == 2
    assert call("html").exit_code == 2
    assert call("matrix").exit_code == 2


def test_it_runs_as_a_module(results: Path) -> None:
    """`python -m reports` is the command line, and needs neither grpc nor pytest."""
    code = (
        "import sys, runpy; sys.argv[:] = ['reports', *sys.argv[1:]]\n"
        "try: runpy.run_module('reports', run_name='__main__')\n"
        "finally: print(sorted({'grpc', 'google.protobuf', 'pytest', 'conformance', 'protocol'}"
        " & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "text", str(results / "bad.jsonl")],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "✗ Not conformant" in done.stdout
    assert done.stderr == "[]\n"
