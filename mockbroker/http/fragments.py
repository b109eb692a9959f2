"""Serves the fragments of memory and file stores, by the URLs that the stores sign.

A fragment is answered as it is stored. One that a store is to decompress for its readers
says so by `Content-Encoding: gzip`, which clients decompress themselves.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mockbroker.http.broker import decoded
from mockbroker.http.closing import ClosingStream
from mockbroker.store import StoreFailedError
from mockbroker.store.links import HttpLinks, LinkError
from mockbroker.store.table import StoreTable

_TYPE: Final = "application/octet-stream"


def fragments_app(stores: StoreTable, links: HttpLinks) -> ASGIApp:
    """Returns the application at the base URL of `links`; it answers GET and HEAD."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await _answer(stores, links, request)
        await response(scope, receive, send)

    return app


async def _answer(stores: StoreTable, links: HttpLinks, request: Request) -> Response:
    if request.method not in {"GET", "HEAD"}:
        return _refusal(405, f"unknown method: {request.method}")
    key = decoded(request.scope["raw_path"])
    try:
        links.check(key, request.query_params)
        encoding, content = await stores.fetch(key)
    except LinkError as error:
        return _refusal(403, str(error))
    except StoreFailedError as error:
        return _refusal(404 if error.missing else 500, str(error))
    headers = {"Content-Encoding": encoding} if encoding else {}
    return ClosingStream(content, 200, headers, media_type=_TYPE)


def _refusal(code: int, text: str) -> Response:
    return PlainTextResponse(text + "\n", code)
