"""What the client needs of the world: calls, sleep, and work that blocks.

The client is written once, as coroutines over this. Over asyncio they suspend. Over
threads every coroutine of the transport blocks instead and never suspends, so that one
step runs the client's to its end: see `protocol.client.blocking`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypeVar

from protocol.wire.messages import Route

ResultT = TypeVar("ResultT")


class Place(NamedTuple):
    """Where a call goes.

    Attributes:
        route: The route of its journal; None for the default address.
        primary_required: Only the primary can serve it.
    """

    route: Route | None = None
    primary_required: bool = False


class Terms(NamedTuple):
    """How a call is made.

    Attributes:
        timeout: Seconds until gRPC ends it with `DEADLINE_EXCEEDED`.
        metadata: What it tells besides its request.
        place: Where it goes.
    """

    timeout: float
    metadata: tuple[tuple[str, str], ...] = ()
    place: Place = Place()


class Download(Protocol):
    """A call that streams responses."""

    async def read(self) -> Any | None:
        """The next response, or None after the last.

        Raises:
            CallError: The call failed.
        """

    def cancel(self) -> None:
        """Ends the call, if it has not ended."""


class Upload(Protocol):
    """A call that streams requests."""

    @property
    def begun(self) -> int:
        """How many requests the connection began to take."""

    async def write(self, request: Any) -> bool:
        """Sends a request; false if the call has ended, and `finish` will tell how."""

    async def finish(self) -> Any:
        """Ends the requests, and returns the response.

        Raises:
            CallError: The call failed.
        """

    def cancel(self) -> None:
        """Ends the call, if it has not ended; the broker rolls back."""


class Transport(Protocol):
    """A connection to a cluster."""

    async def unary(self, rpc: str, request: Any, terms: Terms) -> Any:
        """Makes a call with one request and one response.

        Raises:
            CallError: The call failed.
        """

    def download(self, rpc: str, request: Any, terms: Terms) -> Download:
        """Begins a call that streams responses."""

    def upload(self, rpc: str, terms: Terms) -> Upload:
        """Begins a call that streams requests."""

    async def sleep(self, seconds: float) -> None:
        """Waits."""

    async def run(self, work: Callable[[], ResultT]) -> ResultT:
        """Does work that blocks."""
