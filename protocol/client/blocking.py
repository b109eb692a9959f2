"""The transport of threads, and how coroutines run over it.

Every coroutine here blocks and never suspends, so a coroutine of the client that awaits
nothing else comes to its end, or its generator to its next value, in a single step.
"""

import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from typing import Any, TypeVar

import grpc

from protocol.client.errors import CallError
from protocol.client.transport import Terms
from protocol.dispatch import dispatch
from protocol.wire.service import JournalStub

ResultT = TypeVar("ResultT")


def complete(coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Runs a coroutine that never suspends, and returns its result."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return] # of the coroutine's type
    coroutine.close()
    raise RuntimeError("a coroutine of the blocking client suspended")


def iterate(generator: AsyncGenerator[ResultT, None]) -> Iterator[ResultT]:
    """Iterates over an asynchronous generator that never suspends."""
    try:
        while True:
            yield complete(_next(generator))
    except _EndError:
        return
    finally:
        complete(generator.aclose())


async def _next(generator: AsyncGenerator[ResultT, None]) -> ResultT:
    try:
        return await anext(generator)
    except StopAsyncIteration:
        raise _EndError from None


class _EndError(Exception):
    """A generator has no more values; `StopAsyncIteration` cannot leave a coroutine."""


class BlockingTransport:
    """Calls over a `grpc.Channel`, from any thread.

    Args:
        channel: The channel.
        sleep: Waits for as many seconds as it is told.
    """

    def __init__(self, channel: grpc.Channel, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep
        self._stub = JournalStub(channel)

    async def unary(self, rpc: str, request: Any, terms: Terms) -> Any:
        """Makes a call with one request and one response."""
        with _errors(), _placed(terms):
            return getattr(self._stub, rpc)(request, **_settings(terms))

    def download(self, rpc: str, request: Any, terms: Terms) -> "_Download":
        """Begins a call that streams responses."""
        with _placed(terms):
            return _Download(getattr(self._stub, rpc)(request, **_settings(terms)))

    def upload(self, rpc: str, terms: Terms) -> "_Upload":
        """Begins a call that streams requests."""
        feed = _Feed()
        with _placed(terms):
            return _Upload(getattr(self._stub, rpc).future(feed, **_settings(terms)), feed)

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        self._sleep(seconds)

    async def run(self, work: Callable[[], ResultT]) -> ResultT:
        """Does work that blocks, here and now."""
        return work()


def _placed(terms: Terms) -> dispatch:
    return dispatch(terms.place.route, primary_required=terms.place.primary_required)


def _settings(terms: Terms) -> dict[str, Any]:
    return {"timeout": terms.timeout, "metadata": terms.metadata, "wait_for_ready": False}


class _errors:  # noqa: N801 - reads as the statement it is: `with _errors()`
    """Makes a `CallError` of gRPC's error."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, grpc.RpcError):
            raise _call_error(error) from None


def _call_error(error: Any) -> CallError:
    return CallError(error.code().name, error.details() or "")


class _Download:
    def __init__(self, call: Any) -> None:
        self._call = call

    async def read(self) -> Any | None:
        with _errors():
            return next(self._call, None)

    def cancel(self) -> None:
        self._call.cancel()


class _Upload:
    def __init__(self, call: Any, feed: "_Feed") -> None:
        self._call = call
        self._feed = feed
        call.add_done_callback(lambda _: feed.abandon())

    @property
    def begun(self) -> int:
        return self._feed.taken

    async def write(self, request: Any) -> bool:
        return self._feed.put(request)

    async def finish(self) -> Any:
        self._feed.end()
        with _errors():
            return self._call.result()

    def cancel(self) -> None:
        self._call.cancel()
        self._feed.abandon()


class _Feed:
    """Hands requests from the writing thread to gRPC's, which takes one after the other.

    gRPC takes a request when the connection has taken the one before it, so that no more
    than one is pending, and `taken` tells how many the connection began to take.
    """

    def __init__(self) -> None:
        self.taken = 0
        self._pending: deque[Any] = deque()
        self._ended = False
        self._changed = threading.Condition()

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> Any:
        with self._changed:
            self._changed.wait_for(lambda: self._pending or self._ended)
            if not self._pending:
                raise StopIteration
            self.taken += 1
            self._changed.notify_all()
            return self._pending.popleft()

    def put(self, request: Any) -> bool:
        """Waits until there is room; false if nobody takes requests any more."""
        with self._changed:
            self._changed.wait_for(lambda: not self._pending or self._ended)
            if self._ended:
                return False
            self._pending.append(request)
            self._changed.notify_all()
            return True

    def end(self) -> None:
        """No request follows those that were put."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def abandon(self) -> None:
        """Nobody takes requests any more."""
        with self._changed:
            self._ended = True
            self._pending.clear()
            self._changed.notify_all()
