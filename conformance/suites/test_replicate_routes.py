"""Replicate: streams that are open while the route of their journal changes."""

import protocol
from conformance import requirement
from conformance.checks import assert_equal, assert_true
from conformance.standin import StandIn, acknowledged

QUIET = 0.3
"""Seconds a stream that waits must say nothing."""
CONTENT = b"replicated"


@requirement(
    "replicate.waiting-stream-sees-route-change",
    "replicate.established-stream-survives-route-change",
)
def test_a_route_that_changes(standin: StandIn, lease_within: float) -> None:
    """As a lease ends a stream that waits is told the new route, and the one it waits for lives."""
    opening = standin.proposal(0, first=True)
    with standin.replica.open("Replicate", opening, timeout=lease_within) as established:
        acknowledged(established)
        with standin.replica.open("Replicate", opening, timeout=lease_within) as waiting:
            waiting.silent(QUIET)
            answer = waiting.end(within=lease_within)
        assert_equal((answer.code, answer.status), ("OK", "WRONG_ROUTE"), "the end of the waiting")
        header = answer.messages[-1].header
        old = standin.header
        assert_true(header.route.members != old.route.members, "another route", header.route)
        assert_true(header.etcd.revision > old.etcd.revision, "a later revision", header.etcd)
        established.send(standin.content(CONTENT))
        established.send(standin.proposal(0, len(CONTENT), CONTENT))
        acknowledged(established)
    local = standin.journal.read(0, do_not_proxy=True)
    assert_equal(local.content, CONTENT, "content of the established stream")
    protocol.validate(header)
