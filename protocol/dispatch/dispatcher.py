"""What both channels do at each call: choose, connect, and count."""

from collections.abc import Callable
from typing import Any, Generic

from protocol.dispatch.choice import Health, choose
from protocol.dispatch.pool import ChannelT, Connection, Pool
from protocol.dispatch.route import current_route
from protocol.dispatch.target import Target, target_of

_WAIT_FOR_READY = 4  # how many arguments of a call come before it


class Dispatcher(Generic[ChannelT]):
    """Finds the connection of each call.

    Args:
        address: The default address: the URL of a broker, or a gRPC target.
        zone: The zone of the caller.
        connect: Makes the channel to a target.
        observe: Tells the health of a connection.
        idle_timeout: Seconds after which an unused connection to a member is closed.
        clock: Tells the time in seconds.
    """

    def __init__(
        self,
        address: str,
        *,
        zone: str,
        connect: Callable[[Target], ChannelT],
        observe: Callable[[Connection[ChannelT]], Health],
        idle_timeout: float,
        clock: Callable[[], float],
    ) -> None:
        self._default = target_of(address)
        self._zone = zone
        self._observe = observe
        self.pool: Pool[ChannelT] = Pool(
            connect, kept=self._default, idle_timeout=idle_timeout, clock=clock
        )

    @property
    def default(self) -> ChannelT:
        """The channel to the default address."""
        return self.pool.peek(self._default).channel

    def acquire(self, args: tuple[Any, ...], settings: dict[str, Any]) -> Connection[ChannelT]:
        """The connection of a call made now; the pool has it back when the call ends.

        A call to the default address is set to wait until that is ready, unless it says
        otherwise.
        """
        target = self._target()
        if target is None:
            if len(args) <= _WAIT_FOR_READY and settings.get("wait_for_ready") is None:
                settings["wait_for_ready"] = True
            target = self._default
        return self.pool.acquire(target)

    def _target(self) -> Target | None:
        directions = current_route()
        if directions is None:
            return None
        route, primary_required, member = directions
        index = choose(
            route,
            self._health,
            zone=self._zone,
            primary_required=primary_required,
            member=member,
        )
        return None if index is None else target_of(route.endpoints[index])

    def _health(self, endpoint: str) -> Health:
        connection = self.pool.find(target_of(endpoint))
        return Health.IDLE if connection is None else self._observe(connection)
