"""One broker of a cluster: an address, and the process that now stands behind it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from mockbroker.clock import Clock
from mockbroker.core.actions import Script
from mockbroker.core.broker import Broker
from mockbroker.core.etcd import Mirror
from mockbroker.core.ids import BrokerId
from mockbroker.errors import MockError
from mockbroker.http.front import Front
from mockbroker.http.port import HttpPort, Serve, listen, url_of
from mockbroker.listening import Listening
from mockbroker.rpc.files import Files
from mockbroker.rpc.interceptor import Honest, Interceptor
from mockbroker.rpc.process import Process
from mockbroker.rpc.server import create
from protocol.auth import Keys

Side = Callable[[str], Serve]
"""Makes what serves the HTTP side of a broker from its address."""

_FOR_EVER = 1e6

Build = Callable[["Node", Process], tuple[Broker, Mirror]]


class Node:
    """A broker that can be ended and started again at the same address.

    Attributes:
        index: Its number in the cluster.
        id: Its id.
        port: Its port, once it was started.
        running: Whether it accepts calls.
    """

    def __init__(
        self,
        index: int,
        id_: BrokerId,
        *,
        clock: Clock,
        files: Files,
        keys: Keys | None = None,
        listening: Listening,
        port: int = 0,
        side: Side | None = None,
    ) -> None:
        self.index = index
        self.id = id_
        self.port = port
        self.running = False
        self.interceptor: Interceptor = Honest()
        self._clock = clock
        self._files = files
        self._keys = keys
        self._listening = listening
        self._side = side
        self._http_port = 0
        self._http_url = ""
        self._http: HttpPort | None = None
        self._front: Front | None = None
        self._process: Process | None = None
        self._mirror: Mirror | None = None
        self._server: Any = None
        self._closing = asyncio.Lock()
        self._lingering: set[asyncio.Future[None]] = set()

    @property
    def address(self) -> str:
        """Where gRPC clients dial."""
        return self._listening.address(self.index, self.port)

    @property
    def endpoint(self) -> str:
        """The URL it advertises."""
        return self._listening.endpoint(self.index, self.port)

    @property
    def http(self) -> str:
        """The URL of its HTTP side; empty if it has none."""
        return self._http_url

    @property
    def broker(self) -> Broker:
        """The broker of the present process."""
        return self.process.broker

    @property
    def process(self) -> Process:
        """What runs the broker."""
        if self._process is None:
            raise MockError(f"broker {self.index} is not running")
        return self._process

    @property
    def mirror(self) -> Mirror:
        """The broker's view of the key-space."""
        if self._mirror is None:
            raise MockError(f"broker {self.index} was never started")
        return self._mirror

    def tap(self, interceptor: Interceptor) -> None:
        """Has `interceptor` asked about every call from now on."""
        self.interceptor = interceptor
        if self._process is not None:
            self._process.interceptor = interceptor

    async def start(self, build: Build) -> None:
        """Binds the address, then builds a broker, then accepts calls."""
        process = Process(
            self.index,
            self._clock,
            self._files,
            keys=self._keys,
            channels=self._listening.channels(),
        )
        process.interceptor = self.interceptor
        self._server = create(process)
        if self._fronted:
            listener = self._listening.listen(self.index, self.port)
            self.port = listener.getsockname()[1]
            grpc = self._listening.inner().bind(self._server, self.index, 0)
        else:
            self.port = self._listening.bind(self._server, self.index, self.port)
        process.broker, self._mirror = build(self, process)
        self._process = process
        await self._server.start()
        self._open_http()
        if self._fronted:
            self._front = Front(listener, grpc, self._http_port)
            await self._front.start()
            self._http_url = self.endpoint
        self.running = True

    @property
    def _fronted(self) -> bool:
        """Whether gRPC and HTTP share the broker's port, as they do at a real one."""
        plain = self._listening.tls is None and self._listening.sockets is None
        return plain and self._side is not None

    def _open_http(self) -> None:
        if self._side is not None:
            listener = listen(self._listening.host, self._http_port)
            self._http_port = listener.getsockname()[1]
            self._http_url = url_of(listener, "https" if self._listening.tls else "http")
            self._http = HttpPort(listener, self._side(self.address))

    def linger(self, seconds: float) -> None:
        """Takes no more calls, and ends once those that run have ended, or after `seconds`."""
        self.running = False
        if self._front is not None:
            self._front.refuse()
        server = self._server
        self._begin(self._linger(server))
        self.later(seconds, lambda: self._begin(self._close_if(server)))

    async def _linger(self, server: Any) -> None:
        await server.stop(_FOR_EVER)
        await self._close_if(server)

    async def _close_if(self, server: Any) -> None:
        """Ends the process if it is still the one with this server."""
        if self._server is server:
            await self.close()

    def _begin(self, closing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(closing)
        self._lingering.add(task)
        task.add_done_callback(self._lingering.discard)

    async def close(self) -> None:
        """Ends the process at once: calls are cut, and the port is closed."""
        self.running = False
        async with self._closing:
            if self._process is not None and self._mirror is not None:
                self._process.broker.etcd.detach(self._mirror)
            await self._close_ports()
            if self._process is not None:
                process, self._process = self._process, None
                await process.aclose()

    async def _close_ports(self) -> None:
        if self._front is not None:
            self._front.refuse()
        if self._server is not None:
            server, self._server = self._server, None
            await server.stop(None)
        if self._front is not None:
            front, self._front = self._front, None
            front.close()
        if self._http is not None:
            http, self._http = self._http, None
            await http.close()

    async def run(self, script: Script) -> None:
        """Runs a script of this broker's to its end."""
        await self.process.runner.background(script)

    def later(self, seconds: float, callback: Callable[[], None]) -> None:
        """Calls `callback` in so many seconds of the cluster's clock."""
        self._clock.call_at(self._clock.now() + seconds, callback)


async def close_all(nodes: list[Node]) -> None:
    """Ends all processes at once."""
    await asyncio.gather(*(node.close() for node in nodes))
