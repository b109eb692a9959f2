"""From the lines of a result file to one frozen `Report`, or the one reason why not."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from reports.errors import (
    DuplicateError,
    EmptyError,
    InconsistentError,
    MalformedError,
    NoFooterError,
    NoHeaderError,
    NotJsonError,
    UnknownFormatError,
    UnreadableError,
)
from reports.fields import Fields
from reports.lines import read_footer, read_header, read_requirement, read_test
from reports.model import EXIT_CODES, FORMAT, Footer, Header, Report, Requirement, Test
from reports.printable import printable_json

TYPES = ("header", "test", "requirement", "footer")


def load(path: Path) -> Report:
    """Return the report in the file at `path`.

    Raises:
        UnreadableError: The file cannot be read.
        ResultsError: Its content breaks the contract; see `read`.
    """
    return read(content_of(path).splitlines(), source=path.name)


def content_of(path: Path) -> bytes:
    """Return the bytes of the file at `path`.

    Raises:
        UnreadableError: The file cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableError(f"cannot read {path}: {error.strerror or error}") from error


def read(lines: Iterable[bytes], *, source: str = "results") -> Report:
    """Return the report that `lines`, one JSON object each, amount to.

    Blank lines are passed over. `source` names the lines in errors.

    Raises:
        ResultsError: One of its kinds says what is wrong and in which line.
    """
    objects = list(_objects(lines, source))
    if not objects:
        raise EmptyError("the file is empty", source=source)
    header = _header(objects[0], source)
    tests, requirements = _body(objects[1:-1], source)
    number, last = objects[-1]
    if _type(number, last, source) != "footer" or len(objects) == 1:
        raise NoFooterError("there is no footer: the run did not end", source=source)
    footer = read_footer(Fields(last, source=source, line=number))
    report = Report(header, tuple(tests.values()), tuple(requirements.values()), footer)
    for problem in contradictions(report):
        raise InconsistentError(problem, source=source)
    return report


def _objects(lines: Iterable[bytes], source: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, _object(number, line, source)


def _object(number: int, line: bytes, source: str) -> dict[str, Any]:
    try:
        value = printable_json(
            json.loads(
                line.decode(), parse_constant=_no_constant, object_pairs_hook=_without_doubles
            )
        )
    except (ValueError, RecursionError) as error:
        reason = (
            "nested too deep" if isinstance(error, RecursionError) else str(error).split("\n")[0]
        )
        raise NotJsonError(f"not JSON: {reason}", source=source, line=number) from error
    if not isinstance(value, dict):
        raise NotJsonError("not a JSON object", source=source, line=number)
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        doubled = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f"the key {doubled!r} stands twice in one object")
    return found


def _type(number: int, value: dict[str, Any], source: str) -> str:
    return Fields(value, source=source, line=number).choice("type", TYPES)


def _header(item: tuple[int, dict[str, Any]], source: str) -> Header:
    number, value = item
    if value.get("type") != "header":
        raise NoHeaderError("the first line is not a header", source=source, line=number)
    fields = Fields(value, source=source, line=number)
    if fields.whole("format") != FORMAT:
        raise UnknownFormatError(
            f"the file has format {value['format']}, this version reads format {FORMAT}",
            source=source,
            line=number,
        )
    return read_header(fields)


def _body(
    items: list[tuple[int, dict[str, Any]]], source: str
) -> tuple[dict[str, Test], dict[str, Requirement]]:
    tests: dict[str, Test] = {}
    requirements: dict[str, Requirement] = {}
    for number, value in items:
        kind = _type(number, value, source)
        fields = Fields(value, source=source, line=number)
        if kind == "test":
            test = read_test(fields)
            _once(test.test, tests, f"test {test.test}", (source, number))
            tests[test.test] = test
        elif kind == "requirement":
            requirement = read_requirement(fields)
            name = f"requirement {requirement.id}"
            _once(requirement.id, requirements, name, (source, number))
            requirements[requirement.id] = requirement
        else:
            raise MalformedError(f"a second {kind}", source=source, line=number)
    return tests, requirements


def _once(key: str, seen: Iterable[str], name: str, at: tuple[str, int]) -> None:
    if key in seen:
        raise DuplicateError(f"{name} stands in the file twice", source=at[0], line=at[1])


def contradictions(report: Report) -> Iterator[str]:
    """Yield a sentence for each way in which header, lines and footer disagree."""
    yield from _wrong_counts(report)
    yield from _wrong_retries(report)
    yield from _unknown_requirements(report)
    yield from _wrong_verdict(report, report.footer)


def _wrong_counts(report: Report) -> Iterator[str]:
    footer = report.footer
    for kind, stated, found in (
        ("tests", footer.test_counts, Counter(test.outcome for test in report.tests)),
        (
            "requirements",
            footer.requirement_counts,
            Counter(r.outcome for r in report.requirements),
        ),
    ):
        for outcome in dict.fromkeys([*stated, *found]):
            if stated.get(outcome, 0) != found[outcome]:
                yield (
                    f"the footer counts {stated.get(outcome, 0)} {outcome} {kind}, "
                    f"the file holds {found[outcome]}"
                )
    size = report.header.catalogue_size
    if len(report.requirements) != size and footer.verdict != "error":
        yield f"the header names {size} requirements, the file holds {len(report.requirements)}"


def _wrong_retries(report: Report) -> Iterator[str]:
    stated, found = report.footer.retried, sum(bool(test.retries) for test in report.tests)
    if stated != found:
        yield f"the footer counts {stated} tests made again, the file holds {found}"


def _unknown_requirements(report: Report) -> Iterator[str]:
    known = {requirement.id for requirement in report.requirements}
    for test in report.tests:
        for cited in test.requirements:
            if known and cited not in known:
                yield f"the test {test.test} cites {cited}, which is not in the catalogue"


def _wrong_verdict(report: Report, footer: Footer) -> Iterator[str]:
    if footer.exit_code != EXIT_CODES[footer.verdict]:
        yield f"the verdict {footer.verdict} does not go with exit code {footer.exit_code}"
    if footer.verdict == "conformant":
        if not any(test.outcome == "passed" for test in report.tests):
            yield "the verdict is conformant, but no test has passed"
        for requirement in report.requirements:
            if requirement.outcome == "error" or (
                requirement.outcome == "failed" and requirement.level in report.header.binding
            ):
                yield f"the verdict is conformant, but {requirement.id} is {requirement.outcome}"
