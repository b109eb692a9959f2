"""Plans: what applies is decided before a run."""

from dataclasses import replace
from typing import Any

import pytest

from conformance.applicability import REASONS
from conformance.catalogue import Catalogue, Requirement, load
from conformance.errors import ConfigurationError
from conformance.plan import RUN, TestCase, check_citations, check_selection, make_plan
from conformance.profile import load_profile, names
from conformance.settings import Settings

SETTINGS = Settings(seed=1, run_id="r", profile="contract")
PLAIN = Requirement("area.one", "area", "MUST", "It is done.", ("AREA-001",))


def _disposition(requirement: Requirement, *, settings: Settings = SETTINGS) -> tuple[str, str]:
    catalogue = Catalogue({requirement.id: requirement}, "")
    profile = replace(load_profile("contract"), exclude=("area.two",))
    plan = make_plan(catalogue, profile, settings, brokers=1, offers=("http",))
    found = plan.dispositions[requirement.id]
    return found.outcome, found.reason


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        (PLAIN, ("run", "")),
        (replace(PLAIN, brokers=2), ("not-applicable", "needs-brokers")),
        (replace(PLAIN, needs=("http",)), ("run", "")),
        (replace(PLAIN, needs=("http", "auth")), ("not-applicable", "needs-auth")),
        (replace(PLAIN, since="0.102.0"), ("not-applicable", "not-in-release")),
        (replace(PLAIN, since="0.99.0"), ("run", "")),
        (replace(PLAIN, until="0.101.0"), ("not-applicable", "not-in-release")),
        (replace(PLAIN, untestable="client-side"), ("untested", "client-side")),
        (replace(PLAIN, id="area.two"), ("not-applicable", "excluded-by-profile")),
    ],
)
def test_disposition(requirement: Requirement, expected: tuple[str, str]) -> None:
    """Brokers, needs, release and profile decide, in that they give a reason of a closed list."""
    assert _disposition(requirement) == expected


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"select": ("area.o*",)}, "run"),
        ({"select": ("area.t*",)}, "not-run"),
        ({"levels": ("MUST",)}, "run"),
        ({"levels": ("MAY",)}, "not-run"),
        ({"areas": ("area",)}, "run"),
        ({"areas": ("other",)}, "not-run"),
        ({"select": ("area.o*",), "levels": ("MAY",)}, "not-run"),
    ],
)
def test_selection(change: dict[str, Any], outcome: str) -> None:
    """Patterns, levels and areas narrow together."""
    assert _disposition(PLAIN, settings=replace(SETTINGS, **change))[0] == outcome


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"select": ("append.*", "nope.*")}, "--select nope.* matches no requirement"),
        ({"areas": ("nope",)}, "unknown area 'nope'"),
        ({"levels": ("WILL",)}, "unknown level 'WILL'"),
        ({"select": ("append.*",), "areas": ("read",)}, "together match no requirement"),
    ],
)
def test_selection_of_nothing_is_refused(change: dict[str, Any], sentence: str) -> None:
    """What chooses nothing is an error, however many other patterns choose something."""
    with pytest.raises(ConfigurationError) as caught:
        check_selection(load(), replace(SETTINGS, **change))
    assert sentence in str(caught.value)


def test_test_runs_when_all_it_cites_applies() -> None:
    """A test that cites something inapplicable does not run; one selected id is enough."""
    other = replace(PLAIN, id="area.three", needs=("auth",))
    catalogue = Catalogue({PLAIN.id: PLAIN, other.id: other}, "")
    profile = load_profile("contract")
    plan = make_plan(catalogue, profile, SETTINGS, brokers=1, offers=())
    assert plan.dispositions["area.one"] == RUN
    assert plan.runs(TestCase("t", ("area.one",)))
    assert not plan.runs(TestCase("t", ("area.one", "area.three")))


@pytest.mark.parametrize(
    ("cited", "sentence"),
    [
        ((), "cites no requirement"),
        (("area.nine",), "which the catalogue lacks"),
        (("area.one",), "which is declared untestable"),
    ],
)
def test_wrong_citation_is_refused(cited: tuple[str, ...], sentence: str) -> None:
    """A test must cite what is there to be tested."""
    catalogue = Catalogue({"area.one": replace(PLAIN, untestable="client-side")}, "")
    with pytest.raises(ConfigurationError, match=sentence):
        check_citations(catalogue, [TestCase("t", cited)])


@pytest.mark.parametrize("name", names())
def test_shipped_profiles_name_what_exists(name: str) -> None:
    """What a profile excludes or lists as failing is in the catalogue."""
    profile, catalogue = load_profile(name), load()
    assert profile.name == name
    assert {*profile.exclude, *(entry.id for entry in profile.known_failing)} <= set(catalogue)


def test_unknown_profile_is_refused() -> None:
    """An unknown name is told with the known ones."""
    with pytest.raises(ConfigurationError, match="known are contract"):
        load_profile("nope")


@pytest.mark.parametrize(
    ("access", "one", "two"),
    [
        ("full", ("run", ""), ("run", "")),
        ("no-apply", ("run", ""), ("not-applicable", "no-apply")),
        ("read-only", ("run", ""), ("not-applicable", "read-only")),
    ],
)
def test_access_decides_by_declaration(
    access: str, one: tuple[str, str], two: tuple[str, str]
) -> None:
    """A test that reaches too far does not run; what only such tests check is not applicable."""
    other = replace(PLAIN, id="area.three")
    catalogue = Catalogue({each.id: each for each in (PLAIN, other)}, "")
    settings = replace(SETTINGS, access=access)
    plan = make_plan(catalogue, load_profile("contract"), settings, brokers=1, offers=())
    reading = TestCase("t::reads", (PLAIN.id,), "read-only")
    changing = TestCase("t::changes", (PLAIN.id, other.id))
    narrowed = plan.narrowed([reading, changing])
    found = [narrowed.dispositions[each.id] for each in (PLAIN, other)]
    assert [(each.outcome, each.reason) for each in found] == [one, two]
    assert plan.runs(reading)
    assert plan.runs(changing) == (access == "full")
    assert two[1] in {"", *REASONS}


def test_what_no_test_checks_is_not_barred() -> None:
    """A requirement without tests stays to be told as untested, whatever the access."""
    settings = replace(SETTINGS, access="read-only")
    plan = make_plan(
        Catalogue({PLAIN.id: PLAIN}, ""), load_profile("contract"), settings, brokers=1, offers=()
    )
    assert plan.narrowed([]).dispositions[PLAIN.id] == RUN
