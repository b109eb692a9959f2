"""Several runs side by side."""

import pytest

from reports import matrix
from reports.reading import read
from reports.tests import factory
from reports.tests.test_renderers import HOSTILE, elements, hostile

OLD = factory.report({"append.x": "passed", "append.y": "failed"}, verdict="nonconformant")
NEW = factory.report({"append.x": "passed", "append.y": "passed", "read.z": "untested"})
BOTH = matrix.side_by_side([("old", OLD), ("new", NEW)])


def test_rows_are_the_union_of_the_catalogues() -> None:
    """A requirement that one catalogue lacks has no outcome in that column."""
    assert {row.id: row.outcomes for row in BOTH.rows} == {
        "append.x": ("passed", "passed"),
        "append.y": ("failed", "passed"),
        "read.z": (None, "untested"),
    }
    assert BOTH.differing == 2
    assert list(BOTH.areas) == ["append", "read"]


def test_columns_are_told_apart() -> None:
    """A column is called as its target describes itself, with a number where two do alike."""
    assert [column.name for column in BOTH.columns] == ["acme broker (1)", "acme broker (2)"]


def test_a_nameless_target_takes_the_name_of_its_file() -> None:
    """Without a description the given name stands at the head of the column."""
    target = {"kind": "external", "addresses": [], "brokers": 1, "description": ""}
    report = factory.report(target=target)

    assert matrix.side_by_side([("run-7", report)]).columns[0].name == "run-7"


def test_markdown_tells_where_runs_differ() -> None:
    """Rows with one outcome everywhere are counted, the others are told."""
    lines = matrix.markdown(BOTH).splitlines()

    assert lines[0] == r"| Requirement | Level | acme broker \(1\) | acme broker \(2\) |"
    assert "| append.y | MUST | ✗ failed | ✓ passed |" in lines
    assert lines[-1] == "1 more with the same outcome everywhere."


def test_the_page_has_a_cell_for_every_outcome() -> None:
    """Each row of the page has the marks of its outcomes, and says whether they differ."""
    found = elements(matrix.html(BOTH))
    rows = {a["id"]: a["data-differs"] for tag, a in found if tag == "tr" and "id" in a}
    cells = [a["class"] for tag, a in found if (a.get("class") or "").startswith("cell ")]

    assert rows == {"r-append.x": "no", "r-append.y": "yes", "r-read.z": "yes"}
    assert cells.count("cell o-passed") == 3
    assert cells.count("cell o-failed") == 1


@pytest.mark.parametrize("render", [matrix.html, matrix.markdown])
def test_hostile_text_stays_text(render: object) -> None:
    """Markup from a file is shown, not obeyed."""
    assert callable(render)
    page = render(matrix.side_by_side([(HOSTILE, hostile(HOSTILE)), ("good", OLD)]))

    assert "<img" not in page.replace("\\<img", "")
    if page.startswith("<!doctype"):
        elements(page)


def test_one_run_is_a_matrix_too() -> None:
    """A single run gives one column in which nothing differs."""
    report = read(factory.encoded(factory.run()))

    assert "1 run, 1 requirements" in matrix.html(matrix.side_by_side([("a", report)]))
