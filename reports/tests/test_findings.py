"""What the tests of a run mean to somebody who has to act on them."""

import pytest

from reports import html, junit, markdown, text
from reports.findings import alarming, findings
from reports.model import Report
from reports.reading import read
from reports.tests import factory

BINDING = {"name": "contract", "digest": factory.DIGEST, "binding": ["MUST", "SHOULD"]}


def one(outcome: str, *, level: str = "MUST", known: bool = False, ends: str = "") -> Report:
    """Return a run whose second requirement has one test with `outcome`."""
    verdict = "error" if outcome == "error" else "conformant"
    if outcome == "failed" and not known and level in BINDING["binding"]:
        verdict = "nonconformant"
    tests = [factory.case("list.x"), factory.case("list.y", outcome, known_failing=known)]
    requirements = [
        factory.requirement("list.x"),
        factory.requirement("list.y", ends or outcome, level=level),
    ]
    return read(
        factory.encoded(factory.whole(tests, requirements, verdict=verdict, profile=BINDING))
    )


MEANINGS = [
    (one("failed"), "failure"),
    (one("failed", level="SHOULD"), "failure"),
    (one("failed", level="OBSERVED"), "not-binding"),
    (one("failed", known=True, ends="known-failing"), "known-failing"),
    (one("error"), "error"),
    (one("error", known=True), "error"),
    (one("passed", known=True), "stale"),
]


@pytest.mark.parametrize(("report", "meaning"), MEANINGS)
def test_a_test_means_one_thing(report: Report, meaning: str) -> None:
    """Outcome, level, the binding levels and the known-failing list decide what a test means."""
    found = {kind: len(tests) for kind, tests in findings(report).items()}

    assert found == dict.fromkeys(found, 0) | {meaning: 1}


def test_a_listed_test_may_pass_while_its_requirement_fails() -> None:
    """The entry is not stale as long as another test of the requirement fails."""
    report = one("passed", known=True, ends="known-failing")

    assert not any(findings(report).values())


def test_what_does_not_bind_alarms_nobody() -> None:
    """Known failures and failures at other levels stand in no list of things to act on."""
    for report, meaning in MEANINGS:
        assert bool(alarming(report)) == (meaning in {"failure", "error", "stale"})


def test_what_does_not_bind_is_still_told() -> None:
    """The page shows such a failure, JUnit skips it with the reason, the headline is not spoilt."""
    report = one("failed", level="OBSERVED")

    assert "Differences that do not bind" in html.render(report)
    assert '<skipped message="not-binding: The sentence of list.y."' in junit.render(report)
    for render in (text.render, markdown.render, html.render):
        page = render(report)
        assert "1 of 2 applicable requirements of contract passed" in page.replace("\\", "")
        assert "1 failed at a level that does not bind" in page


def test_a_verdict_tells_its_reasons() -> None:
    """What a stale or incomplete run says about itself stands in every report."""
    lines = factory.run(verdict="incomplete", expected=3)
    lines[-1]["reasons"] = ["2 of 3 tests did not run"]
    report = read(factory.encoded(lines))

    for render in (text.render, markdown.render, html.render, junit.render):
        assert "2 of 3 tests did not run" in render(report)


def test_where_a_test_broke_is_told() -> None:
    """The place of an error in the suite is in the reports that have room for it."""
    error = {"message": "no channel", "phase": "call", "where": "test_x.py:7: OSError"}
    lines = factory.whole(
        [factory.case(outcome="error", error=error)],
        [factory.requirement(outcome="error")],
        verdict="error",
    )
    report = read(factory.encoded(lines))

    for render in (text.render, html.render, junit.render):
        assert "test_x.py:7: OSError" in render(report)


def test_an_unknown_level_cannot_bind() -> None:
    """A profile that binds a level of its own invention is refused."""
    lines = factory.run(profile=BINDING | {"binding": ["MUST", "WILL"]})

    with pytest.raises(Exception, match=r"profile\.binding names 'WILL', which is no level"):
        read(factory.encoded(lines))
