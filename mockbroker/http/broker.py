"""The application that one broker serves over HTTP."""

import posixpath
import re
from collections.abc import AsyncIterator
from html import escape
from typing import Final
from urllib.parse import unquote_to_bytes

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mockbroker.http.answers import quoted
from mockbroker.http.calls import Authorize
from mockbroker.http.gateway import Gateway
from mockbroker.http.metrics import CONTENT_TYPE, Metrics
from mockbroker.http.rest import Rest
from protocol import JournalStub

_ABSOLUTE: Final = re.compile(rb"^https?://[^/]*")
"""What precedes the path where a request names the whole URL, as to a proxy."""


def broker_app(
    stub: JournalStub, authorize: Authorize, allow_origins: tuple[str, ...] = ()
) -> ASGIApp:
    """Returns the HTTP side of the broker that `stub` calls, over an asyncio channel.

    Args:
        stub: Calls of the broker.
        authorize: Signs the calls of the raw gateway, where the broker has keys.
        allow_origins: Origins of web pages that may call `/v1/`.
    """
    gateway = Gateway(stub, authorize)
    rest = Rest(stub, allow_origins)
    metrics = Metrics()

    async def answer(request: Request) -> Response:
        path = request.scope["path"]
        if path == "*":
            return Response(status_code=400)
        clean = _clean(path)
        if clean != path and request.method != "CONNECT":
            return _redirect(clean, request)
        if path == "/debug/ready":
            return Response()
        if path == "/debug/metrics":
            return StreamingResponse(_one(metrics.text()), headers={"Content-Type": CONTENT_TYPE})
        if path.startswith("/v1/"):
            return await rest.answer(request)
        return await gateway.answer(request)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["raw_path"] = _ABSOLUTE.sub(b"", scope["raw_path"])
        scope["path"] = decoded(scope["raw_path"])
        response = await answer(Request(scope, receive))
        metrics.count(scope["method"], response.status_code)
        await response(scope, receive, send)

    return app


async def _one(text: str) -> AsyncIterator[str]:
    yield text


def decoded(raw_path: bytes) -> str:
    """The path of a request, percent-decoded; bytes that are not UTF-8 survive."""
    return unquote_to_bytes(raw_path).decode("utf-8", "surrogateescape")


def _clean(path: str) -> str:
    """The path that is served: without empty and relative parts; `/v1` is a directory."""
    cleaned = posixpath.normpath("/" + path.lstrip("/"))
    if cleaned != "/" and (path.endswith("/") or cleaned == "/v1"):
        cleaned += "/"
    return cleaned


def _redirect(path: str, request: Request) -> Response:
    query = request.scope["query_string"].decode("latin-1")
    url = quoted(path) + (f"?{query}" if query else "")
    if request.method not in {"GET", "HEAD"}:
        return Response(status_code=307, headers={"Location": url})
    body = f'<a href="{escape(url)}">Temporary Redirect</a>.\n\n' if request.method == "GET" else ""
    response = HTMLResponse(body, 307, {"Location": url})
    if not body:
        del response.headers["content-length"]
    return response
