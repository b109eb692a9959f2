"""Launching: what is known of a target before it is started."""

import pytest

from conformance.launch import LaunchPlan


@pytest.mark.parametrize(
    ("plan", "seconds"),
    [
        (LaunchPlan(), 20.0),
        (LaunchPlan(lie="dead-primaries-stay").private(brokers=3), 20.0),
        (LaunchPlan("gazette"), 40.0),
        (LaunchPlan("command", command="serve"), 40.0),
    ],
    ids=["mock", "liar", "gazette", "command"],
)
def test_killed_brokers_have_four_leases_to_go(plan: LaunchPlan, seconds: float) -> None:
    """Of a lease that the suite does not choose it awaits as much as of a real broker's."""
    assert plan.expires_within == seconds
