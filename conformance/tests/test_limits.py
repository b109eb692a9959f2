"""Caps: bytes that are counted, and calls that wait for their turn."""

import pytest

from conformance.errors import CapError
from conformance.limits import Budget, Caps, Pace


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The time now."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Moves on."""
        self.now += seconds


@pytest.mark.parametrize(("rate", "at_first"), [(1.0, 1), (50.0, 5), (0.5, 1)])
def test_calls_come_at_their_rate(rate: float, at_first: int) -> None:
    """Beyond the few that may come at once, calls are `1 / rate` seconds apart."""
    clock = Clock()
    pace = Pace(rate, clock, clock.sleep)
    turns = []
    for _ in range(at_first + 20):
        pace.turn()
        turns.append(clock.now)
    assert turns[:at_first] == [100.0] * at_first
    assert turns[-1] == pytest.approx(100.0 + 20 / rate)


def test_a_pause_earns_no_more_than_the_bucket_holds() -> None:
    """After a long silence as many calls come at once as at the start, and no more."""
    clock = Clock()
    pace = Pace(50.0, clock, clock.sleep)
    pace.turn()
    clock.now += 1000
    for _ in range(6):
        pace.turn()
    assert clock.now == pytest.approx(1100.0 + 1 / 50)


def test_without_a_rate_nothing_waits() -> None:
    """A pace without a rate never sleeps."""
    pace = Pace(None, Clock(), lambda _: pytest.fail("slept"))
    for _ in range(1000):
        pace.turn()


def test_bytes_are_taken_up_to_the_cap() -> None:
    """All bytes of a budget can be taken, one more cannot; what has no bytes always can."""
    budget = Budget(100)
    budget.take(60)
    budget.take(40)
    with pytest.raises(CapError, match="the 100 bytes of --max-bytes are spent"):
        budget.take(1)
    budget.take(0)


def test_greedy_tests_leave_some_for_others() -> None:
    """A test that takes all there is may take three quarters."""
    budget = Budget(100)
    budget.take(50)
    assert budget.spares(25)
    assert not budget.spares(26)
    assert Budget().spares(1 << 60)


def test_processes_share_what_there_is() -> None:
    """Bytes and calls are divided, journals are not, and what has no cap stays so."""
    assert Caps(10, 1001, 50).share(4) == Caps(10, 250, 12.5)
    assert Caps().share(4) == Caps()
