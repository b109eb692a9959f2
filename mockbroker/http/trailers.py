"""HTTP/1.1 trailers for uvicorn, by the ASGI extension `http.response.trailers`.

h11 can send trailers, uvicorn does not ask it to: here an application's trailers are handed
to the connection just before the last piece of the body. Clients of HTTP/1.0 get none.
"""

from collections.abc import Sequence
from typing import Any, Final

import h11
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

EXTENSION: Final = "http.response.trailers"


_CHUNKED: Final = b"Transfer-Encoding: chunked\r\n"


class _Connection(h11.Connection):
    trailers: Sequence[tuple[bytes, bytes]] = ()
    answers_head = False

    def send_with_data_passthrough(self, event: h11.Event) -> list[bytes] | None:
        """Sends `event`, with the trailers if it is the end of a message."""
        if isinstance(event, h11.EndOfMessage) and self.trailers:
            event = h11.EndOfMessage(headers=list(self.trailers))
            self.trailers = ()
        pieces = super().send_with_data_passthrough(event)
        if pieces and self.answers_head and isinstance(event, h11.Response):
            return [_without_framing(piece) for piece in pieces]
        return pieces


def _without_framing(head: bytes) -> bytes:
    """The head of an answer that says nothing of the body, which it has not.

    h11 tells that a GET would be answered in chunks, a Go server leaves that out.
    """
    return head.replace(_CHUNKED, b"").replace(_CHUNKED.lower(), b"")


class TrailersProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 protocol, with trailers. Its constructor is uvicorn's."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.conn: _Connection = _Connection(h11.SERVER)
        self._application: ASGIApp = self.app
        self.app = self._run

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.conn.answers_head = scope["method"] == "HEAD"
        if scope["http_version"] == "1.1":
            scope["extensions"] = {EXTENSION: {}}
        await self._application(scope, receive, _TrailingSend(send, self.conn))


class _TrailingSend:
    """Holds the end of a body back until the trailers are known."""

    def __init__(self, send: Send, connection: _Connection) -> None:
        self._send = send
        self._connection = connection
        self._expected = False
        self._end: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._expected = message.pop("trailers", False)
        elif message["type"] == "http.response.trailers":
            self._connection.trailers = message["headers"]
            message = self._end or {"type": "http.response.body"}
        elif self._expected and not message.get("more_body", False):
            self._end = message
            return
        await self._send(message)
