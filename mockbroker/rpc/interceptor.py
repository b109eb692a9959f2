"""The seam between pump and core, where faults and lies sit.

The pump asks the cluster's `Interceptor` once per call, when the call's first message
is known (or the client half-closed without one). It answers with a `Tap` that sees
all of that call, or with None, and then the call costs nothing more.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol

from protocol.errors import ProtocolError


class TapError(ProtocolError):
    """A tap was told to do what cannot be done to this call, which ends with its text."""


class CutError(Exception):
    """Raised by a tap: the call ends here with this gRPC code, whatever the core wants.

    The core sees a cancelled call: what was committed stays, what was not is rolled back.

    Attributes:
        code: The gRPC code; 0 is a clean end.
        details: Its text.
        last: A response that is written before the end, or None.
    """

    def __init__(self, code: int, details: str = "", *, last: Any = None) -> None:
        super().__init__(details)
        self.code = code
        self.details = details
        self.last = last


@dataclass(slots=True)
class Call:
    """One call of one broker, as far as it has come.

    Attributes:
        rpc: Name of the RPC, such as `Append`.
        broker: Index of the broker in its cluster.
        index: Number of this call among all calls of this RPC to this broker, from 1.
        journal: Journal its first message names, without metadata segment; may be empty.
        metadata: Request metadata, by lower-case key.
        proxied: Whether a peer makes the call for its client, so that its first message has
            a header.
        received: Messages received so far.
        sent: Messages sent so far.
        committed: Whether an Append of this call was committed.
    """

    rpc: str
    broker: int
    index: int
    journal: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    proxied: bool = False
    received: int = 0
    sent: int = 0
    committed: bool = False


class Tap:
    """Sees one call. Every method may await, raise `CutError`, and here does nothing."""

    async def received(self, message: Any) -> Any:
        """Sees each request before the core does, the first one too; returns what it shall see.

        `call.received` already counts it. None keeps it from the core.
        """
        return message

    async def committed(self) -> None:
        """Runs when an Append has been committed, by all replicas, and not yet answered."""

    async def sending(self, message: Any) -> Any:
        """Sees each response before it is written; returns what shall be written.

        `call.sent` does not count it yet. The result is a message, bytes to be written as
        they are, a list of these, or None to write nothing.
        """
        return message

    async def sent(self) -> None:
        """Runs after a response was written."""

    async def ending(self, code: int, details: str) -> tuple[int, str]:
        """Sees how the call ends (0 is OK), and returns how it shall end."""
        return code, details


class Interceptor(Protocol):
    """Decides which calls are tapped."""

    def begin(self, call: Call) -> Tap | None:
        """Returns what is to see this call, or None to leave it alone."""


class Honest:
    """Taps nothing."""

    def begin(self, call: Call) -> None:
        """Leaves every call alone."""


class Layers:
    """Asks interceptors one after the other; the first that wants a call taps it."""

    def __init__(self, *layers: Interceptor) -> None:
        self._layers = layers

    def begin(self, call: Call) -> Tap | None:
        """Returns the tap of the first that wants the call."""
        return next((tap for layer in self._layers if (tap := layer.begin(call))), None)
