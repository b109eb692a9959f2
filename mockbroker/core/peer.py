"""Replicate streams to other brokers, as the core sees them."""

from collections import deque

import protocol as pb
from mockbroker.core.actions import AbortError, Code
from mockbroker.core.ids import BrokerId
from mockbroker.core.signal import Signal


class PeerStream:
    """One Replicate stream to the replica at `id`.

    The core sends and half-closes; whoever carries the stream takes from `outbox`, and
    tells what arrives and how the stream ends.

    Attributes:
        id: The replica's broker.
        endpoint: Where it is reached.
        journal: The journal replicated.
        outbox: Encoded requests not yet taken; None is the half-close.
        inbox: Responses not yet read.
        ended: How the stream ended; code OK is a clean EOF. None while it is open.
        outgoing: Fires when `outbox` gains.
        incoming: Fires when a response arrived, the stream ended, or the outbox drained.
    """

    def __init__(self, id_: BrokerId, endpoint: str, journal: str) -> None:
        self.id = id_
        self.endpoint = endpoint
        self.journal = journal
        self.outbox: deque[bytes | None] = deque()
        self.inbox: deque[pb.ReplicateResponse] = deque()
        self.ended: tuple[int, str] | None = None
        self.outgoing = Signal()
        self.incoming = Signal()
        self.backlog = 0

    def send(self, request: bytes) -> None:
        """Queues an encoded `ReplicateRequest`."""
        self.backlog += len(request)
        self._queue(request)

    def half_close(self) -> None:
        """Queues the end of requests."""
        self._queue(None)

    def _queue(self, request: bytes | None) -> None:
        if self.ended is None:
            self.outbox.append(request)
            self.outgoing.fire()

    def taken(self, request: bytes) -> None:
        """Tells that a request of the outbox was written."""
        self.backlog -= len(request)
        self.incoming.fire()

    def arrive(self, response: pb.ReplicateResponse) -> None:
        """Takes in a response."""
        self.inbox.append(response)
        self.incoming.fire()

    def end(self, code: int, details: str = "") -> None:
        """Takes in the end of the stream; the first one counts."""
        if self.ended is None:
            self.ended = (code, details)
            self.incoming.fire()

    def sever(self) -> None:
        """Ends the stream as a network does that is cut."""
        self.end(Code.UNAVAILABLE, "the connection was cut")
        self.outgoing.fire()

    def failure(self) -> AbortError:
        """Returns why no further response comes."""
        code, details = self.ended or (Code.OK, "")
        if code == Code.OK:
            return AbortError(f"recv from {self.id}: unexpected EOF")
        name = {member.value: member.name for member in Code}.get(code, str(code))
        camel = "".join(part.title() for part in name.split("_"))
        text = details if code == Code.UNKNOWN else f"rpc error: code = {camel} desc = {details}"
        if code == Code.UNKNOWN:
            text = f"rpc error: code = Unknown desc = {details}"
        return AbortError(f"recv from {self.id}: {text}", code)
