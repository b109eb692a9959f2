"""Connections between brokers, and the Replicate streams over them."""

import asyncio
from collections.abc import Callable
from typing import Any

import grpc

import protocol as pb
from mockbroker.core.peer import PeerStream
from protocol.routes import grpc_address
from protocol.wire.service import METHODS
from protocol.wire.writing import half_close, write

OPTIONS = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 500),
    ("grpc.use_local_subchannel_pool", 1),
)
_REPLICATE = METHODS["Replicate"]


class Channels:
    """One broker's channels to its peers, by endpoint.

    Args:
        credentials: TLS for `https` endpoints; None where there are none.
    """

    def __init__(self, credentials: Any = None) -> None:
        self._credentials = credentials
        self._channels: dict[str, Any] = {}

    def of(self, endpoint: str) -> Any:
        """Returns the channel to an endpoint."""
        channel = self._channels.get(endpoint)
        if channel is None:
            channel = self._channels[endpoint] = self._open(endpoint)
        return channel

    def _open(self, endpoint: str) -> Any:
        address = grpc_address(endpoint)
        if endpoint.startswith("https:") and self._credentials is not None:
            return grpc.aio.secure_channel(address, self._credentials, options=OPTIONS)
        return grpc.aio.insecure_channel(address, options=OPTIONS)

    async def aclose(self) -> None:
        """Closes all channels; calls over them end."""
        channels = list(self._channels.values())
        self._channels.clear()
        for channel in channels:
            await channel.close(None)


async def carry(
    stream: PeerStream, channels: Channels, metadata: Callable[[], tuple[tuple[str, str], ...]]
) -> None:
    """Carries a Replicate stream until it ends, however it does."""
    call = channels.of(stream.endpoint).stream_stream(
        _REPLICATE.path, response_deserializer=pb.ReplicateResponse.FromString
    )(metadata=metadata())
    sending = asyncio.ensure_future(_send(stream, call))
    try:
        async for response in call:
            stream.arrive(response)
        stream.end(0)
    except grpc.aio.AioRpcError as error:
        stream.end(error.code().value[0], error.details() or "")
    except asyncio.CancelledError:
        stream.end(grpc.StatusCode.CANCELLED.value[0], "context canceled")
        raise
    finally:
        sending.cancel()
        call.cancel()


async def _send(stream: PeerStream, call: Any) -> None:
    """Writes what is outgoing, until there is no more or the peer has ended the stream."""
    while not stream.ended:
        while stream.outbox:
            request = stream.outbox.popleft()
            if request is None:
                await half_close(call)
                return
            if not await write(call, request):
                return
            stream.taken(request)
        await _outgoing(stream)
    call.cancel()


async def _outgoing(stream: PeerStream) -> None:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def wake() -> None:
        if not future.done():
            future.set_result(None)

    stream.outgoing.listen(wake)
    try:
        await future
    finally:
        stream.outgoing.forget(wake)
