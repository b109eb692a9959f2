"""Several runs side by side: implementations or versions by requirement."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.markdown import plain
from reports.model import Level, Outcome, Report
from reports.page import render_page
from reports.palette import OUTCOME_STYLES, VERDICT_STYLES
from reports.summary import Tally, verdict_word


@dataclass(frozen=True, slots=True)
class Column:
    """One run, under a name that no other column has."""

    name: str
    report: Report
    tally: Tally


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement and its outcome per column; `None` where the catalogue lacks it."""

    id: str
    area: str
    level: Level
    sentence: str
    outcomes: tuple[Outcome | None, ...]

    @property
    def differs(self) -> bool:
        """Whether the columns do not all say the same."""
        return len(set(self.outcomes)) > 1


@dataclass(frozen=True, slots=True)
class Matrix:
    """Runs by requirement; rows are grouped by area in order of first appearance."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def areas(self) -> dict[str, list[Row]]:
        """The rows of each area."""
        grouped: dict[str, list[Row]] = {}
        for row in self.rows:
            grouped.setdefault(row.area, []).append(row)
        return grouped

    @property
    def differing(self) -> int:
        """How many requirements do not have the same outcome everywhere."""
        return sum(row.differs for row in self.rows)


def side_by_side(named: Sequence[tuple[str, Report]]) -> Matrix:
    """Return the matrix of runs, each with a name to fall back on if its target has none.

    Where runs tell a requirement differently, the level and the sentence of the last one count.
    """
    names = _distinct([report.header.target.description or name for name, report in named])
    columns = tuple(
        Column(name, report, Tally.of(report.requirements))
        for name, (_, report) in zip(names, named, strict=True)
    )
    outcomes = [{r.id: r.outcome for r in column.report.requirements} for column in columns]
    known = {r.id: r for column in columns for r in column.report.requirements}
    rows = tuple(
        Row(r.id, r.area, r.level, r.sentence, tuple(found.get(r.id) for found in outcomes))
        for r in known.values()
    )
    return Matrix(columns, rows)


def _distinct(names: list[str]) -> list[str]:
    return [
        name if names.count(name) == 1 else f"{name} ({names[:index].count(name) + 1})"
        for index, name in enumerate(names)
    ]


def html(matrix: Matrix) -> str:
    """Return one self-contained page."""
    worst = min(
        matrix.columns,
        key=lambda column: column.report.footer.verdict == "conformant",
    )
    return render_page(
        "matrix.html.j2",
        script="matrix.js",
        verdict=VERDICT_STYLES[worst.report.footer.verdict],
        verdicts=VERDICT_STYLES,
        verdict_word=verdict_word,
        matrix=matrix,
    )


def markdown(matrix: Matrix) -> str:
    """Return Markdown: verdicts, and the requirements on which the runs differ or fail."""
    return "\n".join(_lines(matrix)) + "\n"


def _lines(matrix: Matrix) -> Iterator[str]:
    names = " | ".join(plain(column.name) for column in matrix.columns)
    yield f"| Requirement | Level | {names} |"
    yield f"|:--|:--|{':--|' * len(matrix.columns)}"
    verdicts = " | ".join(_verdict(column) for column in matrix.columns)
    yield f"| **{len(matrix.rows)} requirements** |  | {verdicts} |"
    quiet = 0
    for row in matrix.rows:
        if row.differs or "failed" in row.outcomes or "error" in row.outcomes:
            cells = " | ".join(_cell(outcome) for outcome in row.outcomes)
            yield f"| {plain(row.id)} | {row.level} | {cells} |"
        else:
            quiet += 1
    yield ""
    yield f"{quiet} more with the same outcome everywhere."


def _verdict(column: Column) -> str:
    style = VERDICT_STYLES[column.report.footer.verdict]
    counts = f"{column.tally.counts['passed']}/{column.tally.applicable}"
    return f"{style.mark} **{verdict_word(column.report)}** {counts}"


def _cell(outcome: Outcome | None) -> str:
    if outcome is None:
        return " "
    return f"{OUTCOME_STYLES[outcome].mark} {OUTCOME_STYLES[outcome].word}"
