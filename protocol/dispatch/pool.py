"""Connections by what they dial: shared, counted while in use, and dropped when idle."""

import threading
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from protocol.dispatch.target import Target

ChannelT = TypeVar("ChannelT")


class Method(NamedTuple):
    """What a stub asks of a channel to call an RPC."""

    kind: str
    path: str
    serializer: Any
    deserializer: Any
    registered: bool


class Connection(Generic[ChannelT]):
    """A channel to one address.

    Attributes:
        channel: The gRPC channel.
        failing: It broke and has not been ready since.
        ready: It was ready when last seen.
    """

    def __init__(self, channel: ChannelT, now: float) -> None:
        self.channel = channel
        self.failing = False
        self.ready = False
        self._calls = 0
        self._used_at = now
        self._methods: dict[Method, Any] = {}

    def method(self, method: Method) -> Any:
        """The channel's own callable of `method`, made once."""
        found = self._methods.get(method)
        if found is None:
            make = getattr(self.channel, method.kind)
            found = self._methods[method] = make(
                method.path,
                method.serializer,
                method.deserializer,
                _registered_method=method.registered,
            )
        return found

    def begin(self, now: float) -> None:
        """Counts a call that is about to be made."""
        self._calls += 1
        self._used_at = now

    def end(self, now: float) -> None:
        """Counts a call that ended."""
        self._calls -= 1
        self._used_at = now

    def idle_since(self, moment: float) -> bool:
        """Whether no call was in progress at `moment` or later."""
        return not self._calls and self._used_at <= moment


class Pool(Generic[ChannelT]):
    """Connections, made by `connect` when first needed, at most one for each target.

    Every method may be called from any thread.

    Args:
        connect: Makes the channel to a target.
        kept: A target whose connection is never idle.
        idle_timeout: After how many seconds without a call a connection is idle.
        clock: Tells the time in seconds.
    """

    def __init__(
        self,
        connect: Callable[[Target], ChannelT],
        *,
        kept: Target,
        idle_timeout: float,
        clock: Callable[[], float],
    ) -> None:
        self._connect = connect
        self._kept = kept
        self._idle_timeout = idle_timeout
        self._clock = clock
        self._swept_at = clock()
        self._connections: dict[Target, Connection[ChannelT]] = {}
        self._closed = False
        self._lock = threading.Lock()

    def acquire(self, target: Target) -> Connection[ChannelT]:
        """The connection to `target`, counted as in use until it is released.

        Raises:
            ValueError: The pool is closed.
        """
        with self._lock:
            connection = self._get(target)
            connection.begin(self._clock())
            return connection

    def peek(self, target: Target) -> Connection[ChannelT]:
        """The connection to `target`, without using it."""
        with self._lock:
            return self._get(target)

    def _get(self, target: Target) -> Connection[ChannelT]:
        if self._closed:
            raise ValueError("cannot call over a closed dispatch channel")
        connection = self._connections.get(target)
        if connection is None:
            connection = Connection(self._connect(target), self._clock())
            self._connections[target] = connection
        return connection

    def release(self, connection: Connection[ChannelT]) -> None:
        """Ends a use of the connection."""
        with self._lock:
            connection.end(self._clock())

    def find(self, target: Target) -> Connection[ChannelT] | None:
        """The connection to `target`, if there is one."""
        return self._connections.get(target)

    def sweep(self) -> list[ChannelT]:
        """Forgets connections that idle, and returns their channels to be closed.

        Looks at most once in every `idle_timeout` seconds.
        """
        now = self._clock()
        if now - self._swept_at < self._idle_timeout:
            return []
        with self._lock:
            self._swept_at = now
            idle = [
                target
                for target, connection in self._connections.items()
                if target != self._kept and connection.idle_since(now - self._idle_timeout)
            ]
            return [self._connections.pop(target).channel for target in idle]

    def drain(self) -> list[ChannelT]:
        """Closes the pool, and returns all channels to be closed."""
        with self._lock:
            self._closed = True
            channels = [connection.channel for connection in self._connections.values()]
            self._connections.clear()
            return channels
