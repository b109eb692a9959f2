"""The dispatch channel of threads."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import grpc

from protocol.dispatch.choice import Health
from protocol.dispatch.dispatcher import Dispatcher
from protocol.dispatch.options import IDLE_TIMEOUT, Options, connector
from protocol.dispatch.pool import Connection, Method
from protocol.dispatch.target import Target


class DispatchChannel(grpc.Channel):
    """A `grpc.Channel` whose calls go where `dispatch` says, or to `address`.

    It may be used by many threads. What `AioDispatchChannel` says holds here as well, with
    one difference: gRPC does not tell threads how a connection is doing, so its last call
    does. It is failing after `UNAVAILABLE`, and ready after anything else.

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
        connect: Callable[[Target], grpc.Channel] | None = None,
        idle_timeout: float = IDLE_TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._dispatcher: Dispatcher[grpc.Channel] = Dispatcher(
            address,
            zone=zone,
            connect=connect or connector(grpc, credentials, options),
            observe=_observe,
            idle_timeout=idle_timeout,
            clock=clock,
        )

    def finish(
        self, method: Method, form: str, args: tuple[Any, ...], settings: dict[str, Any]
    ) -> Any:
        """Makes a call over the connection that dispatch chooses, and waits for it."""
        connection = self._acquire(args, settings)
        code = None
        try:
            response = getattr(connection.method(method), form)(*args, **settings)
            code = grpc.StatusCode.OK
        except grpc.RpcError as error:
            code = getattr(error, "code", _no_code)()
            raise
        finally:
            self._release(connection, code)
        return response

    def start(
        self, method: Method, form: str, args: tuple[Any, ...], settings: dict[str, Any]
    ) -> Any:
        """Begins a call over the connection that dispatch chooses."""
        connection = self._acquire(args, settings)
        try:
            call = getattr(connection.method(method), form)(*args, **settings)
        except BaseException:
            self._release(connection, None)
            raise

        def ended() -> None:
            self._release(connection, call.code())

        if not call.add_callback(ended):
            ended()
        return call

    def _acquire(self, args: tuple[Any, ...], settings: dict[str, Any]) -> Connection[grpc.Channel]:
        for channel in self._dispatcher.pool.sweep():
            channel.close()
        return self._dispatcher.acquire(args, settings)

    def _release(self, connection: Connection[grpc.Channel], code: grpc.StatusCode | None) -> None:
        if code is not None:
            connection.failing = code is grpc.StatusCode.UNAVAILABLE
            connection.ready = not connection.failing
        self._dispatcher.pool.release(connection)

    def close(self) -> None:
        """Closes every connection; calls in progress are cancelled."""
        for channel in self._dispatcher.pool.drain():
            channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def subscribe(
        self, callback: Callable[[grpc.ChannelConnectivity], None], try_to_connect: bool = False
    ) -> None:
        """Has `callback` told of the states of the connection to the default address."""
        self._dispatcher.default.subscribe(callback, try_to_connect)

    def unsubscribe(self, callback: Callable[[grpc.ChannelConnectivity], None]) -> None:
        """Ends what `subscribe` began."""
        self._dispatcher.default.unsubscribe(callback)

    def unary_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Returns the callable of a method with one request and one response."""
        return _UnaryResponse(self, "unary_unary", method, *args, **kwargs)

    def unary_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Returns the callable of a method that streams responses."""
        return _StreamResponse(self, "unary_stream", method, *args, **kwargs)

    def stream_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Returns the callable of a method that streams requests."""
        return _UnaryResponse(self, "stream_unary", method, *args, **kwargs)

    def stream_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Returns the callable of a method that streams both."""
        return _StreamResponse(self, "stream_stream", method, *args, **kwargs)


class _MultiCallable:
    """A method of the service, called over the connection that dispatch chooses."""

    def __init__(
        self,
        channel: DispatchChannel,
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


class _UnaryResponse(_MultiCallable):
    def __call__(self, *args: Any, **settings: Any) -> Any:
        return self._channel.finish(self._method, "__call__", args, settings)

    def with_call(self, *args: Any, **settings: Any) -> Any:
        """Waits for the response; returns it with its call."""
        return self._channel.finish(self._method, "with_call", args, settings)

    def future(self, *args: Any, **settings: Any) -> Any:
        """Returns the call at once."""
        return self._channel.start(self._method, "future", args, settings)


class _StreamResponse(_MultiCallable):
    def __call__(self, *args: Any, **settings: Any) -> Any:
        return self._channel.start(self._method, "__call__", args, settings)


def _no_code() -> None:
    """The code of an error that comes from no call."""


def _observe(connection: Connection[grpc.Channel]) -> Health:
    if connection.failing:
        return Health.FAILING
    return Health.READY if connection.ready else Health.IDLE
