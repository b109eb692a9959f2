"""The exit codes of `gazette-conformance run`: a contract, one test for each."""

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.launch.process import free_ports
from conformance.tests.command import conform

ONE = "append.accepts-offset-at-head"
LIST = """
[[known_failing]]
id = "{}"
reason = "a test of the suite"
link = "https://example.org/1"
expires = 2999-01-01
"""


def _lines(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "conformance-results.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_0_conformant(tmp_path: Path) -> None:
    """Without any target the mock is started; what it passes ends 0, with a report."""
    ended = conform("run", "--select", ONE, folder=tmp_path)
    assert ended.code == 0, ended
    assert "verdict: conformant (exit 0)" in ended.out
    assert (tmp_path / "conformance-results.html").is_file()
    footer = _lines(tmp_path)[-1]
    assert (footer["verdict"], footer["exit_code"]) == ("conformant", 0)


def test_1_nonconformant(hollow: str, tmp_path: Path) -> None:
    """A broker that implements nothing fails, and the failure tells all there is to tell."""
    ended = conform("run", "--target", hollow, "--select", ONE, "--seed", "7", folder=tmp_path)
    assert ended.code == 1, ended
    told = (ONE, "expected", "UNIMPLEMENTED", f"run --select {ONE} --seed 7", "Apply at")
    assert [part for part in told if part not in ended.out] == []
    failure = _lines(tmp_path)[1]["failure"]
    assert failure["calls"][0]["code"] == "UNIMPLEMENTED"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--bogus"], "--bogus"),
        (["--select", "nope.*"], "--select nope.* matches no requirement"),
        (["--profile", "nope"], "unknown profile 'nope'"),
        (["--known-failing", "gone.toml"], "gone.toml: No such file"),
        (["--target", "nowhere"], "target 'nowhere' is not HOST:PORT"),
        (["--token", "t"], "--token needs a --target"),
        (["--target", "127.0.0.1:1", "--brokers", "3"], "--brokers does not go with --target"),
        (["--launch", "gazette", "--gazette-bin", "gone"], "no executable 'gone'"),
        (["--results", "no/such/folder/results.jsonl"], "No such file"),
    ],
)
def test_2_usage(words: list[str], sentence: str, tmp_path: Path) -> None:
    """A wrong option or file ends 2 with one sentence."""
    ended = conform("run", *words, folder=tmp_path)
    assert ended.code == 2, ended
    assert sentence in ended.err
    assert "Traceback" not in ended.err


def test_3_unreachable(tmp_path: Path) -> None:
    """A target that is down ends 3 with one sentence, which tells how long it was given."""
    ended = conform("run", "--target", f"127.0.0.1:{free_ports(1)[0]}", folder=tmp_path)
    assert ended.code == 3, ended
    assert "cannot reach 127.0.0.1" in ended.err
    assert "within 4 s" in ended.err
    assert len(ended.err.strip().splitlines()) == 1


@pytest.mark.parametrize("listed", [ONE, "append.no-such-thing"])
def test_4_stale(listed: str, mock: str, tmp_path: Path) -> None:
    """A list that names what passes, or what does not exist, ends 4."""
    (tmp_path / "list.toml").write_text(LIST.format(listed))
    words = ("--target", mock, "--select", ONE, "--known-failing", "list.toml")
    ended = conform("run", *words, folder=tmp_path)
    assert ended.code == 4, ended
    assert listed in ended.out


def test_known_failing_fails_quietly(hollow: str, tmp_path: Path) -> None:
    """What is listed and fails is no failure, but it shows nothing where it is alone."""
    (tmp_path / "list.toml").write_text(LIST.format(ONE))
    words = ("--target", hollow, "--select", ONE, "--known-failing", "list.toml")
    ended = conform("run", *words, folder=tmp_path)
    assert ended.code == 5, ended
    outcomes = {line.get("outcome") for line in _lines(tmp_path) if line.get("id") == ONE}
    assert outcomes == {"known-failing"}


def test_5_incomplete(mock: str, tmp_path: Path) -> None:
    """A selection of which nothing applies to the target ends 5, never 0."""
    ended = conform("run", "--target", mock, "--select", "auth.refuses*", folder=tmp_path)
    assert ended.code == 5, ended
    assert "nothing that was selected applies" in ended.out


def test_workers_agree_with_one_process(mock: str, tmp_path: Path) -> None:
    """Two workers run the same tests, with the same outcomes, as one process."""
    found = []
    for workers in ("0", "2"):
        words = ("--target", mock, "--select", "append.*offset*", "-n", workers)
        assert conform("run", *words, folder=tmp_path).code == 0
        tests = [line for line in _lines(tmp_path) if line["type"] == "test"]
        found.append(sorted((line["test"], line["outcome"]) for line in tests))
    assert found[0] == found[1]
    assert len(found[0]) > 5
