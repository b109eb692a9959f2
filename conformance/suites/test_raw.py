"""Raw: calls below the message level. Whatever comes, the broker answers and serves on."""

from collections.abc import Callable

import pytest

from conformance import requirement
from conformance.broker import Broker
from conformance.checks import assert_true
from conformance.raw.call import SILENCE, RawCaller
from conformance.raw.case import Case, body, framed
from conformance.raw.cases import CASES
from conformance.raw.requests import CODES

RAW = [
    pytest.param(case, rpc, id=f"{case.slug}-{rpc}", marks=requirement(case.requirement))
    for case in CASES
    for rpc in case.rpcs
]


@pytest.mark.parametrize(("case", "rpc"), RAW)
def test_ends_as_permitted_and_the_broker_serves_on(
    raw: Callable[[Broker], RawCaller], broker: Broker, case: Case, rpc: str
) -> None:
    """The call ends in one of its permitted ways, and a plain call afterwards as before."""
    caller = raw(broker)
    plain = caller.call(rpc, body(framed))
    assert_true(plain.grpc == CODES[rpc], "a plain call to be served", plain)
    within = SILENCE if "silent" in case.allowed else None
    outcome = caller.call(rpc, case.send, within=within)
    ends = " or ".join(str(end) for end in case.allowed)
    assert_true(case.permits(outcome, plain), f"the call to end: {ends}", outcome)
    again = caller.call(rpc, body(framed))
    assert_true(
        (again.grpc, again.details) == (plain.grpc, plain.details),
        f"the broker to serve on like before, with {plain}",
        again,
    )
