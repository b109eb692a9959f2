"""The pytest plugin: usable by itself, and silent where nothing of the suites is run."""

import os
import subprocess
import sys
from pathlib import Path

OTHER = """
import pytest

@pytest.fixture
def target():
    return "their own"

def test_theirs(target):
    assert target == "their own"

@pytest.mark.skip
def test_skipped():
    raise AssertionError
"""
UNCITED = """
from conformance import requirement

@requirement("append.no-such-thing")
def test_of_nothing():
    pass
"""


def run_plugin(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs plain pytest with the plugin in `folder`, and no other plugin."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "conformance.plugin", *words],
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_other_peoples_tests_are_left_alone(tmp_path: Path) -> None:
    """Tests that are none of the suites' pass and skip as ever, with fixtures of the same names."""
    (tmp_path / "test_other.py").write_text(OTHER)
    done = run_plugin("-W", "error", "--strict-markers", folder=tmp_path)
    assert "1 passed, 1 skipped" in done.stdout, done.stdout + done.stderr


def test_suites_run_under_plain_pytest(mock: str, tmp_path: Path) -> None:
    """`pytest --pyargs` runs the suites from any folder against a given target."""
    words = ("--gazette-target", mock, "--gazette-select", "append.primary*", "--gazette-seed", "5")
    done = run_plugin("--pyargs", "conformance.suites", *words, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_failure_under_plain_pytest_tells_expected_and_got(hollow: str, tmp_path: Path) -> None:
    """A nonconforming broker fails the test with what was expected and got."""
    words = ("--gazette-target", hollow, "--gazette-select", "append.accepts*")
    done = run_plugin("--pyargs", "conformance.suites", *words, folder=tmp_path)
    assert done.returncode == 1
    assert "expected Apply to answer OK; got Apply ending UNIMPLEMENTED" in done.stdout


def test_unknown_citation_stops_the_run(tmp_path: Path) -> None:
    """A test that cites what the catalogue lacks is a usage error, before any test runs."""
    (tmp_path / "test_uncited.py").write_text(UNCITED)
    done = run_plugin(folder=tmp_path)
    assert done.returncode == 4
    assert "cites append.no-such-thing, which the catalogue lacks" in done.stderr + done.stdout
