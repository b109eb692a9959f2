"""What a script may ask for, what comes of it, and how it may end.

| action | is sent back |
|---|---|
| `Receive` | the next request, `HALF_CLOSE`, or `TIMEOUT` |
| `Send`, `SendContent` | None, once written |
| `Wait` | True when a signal fired, False when the deadline came first |
| `Proxy` | None, once the peer's whole answer was relayed |
| `Committed` | None, once whoever taps the call has seen it |
| `SignUrl` | the URL |
| `OpenFragment`, `ReadFragment` | a reader; the next bytes of it, empty at the end |
| `ListStore`, `Persist`, `CheckStore` | the listing; the time of writing; None |

Store actions raise `StoreFailedError` inside the script. A cancelled call closes its script.
"""

from collections.abc import Generator
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any

import protocol as pb
from mockbroker.core.signal import Lock, Signal, Ticket
from protocol.spool import Content


class Code(IntEnum):
    """The gRPC codes a broker answers with."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    DEADLINE_EXCEEDED = 4
    RESOURCE_EXHAUSTED = 8
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


class AbortError(Exception):
    """Ends a session with a gRPC error instead of a response."""

    def __init__(self, details: str, code: int = Code.UNKNOWN) -> None:
        super().__init__(details)
        self.code = code
        self.details = details


class Event(Enum):
    """What a `Receive` may bring instead of a request."""

    HALF_CLOSE = "half-close"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Receive:
    """The next request, or what happens until `deadline` (seconds since the epoch).

    An AppendRequest that holds nothing but content comes as a memoryview of it.
    """

    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """Sends one response."""

    message: Any


@dataclass(frozen=True, slots=True)
class SendContent:
    """Sends the `ReadResponse` of `content` at `offset`."""

    offset: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Wait:
    """Waits for any of `signals`, at most until `deadline`."""

    signals: tuple[Signal, ...] = ()
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class Proxy:
    """Hands the rest of the call to the broker at `endpoint`: `request`, then what follows.

    `capability` and `journal` are the claims it signs for itself where brokers demand tokens.
    """

    endpoint: str
    request: Any
    journal: str
    capability: int


@dataclass(frozen=True, slots=True)
class Committed:
    """Tells that an append is committed by all replicas, and not yet answered."""


@dataclass(frozen=True, slots=True)
class SignUrl:
    """A URL that reads a persisted fragment for `ttl` seconds."""

    fragment: pb.Fragment
    ttl: float


@dataclass(frozen=True, slots=True)
class OpenFragment:
    """A reader of a persisted fragment's content, from `offset` on."""

    fragment: pb.Fragment
    offset: int


@dataclass(frozen=True, slots=True)
class ReadFragment:
    """At most `limit` bytes of an opened fragment; fewer only at its end.

    Raises `AbortError` where the stored object is shorter or longer than the fragment.
    """

    reader: Any
    limit: int


@dataclass(frozen=True, slots=True)
class ListStore:
    """All objects of a journal in a store, as (path, modification time)."""

    store: str
    journal: str


@dataclass(frozen=True, slots=True)
class Persist:
    """Compresses `content` and writes it to the fragment's store, unless it is there already."""

    fragment: pb.Fragment
    content: Content


@dataclass(frozen=True, slots=True)
class CheckStore:
    """Probes a store."""

    store: str


Action = (
    Receive
    | Send
    | SendContent
    | Wait
    | Proxy
    | Committed
    | SignUrl
    | OpenFragment
    | ReadFragment
    | ListStore
    | Persist
    | CheckStore
)
Script = Generator[Action, Any, None]


def acquire(lock: Lock, *unless: Signal) -> Generator[Action, Any, Ticket | None]:
    """Queues for `lock`. Returns its ticket, or None where one of `unless` fired first."""
    ticket = lock.queue()
    owned = False
    try:
        if not ticket.granted:
            yield Wait((ticket.called, *unless))
        owned = ticket.granted
    finally:
        if not owned:
            lock.release(ticket)
    return ticket if owned else None
