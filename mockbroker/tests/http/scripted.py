"""A broker that says what a test wants, and its HTTP side."""

import asyncio
import http.client
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import grpc

from mockbroker.http.broker import broker_app
from mockbroker.http.port import listen
from mockbroker.http.server import serve
from protocol import (
    AppendResponse,
    JournalServicer,
    JournalStub,
    ListResponse,
    ReadResponse,
    add_JournalServicer_to_server,
)


@dataclass
class ScriptedBroker(JournalServicer):
    """Answers with what it is given, and remembers what it was asked.

    Attributes:
        reads: Responses of each Read; an Exception aborts it with its text, and None waits
            until the client leaves.
        appended: The response of each Append; None waits until the client leaves.
        listed: Responses of each List.
    """

    reads: list[Any] = field(default_factory=list)
    appended: AppendResponse | None = None
    listed: list[ListResponse] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    called: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def Read(self, request: Any, context: Any) -> AsyncIterator[ReadResponse]:  # noqa: N802 - name of the RPC
        """Says `reads`."""
        self._note(request, context)
        try:
            for response in self.reads:
                yield await self._said(response, context)
        finally:
            self.left.set()

    async def List(self, request: Any, context: Any) -> AsyncIterator[ListResponse]:  # noqa: N802 - name of the RPC
        """Says `listed`."""
        self._note(request, context)
        try:
            for response in self.listed:
                yield await self._said(response, context)
        finally:
            self.left.set()

    async def Append(self, requests: AsyncIterator[Any], context: Any) -> AppendResponse:  # noqa: N802 - name of the RPC
        """Reads everything, then says `appended`."""
        content = [request async for request in requests]
        self._note(content, context)
        response: AppendResponse = await self._said(self.appended, context)
        return response

    def _note(self, asked: Any, context: Any) -> None:
        self.asked.append(asked)
        self.called.set()
        self.tokens.append(dict(context.invocation_metadata()).get("authorization", ""))

    async def _said(self, response: Any, context: Any) -> Any:
        if isinstance(response, Exception):
            await context.abort(grpc.StatusCode.UNKNOWN, str(response))
        if response is None:
            try:
                await asyncio.Event().wait()
            finally:
                self.left.set()
        return response


@asynccontextmanager
async def http_side(broker: ScriptedBroker, **options: Any) -> AsyncIterator[str]:
    """Serves `broker`, and yields the URL of its HTTP side."""
    server = grpc.aio.server()
    add_JournalServicer_to_server(broker, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        options = {"authorize": lambda _rpc, _request: ""} | options
        side = await serve(broker_app(JournalStub(channel), **options), listen())
        try:
            yield side.url
        finally:
            await side.stop()
            await server.stop(None)


@dataclass
class Answer:
    """An HTTP response; names of headers are in lower case."""

    code: int
    headers: dict[str, str]
    body: str


def ask(
    broker: ScriptedBroker,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    **options: Any,
) -> Answer:
    """The answer to one request."""

    async def run() -> Answer:
        async with http_side(broker, **options) as url:
            return await asyncio.to_thread(request, url, method, path, body, headers)

    return asyncio.run(run())


def request(
    url: str,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Sends one request to the server at `url`."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        body_text = response.read().decode("latin-1")
        sent = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, sent, body_text)
    finally:
        connection.close()


def raw(broker: ScriptedBroker, sent: bytes) -> bytes:
    """Everything the server says to these bytes."""

    async def run() -> bytes:
        async with http_side(broker) as url:
            reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
            writer.write(sent)
            said = await reader.read()
            writer.close()
            await writer.wait_closed()
            return said

    return asyncio.run(run())


def leave_early(broker: ScriptedBroker, sent: bytes) -> None:
    """Sends a request, and closes the connection once the broker was asked."""

    async def run() -> None:
        async with http_side(broker) as url:
            _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
            writer.write(sent)
            await asyncio.wait_for(broker.called.wait(), 10)
            writer.close()
            await asyncio.wait_for(broker.left.wait(), 10)

    asyncio.run(run())
