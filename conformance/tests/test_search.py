"""The search for wrong histories: what it finds is short, and a seed finds it again."""

from collections.abc import Sequence
from typing import cast

import pytest

from conformance.errors import NonconformanceError
from conformance.history import search
from conformance.history.calls import APPENDS, AppendCall, Call, Ending
from conformance.history.clients import Clients
from conformance.history.search import explore

SEED = 7


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has no clock end a search."""
    monkeypatch.setattr(search, "SHRINK", 1e6)


class Pretended:
    """Clients of a broker that loses what is appended behind an abandoned append."""

    def __init__(self, log: list[str]) -> None:
        self._calls: list[Call] = []
        self._log = log

    def together(self, calls: Sequence[Call]) -> None:
        """Notes the calls."""
        self._calls += calls

    def tail(self, journal: int, broker: int) -> None:
        """Does nothing."""

    def settle(self) -> None:
        """Finds what the broker lost."""
        self._log.append(repr(self._calls))
        endings = [each.ending for each in self._calls if isinstance(each, AppendCall)]
        abandoned = endings.index(Ending.ABANDON) if Ending.ABANDON in endings else len(endings)
        if Ending.COMMIT in endings[abandoned:]:
            raise NonconformanceError("all bytes", "some")

    def close(self) -> None:
        """Does nothing."""


class Right(Pretended):
    """Clients of a broker that loses nothing."""

    def settle(self) -> None:
        """Finds nothing."""
        self._log.append(repr(self._calls))


def made(seed: int) -> list[str]:
    """The histories that a search makes which finds nothing."""
    log: list[str] = []
    explore(lambda: cast("Clients", Right(log)), APPENDS, seed=seed, examples=10)
    return log


def test_a_failure_is_made_short() -> None:
    """The script that is told holds the two calls that it takes, and the finding."""
    with pytest.raises(NonconformanceError) as caught:
        explore(lambda: cast("Clients", Pretended([])), APPENDS, seed=SEED, examples=200)
    told = str(caught.value)
    assert told.startswith("expected all bytes; got some, after: ")
    assert told.count("AppendCall") == 2
    assert told.index("Ending.ABANDON") < told.index("Ending.COMMIT")


def test_a_seed_repeats_all_histories(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same histories are made in the same order, also where CI is set; others by others."""
    first = made(SEED)
    monkeypatch.setenv("CI", "true")
    assert made(SEED) == first
    assert made(SEED + 1) != first
