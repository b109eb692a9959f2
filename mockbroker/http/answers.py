"""Responses of the raw gateway: statuses, `X-` headers, content with a closing trailer."""

import posixpath
from collections.abc import AsyncIterator, Callable
from email.utils import formatdate
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mockbroker.http.closing import ClosingStream
from mockbroker.http.trailers import EXTENSION
from protocol import AppendResponse, Fragment, Header, ReadResponse, Route
from protocol.fragments import content_name, digest_of
from protocol.text import compact_text

_MAX_INT64: Final = (1 << 63) - 1
_SAFE_IN_PATH: Final = "$&+,/:;=@"
_CONTROL: Final = frozenset({*range(0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)})
_SNIFFED: Final = 512
CLOSE_ERROR: Final = "X-Close-Error"


def refusal(code: int, text: str, headers: dict[str, str] | None = None) -> Response:
    """A plain text answer of one line."""
    sent = {"X-Content-Type-Options": "nosniff", **(headers or {})}
    body = f"{text}\n".encode("utf-8", "surrogateescape")
    return Response(body, code, sent, media_type="text/plain")


def append_headers(response: AppendResponse, path: str) -> dict[str, str]:
    """The headers of an append that was committed."""
    commit = response.commit
    return _route_headers(response.header, path) | {
        "X-Commit-Begin": str(commit.begin),
        "X-Commit-End": str(commit.end),
        "X-Write-Head": str(commit.end),
        "X-Commit-SHA1-Sum": digest_of(commit.sum).hex(),
    }


def read_headers(response: ReadResponse, path: str) -> dict[str, str]:
    """The headers of a read, whatever its status."""
    headers = _route_headers(response.header, path) if response.HasField("header") else {}
    if response.HasField("fragment"):
        headers |= _fragment_headers(response.fragment, response.fragment_url)
        headers["Content-Range"] = f"bytes {response.offset}-{_MAX_INT64}/{_MAX_INT64}"
    if response.write_head:
        headers["X-Write-Head"] = str(response.write_head)
    return headers


def content_type(start: bytes) -> str:
    """The type of content that starts like this: text unless it has control characters."""
    if _CONTROL.isdisjoint(start[:_SNIFFED]):
        return "text/plain; charset=utf-8"
    return "application/octet-stream"


def quoted(path: str) -> str:
    """Percent-encodes a path as Go does."""
    return quote(path, safe=_SAFE_IN_PATH, errors="surrogateescape")


class ContentResponse(ClosingStream):
    """206 with content, and at its end a trailer that tells why it ended.

    Args:
        content: The body.
        headers: All headers but `Trailer`.
        close_error: Called at the end for the value of the trailer.
    """

    def __init__(
        self,
        content: AsyncIterator[bytes],
        headers: dict[str, str],
        close_error: Callable[[], str],
    ) -> None:
        super().__init__(content, 206, headers)
        self._close_error = close_error
        self._with_trailer = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the response, with the trailer where the connection can."""
        self._with_trailer = EXTENSION in scope.get("extensions", {})
        if self._with_trailer:
            self.headers["Trailer"] = CLOSE_ERROR
        await super().__call__(scope, receive, send)

    async def stream_response(self, send: Send) -> None:
        """Sends headers, content and trailer."""
        start = {"type": "http.response.start", "status": 206, "headers": self.raw_headers}
        await send(start | {"trailers": self._with_trailer})
        async for chunk in self.body_iterator:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body"})
        if self._with_trailer:
            trailer = (CLOSE_ERROR.encode(), self._close_error().encode("latin-1", "replace"))
            await send({"type": "http.response.trailers", "headers": [trailer]})


def _route_headers(header: Header, path: str) -> dict[str, str]:
    route = header.route
    if not route.members:
        return {}
    headers = {"X-Route-Token": compact_text(route).rstrip()}
    if 0 <= route.primary < len(route.endpoints):
        headers["Location"] = _location(route, path)
    return headers


def _fragment_headers(fragment: Fragment, url: str) -> dict[str, str]:
    headers = {"X-Fragment-Name": content_name(fragment)}
    if fragment.mod_time:
        headers["X-Fragment-Last-Modified"] = formatdate(fragment.mod_time, usegmt=True)
    if url:
        headers["X-Fragment-Location"] = _header_value(url)
    return headers


def _location(route: Route, path: str) -> str:
    url = urlsplit(route.endpoints[route.primary])
    joined = posixpath.normpath(f"{url.path}/{path.lstrip('/')}")
    return url._replace(path=quoted(joined)).geturl()


def _header_value(text: str) -> str:
    """The text as it travels: UTF-8 in one line."""
    return " ".join(text.splitlines()).encode().decode("latin-1")
