"""Runs `gazette-conformance` as users do: in a process of its own, from a folder of its own."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


def start(*words: str, folder: Path) -> subprocess.Popen[str]:
    """Starts the command in `folder`."""
    return subprocess.Popen(
        [sys.executable, "-m", "conformance", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def conform(*words: str, folder: Path) -> Ended:
    """Runs the command in `folder` to its end."""
    process = start(*words, folder=folder)
    out, err = process.communicate(timeout=120)
    return Ended(process.returncode, out, err)
