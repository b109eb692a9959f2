"""Tests that were made again, as every report tells them."""

from collections.abc import Callable

import pytest

from reports import html, junit, markdown, text
from reports.findings import alarming, findings
from reports.model import Report
from reports.reading import read
from reports.summary import caveats
from reports.tests import factory
from reports.tests.test_renderers import RENDERERS, elements, unmarked, xml

AGAIN = read(factory.encoded(factory.retried()))
FIGURE = "2 tests were made again, as the cluster moved journals meanwhile"


def test_earlier_attempts_are_read() -> None:
    """Attempts carry outcome, message and journals in order, and a file without them has none."""
    first, second = AGAIN.tests[0].retries

    assert (first.outcome, first.message, first.moved) == (
        "failed",
        "expected OK; got less",
        ("a/moved",),
    )
    assert second.outcome == "error"
    assert AGAIN.tests[2].retries == ()
    assert AGAIN.footer.retried == 2
    assert factory.report().footer.retried == 0


def test_a_test_that_passed_when_made_again_alarms_nobody() -> None:
    """It is a finding of its own, and one that failed to the end is a failure as ever."""
    found = findings(AGAIN)

    assert [test.test for test in found["retried"]] == ["test_x.py::test_append.commits"]
    assert [test.test for _, test in alarming(AGAIN)] == ["test_x.py::test_append.rejects"]


@pytest.mark.parametrize("render", [text.render, markdown.render, html.render])
def test_the_figure_is_told_where_it_is_not_0(render: Callable[[Report], str]) -> None:
    """Reports for people say how many tests were made again, and nothing where none was."""
    assert FIGURE in unmarked(render(AGAIN))
    assert "made again" not in unmarked(render(factory.report()))


def test_one_reads_differently_from_many() -> None:
    """One test is told in the singular."""
    lines = factory.whole([factory.case(retries=[factory.retry()])], [factory.requirement()])

    told = "1 test was made again, as the cluster moved journals meanwhile"
    assert caveats(read(factory.encoded(lines))) == [told]


@pytest.mark.parametrize("name", ["text", "markdown", "html", "junit"])
def test_a_failure_tells_its_earlier_attempts(name: str) -> None:
    """Where a test failed to the end, each report says how it ended before and what moved."""
    page = unmarked(RENDERERS[name](AGAIN))

    assert "Attempt 1 failed while the cluster moved a/moved:" in page
    assert "expected no; got yes" in page


def test_the_page_tells_each_attempt() -> None:
    """A passed test has its earlier attempts in a section, its number in its row, and a link."""
    page = html.render(AGAIN)
    ids = {attributes.get("id") for _, attributes in elements(page)}

    assert "Passed when made again" in page
    assert "Attempt 2 could not decide while the cluster moved a/1, a/2, a/3 and 1 more:" in page
    assert page.count("· attempt 3") == 2
    assert ", 2 made again</span>" in page
    assert {"t-1", "t-2"} <= ids


def test_junit_tells_attempts_as_properties() -> None:
    """The case of a test made again passes or fails as ever, with a property per attempt."""
    root = xml(junit.render(AGAIN))
    cases = {case.get("name", "").rpartition("_")[2]: case for case in root.iter("testcase")}
    retries = cases["append.commits"].findall("properties/property[@name='retry']")

    assert len(retries) == 2
    assert cases["append.commits"].find("failure") is None
    assert cases["append.rejects"].find("failure") is not None
    assert cases["append.plain"].find("properties/property[@name='retry']") is None
    assert root.findall("testsuite/properties/property[@name='retried']")[0].get("value") == "2"
