"""What a run amounts to: counts by area and level, and the sentences every report begins with."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from reports.model import LEVELS, OUTCOMES, Level, Outcome, Report, Requirement
from reports.palette import VERDICT_STYLES
from reports.retries import total

UNMET: tuple[Outcome, ...] = ("failed", "error")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many requirements ended in each outcome; every outcome has a count."""

    counts: dict[Outcome, int]

    @classmethod
    def of(cls, requirements: Iterable[Requirement]) -> "Tally":
        """Return the tally of `requirements`."""
        found = Counter(requirement.outcome for requirement in requirements)
        return cls({outcome: found[outcome] for outcome in OUTCOMES})

    @property
    def total(self) -> int:
        """All requirements."""
        return sum(self.counts.values())

    @property
    def applicable(self) -> int:
        """All but those that do not apply to this target."""
        return self.total - self.counts["not-applicable"]

    @property
    def unmet(self) -> int:
        """Those that failed, or whose tests could not decide."""
        return sum(self.counts[outcome] for outcome in UNMET)

    @property
    def shares(self) -> list[tuple[Outcome, float, float]]:
        """Each outcome that occurs, with the start and the width of its part of 0 to 100."""
        parts, start = [], 0.0
        for outcome, count in self.counts.items():
            if count:
                width = 100 * count / self.total
                parts.append((outcome, round(start, 3), round(width, 3)))
                start += width
        return parts


@dataclass(frozen=True, slots=True)
class Area:
    """One contract area: the tally of the whole and of each level."""

    name: str
    tally: Tally
    levels: dict[Level, Tally]


def areas(report: Report) -> list[Area]:
    """Return the areas of the catalogue in its order."""
    return [
        area_of(name, [r for r in report.requirements if r.area == name]) for name in report.areas
    ]


def area_of(name: str, requirements: list[Requirement]) -> Area:
    """Return the area `name` made of `requirements`."""
    return Area(
        name,
        Tally.of(requirements),
        {level: Tally.of(r for r in requirements if r.level == level) for level in LEVELS},
    )


def partial(report: Report) -> bool:
    """Whether the run left out requirements that apply, by selection or by stopping early."""
    return any(requirement.outcome == "not-run" for requirement in report.requirements)


def verdict_word(report: Report) -> str:
    """Return the verdict in words, which say so if a good one was reached on a part only."""
    word = VERDICT_STYLES[report.footer.verdict].word
    good = report.footer.verdict == "conformant"
    return f"{word} (partial run)" if good and partial(report) else word


def headline(report: Report) -> str:
    """Return the verdict as one sentence with its numbers."""
    tally = Tally.of(report.requirements)
    profile = report.header.profile.name
    tests = len(report.tests)
    failed = sum(
        requirement.outcome == "failed" and requirement.level in report.header.binding
        for requirement in report.requirements
    )
    match report.footer.verdict:
        case "conformant":
            whom = "none that binds" if tally.counts["failed"] else "none"
            how = " unexpectedly" if tally.counts["known-failing"] else ""
            return (
                f"{tally.counts['passed']} of {tally.applicable} applicable requirements of "
                f"{profile} passed, {whom} failed{how}."
            )
        case "nonconformant":
            return f"{failed} of {tally.applicable} applicable requirements of {profile} failed."
        case "stale":
            return "The known-failing list is stale: an entry passed, or names nothing that ran."
        case "incomplete":
            return f"{tests} of {report.header.expected} expected tests ran: no verdict is given."
        case _:
            return "The target or the harness broke: no verdict is given."


def caveats(report: Report) -> list[str]:
    """Return what the verdict does not cover or show, one sentence each; empty if there is none."""
    counts = Tally.of(
        requirement
        for requirement in report.requirements
        if requirement.outcome != "failed" or requirement.level not in report.header.binding
    ).counts
    sentences: list[tuple[Outcome, str, str]] = [
        ("failed", "failed at a level that does not bind", "failed at levels that do not bind"),
        ("error", "could not be decided", "could not be decided"),
        ("known-failing", "is known to fail and was excused", "are known to fail and were excused"),
        ("not-applicable", "does not apply to this target", "do not apply to this target"),
        ("untested", "has no test", "have no test"),
        ("not-run", "was not selected or did not run", "were not selected or did not run"),
    ]
    told = [
        f"{counts[outcome]} {one if counts[outcome] == 1 else many}"
        for outcome, one, many in sentences
        if counts[outcome]
    ]
    return [*told, *filter(None, [total(report)])]
