"""One table of runs, driven through every renderer of a single run."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports import badge, html, junit, markdown, text
from reports.model import Report
from reports.reading import read
from reports.tests import factory

RENDERERS: dict[str, Callable[[Report], str]] = {
    "text": text.render,
    "junit": junit.render,
    "html": html.render,
    "markdown": markdown.render,
    "badge": badge.render,
}
STALE = factory.whole([factory.case(known_failing=True)], [factory.requirement()], verdict="stale")
RUNS: dict[str, Report] = {
    "conformant": factory.report(),
    "every outcome": factory.report(factory.EVERY_OUTCOME, verdict="nonconformant"),
    "stale": read(factory.encoded(STALE)),
    "incomplete": factory.report({"append.x": "not-run"}, verdict="incomplete", expected=7),
    "broken": read(factory.encoded(factory.whole([], [], verdict="error"))),
}
WORDS = {
    "conformant": ("Conformant", "1 of 1 applicable requirements of gazette-0.101 passed"),
    "every outcome": ("Not conformant", "1 of 6 applicable requirements of gazette-0.101 failed."),
    "stale": ("Stale known-failing list", "The known-failing list is stale"),
    "incomplete": ("Incomplete", "0 of 7 expected tests ran"),
    "broken": ("No verdict", "The target or the harness broke"),
}


def unmarked(page: str) -> str:
    """Return a report without escapes of Markdown and with spaces made single."""
    return " ".join(re.sub(r"\\(?=[^\w\s])", "", page).split())


@pytest.mark.parametrize("name", ["text", "html", "markdown"])
@pytest.mark.parametrize("run", RUNS)
def test_the_verdict_and_its_numbers_are_told(run: str, name: str) -> None:
    """Every report for people names the verdict and says it in one sentence with numbers."""
    page = unmarked(RENDERERS[name](RUNS[run]))

    for words in WORDS[run]:
        assert words in page


@pytest.mark.parametrize("name", ["text", "html", "markdown", "junit"])
def test_a_failure_is_told_whole(name: str) -> None:
    """Requirement, sentence, expected, got and the command that reruns it are in every report."""
    page = unmarked(RENDERERS[name](RUNS["every outcome"]))

    for words in (
        "append.rejects",
        "The sentence of append.rejects.",
        "status OK",
        "status WRONG_APPEND_OFFSET",
        "gazette-conformance run --select append.rejects --seed 123",
        "the channel broke",
    ):
        assert words in page


COMMENTS = [
    ("expected status OK; got status NO", ""),
    ("expected: status OK, got: status NO.", ""),
    ("", ""),
    ("status OK was promised", "status OK was promised"),
    (
        "expected status OK; got status NO, at offset 7",
        "expected status OK; got status NO, at offset 7",
    ),
]


@pytest.mark.parametrize(("message", "comment"), COMMENTS)
def test_a_message_that_only_repeats_is_not_told_twice(message: str, comment: str) -> None:
    """What stands under expected and got already is no comment."""
    failure = factory.failure(message=message, expected="status OK", got="status NO")
    test = factory.case(outcome="failed", failure=failure)
    lines = factory.whole([test], [factory.requirement(outcome="failed")], verdict="nonconformant")
    found = read(factory.encoded(lines)).tests[0].failure

    assert found is not None
    assert found.comment == comment


@pytest.mark.parametrize("name", RENDERERS)
def test_rendering_is_a_function_of_the_report(name: str) -> None:
    """The same report gives the same bytes."""
    render = RENDERERS[name]

    assert render(RUNS["every outcome"]) == render(RUNS["every outcome"])


class Elements(HTMLParser):
    """Collects the elements of a page and fails at an end tag that closes nothing."""

    VOID = ("meta", "link", "input", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element."""
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element, which is closed at once."""
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element."""
        assert self.open.pop() == tag


def elements(page: str) -> list[tuple[str, dict[str, str | None]]]:
    """Return the elements of a page whose tags are balanced."""
    parser = Elements()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser.seen


HOSTILE = (
    "</script><script>x()</script>\"'><img src=//e.x onerror=y> ]]> &amp; `|` \x1b[31m\x00\ud800"
)


def hostile(value: str) -> Report:
    """Return a run that quotes `value` wherever a file may hold free text."""
    failure = factory.failure(
        "append.x",
        sentence=value,
        expected=value,
        got=value,
        message=value,
        rerun=value,
        calls=[_call(value)],
    )
    names = [f"{value}.failed", f"{value}.error", f"{value}.none"]
    tests = [
        factory.case(names[0], "failed", failure=failure | {"requirement": names[0]}),
        factory.case(
            names[1],
            "error",
            error={"message": value, "phase": value},
            retries=[factory.retry(message=value, moved=[value])],
        ),
    ]
    requirements = [
        factory.requirement(name, outcome, area=value, sentence=value, source=[value])
        for name, outcome in zip(names, ("failed", "error"), strict=False)
    ]
    requirements.append(factory.requirement(names[2], "untested", area=value, reason=value))
    lines = factory.whole(
        tests,
        requirements,
        verdict="nonconformant",
        suite={"name": value, "version": value},
        run_id=value,
        command=[value],
        profile={"name": value, "digest": value},
        target={"kind": value, "addresses": [value], "brokers": 1, "description": value},
        environment={value: value},
    )
    return read(factory.encoded(lines))


def _call(value: str) -> dict[str, object]:
    texts = dict.fromkeys(("rpc", "target", "code", "details"), value)
    return {**texts, "requests": [{value: value}, value], "responses": [[value]], "took_s": 0}


def check_html(page: str) -> None:
    """Fail unless the page has exactly the elements that it has for plain words."""
    plain = elements(html.render(hostile("plain")))

    assert [tag for tag, _ in elements(page)] == [tag for tag, _ in plain]


def xml(page: str) -> ET.Element:
    """Return the root of an XML document."""
    return ET.fromstring(page)  # noqa: S314 - written by the code under test


def check_xml(page: str) -> None:
    """Fail unless the page is one XML document with as many elements as for plain words."""
    assert len(list(xml(page).iter())) == len(list(xml(junit.render(hostile("plain"))).iter()))


def check_badge(page: str) -> None:
    """Fail unless the page is one SVG document."""
    assert xml(page).tag.endswith("svg")


def check_text(page: str) -> None:
    """Fail if the text could drive a terminal."""
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", page)


CHECKS: dict[str, Callable[[str], None]] = {
    "html": check_html,
    "junit": check_xml,
    "badge": check_badge,
    "text": check_text,
    "markdown": check_text,
}


@pytest.mark.parametrize("name", RENDERERS)
def test_hostile_text_stays_text(name: str) -> None:
    """Markup and control characters from the file never become markup of the report."""
    CHECKS[name](RENDERERS[name](hostile(HOSTILE)))


@given(value=st.text(min_size=1, max_size=40))
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_anywhere_renders(value: str) -> None:
    """Random text in every free field breaks no format."""
    report = hostile(value)

    for name, render in RENDERERS.items():
        page = render(report)
        page.encode()
        CHECKS[name](page)
