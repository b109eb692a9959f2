"""One malformed, or unusual but right, way to make a call, and which ends it may have."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass

from conformance.raw.connection import Outcome, RawConnection
from protocol.wire.service import METHODS

Sender = Callable[[RawConnection, str, bytes], int]
"""Makes a call to a path with a valid message, and returns its stream."""


@dataclass(frozen=True)
class Case:
    """A way to call, applied to every RPC.

    Attributes:
        slug: Words that name the case; the requirement it checks is `raw.<slug>`.
        send: Makes the call.
        allowed: Ends that the contract permits: `served` is the end of the plain call,
            `refused` any end but gRPC OK, anything else a gRPC status number, or `silent`.
        rpcs: The RPCs it makes sense for.
    """

    slug: str
    send: Sender
    allowed: tuple[str | int, ...]
    rpcs: tuple[str, ...] = tuple(METHODS)

    @property
    def requirement(self) -> str:
        """The id of the requirement that the case checks."""
        return f"raw.{self.slug}"

    def permits(self, outcome: Outcome, plain: Outcome) -> bool:
        """Whether the case may end like `outcome`, where the plain call ends like `plain`."""
        ends = {
            "served": (outcome.grpc, outcome.details) == (plain.grpc, plain.details),
            "refused": outcome.refused,
            "silent": outcome.timed_out,
        }
        return any(
            ends[end] if isinstance(end, str) else outcome.grpc == end for end in self.allowed
        )


def framed(message: bytes, *, flag: int = 0, length: int | None = None) -> bytes:
    """`message` behind gRPC's prefix of a flag byte and four length bytes."""
    stated = len(message) if length is None else length
    return bytes([flag]) + stated.to_bytes(4, "big") + message


def body(make: Callable[[bytes], bytes], **headers: str) -> Sender:
    """Sends `make(message)` as the whole body, with headers set or (empty) dropped."""

    def send(connection: RawConnection, path: str, message: bytes) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        stream = connection.open(path, named.items())
        connection.send(stream, make(message), end=True)
        return stream

    return send


def appended(tail: bytes) -> Sender:
    """Sends the message with `tail` after its last field."""
    return body(lambda message: framed(message + tail))


def pseudo(name: str, value: str) -> Sender:
    """Sends the plain call with one pseudo-header changed."""

    def send(connection: RawConnection, path: str, message: bytes) -> int:
        stream = connection.open(path, [(f":{name}", value)])
        connection.send(stream, framed(message), end=True)
        return stream

    return send


def at_path(change: Callable[[str], str]) -> Sender:
    """Sends the plain call to another path."""
    return lambda connection, path, message: body(framed)(connection, change(path), message)


def bytewise(connection: RawConnection, path: str, message: bytes) -> int:
    """Sends the plain call one byte per DATA frame."""
    stream = connection.open(path)
    for byte in framed(message):
        connection.send(stream, bytes([byte]))
    connection.end(stream)
    return stream


def padded(connection: RawConnection, path: str, message: bytes) -> int:
    """Sends the plain call in padded DATA frames."""
    stream = connection.open(path)
    connection.send(stream, framed(message), end=True, pad=13)
    return stream


def reset_midway(connection: RawConnection, path: str, message: bytes) -> int:
    """Sends half a prefix and resets; a second, plain call tells that the connection lives."""
    stream = connection.open(path)
    connection.send(stream, framed(message)[:3])
    connection.reset(stream)
    return body(framed)(connection, path, message)


def never_half_closed(connection: RawConnection, path: str, message: bytes) -> int:
    """Sends the plain call without its half-close, under a short deadline."""
    stream = connection.open(path, [("grpc-timeout", "400m")])
    connection.send(stream, framed(message))
    return stream


def gzipped(message: bytes) -> bytes:
    """The message compressed by gzip, in a frame that says so."""
    return framed(gzip.compress(message, mtime=0), flag=1)
