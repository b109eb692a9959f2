"""List and Read as JSON: `POST /v1/journals/list` and `/v1/journals/read`.

Answers are one object per line, as they come. Modelled on a real broker's (wire.md §6,
HTTP-016 to HTTP-019); a call needs the token that the RPC needs.
"""

import json
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Any, Final

import grpc
from google.protobuf import json_format
from google.protobuf.message import Message
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from mockbroker.http.calls import CallerLeftError, metadata, unless_left
from mockbroker.http.closing import Cancelling, ClosingStream
from mockbroker.http.json_form import dumps, json_text
from protocol import JournalStub, ListRequest, ReadRequest

_JSON: Final = "application/json"
_HEADERS: Final = {"Grpc-Metadata-Content-Type": "application/grpc"}
_HTTP_CODES: Final = {
    grpc.StatusCode.CANCELLED: 408,
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
}
_ALLOWED_METHODS: Final = "GET, POST, OPTIONS"
_ALLOWED_HEADERS: Final = (
    "Cache-Control, Content-Language, Content-Length, Content-Type, Expires, Last-Modified, "
    "Pragma, Authorization"
)


class Rest:
    """Answers requests below `/v1/` through the RPCs of one broker.

    Args:
        stub: Calls of the broker, over an asyncio channel.
        allow_origins: Origins of web pages that may call.
    """

    def __init__(self, stub: JournalStub, allow_origins: tuple[str, ...] = ()) -> None:
        self._calls: dict[str, tuple[Callable[..., Any], type[Message]]] = {
            "/v1/journals/list": (stub.List, ListRequest),
            "/v1/journals/read": (stub.Read, ReadRequest),
        }
        self._allow_origins = frozenset(allow_origins)

    async def answer(self, request: Request) -> Response:
        """The response to any request below `/v1/`."""
        response = Response() if request.method == "OPTIONS" else await self._answer(request)
        origin = request.headers.get("origin", "")
        if origin in self._allow_origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Methods"] = _ALLOWED_METHODS
            response.headers["Access-Control-Allow-Headers"] = _ALLOWED_HEADERS
        return response

    async def _answer(self, request: Request) -> Response:
        method, kind = self._calls.get(request.scope["path"], (None, None))
        if method is None or kind is None or request.method != "POST":
            return _error(501, 12, "Not Implemented")
        try:
            message = _parse(await request.body(), kind)
        except json_format.ParseError as error:
            return _error(400, 3, str(error))
        token = request.headers.get("authorization", "")
        call = method(message, metadata=metadata(token))
        return await _stream(request, call)


async def _stream(request: Request, call: Any) -> Response:
    try:
        first = await unless_left(request, call.read())
    except grpc.aio.AioRpcError as error:
        code = _HTTP_CODES.get(error.code(), 500)
        return StreamingResponse(_only(_error_text(error)), code, media_type=_JSON)
    except CallerLeftError:
        call.cancel()
        return Response(status_code=408)
    return ClosingStream(
        Cancelling(_lines(call, first), call.cancel), 200, _HEADERS, media_type=_JSON
    )


async def _lines(call: Any, response: Any) -> AsyncIterator[str]:
    try:
        while isinstance(response, Message):
            yield f'{{"result":{json_text(response)}}}\n'
            response = await call.read()
    except grpc.aio.AioRpcError as error:
        yield _error_text(error)


async def _only(text: str) -> AsyncIterator[str]:
    yield text


def _parse(body: bytes, kind: type[Message]) -> Message:
    try:
        value = json.loads(body.decode() or "{}")
    except ValueError as error:
        raise json_format.ParseError(str(error)) from error
    if value is None:
        return kind()
    if not isinstance(value, dict):
        raise json_format.ParseError("expected an object")
    return json_format.ParseDict(value, kind(), ignore_unknown_fields=True)


def _error(http_code: int, grpc_code: int, text: str) -> Response:
    body = {"code": grpc_code, "message": text, "details": []}
    return Response(dumps(body), http_code, media_type=_JSON)


def _error_text(error: grpc.aio.AioRpcError) -> str:
    http_code = _HTTP_CODES.get(error.code(), 500)
    body = {
        "grpcCode": error.code().value[0],
        "httpCode": http_code,
        "message": error.details() or "",
        "httpStatus": HTTPStatus(http_code).phrase,
        "details": [],
    }
    return dumps({"error": body})
