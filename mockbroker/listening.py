"""Where the brokers of a cluster listen, and how they are reached."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from mockbroker.errors import MockError
from mockbroker.http.port import listen
from mockbroker.rpc.peers import OPTIONS, Channels
from mockbroker.tls import Tls


@dataclass(frozen=True)
class Listening:
    """Addresses of a cluster.

    Attributes:
        host: Address that brokers listen on.
        ports: Port of each of the first brokers; others take free ones.
        sockets: Directory of Unix sockets that gRPC is served at instead; HTTP stays on ports.
        tls: Certificates, where brokers speak TLS.
    """

    host: str = "127.0.0.1"
    ports: Sequence[int] = ()
    sockets: Path | None = None
    tls: Tls | None = None

    def address(self, index: int, port: int) -> str:
        """Returns where gRPC clients dial a broker."""
        if self.sockets is not None:
            return f"unix:{self._socket(index)}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{port}"

    def endpoint(self, index: int, port: int) -> str:
        """Returns the URL that a broker advertises."""
        if self.sockets is not None:
            return f"unix://localhost{self._socket(index)}"
        return f"{'https' if self.tls else 'http'}://{self.address(index, port)}"

    def bind(self, server: Any, index: int, port: int) -> int:
        """Has a gRPC server listen for a broker, and returns its port; 0 at a Unix socket.

        Raises:
            MockError: The address can't be listened on.
        """
        if self.sockets is not None:
            self._socket(index).unlink(missing_ok=True)
        address = self.address(index, port)
        try:
            if self.tls is not None and self.sockets is None:
                bound = server.add_secure_port(address, self.tls.server())
            else:
                bound = server.add_insecure_port(address)
        except RuntimeError as error:
            raise MockError(f"cannot listen on {address}: is it taken?") from error
        if not bound:
            raise MockError(f"cannot listen on {address}: is it taken?")
        return 0 if self.sockets is not None else int(bound)

    def listen(self, index: int, port: int) -> socket.socket:
        """Returns a socket that listens for a broker.

        Raises:
            MockError: The address can't be listened on.
        """
        try:
            return listen(self.host, port)
        except OSError as error:
            address = self.address(index, port)
            raise MockError(f"cannot listen on {address}: is it taken?") from error

    def inner(self) -> "Listening":
        """Returns where servers listen that a port of this one passes connections on to."""
        return Listening(self.host)

    def channels(self) -> Channels:
        """Returns new channels from one broker to its peers."""
        return Channels(self.tls.channel() if self.tls else None)

    def channel(self, address: str) -> Any:
        """Returns a new channel to a broker's own address."""
        if self.tls is not None and self.sockets is None:
            return grpc.aio.secure_channel(address, self.tls.channel(), options=OPTIONS)
        return grpc.aio.insecure_channel(address, options=OPTIONS)

    def _socket(self, index: int) -> Path:
        return Path(self.sockets or "").absolute() / f"broker-{index}.sock"
