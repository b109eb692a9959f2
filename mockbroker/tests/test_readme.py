"""What the README shows of the mock runs as it stands there."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mockbroker.faults.scenario import read_scenario

README = (Path(__file__).parents[2] / "README.md").read_text()


def block(language: str, begin: str) -> str:
    """The first code block of `language` after the text `begin`."""
    _, _, rest = README.partition(begin)
    _, _, code = rest.partition(f"```{language}\n")
    return code.partition("```")[0]


def test_the_example_in_python_runs(tmp_path: Path) -> None:
    """It prints the status that its fault gives, then that of the broker, and the fault's hits."""
    script = tmp_path / "example.py"
    script.write_text(block("python", "<!-- mock example -->"))
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["ETCD_TRANSACTION_FAILED", "OK", "1"]


def test_the_scenario_is_one() -> None:
    """Its one rule is a fault of the catalogue."""
    (rule,) = read_scenario(block("yaml", "mockbroker serve --brokers 3")).rules
    assert rule.name == "lost-ack"


@pytest.mark.parametrize(
    "line",
    [line.partition("#")[0] for line in README.splitlines() if line.startswith("mockbroker serve")],
)
def test_commands_start(line: str, tmp_path: Path) -> None:
    """The command serves as many brokers as it says, and tells its control URL."""
    (tmp_path / "faults.yaml").write_text(block("yaml", "mockbroker serve --brokers 3"))
    command = [sys.executable, "-m", *line.split()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=tmp_path) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        process.terminate()
    assert len(ready["brokers"]) == 3
    assert ready["control"].startswith("http://127.0.0.1:")
    assert process.returncode == 0
