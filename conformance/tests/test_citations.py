"""What tests cite agrees with what they take: else a run leaves requirements without a test."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from conformance.catalogue import Catalogue, load
from conformance.inventory import run_pytest
from conformance.plugin import SUITES, case_of

NEEDED_BY = {
    "file_root": "file-root",
    "launched": "launch",
    "cluster": "process-control",
    "auth_target": "auth",
    "standin": "primary-role",
    "peer_stage": "peer",
    "etcd": "etcd",
}
"""What a fixture takes that not every target offers."""


@dataclass(frozen=True)
class Cited:
    """A test: its id, what it cites, and the fixtures it takes."""

    id: str
    requirements: tuple[str, ...]
    fixtures: frozenset[str]

    def takes(self, catalogue: Catalogue) -> tuple[set[str], int, set[str]]:
        """Needs, brokers and first releases of all that it cites: what it runs with."""
        cited = [catalogue[each] for each in self.requirements]
        needs = {need for each in cited for need in each.needs}
        since = {each.since for each in cited if each.since}
        return needs, max(each.brokers for each in cited), since


class Collector:
    """Collects the tests of the suites."""

    def __init__(self) -> None:
        self.tests: list[Cited] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Takes every test that was collected."""
        for item in session.items:
            case = case_of(item)
            assert case is not None
            fixtures: Any = item
            self.tests.append(Cited(case.id, case.requirements, frozenset(fixtures.fixturenames)))


@pytest.fixture(scope="module")
def cited() -> list[Cited]:
    """All tests of the suites."""
    collector = Collector()
    run_pytest(["--collect-only", str(SUITES)], [collector])
    return collector.tests


def test_fixtures_take_what_is_cited(cited: list[Cited]) -> None:
    """A test whose fixtures need something cites a requirement that needs it."""
    catalogue = load()
    for test in cited:
        taken = {NEEDED_BY[each] for each in test.fixtures if each in NEEDED_BY}
        assert taken <= test.takes(catalogue)[0], test.id


def test_no_requirement_is_left_without_a_test(cited: list[Cited]) -> None:
    """Wherever a requirement applies one of its tests runs: it takes nothing more."""
    catalogue = load()
    taken = defaultdict(list)
    for test in cited:
        for each in test.requirements:
            taken[each].append(test.takes(catalogue))
    assert not list(stranded(catalogue, taken))


def stranded(catalogue: Catalogue, taken: Any) -> Iterator[str]:
    """Requirements of which every test takes more than they do."""
    for each, tests in taken.items():
        own = catalogue[each]
        since = {own.since} if own.since else set()
        if (set(own.needs), own.brokers, since) not in tests:
            yield each
