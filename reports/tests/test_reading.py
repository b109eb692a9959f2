"""Reading a result file: the whole of it, or the one reason why not."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import errors
from reports.model import Report
from reports.reading import load, read
from reports.tests import factory


def test_a_run_is_read_whole() -> None:
    """Header, tests, requirements and footer are all in the report, in the order of the file."""
    report = factory.report(factory.EVERY_OUTCOME, verdict="nonconformant")

    assert [requirement.id for requirement in report.requirements] == list(factory.EVERY_OUTCOME)
    assert [test.outcome for test in report.tests] == ["passed", "failed", "error", "failed"]
    assert report.header.suite.pin == "0.1.0"
    assert report.header.started.isoformat() == "2026-01-02T03:04:05+00:00"
    assert report.footer.requirement_counts["not-run"] == 1
    assert report.areas == ("append", "read", "list")


def test_a_failure_is_read_with_its_calls() -> None:
    """A failed test carries what was expected, what came, and the decoded calls."""
    failure = factory.report({"append.x": "failed"}, verdict="nonconformant").tests[0].failure

    assert failure is not None
    assert failure.got == "status WRONG_APPEND_OFFSET"
    assert failure.calls[0].requests[0] == {"journal": "a/journal", "offset": 4}


def test_blank_lines_are_passed_over() -> None:
    """A blank line changes nothing."""
    lines = factory.encoded(factory.run())

    assert read([b"", *lines, b"  "]) == read(lines)


def test_a_file_is_named_in_its_errors(tmp_path: Path) -> None:
    """An error of a file begins with the file's name and the line."""
    path = tmp_path / "run.jsonl"
    path.write_bytes(b"{")

    with pytest.raises(errors.NotJsonError, match=r"^run\.jsonl:1: not JSON: "):
        load(path)


def test_a_missing_file_is_an_error_of_its_own(tmp_path: Path) -> None:
    """A file that is not there cannot be read."""
    with pytest.raises(errors.UnreadableError, match=r"^cannot read .*: No such file"):
        load(tmp_path / "none.jsonl")


def edited(edit: Callable[[list[factory.Line]], Any]) -> list[bytes]:
    """Return the lines of a small run after `edit`."""
    lines = factory.run({"append.x": "passed", "append.y": "failed"}, verdict="nonconformant")
    edit(lines)
    return factory.encoded(lines)


BROKEN: dict[str, tuple[list[bytes], type[errors.ResultsError], str]] = {
    "empty": ([], errors.EmptyError, "results: the file is empty"),
    "blank": ([b" \n"], errors.EmptyError, "results: the file is empty"),
    "not JSON": ([b"{]"], errors.NotJsonError, "results:1: not JSON: Expecting"),
    "not UTF-8": ([b'"\xff"'], errors.NotJsonError, "results:1: not JSON: 'utf-8' codec"),
    "no object": ([b"[1]"], errors.NotJsonError, "results:1: not a JSON object"),
    "NaN": ([b'{"a": NaN}'], errors.NotJsonError, "results:1: not JSON: NaN is no JSON number"),
    "too deep": ([b"[" * 9999], errors.NotJsonError, "results:1: not JSON: "),
    "deep": (
        [b"[" * 200 + b"]" * 200],
        errors.NotJsonError,
        "results:1: not JSON: nested too deep",
    ),
    "long number": ([b"9" * 9999], errors.NotJsonError, "results:1: not JSON: "),
    "key twice": (
        [b'{"type": "header", "type": "footer"}'],
        errors.NotJsonError,
        "results:1: not JSON: the key 'type' stands twice in one object",
    ),
    "no header": (
        edited(lambda lines: lines.pop(0)),
        errors.NoHeaderError,
        "results:1: the first line is not a header",
    ),
    "no footer": (
        edited(lambda lines: lines.pop()),
        errors.NoFooterError,
        "results: there is no footer: the run did not end",
    ),
    "header only": (
        edited(lambda lines: lines.__delitem__(slice(1, None))),
        errors.NoFooterError,
        "results: there is no footer: the run did not end",
    ),
    "other format": (
        edited(lambda lines: lines[0].update(format=2)),
        errors.UnknownFormatError,
        "results:1: the file has format 2, this version reads format 1",
    ),
    "unknown type": (
        edited(lambda lines: lines[1].update(type="note")),
        errors.MalformedError,
        "results:2: type is 'note' and not one of header, test, requirement, footer",
    ),
    "second header": (
        edited(lambda lines: lines.insert(1, lines[0])),
        errors.MalformedError,
        "results:2: a second header",
    ),
    "missing field": (
        edited(lambda lines: lines[0]["target"].pop("brokers")),
        errors.MalformedError,
        "results:1: target.brokers is missing",
    ),
    "wrong kind": (
        edited(lambda lines: lines[0].update(seed="1")),
        errors.MalformedError,
        "results:1: seed is not a whole number",
    ),
    "true is no number": (
        edited(lambda lines: lines[0].update(seed=True)),
        errors.MalformedError,
        "results:1: seed is not a whole number of 0 or more",
    ),
    "negative duration": (
        edited(lambda lines: lines[1].update(duration_s=-1)),
        errors.MalformedError,
        "results:2: duration_s is not a number of seconds of 0 or more",
    ),
    "endless duration": (
        edited(lambda lines: lines[1].update(duration_s=10**400)),
        errors.MalformedError,
        "results:2: duration_s is not a number of seconds of 0 or more",
    ),
    "no time": (
        edited(lambda lines: lines[0].update(started="yesterday")),
        errors.MalformedError,
        "results:1: started is not an ISO 8601 time with a zone: 'yesterday'",
    ),
    "time without zone": (
        edited(lambda lines: lines[0].update(started="2026-01-01T00:00:00")),
        errors.MalformedError,
        "results:1: started is not an ISO 8601 time with a zone: '2026-01-01T00:00:00'",
    ),
    "unknown outcome": (
        edited(lambda lines: lines[1].update(outcome="skipped")),
        errors.MalformedError,
        "results:2: outcome is 'skipped' and not one of passed, failed, error",
    ),
    "test of nothing": (
        edited(lambda lines: lines[1].update(requirements=[])),
        errors.MalformedError,
        "results:2: requirements names no requirement",
    ),
    "list of numbers": (
        edited(lambda lines: lines[1].update(requirements=[1])),
        errors.MalformedError,
        "results:2: requirements is not a list of strings",
    ),
    "failed without failure": (
        edited(lambda lines: lines[2].pop("failure")),
        errors.MalformedError,
        "results:3: failure is missing",
    ),
    "call that is none": (
        edited(lambda lines: lines[2]["failure"].update(calls=[7])),
        errors.MalformedError,
        "results:3: failure.calls[0] is not an object",
    ),
    "call without code": (
        edited(lambda lines: lines[2]["failure"]["calls"][0].pop("code")),
        errors.MalformedError,
        "results:3: failure.calls[0].code is missing",
    ),
    "test twice": (
        edited(lambda lines: lines.insert(1, lines[1])),
        errors.DuplicateError,
        "results:3: test test_x.py::test_append.x stands in the file twice",
    ),
    "requirement twice": (
        edited(lambda lines: lines.insert(4, lines[3])),
        errors.DuplicateError,
        "results:5: requirement append.x stands in the file twice",
    ),
    "wrong test count": (
        edited(lambda lines: lines[-1]["counts"]["tests"].update(passed=2)),
        errors.InconsistentError,
        "results: the footer counts 2 passed tests, the file holds 1",
    ),
    "missing requirement count": (
        edited(lambda lines: lines[-1]["counts"]["requirements"].pop("failed")),
        errors.InconsistentError,
        "results: the footer counts 0 failed requirements, the file holds 1",
    ),
    "attempt that passed": (
        edited(lambda lines: lines[1].update(retries=[factory.retry("passed")])),
        errors.MalformedError,
        "results:2: retries[0].outcome is 'passed' and not one of failed, error",
    ),
    "attempts nobody counted": (
        edited(lambda lines: lines[1].update(retries=[factory.retry()])),
        errors.InconsistentError,
        "results: the footer counts 0 tests made again, the file holds 1",
    ),
    "count without attempts": (
        edited(lambda lines: lines[-1].update(retried=2)),
        errors.InconsistentError,
        "results: the footer counts 2 tests made again, the file holds 0",
    ),
    "smaller catalogue": (
        edited(lambda lines: lines[0]["catalogue"].update(requirements=3)),
        errors.InconsistentError,
        "results: the header names 3 requirements, the file holds 2",
    ),
    "unknown requirement": (
        edited(lambda lines: lines[1].update(requirements=["append.z"])),
        errors.InconsistentError,
        "results: the test test_x.py::test_append.x cites append.z, which is not in the catalogue",
    ),
    "wrong exit code": (
        edited(lambda lines: lines[-1].update(exit_code=0)),
        errors.InconsistentError,
        "results: the verdict nonconformant does not go with exit code 0",
    ),
    "wrong verdict": (
        edited(lambda lines: lines[-1].update(exit_code=0, verdict="conformant")),
        errors.InconsistentError,
        "results: the verdict is conformant, but append.y is failed",
    ),
    "nothing ran": (
        factory.encoded(factory.run({"append.x": "not-run"})),
        errors.InconsistentError,
        "results: the verdict is conformant, but no test has passed",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_refused_in_one_sentence(case: str) -> None:
    """Each way to break a file has its kind of error, the line, and one sentence."""
    lines, kind, sentence = BROKEN[case]

    with pytest.raises(errors.ResultsError) as caught:
        read(lines)

    assert type(caught.value) is kind
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


def test_an_unmet_observation_leaves_a_broker_conformant() -> None:
    """OBSERVED and SHOULD requirements may fail in a conformant run, MUST may not."""
    tests = [factory.case("append.x"), factory.case("append.y", "failed")]
    requirements = [
        factory.requirement("append.x"),
        factory.requirement("append.y", "failed", level="OBSERVED"),
    ]

    report = read(factory.encoded(factory.whole(tests, requirements)))

    assert report.footer.verdict == "conformant"


def test_a_run_that_broke_early_needs_no_requirements() -> None:
    """With the verdict error the catalogue's lines may be missing."""
    lines = factory.whole([], [], verdict="error", catalogue={"digest": "", "requirements": 9})

    assert read(factory.encoded(lines)).requirements == ()


def test_text_of_a_report_is_printable() -> None:
    """Escape sequences, lone surrogates and direction marks arrive as visible escapes."""
    lines = factory.run(run_id="\x1b[31m\ud800\u202e\x00a\tb")

    assert read(factory.encoded(lines)).header.run_id == r"\x1b[31m\ud800\u202e\x00a" + "\tb"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(data=st.data())
def test_any_value_in_any_field_is_read_or_refused(data: st.DataObject) -> None:
    """No value of a field raises anything but an error of this package."""
    lines = factory.run(factory.EVERY_OUTCOME, verdict="nonconformant")
    line = data.draw(st.sampled_from(lines))
    inside: Any = line
    while True:
        keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(inside[key], dict | list) or not inside[key] or data.draw(st.booleans()):
            break
        inside = inside[key]
    inside[key] = data.draw(JSON)

    with suppress(errors.ResultsError):
        assert isinstance(read(factory.encoded(lines)), Report)


@given(lines=st.lists(st.binary() | JSON.map(lambda value: json.dumps(value).encode()), max_size=4))
def test_any_bytes_are_read_or_refused(lines: list[bytes]) -> None:
    """Garbage raises an error of this package."""
    with pytest.raises(errors.ResultsError):
        read(lines)
