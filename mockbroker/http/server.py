"""Runs one ASGI application on a port of its own, in the running event loop."""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Iterator
from typing import Final

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from mockbroker.http.port import url_of
from mockbroker.http.trailers import TrailersProtocol

_LOGGER = logging.getLogger(__name__)
_DATE_SECONDS: Final = 1.0
"""How long the `Date` of answers stays as it is."""


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.exit_asked = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals to the process whose loop it runs in."""
        yield

    async def main_loop(self) -> None:
        """Waits for the end without waking up ten times a second."""
        ticks = 0
        while not await self.on_tick(ticks):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.exit_asked.wait(), _DATE_SECONDS)
            ticks += 10


class HttpServer:
    """A listening HTTP server.

    Attributes:
        url: Where it listens, without a trailing slash.
    """

    def __init__(self, server: _Server, serving: "asyncio.Task[None]", url: str) -> None:
        self.url = url
        self._server = server
        self._serving = serving

    async def stop(self) -> None:
        """Ends all responses that still run, and frees the port."""
        self._server.should_exit = True
        self._server.exit_asked.set()
        await self._serving


async def serve(
    app: ASGIApp, listener: socket.socket, tls: ssl.SSLContext | None = None
) -> HttpServer:
    """Serves `app` on `listener`, which the server owns from then on."""
    server = _Server(_config(app, tls))
    serving = asyncio.create_task(server.serve([listener]))
    while not server.started:
        if serving.done():
            await serving
        await asyncio.sleep(0)
    return HttpServer(server, serving, url_of(listener, "https" if tls else "http"))


def _logged(app: ASGIApp) -> ASGIApp:
    """Tells of a bug in `app`, but not of clients that leave and of the server's end."""

    async def logged(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except Exception:
            _LOGGER.exception("%s %s failed", scope["method"], scope["path"])
            raise

    return logged


def _config(app: ASGIApp, tls: ssl.SSLContext | None) -> uvicorn.Config:
    config = uvicorn.Config(
        _logged(app),
        http=TrailersProtocol,
        ws="none",
        proxy_headers=False,
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=0,
    )
    config.load()
    config.ssl = tls
    return config
