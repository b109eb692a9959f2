"""The dispatch channel of asyncio."""

import asyncio
from functools import cached_property
from types import TracebackType
from typing import Any, ClassVar, Self

import grpc
import grpc.aio

from protocol.dispatch.channel import DispatchingChannel, MultiCallable
from protocol.dispatch.choice import Health
from protocol.dispatch.pool import Connection, Method

_HEALTH = {
    grpc.ChannelConnectivity.IDLE: Health.IDLE,
    grpc.ChannelConnectivity.CONNECTING: Health.CONNECTING,
    grpc.ChannelConnectivity.READY: Health.READY,
}


class _MultiCallable(MultiCallable):
    def __call__(self, *args: Any, **settings: Any) -> Any:
        return self._channel.start(self._method, args, settings)


class AioDispatchChannel(DispatchingChannel[grpc.aio.Channel], grpc.aio.Channel):
    """A `grpc.aio.Channel` whose calls go where `dispatch` says, or to `address`.

    Calls to the default address wait until it can be reached, or for their deadline; calls
    to a member fail at once with `UNAVAILABLE` while its connection is failing. Either can
    be overruled with `wait_for_ready`.

    It is made as `DispatchingChannel` says.
    """

    library: ClassVar[Any] = grpc.aio
    unary_response = _MultiCallable
    stream_response = _MultiCallable

    @cached_property
    def _closing(self) -> set[asyncio.Task[None]]:
        return set()

    @staticmethod
    def observe(connection: Connection[grpc.aio.Channel]) -> Health:
        """The health of a connection: once failing, it stays so until it is ready."""
        state = connection.channel.get_state()
        if state is grpc.ChannelConnectivity.READY:
            connection.failing = False
        elif state not in _HEALTH:
            connection.failing = True
        return Health.FAILING if connection.failing else _HEALTH[state]

    def start(self, method: Method, args: tuple[Any, ...], settings: dict[str, Any]) -> Any:
        """Begins a call over the connection that dispatch chooses."""
        self._sweep()
        pool = self._dispatcher.pool
        connection = self._dispatcher.acquire(args, settings)
        try:
            call = connection.method(method)(*args, **settings)
        except BaseException:
            pool.release(connection)
            raise
        call.add_done_callback(lambda _: pool.release(connection))
        return call

    def _sweep(self) -> None:
        for channel in self._dispatcher.pool.sweep():
            task = asyncio.ensure_future(channel.close(None))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def close(self, grace: float | None = None) -> None:
        """Closes every connection; calls have `grace` seconds to end, or are cancelled."""
        closing = [channel.close(grace) for channel in self._dispatcher.pool.drain()]
        await asyncio.gather(*closing, *self._closing)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """The state of the connection to the default address."""
        return self._dispatcher.default.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Waits until the connection to the default address is in another state."""
        await self._dispatcher.default.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Waits until the default address is connected."""
        await self._dispatcher.default.channel_ready()
