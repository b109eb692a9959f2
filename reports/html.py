"""One self-contained HTML page per run: no requests, and readable without scripts."""

from collections.abc import Mapping

from reports.model import LEVELS, OUTCOMES, Outcome, Report, Test
from reports.page import render_page
from reports.palette import VERDICT_STYLES
from reports.summary import Tally, areas, caveats, excused, headline, unexpected

SLOWEST = 10
"""How many of the slowest tests the page names."""


def render(report: Report) -> str:
    """Return the page for `report`."""
    shown = [*unexpected(report), *excused(report)]
    return render_page(
        "report.html.j2",
        script="report.js",
        verdict=VERDICT_STYLES[report.footer.verdict],
        verdict_name=report.footer.verdict,
        report=report,
        headline=headline(report),
        caveats=caveats(report),
        tally=Tally.of(report.requirements),
        areas=areas(report),
        rows=_rows(report),
        groups=_groups(shown),
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


def _groups(shown: list[Test]) -> list[tuple[str, str, Outcome, list[Test]]]:
    """Split the tests to show under a heading, an explanation and an outcome each."""
    groups: list[tuple[str, str, Outcome, list[Test]]] = [
        ("Failures", "The target does otherwise than the requirement says.", "failed", []),
        ("Errors", "The test could not decide: target or harness broke.", "error", []),
        ("Passed though listed", "Take these off the known-failing list.", "passed", []),
        ("Known failures", "The known-failing list names these.", "known-failing", []),
    ]
    for test in shown:
        excused_here = test.outcome == "failed" and test.known_failing
        outcome: Outcome = "known-failing" if excused_here else test.outcome
        next(group for group in groups if group[2] == outcome)[3].append(test)
    return [group for group in groups if group[3]]
