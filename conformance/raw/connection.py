"""One HTTP/2 connection whose frames are under the caller's control."""

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings


@dataclass
class Outcome:
    """How a raw call ended, as far as the peer told.

    Attributes:
        http: The `:status` of the response, or "" where none came.
        grpc: The `grpc-status` number, from headers or trailers, or None.
        details: The `grpc-message`.
        data: Body bytes, gRPC framing included.
        reset: Error code of the peer's RST_STREAM, or None.
        closed: Whether the peer ended the connection (GOAWAY or end of file).
        timed_out: Whether nothing ended the call within its time.
    """

    http: str = ""
    grpc: int | None = None
    details: str = ""
    data: bytes = b""
    reset: int | None = None
    closed: bool = False
    timed_out: bool = False
    ended: bool = field(default=False, repr=False)

    @property
    def served(self) -> bool:
        """Whether the call ended with gRPC OK."""
        return self.grpc == 0

    @property
    def refused(self) -> bool:
        """Whether the peer ended the call in any way other than gRPC OK."""
        return not self.timed_out and not self.served


class RawConnection:
    """An HTTP/2 client connection that sends what it is told to, right or wrong."""

    def __init__(
        self,
        address: str,
        *,
        timeout: float,
        metadata: Iterable[tuple[str, str]] = (),
        tls: ssl.SSLContext | None = None,
        admit: Callable[[str], object] = str,
    ) -> None:
        host, _, port = address.rpartition(":")
        self._socket = socket.create_connection((host.strip("[]"), int(port)), timeout=timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self._socket = tls.wrap_socket(self._socket, server_hostname=host.strip("[]"))
        self._timeout = timeout
        self._admit = admit
        self.sent = bytearray()
        self._authority = address
        self._metadata = dict(metadata)
        self._scheme = "https" if tls else "http"
        self._http = h2.connection.H2Connection(
            h2.config.H2Configuration(
                header_encoding="utf-8",
                validate_outbound_headers=False,
                normalize_outbound_headers=False,
            )
        )
        self._http.initiate_connection()
        self._http.increment_flow_control_window(2**24)
        self._outcomes: dict[int, Outcome] = {}
        self._flush()

    def __enter__(self) -> Self:
        """Returns the open connection."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the socket."""
        self._socket.close()

    def open(self, path: str, headers: Iterable[tuple[str, str]] = (), *, end: bool = False) -> int:
        """Starts a POST to `path` and returns its stream id.

        `headers` replace those of an ordinary gRPC request by name; an empty value drops one.
        What admits a path is asked first, and may raise.
        """
        usual = {
            ":method": "POST",
            ":scheme": self._scheme,
            ":path": path,
            ":authority": self._authority,
            "te": "trailers",
            "content-type": "application/grpc",
            **self._metadata,
        }
        self._admit({":path": path, **dict(headers)}[":path"])
        sent = [(name, value) for name, value in {**usual, **dict(headers)}.items() if value]
        stream = self._http.get_next_available_stream_id()
        self._outcomes[stream] = Outcome()
        self._http.send_headers(stream, sent, end_stream=end)
        self._flush()
        return stream

    def send(self, stream: int, data: bytes, *, end: bool = False, pad: int | None = None) -> None:
        """Sends DATA, in frames as large as the peer allows, waiting for its windows."""
        if end and not data:
            self.end(stream)
        while data and not self._outcomes[stream].ended:
            room = min(
                self._http.local_flow_control_window(stream), self._http.max_outbound_frame_size
            )
            if pad is not None:
                room -= pad + 1
            if room <= 0:
                self._receive(time.monotonic() + self._timeout)
                continue
            piece, data = data[:room], data[room:]
            self._http.send_data(stream, piece, end_stream=end and not data, pad_length=pad)
            self._flush()

    def end(self, stream: int) -> None:
        """Half-closes the call."""
        with contextlib.suppress(h2.exceptions.StreamClosedError, h2.exceptions.ProtocolError):
            self._http.end_stream(stream)
            self._flush()

    def reset(self, stream: int, code: int = 8) -> None:
        """Sends RST_STREAM with an error code, CANCEL by default."""
        self._http.reset_stream(stream, code)
        self._flush()

    def outcome(self, stream: int) -> Outcome:
        """Waits until the call has ended, or its time is up, and returns how."""
        deadline = time.monotonic() + self._timeout
        outcome = self._outcomes[stream]
        while not outcome.ended and not outcome.timed_out:
            outcome.timed_out = not self._receive(deadline)
        return outcome

    def _receive(self, deadline: float) -> bool:
        self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            return False
        except OSError:
            data = b""
        if not data:
            self._closed()
            return True
        try:
            events = self._http.receive_data(data)
        except h2.exceptions.ProtocolError:
            self._closed()
            return True
        for event in events:
            self._handle(event)
        self._flush()
        return True

    def _handle(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.ConnectionTerminated):
            self._closed()
            return
        stream = getattr(event, "stream_id", None)
        outcome = self._outcomes.get(stream or 0)
        if outcome is None:
            return
        match event:
            case h2.events.ResponseReceived() | h2.events.TrailersReceived():
                _read_headers(outcome, event.headers or [])
            case h2.events.DataReceived():
                outcome.data += event.data or b""
                self._http.acknowledge_received_data(
                    event.flow_controlled_length or 0, event.stream_id or 0
                )
            case h2.events.StreamReset():
                outcome.reset, outcome.ended = int(event.error_code or 0), True
            case h2.events.StreamEnded():
                outcome.ended = True

    def _closed(self) -> None:
        for outcome in self._outcomes.values():
            if not outcome.ended:
                outcome.closed = outcome.ended = True

    def _flush(self) -> None:
        data = self._http.data_to_send()
        self.sent += data
        with contextlib.suppress(OSError):
            self._socket.sendall(data)


def _read_headers(outcome: Outcome, headers: Iterable[tuple[str | bytes, str | bytes]]) -> None:
    for raw_name, raw_value in headers:
        name, value = _text(raw_name), _text(raw_value)
        if name == ":status":
            outcome.http = value
        elif name == "grpc-status":
            outcome.grpc = int(value) if value.isdigit() else -1
        elif name == "grpc-message":
            outcome.details = value


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")
