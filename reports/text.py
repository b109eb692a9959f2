"""A run as text for a terminal or a build log: verdict, table, and what somebody has to look at."""

from collections.abc import Iterator
from io import StringIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from reports.calls import duration, messages, outcome_line, shown
from reports.findings import STALE, STYLED_AS, Kind, alarming, cited
from reports.model import LEVELS, Call, Report, Test
from reports.palette import OUTCOME_STYLES, VERDICT_STYLES
from reports.retries import told
from reports.summary import Area, Tally, area_of, areas, caveats, headline, verdict_word

REASONS = 20
"""How many of the reasons for a verdict are told."""


def render(report: Report, *, width: int = 100, colour: bool = False) -> str:
    """Return `report` as text of `width` columns, with terminal colours if `colour`."""
    buffer = StringIO()
    console = Console(
        file=buffer,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        highlight=False,
        emoji=False,
        legacy_windows=False,
    )
    for block in _blocks(report):
        console.print(block)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def _blocks(report: Report) -> Iterator[RenderableType]:
    yield _table(report)
    for kind, test in alarming(report):
        yield from _test(kind, test)
    style = VERDICT_STYLES[report.footer.verdict]
    yield Text(f"{style.mark} {verdict_word(report)}", style=style.term)
    yield Text(headline(report))
    for caveat in [*report.footer.reasons[:REASONS], *caveats(report)]:
        yield Text(f"  {caveat}", style="dim")
    yield Text(_circumstances(report), style="dim")


def _circumstances(report: Report) -> str:
    header = report.header
    target = " ".join(filter(None, [header.target.description, *header.target.addresses]))
    return (
        f"{len(report.tests)} tests in {duration(report.footer.duration_s)} against "
        f"{target or header.target.kind}, seed {header.seed}"
    )


def _table(report: Report) -> Table:
    table = Table(box=SIMPLE_HEAD, show_footer=True, padding=(0, 1), pad_edge=False)
    whole = area_of("all", list(report.requirements))
    total = [_cell(whole.levels[level]) for level in LEVELS]
    table.add_column("area", footer="all")
    for level, cell in zip(LEVELS, total, strict=True):
        table.add_column(level, footer=cell, justify="right")
    table.add_column("passed", footer=_cell(whole.tally), justify="right")
    table.add_column("otherwise", footer=_rest(whole.tally, words=True))
    for area in areas(report):
        table.add_row(*_row(area))
    return table


def _row(area: Area) -> list[Text]:
    cells = [_cell(area.levels[level]) for level in LEVELS]
    return [Text(area.name), *cells, _cell(area.tally), _rest(area.tally)]


def _cell(tally: Tally) -> Text:
    if not tally.applicable:
        return Text("·", style="dim")
    style = "bold red" if tally.unmet else ""
    return Text(f"{tally.counts['passed']}/{tally.applicable}", style=style)


def _rest(tally: Tally, *, words: bool = False) -> Text:
    """Return the outcomes but `passed` by mark and count, with `words` by name too."""
    parts = []
    for outcome, count in tally.counts.items():
        if count and outcome != "passed":
            style = OUTCOME_STYLES[outcome]
            text = f"{style.mark} {count} {style.word}" if words else f"{style.mark} {count}"
            parts.append(Text(text, style=style.term))
    return Text("\n" if words else "  ").join(parts)


def _test(kind: Kind, test: Test) -> Iterator[RenderableType]:
    style = OUTCOME_STYLES[STYLED_AS[kind]]
    yield Text.assemble((f"{style.mark} {cited(test)}", style.term), ("  " + test.test, "dim"))
    if test.failure:
        failure = test.failure
        yield _inset(Text(failure.sentence))
        if failure.comment:
            yield _inset(Text(failure.comment))
        yield _field("expected", failure.expected)
        yield _field("got", failure.got)
        calls, note = shown(failure.calls)
        if note:
            yield _inset(Text(note, style="dim"))
        for call in calls:
            yield from _call(call)
        yield _field("rerun", failure.rerun)
    elif test.error:
        yield _field(test.error.phase, test.error.message)
        if test.error.where:
            yield _field("where", test.error.where)
    else:
        yield _inset(Text(STALE))
    for sentence in told(test):
        yield _inset(Text(sentence))
    yield Text()


def _call(call: Call) -> Iterator[RenderableType]:
    yield _inset(Text.assemble((call.rpc, "bold"), f" {call.target} ", (outcome_line(call), "dim")))
    for message in messages(call):
        yield _inset(Text.assemble((message.arrow + " ", "dim"), message.text), columns=4)


def _field(name: str, value: str) -> Padding:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(min_width=8)
    grid.add_column(overflow="fold")
    grid.add_row(Text(name, style="dim"), Text(value))
    return _inset(grid)


def _inset(block: RenderableType, *, columns: int = 2) -> Padding:
    return Padding(block, (0, 0, 0, columns), expand=False)
