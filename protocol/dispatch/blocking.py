"""The dispatch channel of threads."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, ClassVar, Self

import grpc

from protocol.dispatch.channel import DispatchingChannel, MultiCallable
from protocol.dispatch.choice import Health
from protocol.dispatch.pool import Connection, Method


class _UnaryResponse(MultiCallable):
    def __call__(self, *args: Any, **settings: Any) -> Any:
        return self._channel.finish(self._method, "__call__", args, settings)

    def with_call(self, *args: Any, **settings: Any) -> Any:
        """Waits for the response; returns it with its call."""
        return self._channel.finish(self._method, "with_call", args, settings)

    def future(self, *args: Any, **settings: Any) -> Any:
        """Returns the call at once."""
        return self._channel.start(self._method, "future", args, settings)


class _StreamResponse(MultiCallable):
    def __call__(self, *args: Any, **settings: Any) -> Any:
        return self._channel.start(self._method, "__call__", args, settings)


class DispatchChannel(DispatchingChannel[grpc.Channel], grpc.Channel):
    """A `grpc.Channel` whose calls go where `dispatch` says, or to `address`.

    It may be used by many threads. What `AioDispatchChannel` says holds here as well, with
    one difference: gRPC does not tell threads how a connection is doing, so its last call
    does. It is failing after `UNAVAILABLE`, and ready after anything else.
    """

    library: ClassVar[Any] = grpc
    unary_response = _UnaryResponse
    stream_response = _StreamResponse

    @staticmethod
    def observe(connection: Connection[grpc.Channel]) -> Health:
        """The health of a connection, as its last call tells."""
        if connection.failing:
            return Health.FAILING
        return Health.READY if connection.ready else Health.IDLE

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


def _no_code() -> None:
    """The code of an error that comes from no call."""
