"""What of the catalogue the suites check, in figures."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from conformance.catalogue import Catalogue, Requirement
from conformance.plan import TestCase


@dataclass
class Figures:
    """Entries of an area: all, tested, untestable by reason, and ids that nothing tests."""

    entries: int = 0
    tested: int = 0
    untestable: Counter[str] = field(default_factory=Counter)
    untested: list[str] = field(default_factory=list)

    def add(self, requirement: Requirement, *, tested: bool) -> None:
        """Counts one entry."""
        self.entries += 1
        if tested:
            self.tested += 1
        elif requirement.untestable is not None:
            self.untestable[requirement.untestable] += 1
        else:
            self.untested.append(requirement.id)

    @property
    def share(self) -> float:
        """The share of testable entries that are tested, 1 where there are none."""
        testable = self.tested + len(self.untested)
        return self.tested / testable if testable else 1.0


def by_area(catalogue: Catalogue, tests: Iterable[TestCase]) -> Mapping[str, Figures]:
    """The figures of each area, and under `all` and `MUST` those of the whole catalogue."""
    cited = {each for test in tests for each in test.requirements}
    figures = {area: Figures() for area in (*catalogue.areas, "all", "MUST")}
    for requirement in catalogue.values():
        tested = requirement.id in cited
        rows = [requirement.area, "all", *(["MUST"] if requirement.level == "MUST" else [])]
        for row in rows:
            figures[row].add(requirement, tested=tested)
    return figures
