"""Streamed responses that free what they read from, also when the client leaves."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, Generic, Self, TypeVar

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

T = TypeVar("T")


class ClosingStream(StreamingResponse):
    """A streamed response whose iterator is closed at its end, even if it never began."""

    body_iterator: Any

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends headers and content."""
        async with aclosing(self.body_iterator):
            await super().__call__(scope, receive, send)


class Cancelling(Generic[T]):
    """An iterator over responses of a call, which is cancelled when the iterator is closed.

    A generator would not do: one that was never begun has nothing to clean up.
    """

    def __init__(self, items: AsyncIterator[T], cancel: Callable[[], object]) -> None:
        self._items = items
        self._cancel = cancel

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        """Returns the next item."""
        return await anext(self._items)

    async def aclose(self) -> None:
        """Cancels the call."""
        self._cancel()
