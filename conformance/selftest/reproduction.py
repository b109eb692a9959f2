"""Whether the script that a failure left tells a lying broker from an honest one."""

import subprocess
import sys

from conformance.launch import LaunchPlan, launch

ENDS_WITHIN = 60.0
"""Seconds a script may take: it makes few calls, of ten seconds each at most."""


def reproduces(script: str, liar: str, plan: LaunchPlan) -> bool:
    """Whether `script` ends 1 against the broker at `liar`, and 0 against one of `plan`."""
    honest = launch(plan)
    try:
        return (_run(script, liar), _run(script, honest.spec.addresses[0])) == (1, 0)
    finally:
        honest.stop()


def _run(script: str, target: str) -> int | None:
    words = [sys.executable, "-c", script, target]
    try:
        done = subprocess.run(words, capture_output=True, timeout=ENDS_WITHIN, check=False)  # noqa: S603 - our own script
    except subprocess.TimeoutExpired:
        return None
    return done.returncode
