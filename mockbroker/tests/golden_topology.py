"""What a replay needs of the brokers it talks to."""

import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Protocol
from xml.etree import ElementTree as ET

from mockbroker.tests.golden_session import Identity


class Topology(Protocol):
    """Brokers that run.

    Attributes:
        addresses: Host and port of each broker's gRPC side.
        http: Base URL of each broker's HTTP side.
        file_root: Directory of the file store.
        real_time: Whether the recorded pauses must be kept to.
    """

    addresses: list[str]
    http: list[str]
    file_root: Path
    real_time: bool

    def terminate(self, broker: int) -> None:
        """Asks a broker to exit, handing over its journals first."""

    def kill(self, broker: int) -> None:
        """Ends a broker at once; its lease lasts on."""


@dataclass(frozen=True)
class Setup:
    """What brokers to start.

    Attributes:
        identities: Zone and suffix of each.
        auth_key: Base64 key to demand tokens of, or None.
        flags: Other flags, as a real broker takes them.
    """

    identities: tuple[Identity, ...]
    auth_key: str | None = None
    flags: tuple[str, ...] = ()


Launch = Callable[[Setup], AbstractContextManager[Topology]]


_ANYBODY = (
    "AWS4-HMAC-SHA256 Credential=test/20000101/us-east-1/s3/aws4_request, "
    "SignedHeaders=host, Signature=0"
)


class ObjectStore:
    """An S3 server on the loopback."""

    def __init__(self, address: str) -> None:
        self.address = address

    def create(self, bucket: str) -> None:
        """Creates `bucket`."""
        self._request("PUT", f"/{bucket}")

    def objects(self, bucket: str) -> list[dict[str, Any]]:
        """The objects of `bucket`, in the form of the recordings."""
        listing = ET.fromstring(self._request("GET", f"/{bucket}?list-type=2")[1])  # noqa: S314 - our own server
        keys = [e.text or "" for e in listing.iter() if e.tag.endswith("}Key")]
        return [self._described(bucket, key) for key in keys]

    def _described(self, bucket: str, key: str) -> dict[str, Any]:
        headers, _ = self._request("HEAD", f"/{bucket}/{key}")
        named = {name.lower(): value for name, value in headers.items()}
        return {
            "key": key,
            "content_encoding": named.get("content-encoding", ""),
            "content_type": named.get("content-type", ""),
            "metadata": {},
        }

    def _request(self, method: str, path: str) -> tuple[dict[str, str], bytes]:
        connection = HTTPConnection(self.address, timeout=10)
        try:
            connection.request(method, path, headers={"Authorization": _ANYBODY})
            response = connection.getresponse()
            return dict(response.headers), response.read()
        finally:
            connection.close()


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    """An S3 server that knows the credentials `test`, which the environment then holds."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - slow, and one session needs it

    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    before = {key: os.environ.get(key) for key in credentials}
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=_free_port(), verbose=False)
    server.start()
    os.environ.update(credentials)
    try:
        host, port = server.get_host_and_port()
        _forget(f"{host}:{port}")
        yield ObjectStore(f"{host}:{port}")
    finally:
        server.stop()
        for key, value in before.items():
            os.environ.pop(key) if value is None else os.environ.update({key: value})


def _forget(address: str) -> None:
    """Empties the S3 server, whose objects are those of every such server of the process."""
    connection = HTTPConnection(address, timeout=10)
    connection.request("POST", "/moto-api/reset")
    connection.getresponse().read()
    connection.close()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def until(seconds: float) -> Iterator[None]:
    """Tries, until `seconds` are over, with a short rest between two."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(0.02)


def dumps(value: Any) -> str:
    """`value` on one line, cut for reading."""
    line = value if isinstance(value, str) else json.dumps(value, default=repr)
    return line if len(line) <= 500 else f"{line[:500]}… ({len(line)} characters)"
