"""Faults of connections: a proxy between clients and a broker that misbehaves on the wire.

The proxy carries bytes. It knows the frames of HTTP/2 only as far as it takes to put one
of its own (GOAWAY) between two of the broker's.
"""

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from mockbroker.errors import MockError

_CHUNK = 64 << 10
_FRAME_HEAD = 9
_GOAWAY = 7
_LAST_STREAM = 0x7FFF_FFFF
_LINGER_NONE = struct.pack("ii", 1, 0)


class _Frames:
    """Follows the broker's frames, to put one of its own between two of them."""

    def __init__(self) -> None:
        self._head = b""
        self._left = 0
        self._waiting = b""

    @property
    def between(self) -> bool:
        """Whether nothing of a frame is half sent."""
        return not self._head and not self._left

    def interject(self, frame: bytes) -> bytes:
        """What is sent at once of `frame`: all of it, or nothing until the present one ends."""
        if self.between:
            return frame
        self._waiting += frame
        return b""

    def feed(self, data: bytes) -> bytes:
        """Takes in what comes from the broker, and returns what is sent."""
        place = 0
        while place < len(data):
            place += self._step(data, place)
            if self.between and self._waiting:
                data = data[:place] + self._waiting + data[place:]
                place += len(self._waiting)
                self._waiting = b""
        return data

    def _step(self, data: bytes, place: int) -> int:
        """Follows `data` from `place` to the end of a head or of a payload, and tells how far."""
        if self._left:
            taken = min(self._left, len(data) - place)
            self._left -= taken
            return taken
        taken = min(_FRAME_HEAD - len(self._head), len(data) - place)
        self._head += data[place : place + taken]
        if len(self._head) == _FRAME_HEAD:
            self._left = int.from_bytes(self._head[:3])
            self._head = b""
        return taken


@dataclass(eq=False)
class _Link:
    """One client's connection, and the one that goes on to the broker."""

    client: asyncio.StreamWriter
    broker: asyncio.StreamWriter
    frames: _Frames = field(default_factory=_Frames)
    tasks: list["asyncio.Task[None]"] = field(default_factory=list)


class WireProxy:
    """A port that leads to a broker, until it is told otherwise; an async context manager.

    All methods act on the connections there are, and on those to come where it says so.

    Args:
        target: Host and port of the broker.
        host: Address to listen on.
    """

    def __init__(self, target: str, host: str = "127.0.0.1") -> None:
        self.target = target
        self._host = host
        self._port = 0
        self._server: asyncio.Server | None = None
        self._links: list[_Link] = []
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._rate: float | None = None

    async def __aenter__(self) -> Self:
        """Begins to listen."""
        await self.accept()
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Closes all connections, and the port."""
        await self.refuse()
        await self.reset()

    @property
    def address(self) -> str:
        """Where clients dial; it stays the same."""
        if not self._port:
            raise MockError("the proxy does not listen yet")
        return f"{self._host}:{self._port}"

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._links)

    async def accept(self) -> None:
        """Takes connections, as at the beginning."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, self._host, self._port)
            self._port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Closes the port: new connections are refused, those there are go on."""
        if self._server is not None:
            server, self._server = self._server, None
            server.close()

    async def reset(self) -> None:
        """Ends all connections with a TCP reset."""
        links, self._links = self._links, []
        for link in links:
            _reset(link.client)
            link.broker.close()
            for task in link.tasks:
                task.cancel()
        tasks = [task for link in links for task in link.tasks]
        await asyncio.gather(*tasks, return_exceptions=True)

    def half_open(self) -> None:
        """Carries nothing more, either way, though connections stay and new ones are taken."""
        self._flowing.clear()

    def flow(self) -> None:
        """Ends `half_open`: what was held back is carried."""
        self._flowing.set()

    def slow(self, bytes_per_second: float | None) -> None:
        """Holds what the broker sends to a rate; None ends it."""
        if bytes_per_second is not None and bytes_per_second <= 0:
            raise MockError("a rate is more than nothing; half_open() carries nothing")
        self._rate = bytes_per_second

    async def goaway(self, grace: float = 0.5, code: int = 0) -> None:
        """Tells all clients to go away, and closes their connections after `grace` seconds.

        Calls under way may finish within the grace. `code` is an HTTP/2 error code.
        """
        links = list(self._links)
        payload = struct.pack(">II", _LAST_STREAM, code)
        head = len(payload).to_bytes(3) + bytes([_GOAWAY, 0]) + bytes(4)
        for link in links:
            link.client.write(link.frames.interject(head + payload))
        await asyncio.sleep(grace)
        for link in links:
            link.client.close()
            link.broker.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = self.target.rpartition(":")
        try:
            from_broker, to_broker = await asyncio.open_connection(host, int(port))
        except OSError:
            _reset(writer)
            return
        link = _Link(writer, to_broker)
        link.tasks = [
            asyncio.ensure_future(self._carry(reader, to_broker)),
            asyncio.ensure_future(self._carry(from_broker, writer, link.frames)),
        ]
        self._links.append(link)
        await asyncio.wait(link.tasks, return_when=asyncio.FIRST_COMPLETED)
        for end in (link.client, link.broker):
            end.close()
        if link in self._links:
            self._links.remove(link)

    async def _carry(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        frames: _Frames | None = None,
    ) -> None:
        """Carries bytes one way until either side ends; `frames` follows the broker's."""
        with contextlib.suppress(ConnectionError):
            while data := await source.read(self._portion(frames)):
                await self._flowing.wait()
                if frames is not None:
                    data = frames.feed(data)
                    if self._rate:
                        await asyncio.sleep(len(data) / self._rate)
                sink.write(data)
                await sink.drain()

    def _portion(self, frames: _Frames | None) -> int:
        """How much is read at once: of a slow broker what it may send in a tenth of a second."""
        if frames is None or self._rate is None:
            return _CHUNK
        return max(1, min(_CHUNK, int(self._rate / 10)))


def _reset(writer: asyncio.StreamWriter) -> None:
    sock: socket.socket | None = writer.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
    writer.transport.abort()
