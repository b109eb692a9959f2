"""The transport of asyncio."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import grpc
import grpc.aio

from protocol.client.errors import CallError
from protocol.client.transport import Terms
from protocol.dispatch import dispatch
from protocol.wire.service import JournalStub
from protocol.wire.writing import half_close, write

ResultT = TypeVar("ResultT")


class AioTransport:
    """Calls over a `grpc.aio.Channel`.

    Args:
        channel: The channel.
    """

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = JournalStub(channel)

    def _start(self, rpc: str, request: Any, terms: Terms) -> Any:
        route, primary_required = terms.place
        with dispatch(route, primary_required=primary_required):
            return getattr(self._stub, rpc)(
                request, timeout=terms.timeout, metadata=terms.metadata, wait_for_ready=False
            )

    async def unary(self, rpc: str, request: Any, terms: Terms) -> Any:
        """Makes a call with one request and one response."""
        return await _result(self._start(rpc, request, terms))

    def download(self, rpc: str, request: Any, terms: Terms) -> "_Download":
        """Begins a call that streams responses."""
        return _Download(self._start(rpc, request, terms))

    def upload(self, rpc: str, terms: Terms) -> "_Upload":
        """Begins a call that streams requests."""
        return _Upload(self._start(rpc, None, terms))

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(seconds)

    async def run(self, work: Callable[[], ResultT]) -> ResultT:
        """Does work that blocks, in a thread."""
        return await asyncio.to_thread(work)


class _Download:
    def __init__(self, call: Any) -> None:
        self._call = call

    async def read(self) -> Any | None:
        response = await _result(self._call.read())
        return response or None

    def cancel(self) -> None:
        self._call.cancel()


class _Upload:
    def __init__(self, call: Any) -> None:
        self._call = call
        self.begun = 0

    async def write(self, request: Any) -> bool:
        self.begun += 1
        return await write(self._call, request)

    async def finish(self) -> Any:
        await half_close(self._call)
        return await _result(self._call)

    def cancel(self) -> None:
        self._call.cancel()


async def _result(awaited: Awaitable[Any]) -> Any:
    """The result of a call, or a `CallError`.

    gRPC tells a call that the broker cancelled like a task that we cancel; only the latter
    passes through.
    """
    try:
        return await awaited
    except grpc.aio.AioRpcError as error:
        raise CallError(error.code().name, error.details() or "") from None
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise CallError("CANCELLED", "the broker cancelled the call") from None
