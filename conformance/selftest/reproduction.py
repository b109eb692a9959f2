"""Whether the script that a failure left tells a lying broker from an honest one."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.launch import CommandTarget, LaunchPlan

ENDS_WITHIN = 90.0
"""Seconds a script may take: it makes few calls, of ten seconds each at most."""


def reproduces(reproducer: Mapping[str, Any], plan: LaunchPlan) -> bool:
    """Whether a script ends 1 at fresh brokers as `plan` tells, which lie, and 0 at honest ones.

    The brokers that it was written of may have been left in any state.
    """
    plan = plan.private(brokers=len(reproducer["addresses"]), auth_key=reproducer["key"] or None)
    return [_run(reproducer["text"], each) for each in (plan, replace(plan, lie=""))] == [1, 0]


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
