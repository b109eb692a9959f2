"""The result file: JSON Lines, written as tests end, closed by a footer."""

import platform
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from conformance.catalogue import Catalogue
from conformance.json_lines import JsonLines
from conformance.profile import Profile
from conformance.settings import Settings
from conformance.target import TargetSpec
from conformance.verdict import Run, Verdict

FORMAT = 1
_SECRET_OPTIONS = ("--auth-key", "--token")


class ResultFile(JsonLines):
    """Writes results to `path`. Without a footer a file tells of a run that was cut short."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._began = time.monotonic()

    def header(
        self,
        settings: Settings,
        *,
        target: TargetSpec,
        profile: Profile,
        catalogue: Catalogue,
        command: list[str],
        expected: int,
    ) -> None:
        """Writes the first line: what was run against what."""
        self.write(
            type="header",
            format=FORMAT,
            suite={"name": "gazette-conformance", "version": version("gazette-conformance")},
            run_id=settings.run_id,
            started=_now(),
            seed=settings.seed,
            command=without_secrets(command),
            profile={
                "name": profile.name,
                "digest": profile.digest,
                "binding": list(profile.binding),
            },
            catalogue={"digest": catalogue.digest, "requirements": len(catalogue)},
            target=_described(target, settings),
            environment=_environment(),
            expected=expected,
        )

    def test(self, result: Mapping[str, Any], *, known_failing: bool) -> None:
        """Writes the result of one test."""
        self.write(type="test", **{**result, "known_failing": known_failing})

    def end(self, run: Run, verdict: Verdict) -> None:
        """Writes a line for every requirement, and the footer."""
        tests = _tests_by_requirement(run)
        for each, found in verdict.outcomes.items():
            requirement = run.catalogue[each]
            self.write(
                type="requirement",
                id=each,
                area=requirement.area,
                level=requirement.level,
                sentence=requirement.sentence,
                source=list(requirement.source),
                outcome=found.outcome,
                reason=found.reason,
                tests=tests.get(each, []),
            )
        self.write(
            type="footer",
            finished=_now(),
            duration_s=round(time.monotonic() - self._began, 3),
            counts=counts(run, verdict),
            **({"retried": len(run.retried)} if run.retried else {}),
            verdict=verdict.name,
            exit_code=verdict.exit_code,
            reasons=list(verdict.reasons),
        )


def counts(run: Run, verdict: Verdict) -> dict[str, dict[str, int]]:
    """How many requirements and tests had which outcome."""
    return {
        "requirements": dict(Counter(found.outcome for found in verdict.outcomes.values())),
        "tests": dict(Counter(run.outcomes.values())),
    }


def without_secrets(command: list[str]) -> list[str]:
    """The words of a command line with the values of keys and tokens replaced."""
    shown = list(command)
    for index, word in enumerate(command):
        option, equals, _ = word.partition("=")
        if option in _SECRET_OPTIONS and equals:
            shown[index] = f"{option}=***"
        elif index and command[index - 1] in _SECRET_OPTIONS:
            shown[index] = "***"
    return shown


def _tests_by_requirement(run: Run) -> dict[str, list[str]]:
    tests: dict[str, list[str]] = {}
    for test in run.expected:
        for each in test.requirements:
            tests.setdefault(each, []).append(test.id)
    return tests


def _described(target: TargetSpec, settings: Settings) -> dict[str, Any]:
    mode = settings.mode
    return {
        "kind": target.kind,
        "addresses": list(target.addresses),
        "brokers": len(target.addresses),
        "description": "; ".join(each for each in (target.description, mode) if each),
        "access": settings.access,
        "caps": asdict(settings.caps),
    }


def _environment() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "grpcio": version("grpcio"),
        "protobuf": version("protobuf"),
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
