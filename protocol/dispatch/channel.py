"""What the dispatch channels of asyncio and of threads have in common."""

import time
from collections.abc import Callable
from typing import Any, ClassVar, Generic

import grpc

from protocol.dispatch.choice import Health
from protocol.dispatch.dispatcher import Dispatcher
from protocol.dispatch.options import IDLE_TIMEOUT, Options, connector
from protocol.dispatch.pool import ChannelT, Connection, Method
from protocol.dispatch.target import Target


class MultiCallable:
    """A method of the service, called over the connection that dispatch chooses."""

    def __init__(
        self,
        channel: Any,
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


class DispatchingChannel(Generic[ChannelT]):
    """A channel to a whole cluster, which stubs ask for their methods.

    Subclasses say how calls are made and end.

    Args:
        address: The default address: the URL of a broker, or a gRPC target.
        zone: The zone of the caller, whose brokers are preferred.
        credentials: Of TLS connections; None for the system's trusted authorities.
        options: gRPC's options of every connection.
        connect: Makes the channel to a target, instead of `credentials` and `options`.
        idle_timeout: Seconds after which an unused connection to a member is closed.
        clock: Tells the time in seconds.
    """

    library: ClassVar[Any]
    """Makes the connections: `grpc` or `grpc.aio`."""
    unary_response: ClassVar[type[MultiCallable]]
    stream_response: ClassVar[type[MultiCallable]]

    def __init__(
        self,
        address: str,
        *,
        zone: str = "",
        credentials: grpc.ChannelCredentials | None = None,
        options: Options = (),
        connect: Callable[[Target], ChannelT] | None = None,
        idle_timeout: float = IDLE_TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._dispatcher: Dispatcher[ChannelT] = Dispatcher(
            address,
            zone=zone,
            connect=connect or connector(self.library, credentials, options),
            observe=self.observe,
            idle_timeout=idle_timeout,
            clock=clock,
        )

    @staticmethod
    def observe(connection: Connection[ChannelT]) -> Health:
        """The health of a connection."""
        raise NotImplementedError

    def unary_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Returns the callable of a method with one request and one response."""
        return self.unary_response(self, "unary_unary", method, *args, **kwargs)

    def unary_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Returns the callable of a method that streams responses."""
        return self.stream_response(self, "unary_stream", method, *args, **kwargs)

    def stream_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Returns the callable of a method that streams requests."""
        return self.unary_response(self, "stream_unary", method, *args, **kwargs)

    def stream_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Returns the callable of a method that streams both."""
        return self.stream_response(self, "stream_stream", method, *args, **kwargs)
