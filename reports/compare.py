"""Two runs of one target: what got worse, what got better, what is new and what is gone.

A regression is a requirement that fails or cannot be decided and did not so before, or that
passed before and is now excused or no longer checked: a check that silently stops is as bad as
one that fails. Requirements at a level that does not bind in the second run's profile are none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from reports.markdown import plain
from reports.model import Outcome, Report, Requirement
from reports.palette import OUTCOME_STYLES
from reports.summary import UNMET

Kind = Literal["failing", "unchecked", "not-binding", "fixed", "added", "removed", "otherwise"]

TITLES: Mapping[Kind, str] = {
    "failing": "Newly failing",
    "unchecked": "No longer checked",
    "not-binding": "Newly failing, not binding",
    "fixed": "Fixed",
    "added": "Added to the catalogue",
    "removed": "Removed from the catalogue",
    "otherwise": "Otherwise changed",
}
REGRESSIONS: tuple[Kind, ...] = ("failing", "unchecked")
FAILING: tuple[Outcome, ...] = (*UNMET, "known-failing")


@dataclass(frozen=True, slots=True)
class Change:
    """One requirement whose outcome is not what it was; `None` where the catalogue lacks it."""

    id: str
    before: Outcome | None
    after: Outcome | None

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.id}: {_word(self.after)}"
        if self.after is None:
            return f"{self.id}: was {_word(self.before)}"
        return f"{self.id}: {_word(self.before)} → {_word(self.after)}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes by kind, and what makes the two runs hard to compare."""

    changes: Mapping[Kind, tuple[Change, ...]]
    cautions: tuple[str, ...]

    @property
    def regressions(self) -> int:
        """How many requirements got worse."""
        return sum(len(self.changes[kind]) for kind in REGRESSIONS)

    @property
    def headline(self) -> str:
        """The comparison in one sentence."""
        if self.regressions:
            return f"{self.regressions} regression{'s' if self.regressions > 1 else ''}."
        changed = sum(map(len, self.changes.values()))
        return f"No regression; {changed} change{'s' if changed != 1 else ''}."


def compare(before: Report, after: Report) -> Comparison:
    """Return how `after` differs from `before`."""
    old = {requirement.id: requirement for requirement in before.requirements}
    new = {requirement.id: requirement for requirement in after.requirements}
    changes: dict[Kind, list[Change]] = {kind: [] for kind in TITLES}
    for name in dict.fromkeys([*new, *old]):
        was, now = old.get(name), new.get(name)
        change = Change(name, was.outcome if was else None, now.outcome if now else None)
        if change.before != change.after:
            binds = (now or old[name]).level in after.header.binding
            changes[_kind(was, now, binds=binds)].append(change)
    return Comparison(
        {kind: tuple(found) for kind, found in changes.items()}, tuple(_cautions(before, after))
    )


def _kind(was: Requirement | None, now: Requirement | None, *, binds: bool) -> Kind:
    if was is None:
        return "added"
    if now is None:
        return "removed"
    if was.outcome == "passed":
        kind: Kind = "failing" if now.outcome in FAILING else "unchecked"
        return kind if binds else "not-binding" if kind == "failing" else "otherwise"
    if now.outcome in UNMET and was.outcome not in FAILING:
        return "failing" if binds else "not-binding"
    return "fixed" if was.outcome in FAILING and now.outcome == "passed" else "otherwise"


def _cautions(before: Report, after: Report) -> Iterator[str]:
    for name, old, new in (
        ("suite version", before.header.suite.pin, after.header.suite.pin),
        ("profile", before.header.profile.name, after.header.profile.name),
        ("profile digest", before.header.profile.pin, after.header.profile.pin),
        ("catalogue digest", before.header.catalogue_digest, after.header.catalogue_digest),
        ("number of brokers", before.header.target.brokers, after.header.target.brokers),
    ):
        if old != new:
            yield f"the {name} differs: {old} and {new}"
    for place, report in (("first", before), ("second", after)):
        if report.footer.verdict in {"incomplete", "error"}:
            yield f"the {place} run ended without a verdict: {report.footer.verdict}"


def text(comparison: Comparison) -> str:
    """Return the comparison as plain text."""
    lines = [comparison.headline, *(f"note: {caution}" for caution in comparison.cautions)]
    for kind, changes in comparison.changes.items():
        if changes:
            lines += ["", f"{TITLES[kind]} ({len(changes)})", *(f"  {each}" for each in changes)]
    return "\n".join(lines) + "\n"


def markdown(comparison: Comparison) -> str:
    """Return the comparison as Markdown."""
    lines = [f"## {comparison.headline}"]
    lines += [f"- {plain(caution)}" for caution in comparison.cautions]
    for kind, changes in comparison.changes.items():
        if changes:
            lines += ["", f"### {TITLES[kind]} ({len(changes)})", ""]
            lines += [f"- {plain(str(each))}" for each in changes]
    return "\n".join(lines) + "\n"


def _word(outcome: Outcome | None) -> str:
    return OUTCOME_STYLES[outcome].word if outcome else "absent"
