"""Miniature result files: a whole run in a few lines, each part of it replaceable."""

import json
from collections import Counter
from typing import Any

from reports.model import Report
from reports.reading import read

Line = dict[str, Any]

DIGEST = "sha256:" + "0f" * 32
TIME = "2026-01-02T03:04:05Z"
EXIT_CODES = {"conformant": 0, "nonconformant": 1, "error": 3, "stale": 4, "incomplete": 5}


def header(**changes: Any) -> Line:
    """Return the header of a run against an external broker."""
    line: Line = {
        "type": "header",
        "format": 1,
        "suite": {"name": "gazette-conformance", "version": "0.1.0"},
        "run_id": "7f3a",
        "started": TIME,
        "seed": 123,
        "command": ["gazette-conformance", "run", "--target", "127.0.0.1:1"],
        "profile": {"name": "gazette-0.101", "digest": DIGEST},
        "catalogue": {"digest": DIGEST, "requirements": 1},
        "target": {
            "kind": "external",
            "addresses": ["127.0.0.1:1"],
            "brokers": 1,
            "description": "acme broker",
        },
        "environment": {"python": "3.11.7", "platform": "Linux"},
        "expected": 1,
    }
    return line | changes


def requirement(name: str = "append.commits", outcome: str = "passed", **changes: Any) -> Line:
    """Return the line of the requirement `name`, with one test."""
    line: Line = {
        "type": "requirement",
        "id": name,
        "area": name.split(".", 1)[0],
        "level": "MUST",
        "sentence": f"The sentence of {name}.",
        "source": ["APPEND-001"],
        "outcome": outcome,
        "tests": [f"test_x.py::test_{name}"] if outcome in RUN else [],
    }
    if outcome not in {"passed", "failed", "error"}:
        line["reason"] = f"a reason for {outcome}"
    return line | changes


RUN = {"passed", "failed", "error", "known-failing"}


def case(name: str = "append.commits", outcome: str = "passed", **changes: Any) -> Line:
    """Return the line of the only test of the requirement `name`."""
    line: Line = {
        "type": "test",
        "test": f"test_x.py::test_{name}",
        "requirements": [name],
        "outcome": outcome,
        "known_failing": False,
        "started": TIME,
        "duration_s": 0.25,
    }
    if outcome == "failed":
        line["failure"] = failure(name)
    if outcome == "error":
        line["error"] = {"message": "the channel broke\nby itself", "phase": "setup"}
    return line | changes


def failure(name: str = "append.commits", **changes: Any) -> Line:
    """Return a failure of the requirement `name` with one call."""
    line: Line = {
        "requirement": name,
        "sentence": f"The sentence of {name}.",
        "expected": "status OK",
        "got": "status WRONG_APPEND_OFFSET",
        "message": "a message",
        "calls": [
            {
                "rpc": "Append",
                "target": "127.0.0.1:1",
                "requests": [{"journal": "a/journal", "offset": 4}, {"content": "eA=="}],
                "responses": [{"status": "WRONG_APPEND_OFFSET"}],
                "code": "OK",
                "details": "",
                "took_s": 0.01,
            }
        ],
        "rerun": f"gazette-conformance run --select {name} --seed 123",
    }
    return line | changes


def retry(outcome: str = "failed", **changes: Any) -> Line:
    """Return an attempt that did not count, as a journal moved."""
    line: Line = {"outcome": outcome, "message": "expected OK; got less", "moved": ["a/moved"]}
    return line | changes


def retried() -> list[Line]:
    """Return the lines of a run of which one test passed at its third attempt, one never."""
    moved = ["a/1", "a/2", "a/3", "a/4"]
    tests = [
        case("append.commits", retries=[retry(), retry("error", moved=moved)]),
        case("append.rejects", "failed", retries=[retry(message="expected no; got yes")]),
        case("append.plain"),
    ]
    requirements = [
        requirement("append.commits"),
        requirement("append.rejects", "failed"),
        requirement("append.plain"),
    ]
    return whole(tests, requirements, verdict="nonconformant")


def run(
    outcomes: dict[str, str] | None = None, *, verdict: str = "conformant", **changes: Any
) -> list[Line]:
    """Return the lines of a run with the given outcome per requirement; header takes `changes`."""
    outcomes = {"append.commits": "passed"} if outcomes is None else outcomes
    tests = [_test_of(name, outcome) for name, outcome in outcomes.items() if outcome in RUN]
    requirements = [requirement(name, outcome) for name, outcome in outcomes.items()]
    return whole(tests, requirements, verdict=verdict, **changes)


def _test_of(name: str, outcome: str) -> Line:
    if outcome == "known-failing":
        return case(name, "failed", known_failing=True)
    return case(name, outcome)


def whole(
    tests: list[Line], requirements: list[Line], *, verdict: str = "conformant", **changes: Any
) -> list[Line]:
    """Return the lines of a run of `tests` and `requirements`, with counts that agree."""
    catalogue = {"digest": DIGEST, "requirements": len(requirements)}
    head = header(**({"catalogue": catalogue, "expected": len(tests)} | changes))
    return [head, *tests, *requirements, footer(tests, requirements, verdict)]


def footer(tests: list[Line], requirements: list[Line], verdict: str) -> Line:
    """Return the footer that goes with the lines."""
    return {
        "type": "footer",
        "finished": TIME,
        "duration_s": 1.5,
        "counts": {
            "requirements": dict(Counter(line["outcome"] for line in requirements)),
            "tests": dict(Counter(line["outcome"] for line in tests)),
        },
        "verdict": verdict,
        "exit_code": EXIT_CODES[verdict],
        **({"retried": retried} if (retried := sum("retries" in line for line in tests)) else {}),
    }


def encoded(lines: list[Line]) -> list[bytes]:
    """Return the lines as a file holds them."""
    return [json.dumps(line).encode() for line in lines]


def content(lines: list[Line]) -> bytes:
    """Return the lines as the bytes of a file."""
    return b"".join(line + b"\n" for line in encoded(lines))


def report(outcomes: dict[str, str] | None = None, **changes: Any) -> Report:
    """Return `run(...)` as read back."""
    return read(encoded(run(outcomes, **changes)))


EVERY_OUTCOME = {
    "append.commits": "passed",
    "append.rejects": "failed",
    "append.breaks": "error",
    "read.known": "known-failing",
    "read.single": "not-applicable",
    "list.untested": "untested",
    "list.unselected": "not-run",
}
