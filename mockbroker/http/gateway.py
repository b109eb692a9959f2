"""Journals as plain HTTP resources: GET and HEAD read them, PUT appends to them.

Modelled on a real broker's (wire.md §6, HTTP-001 to HTTP-015). As there, a broker with keys
lets everybody in: it signs these calls itself (AUTH-022).
"""

from collections.abc import AsyncIterator
from typing import Any, Final

import grpc
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from mockbroker.http import answers
from mockbroker.http.calls import Authorize, CallerLeftError, error_text, metadata, unless_left
from mockbroker.http.closing import Cancelling
from protocol import AppendRequest, AppendResponse, JournalStub, ReadRequest, ReadResponse, Status
from protocol.gateway import GatewayError, parse_request
from protocol.wire.writing import half_close, write

_READ_CODES: Final = {
    Status.JOURNAL_NOT_FOUND: 404,
    Status.INSUFFICIENT_JOURNAL_BROKERS: 503,
    Status.OFFSET_NOT_YET_AVAILABLE: 416,
}


class Gateway:
    """Answers requests for journals through the RPCs of one broker.

    Args:
        stub: Calls of the broker, over an asyncio channel.
        authorize: Signs calls where the broker demands it.
    """

    def __init__(self, stub: JournalStub, authorize: Authorize) -> None:
        self._stub = stub
        self._authorize = authorize

    async def answer(self, request: Request) -> Response:
        """The response to any request whose path is a journal."""
        try:
            asked = parse_request(request.method, _target(request))
            if isinstance(asked, ReadRequest):
                return await self._read(asked, request)
            return await self._append(asked, request)
        except GatewayError as error:
            return answers.refusal(error.status, str(error).rstrip("\n"))
        except grpc.aio.AioRpcError as error:
            return answers.refusal(500, error_text(error))
        except (CallerLeftError, ClientDisconnect):
            return Response(status_code=408)

    async def _read(self, asked: ReadRequest, request: Request) -> Response:
        token = self._authorize("Read", asked) or _given(request)
        reading = _Reading(self._stub.Read(asked, metadata=metadata(token)), asked.offset)
        try:
            first = await unless_left(request, reading.start())
        except BaseException:
            reading.cancel()
            raise
        headers = answers.read_headers(first, request.scope["path"])
        if first.status != Status.OK:
            code = _READ_CODES.get(first.status, 500)
            return answers.refusal(code, Status.Name(first.status), headers)
        if request.method == "HEAD":
            reading.cancel()
            return _without_length(Response(status_code=206, headers=headers))
        if reading.content:
            headers["Content-Type"] = answers.content_type(reading.content)
        content = Cancelling(reading.rest(), reading.cancel)
        return answers.ContentResponse(content, headers, lambda: reading.close_error)

    async def _append(self, asked: AppendRequest, request: Request) -> Response:
        if not asked.journal:
            return answers.refusal(500, "expected Request.Journal")
        token = self._authorize("Append", asked) or _given(request)
        call = self._stub.Append(metadata=metadata(token))
        try:
            await _send_all(call, asked, request)
            response = await unless_left(request, call)
        finally:
            call.cancel()
        if response.status == Status.OK:
            return Response(
                status_code=204, headers=answers.append_headers(response, request.scope["path"])
            )
        return answers.refusal(500, _append_text(response))


class _Reading:
    """One Read call, as the real gateway's client follows it."""

    def __init__(self, call: Any, offset: int) -> None:
        self._call = call
        self._offset = offset
        self.content = b""
        self.close_error = "broker terminated RPC"

    def cancel(self) -> None:
        """Ends the call."""
        self._call.cancel()

    async def start(self) -> ReadResponse:
        """Returns the first response; `content` is then what follows it at once, if any."""
        first = await self._next()
        if first is None:
            return ReadResponse()
        if first.status == Status.OK:
            self._offset = first.offset
            self.content = await self._next_content()
        return first

    async def rest(self) -> AsyncIterator[bytes]:
        """Yields all content, and leaves why it ended in `close_error`."""
        while self.content:
            yield self.content
            self.content = await self._next_content()

    async def _next(self) -> ReadResponse | None:
        response = await self._call.read()
        return response if isinstance(response, ReadResponse) else None

    async def _next_content(self) -> bytes:
        """The next content; empty at the end."""
        try:
            while response := await self._next():
                if self._ends(response):
                    return b""
                if response.content:
                    self._offset += len(response.content)
                    return response.content
        except grpc.aio.AioRpcError as error:
            self.close_error = error_text(error)
        return b""

    def _ends(self, response: ReadResponse) -> bool:
        if response.status != Status.OK:
            self.close_error = Status.Name(response.status)
        elif response.offset > self._offset:
            self.close_error = "offset jump"
        else:
            return False
        return True


async def _send_all(call: Any, asked: AppendRequest, request: Request) -> None:
    """Sends the append and its commit, unless the broker has answered before."""
    if not await write(call, asked):
        return
    async for chunk in request.stream():
        if chunk and not await write(call, AppendRequest(content=chunk)):
            return
    if await write(call, AppendRequest()):
        await half_close(call)


def _append_text(response: AppendResponse) -> str:
    name = Status.Name(response.status)
    if response.status == Status.FRAGMENT_STORE_UNHEALTHY:
        return f"{response.store_health_error}: {name}"
    return name


def _target(request: Request) -> str:
    path = request.scope["raw_path"].decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


def _given(request: Request) -> str:
    return request.headers.get("authorization", "")


def _without_length(response: Response) -> Response:
    del response.headers["content-length"]
    return response
