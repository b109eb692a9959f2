"""The README's commands of the suite are commands, and its options are options."""

import shlex
from pathlib import Path

import click
import pytest

from conformance.catalogue import load
from conformance.cli import cli
from conformance.profile import load_profile

README = (Path(__file__).parents[2] / "README.md").read_text()
COMMANDS = [
    shlex.split(line.partition("  #")[0])[1:]
    for line in README.splitlines()
    if line.startswith("gazette-conformance ")
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_commands_exist_with_their_options(words: list[str]) -> None:
    """Every command line of the README names a command, and only options that it has."""
    command = cli.commands[words[0]]
    known = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words[1:] if word.startswith("-")} <= known
    assert isinstance(command, click.Command)


def test_ids_and_profiles_exist() -> None:
    """The ids that it explains, and the profiles that it names, are there."""
    for words in COMMANDS:
        if words[0] == "explain":
            assert words[1] in load()
        if "--profile" in words:
            name = words[words.index("--profile") + 1]
            assert load_profile(name).name == name
