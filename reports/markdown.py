"""A run as GitHub-flavoured Markdown, for the summary of a build or a comment."""

import re
from collections.abc import Iterator

from reports.calls import duration
from reports.findings import STALE, STYLED_AS, Kind, alarming, cited
from reports.model import LEVELS, Report, Test
from reports.palette import OUTCOME_STYLES, VERDICT_STYLES
from reports.retries import told
from reports.summary import Tally, areas, caveats, headline, verdict_word

SHOWN = 50
"""How many failures are told in full: build servers cut summaries off at 1 MiB."""

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&@:])")


def render(report: Report) -> str:
    """Return `report` as Markdown."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    style = VERDICT_STYLES[report.footer.verdict]
    header = report.header
    yield f"## {style.mark} {verdict_word(report)}"
    yield ""
    yield f"{plain(headline(report))}"
    for reason in report.footer.reasons[:SHOWN]:
        yield f"- {plain(reason)}"
    for caveat in caveats(report):
        yield f"- {caveat}"
    yield ""
    yield from _table(report)
    yield ""
    yield from _attention(report)
    target = ", ".join(header.target.addresses) or header.target.kind
    yield (
        f"{len(report.tests)} tests in {duration(report.footer.duration_s)} · "
        f"target {code(target)} · seed {header.seed} · "
        f"{plain(header.suite.name)} {plain(header.suite.pin)}"
    )


def _table(report: Report) -> Iterator[str]:
    yield f"| Area | {' | '.join(LEVELS)} | Passed | Otherwise |"
    yield f"|:--|{'--:|' * (len(LEVELS) + 1)}:--|"
    for area in areas(report):
        cells = [_cell(area.levels[level]) for level in LEVELS]
        row = [plain(area.name), *cells, _cell(area.tally), _rest(area.tally)]
        yield f"| {' | '.join(row)} |"


def _cell(tally: Tally) -> str:
    if not tally.applicable:
        return "·"
    text = f"{tally.counts['passed']}/{tally.applicable}"
    return f"**{text}**" if tally.unmet else text


def _rest(tally: Tally) -> str:
    return ", ".join(
        f"{count} {OUTCOME_STYLES[outcome].word}"
        for outcome, count in tally.counts.items()
        if count and outcome != "passed"
    )


def _attention(report: Report) -> Iterator[str]:
    tests = alarming(report)
    for kind, test in tests[:SHOWN]:
        yield from _test(kind, test)
    if len(tests) > SHOWN:
        yield f"… and {len(tests) - SHOWN} more in the result file."
        yield ""


def _test(kind: Kind, test: Test) -> Iterator[str]:
    style = OUTCOME_STYLES[STYLED_AS[kind]]
    yield f"### {style.mark} {plain(cited(test))}"
    yield ""
    if test.failure:
        yield f"{plain(test.failure.sentence)} {plain(test.failure.comment)}".rstrip()
        yield ""
        for name in ("expected", "got", "rerun"):
            yield name.capitalize()
            yield block(getattr(test.failure, name))
    elif test.error:
        yield block(f"{test.error.phase}: {test.error.message}")
    else:
        yield f"{STALE.capitalize()}."
    yield ""
    for sentence in told(test):
        yield f"- {plain(sentence)}"
    if test.retries:
        yield ""


def plain(text: str) -> str:
    """Return `text` on one line with nothing in it that Markdown reads as markup."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """Return `text` on one line as a code span, whatever backticks are in it."""
    text = " ".join(text.split()).replace("|", "\\|")
    fence = _fence(text, 1)
    return f"{fence} {text} {fence}" if "`" in text else f"{fence}{text}{fence}"


def block(text: str) -> str:
    """Return `text` as a fenced block, whatever backticks are in it."""
    fence = _fence(text, 3)
    return f"{fence}\n{text}\n{fence}"


def _fence(text: str, least: int) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    return "`" * max(least, longest + 1)
