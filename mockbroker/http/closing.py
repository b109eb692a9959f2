"""Streamed responses that free what they read from, also when the client leaves."""

from contextlib import aclosing
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Send


class ClosingStream(StreamingResponse):
    """A streamed response whose iterator, an asynchronous generator, is closed at its end."""

    body_iterator: Any

    async def stream_response(self, send: Send) -> None:
        """Sends headers and content."""
        async with aclosing(self.body_iterator):
            await super().stream_response(send)
