"""The selftest: what it learns, scores and writes, and that it catches lies."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.catalogue import load
from conformance.errors import ConfigurationError
from conformance.selftest.command import check_citations, compiling_once
from conformance.selftest.lies import Lie, learn
from conformance.selftest.score import Score
from conformance.selftest.trial import Trial
from conformance.tests.command import conform

LIE = Lie("wrong", "It is wrong.", ("append.x",), 1)
SAMPLE = (
    "list-drops-the-append-rate",
    "delimiters-have-a-header",
    "append-offset-is-ignored",
    "registers-are-not-checked",
    "page-limit-is-ignored",
    "refuses-everything",
)


def _trial(outcome: str, *failed: str) -> Trial:
    return Trial(LIE, outcome, failed, 1, 0.1)


def test_every_cited_id_exists() -> None:
    """Lies cite ids of the catalogue that some test could check."""
    lies = learn()
    check_citations(lies)
    catalogue = load()

    for lie in lies:
        assert any(catalogue[each].untestable is None for each in lie.caught_by), lie.name


def test_an_unknown_citation_is_refused() -> None:
    """A lie that cites what the catalogue lacks is named."""
    with pytest.raises(ConfigurationError, match="the lie wrong cites append"):
        check_citations([LIE])


def test_a_pattern_that_matches_nothing_is_refused() -> None:
    """A misspelt --lies is an error, not an empty success."""
    with pytest.raises(ConfigurationError, match="--lies nonsense matches no lie"):
        learn(["nonsense"])


@pytest.mark.parametrize(
    ("cited", "caught", "survived", "passes"),
    [(98, 0, 2, True), (90, 8, 2, True), (89, 9, 2, False), (97, 0, 3, False)],
)
def test_the_score_needs_enough_of_both(
    cited: int, caught: int, survived: int, passes: bool
) -> None:
    """98 % have to be caught, and 90 % by an id they cite."""
    outcomes = ["cited"] * cited + ["caught"] * caught + ["survived"] * survived

    assert Score.of([_trial(each) for each in outcomes], 1.0).passes is passes


def test_collateral_is_what_the_lie_does_not_cite() -> None:
    """Failed ids beside the cited ones are counted."""
    score = Score.of([_trial("cited", "append.x", "append.y")], 1.0)

    assert score.collateral == 1


def test_lies_are_caught(tmp_path: Path) -> None:
    """A sample of lies is caught by the ids they cite, and the file tells so."""
    results = tmp_path / "score.jsonl"
    patterns = [word for name in SAMPLE for word in ("--lies", name)]
    done = conform("selftest", "-n", "2", *patterns, "--results", str(results), folder=tmp_path)
    lines = [json.loads(line) for line in results.read_text().splitlines()]

    assert done.code == 0, done.out + done.err
    assert {line["outcome"] for line in lines[:-1]} == {"cited"}
    assert lines[-1]["type"] == "score"
    assert lines[-1]["passes"]


def test_trials_write_no_bytecode_where_none_is_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Interpreters of a selftest share their bytecode in a folder that is gone afterwards."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    before = dict(os.environ)

    with compiling_once():
        script = "import sys; print(sys.dont_write_bytecode, sys.pycache_prefix)"
        told = subprocess.check_output([sys.executable, "-c", script], text=True).split()

    assert told[0] == "False"
    assert not Path(told[1]).exists()
    assert dict(os.environ) == before
