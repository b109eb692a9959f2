"""Bytes of an HTTP/2 connection that are sent again, and how the peer ends one of its streams."""

import contextlib
import socket
import time
from dataclasses import dataclass

import hpack

CHUNK = 1 << 16
DATA, HEADERS, RESET, GOAWAY, CONTINUATION = 0, 1, 3, 7, 9
END_STREAM, END_HEADERS, PADDED, PRIORITY = 1, 4, 8, 32


@dataclass
class Ending:
    """How a stream ended, as far as the peer told; `silent` where nothing ended it in time."""

    http: str = ""
    grpc: str = ""
    details: str = ""
    data: bytes = b""
    end: str = ""

    def __str__(self) -> str:
        return f"{self.http} {self.grpc} {self.details} {len(self.data)} bytes {self.end}"


def exchange(place: str, sent: bytes, stream: int, within: float) -> Ending:
    """How `stream` ends on a fresh connection that is sent these bytes."""
    host, _, port = place.rpartition(":")
    try:
        peer = socket.create_connection((host.strip("[]"), int(port)), timeout=within)
    except OSError:
        return Ending(end="closed")
    with peer:
        with contextlib.suppress(OSError):
            peer.sendall(sent)
        return _Frames(peer, stream, time.monotonic() + within).ending()


class _Frames:
    """Reads frames until the stream is over."""

    def __init__(self, peer: socket.socket, stream: int, deadline: float) -> None:
        self._peer, self._stream, self._deadline = peer, stream, deadline
        self._decoder = hpack.Decoder()
        self._buffer = b""
        self._block = b""
        self._told = Ending()

    def ending(self) -> Ending:
        while not self._told.end:
            frame = self._frame()
            if frame is not None:
                self._take(*frame)
        return self._told

    def _frame(self) -> tuple[int, int, int, bytes] | None:
        head = self._bytes(9)
        payload = self._bytes(int.from_bytes(head[:3])) if len(head) == 9 else b""
        if self._told.end:
            return None
        return head[3], head[4], int.from_bytes(head[5:9]) & 0x7FFFFFFF, payload

    def _take(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind in {HEADERS, CONTINUATION}:
            self._headers(flags, stream, _unpadded(kind, flags, payload))
        if kind == GOAWAY:
            self._told.end = "closed"
        if stream != self._stream:
            return
        if kind == DATA:
            self._told.data += _unpadded(kind, flags, payload)
        if kind == RESET:
            self._told.end = f"reset {int.from_bytes(payload)}"
        elif kind in {DATA, HEADERS} and flags & END_STREAM:
            self._told.end = "ended"

    def _headers(self, flags: int, stream: int, block: bytes) -> None:
        self._block += block
        if not flags & END_HEADERS:
            return
        decoded = self._decoder.decode(self._block, raw=True)
        fields = {_text(name): _text(value) for name, value, *_ in decoded}
        self._block = b""
        if stream == self._stream:
            self._told.http = fields.get(":status", self._told.http)
            self._told.grpc = fields.get("grpc-status", self._told.grpc)
            self._told.details = fields.get("grpc-message", self._told.details)

    def _bytes(self, count: int) -> bytes:
        while len(self._buffer) < count and not self._told.end:
            self._peer.settimeout(max(self._deadline - time.monotonic(), 0.001))
            try:
                data = self._peer.recv(CHUNK)
            except TimeoutError:
                self._told.end = "silent"
                break
            except OSError:
                data = b""
            if not data:
                self._told.end = "closed"
            self._buffer += data
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def _unpadded(kind: int, flags: int, payload: bytes) -> bytes:
    pad = payload[0] if flags & PADDED and payload else 0
    start = (1 if flags & PADDED else 0) + (5 if kind == HEADERS and flags & PRIORITY else 0)
    return payload[start : len(payload) - pad]
