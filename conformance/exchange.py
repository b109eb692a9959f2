"""One HTTP/1.1 request to a broker's HTTP side, and the response as it comes, trailers included."""

import contextlib
import select
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import h11

from conformance.broker import Broker
from conformance.errors import NonconformanceError
from conformance.patience import PATIENCE
from conformance.precondition import given
from conformance.trace import Call, redacted
from protocol.replay.web import named

CHUNK = 1 << 16
DETAILS = 300
"""How much of a body the trace shows."""
Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Reply:
    """A whole response: code, headers and trailers by lower-case name, and body."""

    code: int
    headers: dict[str, str]
    body: bytes = b""
    trailers: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The body as text, without the line's end."""
        return self.body.decode(errors="replace").rstrip("\n")

    def __str__(self) -> str:
        return f"{self.code} {self.text[:200]!r} with {self.headers}, trailers {self.trailers}"


class Exchange:
    """A request to a broker under way; the response is read as far as it is asked for."""

    def __init__(
        self, broker: Broker, method: str, target: str, *, headers: Headers = (), body: bytes = b""
    ) -> None:
        broker.gate.http(method)
        address = given(broker.http, "a broker with an HTTP side")
        headers = tuple(headers)
        self._call = _begun(broker, method, target, headers, body)
        host, _, port = address.rpartition(":")
        self._wanted = f"{method} {target}"
        self._parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
        self._socket = socket.create_connection((host, int(port)), timeout=PATIENCE.seconds)
        length = [("Content-Length", str(len(body)))] if body or method in {"PUT", "POST"} else []
        asked = [("Host", address), ("Connection", "close"), *length, *headers]
        data = [h11.Data(data=body)] if body else []
        self._send(h11.Request(method=method, target=target, headers=asked), *data)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._socket.close()

    def silent(self, seconds: float) -> None:
        """Holds that nothing comes for some time."""
        some = bool(select.select([self._socket], [], [], seconds)[0])
        self._call.step("comes" if some else "silent", seconds)
        if some:
            raise NonconformanceError(f"{self._wanted} to stay unanswered", "an answer")

    def head(self) -> Reply:
        """Code and headers of the response, once they came."""
        head = self._head()
        self._call.step("head", head)
        return head

    def _head(self) -> Reply:
        event = self._next()
        if not isinstance(event, h11.Response):
            raise NonconformanceError(f"{self._wanted} to be answered", repr(event))
        return Reply(event.status_code, named(event.headers))

    def data(self, size: int) -> bytes:
        """The next `size` bytes of the body, or fewer where it ends."""
        got = b""
        while len(got) < size and isinstance(event := self._next(), h11.Data):
            got += bytes(event.data)
        self._call.step("data", (size, got))
        return got

    def reply(self) -> Reply:
        """The whole response."""
        head, body = self._head(), b""
        while isinstance(event := self._next(), h11.Data):
            body += bytes(event.data)
        if not isinstance(event, h11.EndOfMessage):
            raise NonconformanceError(f"the response to {self._wanted} to end", repr(event))
        reply = Reply(head.code, head.headers, body, named(event.headers))
        self._call.step("reply", reply)
        self._call.ended(str(reply.code), redacted(reply.text[:DETAILS]))
        return reply

    def _next(self) -> object:
        try:
            while (event := self._parser.next_event()) is h11.NEED_DATA:
                self._parser.receive_data(self._socket.recv(CHUNK))
        except (OSError, h11.RemoteProtocolError) as error:
            raise NonconformanceError(f"an HTTP response to {self._wanted}", str(error)) from None
        return event

    def _send(self, *events: h11.Request | h11.Data) -> None:
        """Sends a request whole at once: a refusal may close the connection at its first line."""
        sent = b"".join(self._parser.send(event) or b"" for event in (*events, h11.EndOfMessage()))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(sent)


def ask(
    broker: Broker, method: str, target: str, *, headers: Headers = (), body: bytes = b""
) -> Reply:
    """The whole response of a broker's HTTP side to one request."""
    with Exchange(broker, method, target, headers=headers, body=body) as exchange:
        return exchange.reply()


def _begun(broker: Broker, method: str, target: str, headers: Headers, body: bytes) -> Call:
    options = {"method": method, "path": target, "headers": headers, "body": body}
    call = broker.trace.begin("HTTP", broker.address, broker.cluster, **options)
    call.concerns(target[1:].partition("?")[0])
    shown = [f"{name}: {redacted(value)}" for name, value in headers]
    call.requests.append({"request": f"{method} {target}", "headers": shown, "bytes": len(body)})
    return call
