"""The published schema of result files."""

import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from reports.model import EXIT_CODES, LEVELS, OUTCOMES, TEST_OUTCOMES, VERDICTS
from reports.tests import factory

SCHEMA = json.loads((files("reports") / "schema" / "results.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_one() -> None:
    """The schema itself is valid JSON Schema 2020-12."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_line_of_a_run_fits() -> None:
    """Header, tests of all outcomes, requirements of all outcomes and footer are valid."""
    for line in factory.run(factory.EVERY_OUTCOME, verdict="nonconformant"):
        VALIDATOR.validate(line)


def test_tests_that_were_made_again_fit() -> None:
    """Earlier attempts and how many tests have them are valid, and nobody needs to have them."""
    for line in factory.retried():
        VALIDATOR.validate(line)


def test_the_words_are_those_of_the_model() -> None:
    """Levels, outcomes and verdicts of schema and model are the same sets."""
    definitions = SCHEMA["$defs"]

    def enum(line: str, field: str) -> set[str]:
        return set(definitions[line]["properties"][field]["enum"])

    assert enum("requirement", "level") == set(LEVELS)
    assert enum("requirement", "outcome") == set(OUTCOMES)
    assert enum("test", "outcome") == set(TEST_OUTCOMES)
    assert enum("footer", "verdict") == set(VERDICTS) == set(EXIT_CODES)
    assert {int(code) for code in enum("footer", "exit_code")} == set(EXIT_CODES.values())


OPEN = [
    ("header", ("target", "zone"), "zone-0"),
    ("header", ("environment", "etcd"), "3.5"),
    ("test", ("failure", "calls", 0, "requests", 0, "anything"), {"a": [None, 1.5]}),
]


@pytest.mark.parametrize(("kind", "path", "value"), OPEN)
def test_documented_places_take_more_keys(kind: str, path: tuple[Any, ...], value: Any) -> None:
    """What the schema's description calls open takes keys that are not named."""
    line = {"header": factory.header(), "test": factory.case(outcome="failed")}[kind]
    put(line, path, value)

    VALIDATOR.validate(line)


def put(line: Any, path: tuple[Any, ...], value: Any) -> None:
    """Set the value at `path` within `line`."""
    for step in path[:-1]:
        line = line[step]
    line[path[-1]] = value


LINES: dict[str, Callable[[], factory.Line]] = {
    "header": factory.header,
    "passed": factory.case,
    "failed": lambda: factory.case(outcome="failed"),
    "errored": lambda: factory.case(outcome="error"),
    "requirement": factory.requirement,
    "untested": lambda: factory.requirement(outcome="untested"),
    "footer": lambda: factory.run()[-1],
}
REFUSED = [
    ("header", ("format",), 2),
    ("header", ("colour",), "red"),
    ("header", ("seed",), -1),
    ("header", ("started",), "2026-01-02 03:04"),
    ("header", ("profile", "digest"), "md5:00"),
    ("header", ("target", "kind"), "real"),
    ("passed", ("failure",), factory.failure()),
    ("passed", ("requirements",), []),
    ("passed", ("outcome",), "failed"),
    ("failed", ("outcome",), "error"),
    ("passed", ("retries",), []),
    ("passed", ("retries",), [factory.retry("passed")]),
    ("failed", ("retries",), [factory.retry(moved=[])]),
    ("footer", ("retried",), 0),
    ("failed", ("failure", "calls", 0, "code"), 5),
    ("failed", ("failure", "diff"), ""),
    ("errored", ("error", "phase"), "later"),
    ("requirement", ("id",), "APPEND-001"),
    ("requirement", ("outcome",), "untested"),
    ("untested", ("reason",), ""),
    ("footer", ("exit_code",), 1),
    ("footer", ("counts", "tests", "skipped"), 1),
]


@pytest.mark.parametrize(("kind", "path", "value"), REFUSED)
def test_everything_else_is_closed(kind: str, path: tuple[Any, ...], value: Any) -> None:
    """One wrong or unknown value makes a line invalid that is valid without it."""
    line = LINES[kind]()
    VALIDATOR.validate(line)
    put(line, path, value)

    assert not VALIDATOR.is_valid(line)
