"""One run of the suite as a frozen value; every report is a pure function of it.

Field names and meanings are those of `schema/results.schema.json`. All text is printable (see
`reports.printable`): a renderer has only its own markup to escape.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

Level = Literal["MUST", "SHOULD", "MAY", "OBSERVED"]
TestOutcome = Literal["passed", "failed", "error"]
Outcome = Literal[
    "failed", "error", "known-failing", "passed", "not-applicable", "untested", "not-run"
]
Verdict = Literal["conformant", "nonconformant", "stale", "incomplete", "error"]

LEVELS: tuple[Level, ...] = get_args(Level)
TEST_OUTCOMES: tuple[TestOutcome, ...] = get_args(TestOutcome)
NOT_PASSED: tuple[TestOutcome, ...] = ("failed", "error")
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
"""In the order of a reader's interest: what needs attention stands first."""
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
EXIT_CODES: Mapping[Verdict, int] = {
    "conformant": 0,
    "nonconformant": 1,
    "error": 3,
    "stale": 4,
    "incomplete": 5,
}
FORMAT = 1
"""The version of the result file that this package reads."""


@dataclass(frozen=True, slots=True)
class Named:
    """A part of the run with a name and what pins it: a version or a digest."""

    name: str
    pin: str


@dataclass(frozen=True, slots=True)
class Target:
    """The broker or brokers under test, as the run addressed them."""

    kind: str
    addresses: tuple[str, ...]
    brokers: int
    description: str


@dataclass(frozen=True, slots=True)
class Header:
    """What was going to be run, on what, with what.

    A failure counts against the target where its level is among `binding`.
    """

    suite: Named
    run_id: str
    started: datetime
    seed: int
    command: tuple[str, ...]
    profile: Named
    binding: tuple[Level, ...]
    catalogue_digest: str
    catalogue_size: int
    target: Target
    environment: Mapping[str, str]
    expected: int


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a failed test, with its messages decoded to JSON values."""

    rpc: str
    target: str
    requests: Sequence[Any]
    responses: Sequence[Any]
    code: str
    details: str
    took_s: float


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a test failed: the requirement broken, what it asks for, and what came instead."""

    requirement: str
    sentence: str
    expected: str
    got: str
    message: str
    calls: tuple[Call, ...]
    rerun: str

    @property
    def comment(self) -> str:
        """The message, or nothing where it only repeats what was expected and what came."""
        rest = self.message.replace(self.expected, "", 1).replace(self.got, "", 1)
        return "" if set(re.findall(r"\w+", rest)) <= {"expected", "got"} else self.message


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a test could not decide: something broke in `phase` before a verdict."""

    message: str
    phase: str
    where: str


@dataclass(frozen=True, slots=True)
class Retry:
    """An attempt at a test that did not count: the cluster moved the journals `moved` meanwhile."""

    outcome: TestOutcome
    message: str
    moved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Test:
    """One test that ended; `retries` are the attempts before the one that counts."""

    test: str
    requirements: tuple[str, ...]
    outcome: TestOutcome
    known_failing: bool
    started: datetime
    duration_s: float
    failure: Failure | None
    error: Fault | None
    retries: tuple[Retry, ...] = ()


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of the catalogue and what the run says about it."""

    id: str
    area: str
    level: Level
    sentence: str
    source: tuple[str, ...]
    outcome: Outcome
    reason: str
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Footer:
    """How the run ended; `retried` tests were made again."""

    finished: datetime
    duration_s: float
    requirement_counts: Mapping[Outcome, int]
    test_counts: Mapping[TestOutcome, int]
    verdict: Verdict
    exit_code: int
    reasons: tuple[str, ...]
    retried: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """One whole run; `requirements` are in the order of the file."""

    header: Header
    tests: tuple[Test, ...]
    requirements: tuple[Requirement, ...]
    footer: Footer

    @property
    def areas(self) -> tuple[str, ...]:
        """Areas of the catalogue, in order of first appearance."""
        return tuple(dict.fromkeys(requirement.area for requirement in self.requirements))
