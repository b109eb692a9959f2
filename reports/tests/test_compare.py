"""What changed between two runs."""

import pytest

from reports import compare
from reports.model import Report
from reports.reading import read
from reports.tests import factory


def run(outcome: str | None, *, level: str = "MUST") -> Report:
    """Return a run in which `list.y` ended in `outcome`, or was not in the catalogue."""
    outcomes = {"list.x": "passed"} | ({"list.y": outcome} if outcome else {})
    verdict = {"failed": "nonconformant", "error": "error"}.get(outcome or "", "conformant")
    lines = factory.run(outcomes, verdict=verdict)
    for line in lines:
        if line.get("id") == "list.y":
            line["level"] = level
    return read(factory.encoded(lines))


CASES = [
    ("passed", "failed", "failing"),
    ("passed", "error", "failing"),
    ("passed", "known-failing", "failing"),
    ("not-run", "failed", "failing"),
    ("untested", "error", "failing"),
    ("passed", "not-run", "unchecked"),
    ("passed", "untested", "unchecked"),
    ("passed", "not-applicable", "unchecked"),
    ("failed", "passed", "fixed"),
    ("known-failing", "passed", "fixed"),
    ("failed", "error", "otherwise"),
    ("failed", "known-failing", "otherwise"),
    ("known-failing", "failed", "otherwise"),
    ("not-run", "known-failing", "otherwise"),
    ("untested", "passed", "otherwise"),
    (None, "failed", "added"),
    ("passed", None, "removed"),
]


@pytest.mark.parametrize(("before", "after", "kind"), CASES)
def test_a_change_is_of_one_kind(before: str | None, after: str | None, kind: str) -> None:
    """What was and what is decide the kind, and only two kinds are regressions."""
    comparison = compare.compare(run(before), run(after))

    found = [each for each, changes in comparison.changes.items() if changes]
    assert found == [kind]
    assert comparison.regressions == (kind in {"failing", "unchecked"})


@pytest.mark.parametrize("outcome", [case[0] for case in CASES])
def test_equal_runs_have_no_changes(outcome: str | None) -> None:
    """A run compared with itself is quiet, whatever failed in it."""
    comparison = compare.compare(run(outcome), run(outcome))

    assert not any(comparison.changes.values())


def test_a_level_that_does_not_bind_gates_nothing() -> None:
    """A newly failing observation is told, and is no regression."""
    comparison = compare.compare(
        run("passed", level="OBSERVED"),
        read(
            factory.encoded(
                factory.whole(
                    [factory.case("list.x"), factory.case("list.y", "failed")],
                    [
                        factory.requirement("list.x"),
                        factory.requirement("list.y", "failed", level="OBSERVED"),
                    ],
                )
            )
        ),
    )

    assert [change.id for change in comparison.changes["not-binding"]] == ["list.y"]
    assert not comparison.regressions


def test_text_names_each_change() -> None:
    """The text begins with the count of regressions and tells each change with both outcomes."""
    text = compare.text(compare.compare(run("passed"), run("failed")))

    assert text.startswith("1 regression.\n")
    assert "Newly failing (1)\n  list.y: passed → failed\n" in text


def test_markdown_names_each_change() -> None:
    """The Markdown tells the same under headings."""
    page = compare.markdown(compare.compare(run("failed"), run("passed")))

    assert page.startswith("## No regression; 1 change.\n")
    assert "### Fixed (1)\n\n- list.y\\: failed → passed" in page.replace("\\.", ".")


def test_runs_that_can_hardly_be_compared_are_told() -> None:
    """Another suite, profile or catalogue, and a run without verdict, are cautions."""
    other = factory.report(
        {"append.commits": "not-run"},
        verdict="incomplete",
        suite={"name": "gazette-conformance", "version": "0.2.0"},
    )

    assert compare.compare(factory.report(), other).cautions == (
        "the suite version differs: 0.1.0 and 0.2.0",
        "the second run ended without a verdict: incomplete",
    )
