"""The lies that the mock broker offers."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from conformance.errors import ConfigurationError, ConformanceError

COMMAND = (sys.executable, "-m", "mockbroker", "lies", "--json")


@dataclass(frozen=True)
class Lie:
    """A wrong behaviour: its name, a sentence, the ids that must catch it, brokers it takes."""

    name: str
    sentence: str
    caught_by: tuple[str, ...]
    brokers: int


def learn(patterns: Sequence[str] = ()) -> tuple[Lie, ...]:
    """All lies, or those whose name matches one of `patterns`.

    Raises:
        ConformanceError: the mock broker does not tell them.
        ConfigurationError: a pattern matches none.
    """
    done = subprocess.run(COMMAND, capture_output=True, text=True, check=False)  # noqa: S603 - our own mock
    if done.returncode:
        raise ConformanceError(f"the mock broker does not tell its lies: {done.stderr.strip()}")
    lies = tuple(_parsed(line) for line in done.stdout.splitlines())
    for pattern in patterns:
        if not any(fnmatchcase(lie.name, pattern) for lie in lies):
            raise ConfigurationError(f"--lies {pattern} matches no lie")
    return tuple(
        lie
        for lie in lies
        if not patterns or any(fnmatchcase(lie.name, pattern) for pattern in patterns)
    )


def _parsed(line: str) -> Lie:
    told = json.loads(line)
    return Lie(told["name"], told["sentence"], tuple(told["caught_by"]), told["brokers"])
