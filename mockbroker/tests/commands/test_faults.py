"""The command `mockbroker faults`, and `mockbroker serve --faults`."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mockbroker.cli import main
from mockbroker.faults.catalogue import CATALOGUE
from mockbroker.tests.faults.plain import Client

SCENARIO = """
rules:
  - name: flaky
    rpc: Append
    journal: acme/*
    nth: 2
    action: {error: {code: UNAVAILABLE, details: not now}}
"""


def test_list_has_every_fault() -> None:
    """Every fault of the catalogue is told, with the RPC it wants."""
    lines = CliRunner().invoke(main, ["faults", "list", "--json"]).output.splitlines()

    assert [json.loads(line)["name"] for line in lines] == list(CATALOGUE)
    assert "lost-ack" in CliRunner().invoke(main, ["faults", "list"]).output


def test_check_tells_the_rules(tmp_path: Path) -> None:
    """A file that is right is told rule by rule."""
    (tmp_path / "right.yaml").write_text(SCENARIO)
    result = CliRunner().invoke(main, ["faults", "check", str(tmp_path / "right.yaml")])

    assert result.exit_code == 0
    assert result.output.startswith("flaky: Append of acme/*")


@pytest.mark.parametrize("command", [["faults", "check"], ["serve", "--faults"]])
def test_an_unknown_key_is_an_error_with_its_line(tmp_path: Path, command: list[str]) -> None:
    """What is no rule ends with exit code 2 and one sentence that says where it is."""
    file = tmp_path / "wrong.yaml"
    file.write_text(SCENARIO.replace("journal:", "jurnal:"))
    result = CliRunner().invoke(main, [*command, str(file)])

    assert result.exit_code == 2
    assert f"{file}:5:5: unknown key 'jurnal'" in result.output
    assert "did you mean 'journal'?" in result.output


@contextmanager
def served(*arguments: str) -> Iterator[dict[str, Any]]:
    """The ready line of a `mockbroker serve`, which ends with the block."""
    command = [sys.executable, "-m", "mockbroker", "serve", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def test_serve_has_the_faults_of_a_file(tmp_path: Path) -> None:
    """The rules of the file are in place when the first call comes."""
    (tmp_path / "right.yaml").write_text(SCENARIO)
    with served("--faults", str(tmp_path / "right.yaml")) as ready:
        client = Client(ready["brokers"][0]["address"])
        outcomes = [client.append("acme/none") for _ in range(3)]
        client.close()

    assert [o.code for o in outcomes] == ["OK", "UNAVAILABLE", "OK"]
    assert outcomes[1].details == "not now"
