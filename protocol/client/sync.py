"""The client of threads: the coroutines of the other, run over calls that block."""

import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self, Unpack

import grpc

from protocol.client.apply import ChangeResults
from protocol.client.blocking import BlockingTransport, complete, iterate
from protocol.client.calls import JournalCalls
from protocol.client.content import Content
from protocol.client.list import Listing
from protocol.client.options import AppendOptions, FragmentsOptions, ReadOptions
from protocol.client.read import Chunk
from protocol.client.settings import Settings, session_over
from protocol.dispatch import DispatchChannel
from protocol.wire.messages import AppendResponse, ApplyRequest, FragmentsResponse, LabelSelector


class SyncJournalClient:
    """What `JournalClient` is, for threads; one may be used by many.

    Args:
        channel: A `grpc.Channel`; over a `DispatchChannel`, calls follow routes. The caller
            closes it.
        sleep: Waits for as many seconds as it is told.
        settings: See `Settings`.
    """

    def __init__(
        self,
        channel: grpc.Channel,
        *,
        sleep: Callable[[float], None] = time.sleep,
        **settings: Unpack[Settings],
    ) -> None:
        self._calls = JournalCalls(session_over(BlockingTransport(channel, sleep), settings))
        self._owned: grpc.Channel | None = None

    @classmethod
    def connect(
        cls,
        address: str,
        *,
        zone: str = "",
        credentials: grpc.ChannelCredentials | None = None,
        **settings: Unpack[Settings],
    ) -> Self:
        """Returns a client with a dispatch channel of its own, closed with the client.

        Args:
            address: The default address: the URL of a broker, or a gRPC target.
            zone: The zone of the caller, whose brokers are preferred.
            credentials: Of TLS connections; None for the system's trusted authorities.
            settings: See `Settings`.
        """
        channel = DispatchChannel(
            address, zone=zone, credentials=credentials, clock=settings.get("clock", time.monotonic)
        )
        client = cls(channel, **settings)
        client._owned = channel
        return client

    def close(self) -> None:
        """Cancels calls in progress and closes the channel, if it is of `connect`."""
        if self._owned is not None:
            self._owned.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def list(self, selector: str | LabelSelector = "", *, timeout: float | None = None) -> Listing:
        """Does what `JournalClient.list` does."""
        return complete(self._calls.list(selector, timeout=timeout))

    def watch(self, selector: str | LabelSelector = "") -> Iterator[Listing]:
        """Does what `JournalClient.watch` does."""
        return iterate(self._calls.watch(selector))

    def apply(
        self, changes: Sequence[ApplyRequest.Change], *, timeout: float | None = None
    ) -> ChangeResults:
        """Does what `JournalClient.apply` does."""
        return complete(self._calls.apply(changes, timeout=timeout))

    def append(
        self, journal: str, content: Content, **options: Unpack[AppendOptions]
    ) -> AppendResponse:
        """Does what `JournalClient.append` does, with its options."""
        return complete(self._calls.append(journal, content, **options))

    def read(
        self, journal: str, offset: int = 0, **options: Unpack[ReadOptions]
    ) -> Iterator[Chunk]:
        """Does what `JournalClient.read` does, with its options."""
        return iterate(self._calls.read(journal, offset, **options))

    def write_head(self, journal: str, *, timeout: float | None = None) -> int:
        """Does what `JournalClient.write_head` does."""
        return complete(self._calls.write_head(journal, timeout=timeout))

    def list_fragments(
        self, journal: str, **options: Unpack[FragmentsOptions]
    ) -> Iterator[FragmentsResponse._Fragment]:
        """Does what `JournalClient.list_fragments` does, with its options."""
        return iterate(self._calls.list_fragments(journal, **options))
