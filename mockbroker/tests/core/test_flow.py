"""Flow control of appends."""

import pytest

from mockbroker.core.flow import FlowControl


@pytest.fixture
def flow() -> FlowControl:
    """Flow control at the time 100, with 1,000 bytes a second at least and 2,000 at most."""
    flow = FlowControl()
    flow.start(1000, 2000, 100.0)
    return flow


def test_a_silent_client_has_one_second(flow: FlowControl) -> None:
    """The credit lasts a second, and a chunk refills it no further."""
    assert flow.underflow == 101.0
    flow.take(10_000_000, 100.5)
    assert flow.underflow is not None


def test_chunks_within_the_burst_are_not_delayed(flow: FlowControl) -> None:
    """One second of the maximum rate may come at once."""
    assert flow.take(2000, 100.0) == 100.0
    assert (flow.total, flow.delayed) == (1, 0)


def test_chunks_beyond_it_wait(flow: FlowControl) -> None:
    """What exceeds the balance waits until it is earned."""
    flow.take(2000, 100.0)
    assert flow.take(1000, 100.0) == pytest.approx(100.5)
    assert (flow.total, flow.delayed) == (2, 1)


def test_idle_time_is_banked_up_to_ten_seconds(flow: FlowControl) -> None:
    """Between appends the balance grows, but not for ever."""
    flow.start(1000, 2000, 1000.0)
    assert flow.take(20_000, 1000.0) == 1000.0
    assert flow.take(1, 1000.0) > 1000.0


def test_without_rates_nothing_waits() -> None:
    """Rates of 0 limit nothing."""
    flow = FlowControl()
    flow.start(0, 0, 100.0)
    assert flow.underflow is None
    assert flow.take(1 << 40, 100.0) == 100.0


def test_a_changing_route_lifts_the_maximum(flow: FlowControl) -> None:
    """Once the route is about to change, nothing waits any more."""
    flow.take(2000, 100.0)
    flow.lift(100.0)
    assert flow.take(1 << 20, 100.0) == 100.0
