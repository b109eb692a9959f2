"""Which member of a route a call goes to: a pure function of route, zone and health."""

from collections.abc import Callable
from enum import IntEnum

from protocol.errors import ProtocolError
from protocol.wire.messages import ProcessSpec, Route


class DispatchError(ProtocolError):
    """A call asks for a process that its route does not have."""


class Health(IntEnum):
    """How a connection is doing; of two, the larger is preferred."""

    FAILING = 0
    """It broke, or could not be made, and has not been ready since."""
    IDLE = 1
    """There is no connection, and nobody tries to make one."""
    CONNECTING = 2
    READY = 3


def choose(
    route: Route,
    health: Callable[[str], Health],
    *,
    zone: str = "",
    primary_required: bool = False,
    member: ProcessSpec.ID | None = None,
) -> int | None:
    """Returns the index of the member a call goes to, or None for the default address.

    An asked-for `member` is taken, else the primary where it is required. Else members
    of `zone` come before all others, then those whose connection is not failing, then
    those with the further connection; of equals, the first. So a failing member of the
    own zone comes before a ready one of another, as it does with brokers themselves.

    Members without an endpoint cannot be dialled. Where nobody is left, and where the
    primary is required but unknown, any broker will do: it proxies.

    Args:
        route: Members, their endpoints, and the primary; -1 if there is none.
        health: Tells the health of the connection to an endpoint.
        zone: The zone of the caller.
        primary_required: Only the primary can serve the call.
        member: The process which must serve the call.

    Raises:
        DispatchError: `member` is not in the route.
    """
    if member is not None:
        return _dialled(route, _index_of(route, member))
    if primary_required:
        return _dialled(route, route.primary)
    dialled = [index for index in range(len(route.members)) if _endpoint(route, index)]
    return max(
        dialled,
        key=lambda index: (route.members[index].zone == zone, health(route.endpoints[index])),
        default=None,
    )


def _index_of(route: Route, member: ProcessSpec.ID) -> int:
    for index, candidate in enumerate(route.members):
        if candidate == member:
            return index
    raise DispatchError(
        f"process {member.zone}#{member.suffix} is not in the route",
        hint="take both from the same header",
    )


def _dialled(route: Route, index: int) -> int | None:
    return index if _endpoint(route, index) else None


def _endpoint(route: Route, index: int) -> str:
    return route.endpoints[index] if 0 <= index < len(route.endpoints) else ""
