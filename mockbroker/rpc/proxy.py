"""Proxying: the rest of a call is carried to a peer, and its answer back unchanged."""

import asyncio
from typing import TYPE_CHECKING, Any

import grpc

from mockbroker.core.actions import AbortError, Code, Event, Proxy
from protocol.wire.writing import half_close, write

if TYPE_CHECKING:
    from mockbroker.rpc.pump import Pump


async def relay(pump: "Pump", action: Proxy) -> None:
    """Carries a call to the broker at `action.endpoint`.

    Raises `AbortError` with the peer's code and text where it ends with an error.
    """
    method = pump.method
    if not action.endpoint:
        raise AbortError("all SubConns are in TransientFailure", Code.UNAVAILABLE)
    metadata = pump.process.peer_metadata(action.capability, action.journal)
    channel = pump.process.channels.of(action.endpoint)
    multi = getattr(channel, method.kind)(method.path)
    request = action.request.SerializeToString()
    if method.client_streams:
        call = multi(metadata=metadata)
        carrying = _relay_stream(pump, call, request)
    else:
        call = multi(request, metadata=metadata)
        carrying = _relay_unary(pump, call)
    try:
        await carrying
    except grpc.aio.AioRpcError as error:
        raise AbortError(error.details() or "", error.code().value[0]) from error
    finally:
        call.cancel()


async def _relay_unary(pump: "Pump", call: Any) -> None:
    if pump.method.server_streams:
        async for response in call:
            await pump.send_raw(response)
    else:
        await pump.send_raw(await call)


async def _relay_stream(pump: "Pump", call: Any, first: bytes) -> None:
    """Requests go on until the client half-closes or the peer has answered."""
    forwarding = asyncio.ensure_future(_forward(pump, call, first))
    answering = asyncio.ensure_future(call)
    try:
        await asyncio.wait({forwarding, answering}, return_when=asyncio.FIRST_COMPLETED)
        if forwarding.done() and not answering.done():
            forwarding.result()
        await pump.send_raw(await answering)
    finally:
        forwarding.cancel()
        answering.cancel()


async def _forward(pump: "Pump", call: Any, first: bytes) -> None:
    """Writes requests until the client half-closes, or the peer has ended the call."""
    request: bytes | Event = first
    while not isinstance(request, Event):
        if not await write(call, request):
            return
        request = await pump.next_raw()
    await half_close(call)
