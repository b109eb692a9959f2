"""The route of the calls that are made within a block."""

from contextvars import ContextVar, Token
from types import TracebackType
from typing import NamedTuple

from protocol.wire.messages import ProcessSpec, Route


class DispatchRoute(NamedTuple):
    """Where a call may go.

    Attributes:
        route: Members, their endpoints, and the primary.
        primary_required: Only the primary can serve the call.
        member: The process which must serve the call, if one must.
    """

    route: Route
    primary_required: bool = False
    member: ProcessSpec.ID | None = None


_current: ContextVar[DispatchRoute | None] = ContextVar("protocol.dispatch", default=None)


def current_route() -> DispatchRoute | None:
    """The route of a call made here and now; None for the default address."""
    return _current.get()


class dispatch:  # noqa: N801 - reads as the statement it is: `with dispatch(...)`
    """Calls made within the block go to a member of `route`.

    A call's place is settled when it is made, not when it is awaited or iterated. Blocks
    nest; tasks begun within one inherit it. Without a route, calls go to the default
    address.
    """

    __slots__ = ("_route", "_token")

    def __init__(
        self,
        route: Route | None,
        *,
        primary_required: bool = False,
        member: ProcessSpec.ID | None = None,
    ) -> None:
        self._route = None if route is None else DispatchRoute(route, primary_required, member)

    def __enter__(self) -> None:
        self._token: Token[DispatchRoute | None] = _current.set(self._route)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _current.reset(self._token)
