"""The proxy of connections for tests without asyncio."""

from typing import Self

from mockbroker.faults.wire import WireProxy
from mockbroker.loop import LoopThread


class SyncWireProxy:
    """A `WireProxy` whose methods block; a context manager.

    Args:
        target: Host and port of the broker.
        thread: Where it runs.
    """

    def __init__(self, target: str, thread: LoopThread) -> None:
        self._thread = thread
        self._proxy = thread.call(WireProxy, target)

    def __enter__(self) -> Self:
        """Begins to listen."""
        self.accept()
        return self

    def __exit__(self, *_: object) -> None:
        """Closes all connections, and the port."""
        self.refuse()
        self.reset()

    @property
    def address(self) -> str:
        """Where clients dial; it stays the same."""
        return self._proxy.address

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return self._proxy.connections

    def accept(self) -> None:
        """Takes connections, as at the beginning."""
        self._thread.run(self._proxy.accept())

    def refuse(self) -> None:
        """Closes the port: new connections are refused, those there are go on."""
        self._thread.run(self._proxy.refuse())

    def reset(self) -> None:
        """Ends all connections with a TCP reset."""
        self._thread.run(self._proxy.reset())

    def half_open(self) -> None:
        """Carries nothing more, either way, though connections stay."""
        self._thread.call(self._proxy.half_open)

    def flow(self) -> None:
        """Ends `half_open`."""
        self._thread.call(self._proxy.flow)

    def slow(self, bytes_per_second: float | None) -> None:
        """Holds what the broker sends to a rate; None ends it."""
        self._thread.call(self._proxy.slow, bytes_per_second)

    def goaway(self, grace: float = 0.5, code: int = 0) -> None:
        """Tells clients to go away, and closes their connections after `grace` seconds."""
        self._thread.run(self._proxy.goaway(grace, code))
