"""What a run will check, decided before it: one disposition per requirement."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from conformance.access import EVERYTHING, suffices
from conformance.applicability import inapplicable
from conformance.catalogue import LEVELS, Catalogue, Requirement
from conformance.errors import ConfigurationError
from conformance.profile import Profile
from conformance.settings import Settings


@dataclass(frozen=True)
class TestCase:
    """One test of the suites: its id, such as `test_append.py::test_x[case]`, and what it cites.

    `access` is how far it reaches into the target, as in `conformance.access`.
    """

    __test__ = False

    id: str
    requirements: tuple[str, ...]
    access: str = EVERYTHING


@dataclass(frozen=True)
class Disposition:
    """Whether a requirement is to be checked (`run`), or its outcome and the reason instead."""

    outcome: str
    reason: str = ""


RUN = Disposition("run")
NOT_SELECTED = Disposition("not-run", "not-selected")


@dataclass(frozen=True)
class Plan:
    """The disposition of every requirement, by id, in a run of `access`."""

    dispositions: Mapping[str, Disposition]
    access: str = EVERYTHING

    def runs(self, test: TestCase) -> bool:
        """Whether `test` is to run: permitted, all it cites applies, and some is selected."""
        return self._applies(test) and suffices(self.access, test.access)

    def narrowed(self, tests: Iterable[TestCase]) -> "Plan":
        """The same plan, in which what has no permitted test, but another, is not applicable."""
        cited: dict[str, bool] = {}
        for test in filter(self._applies, tests):
            for each in test.requirements:
                cited[each] = cited.get(each, False) or self.runs(test)
        barred = {each for each, permitted in cited.items() if not permitted}
        found = Disposition("not-applicable", self.access)
        changes = {each: found for each in barred if self.dispositions[each] == RUN}
        return replace(self, dispositions={**self.dispositions, **changes})

    def _applies(self, test: TestCase) -> bool:
        cited = [self.dispositions[each] for each in test.requirements]
        return RUN in cited and all(each in {RUN, NOT_SELECTED} for each in cited)


def make_plan(
    catalogue: Catalogue,
    profile: Profile,
    settings: Settings,
    *,
    brokers: int,
    offers: Collection[str],
) -> Plan:
    """Decides for each requirement: untestable, not applicable, not selected, or to be run."""
    return Plan(
        {
            each.id: _disposition(each, profile, settings, brokers, offers)
            for each in catalogue.values()
        },
        settings.access,
    )


def _disposition(
    requirement: Requirement,
    profile: Profile,
    settings: Settings,
    brokers: int,
    offers: Collection[str],
) -> Disposition:
    if requirement.untestable is not None:
        return Disposition("untested", requirement.untestable)
    reason = inapplicable(requirement, profile, brokers=brokers, offers=offers)
    if reason is not None:
        return Disposition("not-applicable", reason)
    return RUN if selected(requirement, settings) else NOT_SELECTED


def selected(requirement: Requirement, settings: Settings) -> bool:
    """Whether the patterns, levels and areas of a run choose `requirement`."""
    patterns, levels, areas = settings.select, settings.levels, settings.areas
    return (
        (not patterns or any(fnmatchcase(requirement.id, pattern) for pattern in patterns))
        and (not levels or requirement.level in levels)
        and (not areas or requirement.area in areas)
    )


def check_selection(catalogue: Catalogue, settings: Settings) -> None:
    """Refuses patterns, levels and areas that choose nothing.

    Raises:
        ConfigurationError: one of them matches no requirement, or all together match none.
    """
    for pattern in settings.select:
        if not any(fnmatchcase(each, pattern) for each in catalogue):
            raise ConfigurationError(f"--select {pattern} matches no requirement")
    for area in settings.areas:
        if area not in catalogue.areas:
            raise ConfigurationError(
                f"unknown area {area!r} (known are {', '.join(catalogue.areas)})"
            )
    for level in settings.levels:
        if level not in LEVELS:
            raise ConfigurationError(f"unknown level {level!r} (known are {', '.join(LEVELS)})")
    if not any(selected(each, settings) for each in catalogue.values()):
        raise ConfigurationError("--select, --level and --area together match no requirement")


def check_citations(catalogue: Catalogue, tests: Iterable[TestCase]) -> None:
    """Refuses tests that cite nothing, or what the catalogue lacks or declares untestable.

    Raises:
        ConfigurationError: names the first such test.
    """
    for test in tests:
        if not test.requirements:
            raise ConfigurationError(f"{test.id} cites no requirement")
        for each in test.requirements:
            if each not in catalogue:
                raise ConfigurationError(f"{test.id} cites {each}, which the catalogue lacks")
            if catalogue[each].untestable is not None:
                raise ConfigurationError(f"{test.id} cites {each}, which is declared untestable")
