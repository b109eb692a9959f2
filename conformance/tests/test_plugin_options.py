"""The options of the pytest plugin: those for brokers in use are the command's, and do the same."""

from pathlib import Path
from typing import Any

import pytest

from conformance.access import READ_ONLY, RPCS
from conformance.cli import cli
from conformance.errors import ConfigurationError
from conformance.launch import LaunchPlan, launch
from conformance.launch.process import free_ports
from conformance.limits import IN_USE, Caps
from conformance.options import IN_USE_OPTIONS
from conformance.plugin_options import PREFIX, add_options, as_told, settings_of
from conformance.target import Target
from conformance.tests.recording import recorded
from conformance.tests.test_plugin import run_plugin
from conformance.workspace import Workspace


def parsed(*words: str) -> Any:
    """The options that pytest reads from a command line."""
    parser = pytest.Parser(_ispytest=True)
    add_options(parser)
    return parser.parse(words)


def test_the_command_has_the_same_options() -> None:
    """Each option for brokers in use is one of `run`, and one of pytest by a longer name."""
    of_run = {name for option in cli.commands["run"].params for name in option.opts}
    option = parsed()
    for name in IN_USE_OPTIONS:
        assert name in of_run
        assert hasattr(option, name.replace("--", "gazette-").replace("-", "_"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["read-only", "no-apply"], "--gazette-read-only does not go with --gazette-no-apply"),
        (["no-apply"], "--gazette-no-apply needs --gazette-journals, the journals it may"),
        (["journals=a=b"], "--gazette-journals goes with --gazette-read-only or --gazette-no-app"),
        (["max-journals=3"], "--gazette-max-journals goes with --gazette-read-only"),
        (["read-only"], "--gazette-read-only needs a --gazette-target"),
    ],
)
def test_contradictions_are_told_by_the_names_of_the_options(
    words: list[str], sentence: str
) -> None:
    """What the command refuses is refused, in the same sentence with other names."""
    with pytest.raises(ConfigurationError) as caught:
        settings_of(parsed(*(PREFIX + word for word in words)))
    assert as_told(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("max-bytes=64MB", "'64MB' is no size, such as 1048576"),
        ("max-journals=0", "0 is not in the range x>=1"),
        ("max-calls-per-second=many", "'many' is not a valid float"),
    ],
)
def test_values_that_are_none_are_refused(word: str, sentence: str) -> None:
    """Numbers are read as the command reads them."""
    with pytest.raises(pytest.UsageError, match=sentence):
        parsed(PREFIX + word)


def test_a_reading_run_looks_at_the_same_as_the_command(mock: str) -> None:
    """Access, journals and caps are what the command makes of the options."""
    words = ("read-only", "journals=prefix=none/", f"target={mock}", "max-bytes=2KiB")
    with pytest.raises(ConfigurationError, match="--journals prefix=none/ matches no journal"):
        settings_of(parsed(*(PREFIX + word for word in words)))
    settings = settings_of(parsed(f"{PREFIX}read-only", *(PREFIX + word for word in words[2:])))
    assert settings.access == READ_ONLY
    assert settings.caps == Caps(IN_USE.journals, 2048, IN_USE.calls)
    assert settings.target is not None


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "2")])
def test_plain_pytest_only_reads(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """With `--gazette-read-only` nothing is sent that changes the target, by any process."""
    launched = launch(LaunchPlan())
    target = Target(launched.spec, exact_texts=False)
    try:
        Workspace(target, "r", "somebody's").journal().append(b"a line\n").ok()
        with recorded(launched.spec.addresses[0]) as (address, recording):
            words = ("read-only", f"target={address}", "max-calls-per-second=500", "select=list.*")
            given = [*(PREFIX + word for word in words), *workers]
            done = run_plugin("--pyargs", "conformance.suites", *given, folder=tmp_path)
    finally:
        target.close()
        launched.stop()
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert set(recording.calls) <= RPCS[READ_ONLY]
    assert recording.calls["List"] > 5


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "2")])
def test_wrong_options_end_pytest_with_one_sentence(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    """A contradiction is a usage error and a dead target ends 3, whatever runs the tests."""
    done = run_plugin(
        "--pyargs", "conformance.suites", f"{PREFIX}no-apply", *workers, folder=tmp_path
    )
    assert done.returncode == 4, done.stdout + done.stderr
    assert "--gazette-no-apply needs --gazette-journals" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    dead = f"{PREFIX}target=127.0.0.1:{free_ports(1)[0]}"
    done = run_plugin("--pyargs", "conformance.suites", dead, *workers, folder=tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "cannot reach 127.0.0.1" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
