"""How each outcome and verdict is called, marked and coloured, the same in every report.

A mark stands beside every colour, so that no meaning rests on colour alone. `ink` is for text
on the page, `fill` for bars and chips with `on_fill` on top; the contrasts are WCAG AA.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from reports.model import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Tone:
    """The colours of one outcome in one scheme."""

    ink: str
    fill: str
    on_fill: str


@dataclass(frozen=True, slots=True)
class Style:
    """A word, a mark, and colours in light and dark; `term` is a terminal's style."""

    word: str
    mark: str
    light: Tone
    dark: Tone
    term: str


PAGE: Mapping[str, Mapping[str, str]] = {
    "light": {
        "page": "#f6f7f9",
        "card": "#ffffff",
        "sunk": "#f0f2f5",
        "line": "#d9dee5",
        "text": "#18202b",
        "soft": "#566070",
        "link": "#0b5cad",
    },
    "dark": {
        "page": "#0f141b",
        "card": "#171e27",
        "sunk": "#10161e",
        "line": "#2c3643",
        "text": "#e6ebf2",
        "soft": "#9aa7b8",
        "link": "#79b8ff",
    },
}
"""The colours of a page that carry no outcome."""

_GREEN = Tone("#14713d", "#1a7f45", "#ffffff"), Tone("#5fd391", "#2f9e5f", "#06130b")
_RED = Tone("#b3261e", "#c4322a", "#ffffff"), Tone("#ff8f86", "#e5534b", "#1a0302")
_VIOLET = Tone("#7a3aa8", "#8344b3", "#ffffff"), Tone("#d3a6f5", "#a970d6", "#160621")
_AMBER = Tone("#8a5500", "#e2a336", "#241500"), Tone("#f0bd5e", "#d39a35", "#1c1100")
_SLATE = Tone("#566070", "#c3cad4", "#1f2732"), Tone("#9aa7b8", "#4a5666", "#f2f5f9")
_BLUE = Tone("#33658f", "#8fb4d4", "#0d1e2c"), Tone("#8fbce2", "#3f6b92", "#ffffff")
_PALE = Tone("#566070", "#e0e4ea", "#1f2732"), Tone("#9aa7b8", "#303a47", "#e6ebf2")

OUTCOME_STYLES: Mapping[Outcome, Style] = {
    "failed": Style("failed", "✗", *_RED, "bold red"),
    "error": Style("error", "!", *_VIOLET, "bold magenta"),
    "known-failing": Style("known failing", "≈", *_AMBER, "yellow"),
    "passed": Style("passed", "✓", *_GREEN, "green"),
    "not-applicable": Style("not applicable", "–", *_SLATE, "dim"),
    "untested": Style("untested", "?", *_BLUE, "cyan"),
    "not-run": Style("not run", "○", *_PALE, "dim"),
}

VERDICT_STYLES: Mapping[Verdict, Style] = {
    "conformant": Style("Conformant", "✓", *_GREEN, "bold green"),
    "nonconformant": Style("Not conformant", "✗", *_RED, "bold red"),
    "stale": Style("Stale known-failing list", "≈", *_AMBER, "bold yellow"),
    "incomplete": Style("Incomplete", "○", *_SLATE, "bold yellow"),
    "error": Style("No verdict", "!", *_VIOLET, "bold magenta"),
}
