"""JUnit XML, parsed back as a build server does."""

from xml.etree import ElementTree as ET

from reports import junit
from reports.reading import read
from reports.tests import factory


def parsed(lines: list[factory.Line]) -> ET.Element:
    """Return the root of the document for a run."""
    page = junit.render(read(factory.encoded(lines)))
    return ET.fromstring(page)  # noqa: S314 - written by the code under test


ALL = parsed(factory.run(factory.EVERY_OUTCOME, verdict="nonconformant"))


def case(root: ET.Element, name: str) -> ET.Element:
    """Return the case whose name ends with `name`."""
    return next(case for case in root.iter("testcase") if case.get("name", "").endswith(name))


def test_outcomes_are_real_elements() -> None:
    """A failure is a failure element, an error an error element, the rest is skipped or bare."""
    found = {
        element.get("name", "").rsplit("test_", 1)[-1]: [
            child.tag for child in element if child.tag != "properties"
        ]
        for element in ALL.iter("testcase")
    }

    assert found == {
        "append.commits": [],
        "append.rejects": ["failure"],
        "append.breaks": ["error"],
        "read.known": ["skipped"],
        "read.single": ["skipped"],
        "list.untested": ["skipped"],
        "list.unselected": ["skipped"],
    }


def test_counts_agree_with_the_cases() -> None:
    """Counts of each suite and of the whole are those of the elements in it."""
    for suite in (ALL, *ALL.iter("testsuite")):
        cases = list(suite.iter("testcase"))
        assert suite.get("tests") == str(len(cases))
        for attribute, tag in (
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ):
            assert suite.get(attribute) == str(len(list(suite.iter(tag))))


def test_suites_are_areas_with_properties() -> None:
    """Each area is a suite that carries seed, target and profile."""
    suite = next(ALL.iter("testsuite"))
    properties = {p.get("name"): p.get("value") for p in suite.findall("properties/property")}

    assert suite.get("name") == "gazette-conformance.append"
    assert suite.get("timestamp") == "2026-01-02T03:04:05"
    assert properties["seed"] == "123"
    assert properties["target"] == "127.0.0.1:1"
    assert properties["profile"] == "gazette-0.101"


def test_a_case_names_its_requirements() -> None:
    """The requirements of a test are properties of its case."""
    found = case(ALL, "append.commits").findall("properties/property")

    assert [(p.get("name"), p.get("value")) for p in found] == [("requirement", "append.commits")]


def test_a_failure_holds_the_trace() -> None:
    """The text of a failure has expected, got, the calls and the command that reruns it."""
    failure = case(ALL, "append.rejects").find("failure")

    assert failure is not None
    assert failure.get("type") == "append.rejects"
    assert failure.get("message") == "a message"
    text = failure.text or ""
    assert "got: status WRONG_APPEND_OFFSET" in text
    assert '→ {"journal": "a/journal", "offset": 4}' in text
    assert "rerun: gazette-conformance run --select append.rejects --seed 123" in text


def test_a_reason_is_told() -> None:
    """What did not run says why."""
    skipped = case(ALL, "read.single").find("skipped")

    assert skipped is not None
    assert skipped.get("message") == "not-applicable: a reason for not-applicable"


def test_a_stale_entry_is_a_failure() -> None:
    """A test that passed though listed as known failing reddens the build."""
    test = factory.case(known_failing=True)
    root = parsed(factory.whole([test], [factory.requirement()], verdict="stale"))
    failure = case(root, "append.commits").find("failure")

    assert failure is not None
    assert failure.get("type") == "stale known-failing entry"


def test_a_run_without_verdict_is_an_error() -> None:
    """An incomplete run has a case of its own with an error, even where no test failed."""
    root = parsed(factory.run(verdict="incomplete", expected=7))
    error = case(root, "verdict").find("error")

    assert error is not None
    assert error.get("message") == "1 of 7 expected tests ran: no verdict is given."
    assert root.get("errors") == "1"
