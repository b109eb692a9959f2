"""The dispatch channel of asyncio."""

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import grpc
import grpc.aio

from protocol.dispatch.choice import Health
from protocol.dispatch.dispatcher import Dispatcher
from protocol.dispatch.options import IDLE_TIMEOUT, Options, connector
from protocol.dispatch.pool import Connection, Method
from protocol.dispatch.target import Target

_HEALTH = {
    grpc.ChannelConnectivity.IDLE: Health.IDLE,
    grpc.ChannelConnectivity.CONNECTING: Health.CONNECTING,
    grpc.ChannelConnectivity.READY: Health.READY,
}


class AioDispatchChannel(grpc.aio.Channel):
    """A `grpc.aio.Channel` whose calls go where `dispatch` says, or to `address`.

    Calls to the default address wait until it can be reached, or for their deadline; calls
    to a member fail at once with `UNAVAILABLE` while its connection is failing. Either can
    be overruled with `wait_for_ready`.

    Args:
        address: The default address: the URL of a broker, or a gRPC target.
        zone: The zone of the caller, whose brokers are preferred.
        credentials: Of TLS connections; None for the system's trusted authorities.
        options: gRPC's options of every connection.
        connect: Makes the channel to a target, instead of `credentials` and `options`.
        idle_timeout: Seconds after which an unused connection to a member is closed.
        clock: Tells the time in seconds.
    """

    def __init__(
        self,
        address: str,
        *,
        zone: str = "",
        credentials: grpc.ChannelCredentials | None = None,
        options: Options = (),
        connect: Callable[[Target], grpc.aio.Channel] | None = None,
        idle_timeout: float = IDLE_TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._dispatcher: Dispatcher[grpc.aio.Channel] = Dispatcher(
            address,
            zone=zone,
            connect=connect or connector(grpc.aio, credentials, options),
            observe=_observe,
            idle_timeout=idle_timeout,
            clock=clock,
        )
        self._closing: set[asyncio.Task[None]] = set()

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

    def unary_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Returns the callable of a method with one request and one response."""
        return _MultiCallable(self, "unary_unary", method, *args, **kwargs)

    def unary_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Returns the callable of a method that streams responses."""
        return _MultiCallable(self, "unary_stream", method, *args, **kwargs)

    def stream_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Returns the callable of a method that streams requests."""
        return _MultiCallable(self, "stream_unary", method, *args, **kwargs)

    def stream_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Returns the callable of a method that streams both."""
        return _MultiCallable(self, "stream_stream", method, *args, **kwargs)


class _MultiCallable:
    """A method of the service, called over the connection that dispatch chooses."""

    def __init__(
        self,
        channel: AioDispatchChannel,
        kind: str,
        path: str,
        request_serializer: Any = None,
        response_deserializer: Any = None,
        _registered_method: bool = False,
    ) -> None:
        self._channel = channel
        self._method = Method(
            kind, path, request_serializer, response_deserializer, _registered_method
        )

    def __call__(self, *args: Any, **settings: Any) -> Any:
        return self._channel.start(self._method, args, settings)


def _observe(connection: Connection[grpc.aio.Channel]) -> Health:
    """The health of a connection: once failing, it stays so until it is ready."""
    state = connection.channel.get_state()
    if state is grpc.ChannelConnectivity.READY:
        connection.failing = False
    elif state not in _HEALTH:
        connection.failing = True
    return Health.FAILING if connection.failing else _HEALTH[state]
