"""What a cluster serves over HTTP. Web libraries are imported once somebody connects."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from mockbroker.http.port import Serve
from mockbroker.rpc.interceptor import Interceptor
from protocol import JournalStub
from protocol.auth import Keys, derive_claims

if TYPE_CHECKING:
    import ssl

    from mockbroker.cluster import MockCluster
    from mockbroker.store.links import HttpLinks
    from mockbroker.store.table import StoreTable

_TOKEN_SECONDS: Final = 3600.0


def broker_side(
    connect: Callable[[], Any],
    keys: Keys | None,
    now: Callable[[], float],
    allow_origins: tuple[str, ...] = (),
    tls: "ssl.SSLContext | None" = None,
) -> Serve:
    """Returns what serves the HTTP side of a broker.

    Args:
        connect: Opens an asyncio channel to it.
        keys: What signs the calls of the raw gateway, where the broker demands tokens.
        now: Seconds since the epoch.
        allow_origins: Origins of web pages that may call `/v1/`.
        tls: Certificates, where it speaks TLS.
    """

    def authorize(rpc: str, request: Any) -> str:
        if keys is None:
            return ""
        return keys.authorization(derive_claims(rpc, request), now=now(), lifetime=_TOKEN_SECONDS)

    @asynccontextmanager
    async def serve(listener: socket.socket) -> AsyncIterator[None]:
        broker = await _imported("mockbroker.http.broker")
        async with connect() as channel:
            app = broker.broker_app(JournalStub(channel), authorize, allow_origins)
            async with _served(app, listener, tls):
                yield

    return serve


def control_side(cluster: "MockCluster") -> Serve:
    """Returns what serves the control API of `cluster`."""

    @asynccontextmanager
    async def serve(listener: socket.socket) -> AsyncIterator[None]:
        control = await _imported("mockbroker.control.app")
        async with _served(control.Control(cluster).app(), listener):
            yield

    return serve


def fragments_side(stores: "StoreTable", links: "HttpLinks", faults: Interceptor) -> Serve:
    """Returns what serves the fragments of memory and file stores, by the URLs of `links`."""

    @asynccontextmanager
    async def serve(listener: socket.socket) -> AsyncIterator[None]:
        fragments = await _imported("mockbroker.http.fragments")
        faulty = await _imported("mockbroker.http.faulty")
        app = faulty.faulty(fragments.fragments_app(stores, links), faults)
        async with _served(app, listener):
            yield

    return serve


@asynccontextmanager
async def _served(
    app: Any, listener: socket.socket, tls: "ssl.SSLContext | None" = None
) -> AsyncIterator[None]:
    server = await (await _imported("mockbroker.http.server")).serve(app, listener, tls)
    try:
        yield
    finally:
        await server.stop()


async def _imported(module: str) -> Any:
    return await asyncio.to_thread(import_module, module)
