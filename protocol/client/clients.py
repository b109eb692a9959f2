"""The client of asyncio."""

import time
from types import TracebackType
from typing import Self, Unpack

import grpc
import grpc.aio

from protocol.client.aio import AioTransport
from protocol.client.calls import JournalCalls
from protocol.client.settings import Settings, session_over
from protocol.dispatch import AioDispatchChannel


class JournalClient(JournalCalls):
    """Lists, changes, reads and appends to the journals of a cluster, from asyncio.

    Every call is made to the right broker as far as the journal's route is known, and to
    the channel's own address otherwise. It has a deadline, and is repeated until then where
    that is safe and can help. What cannot be helped is an error of `protocol.client.errors`
    that tells journal, status and header.

    Args:
        channel: A `grpc.aio.Channel`; over an `AioDispatchChannel`, calls follow routes.
            The caller closes it.
        settings: See `Settings`.
    """

    def __init__(self, channel: grpc.aio.Channel, **settings: Unpack[Settings]) -> None:
        super().__init__(session_over(AioTransport(channel), settings))
        self._owned: grpc.aio.Channel | None = None

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
        channel = AioDispatchChannel(
            address, zone=zone, credentials=credentials, clock=settings.get("clock", time.monotonic)
        )
        client = cls(channel, **settings)
        client._owned = channel
        return client

    async def close(self) -> None:
        """Cancels calls in progress and closes the channel, if it is of `connect`."""
        if self._owned is not None:
            await self._owned.close(None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
