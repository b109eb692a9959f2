"""Ops about routes, ids and endpoints."""

from protocol import ProcessSpec, Route, routes, urls
from protocol.encoding import encode
from protocol.tests.ops import op
from protocol.tests.ops.vector import Vector


@op("route_init")
def check_route_of(vector: Vector) -> None:
    """A route is built from assignments as recorded."""
    assignments = [
        routes.Assignment(a["zone"], a["suffix"], a["slot"]) for a in vector.input["assignments"]
    ]
    assert encode(routes.route_of(assignments)).hex() == vector.out["wire_hex"]


@op("route_equivalent")
def check_equivalent(vector: Vector) -> None:
    """Two routes are equivalent if recorded so."""
    a, b = (
        Route.FromString(bytes.fromhex(data)) if data is not None else None
        for data in (vector.input["a_hex"], vector.input["b_hex"])
    )
    assert a is not None
    assert routes.equivalent(a, b) == vector.out


@op("process_id_less")
def check_id_less(vector: Vector) -> None:
    """An id is before another if recorded so."""
    first = ProcessSpec.ID(**vector.input["id"])
    others = [ProcessSpec.ID(**other) for other in vector.input["others"]]
    assert [routes.id_less(first, other) for other in others] == vector.out


@op("endpoint_grpc_addr")
def check_grpc_address(vector: Vector) -> None:
    """An endpoint is dialled under the recorded address."""
    endpoint = vector.text()
    assert routes.grpc_address(endpoint) == vector.out["addr"]
    url = urls.parse(endpoint)
    for part in ("scheme", "host", "path"):
        assert getattr(url, part) == vector.out[part]
