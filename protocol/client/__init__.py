"""A client of a Gazette cluster, for asyncio and for threads.

    async with JournalClient.connect("http://127.0.0.1:8080") as client:
        await client.append("acme/orders", b"an order")
        async for chunk in client.read("acme/orders"):
            print(chunk.offset, chunk.content)

`SyncJournalClient` is the same without `async` and `await`. Calls go straight to the broker
which serves the journal, as far as its route is known; they are repeated where that is
safe, and fail with an error of `protocol.client.errors` where it is not. `read` goes on
over fragments, holes, moved journals and broken brokers.
"""

from protocol.client.apply import ApplyConflictError, ChangeResult
from protocol.client.clients import JournalClient
from protocol.client.credentials import Token
from protocol.client.errors import (
    CallError,
    ClientError,
    FragmentCorruptError,
    FragmentFetchError,
    FragmentSchemeError,
    IndexGreaterOffsetError,
    InsufficientBrokersError,
    JournalNotFoundError,
    NoPrimaryError,
    NotAllowedError,
    NotBrokerError,
    NotPrimaryError,
    OffsetNotYetAvailableError,
    OutcomeUnknownError,
    RegisterMismatchError,
    ResponseError,
    StatusError,
    StoreUnhealthyError,
    SuspendedError,
    TransactionFailedError,
    WrongOffsetError,
)
from protocol.client.list import Listing
from protocol.client.read import Chunk
from protocol.client.routes import RouteCache
from protocol.client.sync import SyncJournalClient

__all__ = [
    "ApplyConflictError",
    "CallError",
    "ChangeResult",
    "Chunk",
    "ClientError",
    "FragmentCorruptError",
    "FragmentFetchError",
    "FragmentSchemeError",
    "IndexGreaterOffsetError",
    "InsufficientBrokersError",
    "JournalClient",
    "JournalNotFoundError",
    "Listing",
    "NoPrimaryError",
    "NotAllowedError",
    "NotBrokerError",
    "NotPrimaryError",
    "OffsetNotYetAvailableError",
    "OutcomeUnknownError",
    "RegisterMismatchError",
    "ResponseError",
    "RouteCache",
    "StatusError",
    "StoreUnhealthyError",
    "SuspendedError",
    "SyncJournalClient",
    "Token",
    "TransactionFailedError",
    "WrongOffsetError",
]
