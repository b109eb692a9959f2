"""What the result file tells of one phase of one test."""

import json
import shlex
import traceback
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.access import EVERYTHING
from conformance.errors import CapError, NonconformanceError
from conformance.launch import LaunchPlan
from conformance.patience import LOST, PATIENCE
from conformance.plan import TestCase
from conformance.reproducer import reproducer
from conformance.session import Session
from conformance.settings import Settings
from conformance.workspace import PREFIX
from protocol.codecs import CodecError

MESSAGE_LIMIT = 4000
SUITES = Path(__file__).parent / "suites"
"""Where tests are: what they fail to find in an answer, the broker has left out."""


def describe(
    case: TestCase,
    call: pytest.CallInfo[None],
    session: Session,
    *,
    started: datetime | None,
    told: str,
) -> dict[str, Any]:
    """The outcome of a phase as plain JSON values, which travel between processes.

    `told` is how pytest tells an error, which helps to find it in the harness.
    """
    phase = {
        "test": case.id,
        "requirements": list(case.requirements),
        "outcome": "passed",
        "started": _stamp(started or datetime.now(UTC)),
        "duration_s": round(call.duration, 4),
        LOST: PATIENCE.told(),
    }
    if call.excinfo is None:
        return {**phase, **session.remarks.as_json()}
    error = _first(call.excinfo.value)
    if call.when == "call" and _is_lacking(error):
        where = traceback.extract_tb(error.__traceback__)[-1].line
        lack = f"{type(error).__name__}: {error}, at: {where}"
        error = NonconformanceError("an answer with all that the test looks for", lack)
    if isinstance(error, CapError):
        return {**phase, "outcome": "not-run", "left": [str(error)]}
    if isinstance(error, NonconformanceError):
        return {**phase, "outcome": "failed", "failure": _failure(case, error, session)}
    message = f"{type(error).__name__}: {error}"[:MESSAGE_LIMIT]
    return {
        **phase,
        "outcome": "error",
        "error": {"message": message, "phase": call.when, "where": told[-MESSAGE_LIMIT:]},
    }


def _first(error: BaseException) -> BaseException:
    """The error, or what it was first of several: answers that differ when asked for again."""
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


def _is_lacking(error: BaseException) -> bool:
    """Whether an error is that an answer lacks what its test looks for, and no harness's own."""
    frames = traceback.extract_tb(error.__traceback__)
    in_suite = [Path(frame.filename).parent == SUITES for frame in frames]
    if isinstance(error, json.JSONDecodeError | CodecError | FileNotFoundError):
        return any(in_suite)
    unpacking = isinstance(error, ValueError) and "to unpack" in str(error)
    looking = unpacking or isinstance(error, LookupError | StopIteration)
    return looking and bool(in_suite) and in_suite[-1]


def _failure(case: TestCase, error: NonconformanceError, session: Session) -> dict[str, Any]:
    requirement = session.catalogue[case.requirements[0]]
    told = {
        "requirement": requirement.id,
        "sentence": requirement.sentence,
        "expected": error.expected[:MESSAGE_LIMIT],
        "got": error.got[:MESSAGE_LIMIT],
        "message": "\n".join([str(error), *getattr(error, "__notes__", ())])[:MESSAGE_LIMIT],
        "rerun": rerun(requirement.id, session),
    }
    prefix = f"{PREFIX}{session.settings.run_id}/"
    settings = session.settings
    secrets = {settings.launch.auth_key, settings.target.auth_key if settings.target else None}
    trace = session.trace
    found = reproducer(told, trace.steps, prefix, prepared=trace.prepared, secrets=secrets)
    calls = session.trace.as_json()
    return {**told, "calls": calls, "reproducer": asdict(found) if found else None}


def rerun(requirement: str, session: Session) -> str:
    """The command that checks just `requirement` again; secrets are left for the reader."""
    settings, spec = session.settings, session.settings.target
    words = ["gazette-conformance", "run", "--select", requirement, "--seed", str(settings.seed)]
    words += ["--profile", settings.profile]
    if spec is None or spec.kind != "external":
        return " ".join([*words, *_launch_words(settings.launch)])
    words += [word for address in spec.addresses for word in ("--target", address)]
    words += ["--auth-key", "…"] if spec.auth_key else []
    words += ["--token", "…"] if spec.token else []
    words += ["--file-root", spec.file_root] if spec.file_root else []
    return " ".join([*words, *_access_words(settings)])


def _access_words(settings: Settings) -> list[str]:
    """What keeps a rerun from reaching further into a target, or taking more, than the run did."""
    words = [] if settings.access == EVERYTHING else [f"--{settings.access}"]
    if settings.chosen_by is not None:
        words += ["--journals", shlex.quote(settings.chosen_by)]
    caps = {
        "--max-journals": settings.caps.journals,
        "--max-bytes": settings.caps.bytes,
        "--max-calls-per-second": settings.caps.calls,
    }
    told = {option: most for option, most in caps.items() if most is not None}
    return [*words, *(word for option, most in told.items() for word in (option, f"{most:.12g}"))]


def _launch_words(plan: LaunchPlan) -> list[str]:
    brokers = ["--brokers", str(plan.brokers)]
    if plan.kind == "gazette":
        binaries = ["--gazette-bin", plan.gazette_bin, "--etcd-bin", plan.etcd_bin]
        return ["--launch", "gazette", *binaries, *brokers]
    if plan.kind == "command":
        return ["--launch-command", shlex.quote(plan.command), *brokers]
    return brokers


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
