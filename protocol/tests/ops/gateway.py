"""The op about requests over plain HTTP."""

import pytest

from protocol.encoding import encode
from protocol.gateway import GatewayError, parse_request
from protocol.tests.ops import op
from protocol.tests.ops.vector import Vector


@op("http_gateway_request")
def check_request(vector: Vector) -> None:
    """A request becomes the recorded message, or is refused with the recorded body."""
    method, target = vector.input["method"], vector.input["url"]
    if vector.ok:
        assert encode(parse_request(method, target)) == vector.wire
        return
    with pytest.raises(GatewayError) as refusal:
        parse_request(method, target)
    vector.check_error(refusal.value)
    assert refusal.value.status == vector.out["status"]
