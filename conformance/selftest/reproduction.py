"""Whether the script that a failure left tells a lying broker from an honest one."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.launch import CommandTarget, LaunchPlan

ENDS_WITHIN = 90.0
"""Seconds a script may take: it makes few calls, of ten seconds each at most."""
RACES = 3
"""Runs of a script whose calls race, as its reader is told to make several."""


def reproduces(reproducer: Mapping[str, Any], plan: LaunchPlan) -> bool:
    """Whether a script ends 1 at fresh brokers as `plan` tells, which lie, and 0 at honest ones.

    The brokers that it was written of may have been left in any state.
    """
    plan = plan.private(brokers=len(reproducer["addresses"]), auth_key=reproducer["key"] or None)
    text, tries = reproducer["text"], RACES if reproducer["races"] else 1
    told = any(_run(text, plan) == 1 for _ in range(tries))
    return told and _run(text, replace(plan, lie="")) == 0


def _run(script: str, plan: LaunchPlan) -> int | None:
    launched = CommandTarget(plan)
    try:
        words = [sys.executable, "-", *launched.spec.addresses, "--control", launched.control]
        words += [word for place in launched.spec.http for word in ("--http", place)]
        words += ["--root", launched.spec.file_root or ""]
        done = subprocess.run(  # noqa: S603 - our own script
            words, input=script.encode(), capture_output=True, timeout=ENDS_WITHIN, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    finally:
        launched.stop()
    return done.returncode
