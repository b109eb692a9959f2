"""Where the processes of a run are: environments of pytest-xdist, and what is refused of them."""

import json
from pathlib import Path

import pytest

from conformance import hosts
from conformance.errors import ConfigurationError
from conformance.target import TargetSpec
from conformance.tests.command import Ended, conform

AREAS = ("--area", "header", "--area", "list", "--seed", "7")


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (["popen"], ["popen"]),
        (
            ["2*popen", "ssh=me@host//python=python3.11"],
            ["popen"] * 2 + ["ssh=me@host//python=python3.11"],
        ),
        (["popen//python=python3.11"], ["popen//python=python3.11"]),
    ],
)
def test_environments(given: list[str], found: list[str]) -> None:
    """An option asks for one environment, or for as many as it says."""
    assert hosts.environments(given) == found


@pytest.mark.parametrize("spec", ["", "popn", "0*popen", "65*popen", "2*", "python=x"])
def test_what_is_no_environment(spec: str) -> None:
    """Anything else is refused with an example."""
    with pytest.raises(ConfigurationError, match="is no execution environment, such as"):
        hosts.environments([spec])


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("127.0.0.1:8080", "cannot reach 127.0.0.1:8080, a loopback address"),
        ("[::1]:8080", "a loopback address"),
        ("localhost:8080", "a loopback address"),
        (None, "needs a --target"),
    ],
)
def test_targets_that_other_hosts_cannot_reach(address: str | None, sentence: str) -> None:
    """A launched target, and one on the loopback, are reached by processes of this host alone."""
    target = TargetSpec("external", (address,)) if address else None
    hosts.check_reach(["popen"], target)
    with pytest.raises(ConfigurationError, match=sentence):
        hosts.check_reach(["popen", "ssh=me@host"], target)
    hosts.check_reach(["ssh=me@host"], TargetSpec("external", ("10.0.0.1:80", "broker.example:80")))


def test_other_hosts_get_the_suites() -> None:
    """Where an environment is not here, the package is copied to it; else nothing is."""
    assert "--rsyncdir" not in hosts.arguments(["popen"])
    words = hosts.arguments(["popen", "ssh=me@host"])
    assert str(hosts.PACKAGE) in words
    assert words[-3:] == ["popen", "--tx", f"ssh=me@host//{hosts.APART}"]


def _outcomes(folder: Path) -> dict[str, tuple[str, str]]:
    lines = map(json.loads, (folder / "conformance-results.jsonl").read_text().splitlines())
    return {line["id"]: (line["outcome"], line["reason"]) for line in lines if "level" in line}


def test_the_verdict_is_that_of_a_serial_run(mock: str, tmp_path: Path) -> None:
    """Two environments find what one process does, requirement by requirement."""
    ends: list[tuple[Ended, dict[str, tuple[str, str]]]] = []
    for words in ((), ("--tx", "2*popen")):
        folder = tmp_path / str(len(ends))
        folder.mkdir()
        ended = conform("run", "--target", mock, *AREAS, *words, folder=folder)
        ends.append((ended, _outcomes(folder)))
    (serial, one), (spread, two) = ends
    assert (serial.code, spread.code) == (0, 0), serial.out + spread.out + spread.err
    assert one == two


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--tx", "popen", "-n", "2"), 2, "--tx does not go with -n"),
        (("--tx", "ssh=me@host"), 2, "needs a --target"),
        (
            ("--tx", "popen", "--tx", "popen//python=nope"),
            3,
            "popen//python=nope cannot be started",
        ),
        (("--tx", "popen//python=false"), 3, "popen//python=false cannot be started"),
        (("--tx", "popen//python=echo"), 3, "popen//python=echo cannot be started"),
    ],
)
def test_refusals(tmp_path: Path, words: tuple[str, ...], code: int, sentence: str) -> None:
    """What cannot run ends with one sentence, and the code of its kind."""
    ended = conform("run", *words, folder=tmp_path)
    assert (ended.code, ended.out) == (code, "")
    assert sentence in ended.err
    assert ended.err.count("\n") == 1
