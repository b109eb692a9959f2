"""Whether the script that a failure left tells a lying broker from an honest one."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from conformance.launch import LaunchPlan, launch
from conformance.target import TargetSpec

ENDS_WITHIN = 60.0
"""Seconds a script may take: it makes few calls, of ten seconds each at most."""


def reproduces(reproducer: Mapping[str, Any], liar: TargetSpec, plan: LaunchPlan) -> bool:
    """Whether a script ends 1 against the brokers of `liar`, and 0 against honest ones.

    Where it is for a private target, or ended the one it is for, one as `plan` tells is started.
    """
    with contextlib.ExitStack() as stack:
        if tuple(reproducer["addresses"]) != liar.addresses or not _serves(liar):
            brokers, key = len(reproducer["addresses"]), reproducer["key"] or None
            plan = plan.private(brokers=brokers, auth_key=key)
            liar = stack.enter_context(_launched(plan))
        honest = stack.enter_context(_launched(replace(plan, lie="")))
        return (_run(reproducer["text"], liar), _run(reproducer["text"], honest)) == (1, 0)


def _serves(spec: TargetSpec) -> bool:
    """Whether the first broker has lived on."""
    host, _, port = spec.addresses[0].rpartition(":")
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1.0):
        return True
    return False


@contextlib.contextmanager
def _launched(plan: LaunchPlan) -> Iterator[TargetSpec]:
    launched = launch(plan)
    try:
        yield launched.spec
    finally:
        launched.stop()


def _run(script: str, target: TargetSpec) -> int | None:
    words = [sys.executable, "-", *target.addresses]
    words += [word for place in target.http for word in ("--http", place)]
    words += ["--root", target.file_root] if target.file_root else []
    try:
        done = subprocess.run(  # noqa: S603 - our own script
            words, input=script.encode(), capture_output=True, timeout=ENDS_WITHIN, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    return done.returncode
