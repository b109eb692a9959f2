"""JUnit XML for build servers: one test case per test, and one per requirement nobody tested.

A failure is a `<failure>` element, a broken test an `<error>`. What did not run is `<skipped>`
with its reason, and so is a failure that is known or does not bind: build servers neither hide
nor redden those.
A run without a verdict carries one more case that says so.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from reports.calls import messages, outcome_line, shown
from reports.findings import STALE, Kind, findings
from reports.model import Failure, Report, Requirement, Test
from reports.retries import told
from reports.summary import headline

NO_VERDICT = ("error", "incomplete", "stale")


def render(report: Report) -> str:
    """Return the XML document for `report`."""
    root = Element("testsuites", name=report.header.suite.name)
    for area, cases in _areas(report).items():
        suite = SubElement(root, "testsuite", name=f"{report.header.suite.name}.{area}")
        _properties(suite, report)
        suite.extend(cases)
        _count(suite, cases, report)
    _totals(root, report)
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _areas(report: Report) -> dict[str, list[Element]]:
    area_of = {requirement.id: requirement.area for requirement in report.requirements}
    suites: dict[str, list[Element]] = {area: [] for area in report.areas}
    meanings = {test.test: kind for kind, tests in findings(report).items() for test in tests}
    for test in report.tests:
        area = area_of.get(test.requirements[0], "unknown")
        suites.setdefault(area, []).append(_test_case(test, area, meanings.get(test.test)))
    run = {name for test in report.tests for name in test.requirements}
    for requirement in report.requirements:
        if requirement.id not in run:
            suites[requirement.area].append(_untested_case(requirement))
    if report.footer.verdict in NO_VERDICT:
        suites.setdefault("run", []).append(_verdict_case(report))
    return {area: cases for area, cases in suites.items() if cases}


def _test_case(test: Test, area: str, kind: Kind | None) -> Element:
    case = _case(area, test.test, test.duration_s)
    properties = SubElement(case, "properties")
    for name in test.requirements:
        SubElement(properties, "property", name="requirement", value=name)
    for sentence in told(test):
        SubElement(properties, "property", name="retry", value=sentence)
    if test.failure and kind != "failure":
        SubElement(case, "skipped", message=f"{kind}: {test.failure.sentence}")
    elif test.failure:
        _element(
            case, "failure", test.failure.requirement, _first(test.failure), _body(test.failure)
        )
    elif test.error:
        sentence = test.error.message.split("\n", 1)[0]
        body = f"{test.error.message}\n{test.error.where}".rstrip()
        _element(case, "error", f"error in {test.error.phase}", sentence, body)
    elif kind == "stale":
        _element(case, "failure", "stale known-failing entry", STALE, STALE)
    return case


def _untested_case(requirement: Requirement) -> Element:
    case = _case(requirement.area, requirement.id, 0)
    reason = f": {requirement.reason}" if requirement.reason else ""
    SubElement(case, "skipped", message=requirement.outcome + reason)
    return case


def _verdict_case(report: Report) -> Element:
    case = _case("run", "verdict", report.footer.duration_s)
    reasons = "\n".join([headline(report), *report.footer.reasons])
    _element(case, "error", report.footer.verdict, headline(report), reasons)
    return case


def _case(area: str, name: str, seconds: float) -> Element:
    return Element("testcase", classname=area, name=name, time=f"{seconds:.3f}")


def _element(case: Element, tag: str, kind: str, message: str, body: str) -> None:
    SubElement(case, tag, type=kind, message=message).text = body


def _first(failure: Failure) -> str:
    return failure.message or f"expected {failure.expected}, got {failure.got}"


def _body(failure: Failure) -> str:
    return "\n".join(_body_lines(failure))


def _body_lines(failure: Failure) -> Iterator[str]:
    yield f"{failure.requirement}: {failure.sentence}"
    if failure.comment:
        yield failure.comment
    yield f"expected: {failure.expected}"
    yield f"got: {failure.got}"
    calls, note = shown(failure.calls)
    if note:
        yield note
    for call in calls:
        yield f"{call.rpc} {call.target} {outcome_line(call)}"
        for message in messages(call):
            yield f"  {message.arrow} {message.text}"
    yield f"rerun: {failure.rerun}"


def _properties(suite: Element, report: Report) -> None:
    header = report.header
    properties = SubElement(suite, "properties")
    for name, value in (
        ("run_id", header.run_id),
        ("seed", str(header.seed)),
        ("target", ", ".join(header.target.addresses)),
        ("target.kind", header.target.kind),
        ("profile", header.profile.name),
        ("profile.digest", header.profile.pin),
        ("catalogue.digest", header.catalogue_digest),
        ("suite.version", header.suite.pin),
        ("verdict", report.footer.verdict),
        ("retried", str(report.footer.retried)),
    ):
        SubElement(properties, "property", name=name, value=value)


def _count(suite: Element, cases: list[Element], report: Report) -> None:
    suite.set("tests", str(len(cases)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{sum(float(case.get('time', 0)) for case in cases):.3f}")
    suite.set("timestamp", report.header.started.replace(tzinfo=None).isoformat("T", "seconds"))


def _totals(root: Element, report: Report) -> None:
    for attribute in ("tests", "failures", "errors", "skipped"):
        root.set(attribute, str(sum(int(suite.get(attribute, 0)) for suite in root)))
    root.set("time", f"{report.footer.duration_s:.3f}")
