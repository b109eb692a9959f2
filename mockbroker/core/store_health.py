"""FragmentStoreHealth: what the last check of a store found; the first one is awaited."""

from typing import TYPE_CHECKING

import protocol as pb
from mockbroker.core.actions import Receive, Script, Send
from mockbroker.core.requests import checked
from protocol.auth import Capability

if TYPE_CHECKING:
    from mockbroker.core.broker import Broker


def serve(broker: "Broker", authorization: str | None) -> Script:
    """Serves one FragmentStoreHealth call. Claims do not narrow it."""
    broker.access(authorization, Capability.READ)
    request = checked(broker, (yield Receive()))
    header = broker.header()
    checks = broker.health.of(request.fragment_store)
    yield from checks.settle()
    status = pb.Status.FRAGMENT_STORE_UNHEALTHY if checks.error else pb.Status.OK
    yield Send(
        pb.FragmentStoreHealthResponse(
            status=status, header=header, store_health_error=checks.error
        )
    )
