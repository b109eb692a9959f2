"""A port of HTTP that costs nothing until somebody connects.

The port is bound and listens at once, so that its URL is known and no connection is refused.
What serves it is imported and started when the first connection waits there.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

Serve = Callable[[socket.socket], AbstractAsyncContextManager[Any]]
"""Serves a listening socket while its context lasts, and owns the socket then."""


def listen(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """Returns a socket that listens on `host` and `port`; port 0 is any free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def url_of(listener: socket.socket, scheme: str = "http") -> str:
    """The URL of what is served on `listener`, without a trailing slash."""
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


class HttpPort:
    """A listening port, served from its first connection on. Of the running event loop.

    Args:
        listener: Where it listens.
        serve: What serves it.
    """

    def __init__(self, listener: socket.socket, serve: Serve) -> None:
        self._listener = listener
        self._serve = serve
        self._serving: asyncio.Task[None] | None = None
        self._stack = AsyncExitStack()
        asyncio.get_running_loop().add_reader(listener, self._start)

    async def close(self) -> None:
        """Ends what is served, and frees the port."""
        if self._serving is None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            return
        await self._serving
        await self._stack.aclose()

    def _start(self) -> None:
        asyncio.get_running_loop().remove_reader(self._listener)
        self._serving = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        await self._stack.enter_async_context(self._serve(self._listener))
