"""One port for gRPC and HTTP: a connection goes to the server that speaks what it begins with.

A real broker serves both at its endpoint (TRAN-013). Connections of HTTP/2 with prior knowledge
begin with its preface, and are gRPC's; all others are of HTTP/1.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Final, cast

PREFACE: Final = b"PRI * HTTP/2.0"
"""What connections of HTTP/2 begin with, as far as it is looked at."""


class Front:
    """A listening port that passes its connections on to two others of the same host.

    Args:
        listener: Where it listens; the front owns it from then on.
        grpc: Port of the gRPC server.
        http: Port of the HTTP server.
    """

    def __init__(self, listener: socket.socket, grpc: int, http: int) -> None:
        self._listener = listener
        self._host = listener.getsockname()[0]
        self._ports = (grpc, http)
        self._server: asyncio.Server | None = None
        self._open: set[_Side] = set()

    async def start(self) -> None:
        """Accepts connections from now on."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Caller(self), sock=self._listener)

    def refuse(self) -> None:
        """Frees the port; open connections go on."""
        if self._server is not None:
            self._server.close()

    def close(self) -> None:
        """Frees the port and ends all connections at once."""
        self.refuse()
        for side in list(self._open):
            side.abort()

    def enter(self, side: "_Side") -> None:
        """Notes an open connection."""
        self._open.add(side)

    def leave(self, side: "_Side") -> None:
        """Forgets a connection that has ended."""
        self._open.discard(side)

    async def connect(self, caller: "_Caller", *, grpc: bool) -> None:
        """Connects a caller to its server, or ends it where there is none any more."""
        port = self._ports[0 if grpc else 1]
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: _Server(self, caller), self._host, port)
        except OSError:
            caller.abort()


class _Side(asyncio.Protocol):
    """One of the two connections that a call passes through."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self.transport: asyncio.Transport | None = None
        self.peer: _Side | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._front.enter(self)

    def data_received(self, data: bytes) -> None:
        if self.peer is not None and self.peer.transport is not None:
            self.peer.transport.write(data)

    def eof_received(self) -> bool:
        self._of_peer(asyncio.Transport.write_eof)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._front.leave(self)
        self._of_peer(asyncio.Transport.close if exc is None else asyncio.Transport.abort)

    def pause_writing(self) -> None:
        self._of_peer(asyncio.Transport.pause_reading)

    def resume_writing(self) -> None:
        self._of_peer(asyncio.Transport.resume_reading)

    def abort(self) -> None:
        """Ends the connection at once."""
        if self.transport is not None:
            self.transport.abort()

    def _of_peer(self, do: Callable[[asyncio.Transport], None]) -> None:
        transport = self.peer.transport if self.peer is not None else None
        if transport is not None and not transport.is_closing():
            getattr(transport, do.__name__)()


class _Caller(_Side):
    """A client's connection, whose first bytes tell where it goes."""

    def __init__(self, front: Front) -> None:
        super().__init__(front)
        self._begun = b""
        self._connecting: asyncio.Task[None] | None = None

    def data_received(self, data: bytes) -> None:
        if self.peer is not None:
            super().data_received(data)
            return
        self._begun += data
        begun = self._begun[: len(PREFACE)]
        if self._connecting is None and (
            len(begun) == len(PREFACE) or begun != PREFACE[: len(begun)]
        ):
            connecting = self._front.connect(self, grpc=begun == PREFACE)
            self._connecting = asyncio.ensure_future(connecting)
            if self.transport is not None:
                self.transport.pause_reading()

    def joined(self, server: _Side) -> bytes:
        """Passes on to `server` from now on, and returns what came before."""
        self.peer = server
        if self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()
        return self._begun


class _Server(_Side):
    """The connection to the server that a caller was passed on to."""

    def __init__(self, front: Front, caller: _Caller) -> None:
        super().__init__(front)
        self.peer = caller

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        caller = cast("_Caller", self.peer)
        if caller.transport is None or caller.transport.is_closing():
            self.abort()
            return
        cast("asyncio.Transport", transport).write(caller.joined(self))
