"""What is told of the ways in which a test ends."""

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import NonconformanceError, TargetError
from conformance.plan import TestCase
from conformance.precondition import given
from conformance.report import SUITES, describe
from conformance.session import Session
from conformance.settings import Settings
from protocol.codecs import decode

CASE = TestCase("test_append.py::test_commit", ("append.commits-content",))


def _told(error: Exception | None) -> dict[str, Any]:
    def body() -> None:
        if error is not None:
            raise error

    session = Session(Settings(seed=1, run_id="r", profile="contract"))
    call = pytest.CallInfo.from_call(body, "call")
    return describe(CASE, call, session, started=None, told="")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "passed"),
        (NonconformanceError("an answer", "silence"), "failed"),
        (AssertionError("of the harness"), "error"),
        (TargetError("gone"), "error"),
        (KeyError("status"), "error"),
        (ExceptionGroup("flaky", [NonconformanceError("an answer", "now and then")]), "failed"),
    ],
)
def test_only_nonconformance_is_a_failure(error: Exception | None, outcome: str) -> None:
    """What a broker did wrong fails a test, and every other exception is an error."""
    assert _told(error)["outcome"] == outcome


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("[][0]", "failed"),
        ("{}['header']", "failed"),
        ("first, second = [1]", "failed"),
        ("next(iter(()))", "failed"),
        ("json.loads('<html>')", "failed"),
        ("Path('no/such/fragment').read_bytes()", "failed"),
        ("list(decode(2, [b'no gzip']))", "failed"),
        ("int('x')", "error"),
        ("1 / 0", "error"),
        ("given(None, 'a file root')", "error"),
    ],
)
def test_what_an_answer_lacks_is_a_failure(line: str, outcome: str) -> None:
    """A line of a suite that does not find what an answer should have fails its test."""
    code = compile(line, str(SUITES / "test_line.py"), "exec")
    with pytest.raises(Exception) as caught:  # noqa: PT011 - of any kind
        exec(code, {"json": json, "given": given, "decode": decode, "Path": Path})  # noqa: S102 - lines of this table
    told = _told(caught.value)
    assert told["outcome"] == outcome
    assert outcome == "error" or type(caught.value).__name__ in told["failure"]["got"]


def test_a_missing_precondition_is_an_error_of_the_harness() -> None:
    """A test that lacks what it was to be given tells so in a sentence, and judges nobody."""
    with pytest.raises(Exception, match="to be given") as caught:
        given(None, "a file root")
    told = _told(caught.value)
    assert told["outcome"] == "error"
    assert told["error"]["message"] == "PreconditionError: the test was to be given a file root"
    assert given(0, "a number") == 0
