"""One self-contained HTML page per run: no requests, and readable without scripts."""

from collections.abc import Mapping

from reports.findings import ALARMING, STYLED_AS, Kind, findings
from reports.model import LEVELS, OUTCOMES, Outcome, Report, Test
from reports.page import render_page
from reports.palette import VERDICT_STYLES
from reports.summary import Tally, areas, caveats, headline, verdict_word

SLOWEST = 10
"""How many of the slowest tests the page names."""

HEADINGS: Mapping[Kind, tuple[str, str]] = {
    "failure": ("Failures", "The target does otherwise than the requirement says."),
    "error": ("Errors", "These tests could not decide: target or harness broke."),
    "stale": ("Passed though listed", "Take these off the known-failing list."),
    "not-binding": (
        "Differences that do not bind",
        "The profile does not hold the target to requirements of this level.",
    ),
    "known-failing": ("Known failures", "The known-failing list names these."),
    "retried": (
        "Passed when made again",
        "These failed at first, while the cluster gave journals of the run another primary.",
    ),
}


def render(report: Report) -> str:
    """Return the page for `report`."""
    groups = _groups(report)
    shown = [test for group in groups for test in group[-1]]
    return render_page(
        "report.html.j2",
        script="report.js",
        verdict=VERDICT_STYLES[report.footer.verdict],
        verdict_name=report.footer.verdict,
        report=report,
        verdict_word=verdict_word(report),
        headline=headline(report),
        caveats=caveats(report),
        tally=Tally.of(report.requirements),
        areas=areas(report),
        rows=_rows(report),
        groups=groups,
        alarming=ALARMING,
        anchors={test.test: f"t-{number}" for number, test in enumerate(shown, start=1)},
        tests={test.test: test for test in report.tests},
        slowest=sorted(report.tests, key=lambda test: -test.duration_s)[:SLOWEST],
        levels=LEVELS,
        outcomes=OUTCOMES,
    )


def _rows(report: Report) -> Mapping[str, list[object]]:
    rows: dict[str, list[object]] = {area: [] for area in report.areas}
    for requirement in report.requirements:
        rows[requirement.area].append(requirement)
    return rows


def _groups(report: Report) -> list[tuple[Kind, str, str, Outcome, list[Test]]]:
    """Return a heading, an explanation, an outcome to look like, and the tests of each kind."""
    return [
        (kind, *HEADINGS[kind], STYLED_AS[kind], tests)
        for kind, tests in findings(report).items()
        if tests
    ]
