"""One HTTP/1.1 request that is made again, and its response as far as it is read."""

import contextlib
import select
import socket
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import h11

if TYPE_CHECKING:
    from protocol.replay.replay import Replay

PATIENCE = 10.0
CHUNK = 1 << 16


class Exchange:
    """A request under way at an HTTP side; what it brings is told to the `Replay`."""

    def __init__(
        self,
        replay: "Replay",
        place: str,
        method: str,
        target: str,
        *,
        headers: Sequence[tuple[str, str]],
        body: bytes,
    ) -> None:
        host, _, port = place.rpartition(":")
        self._replay = replay
        self._what = f"{method} {target}"
        self._parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
        self._socket = socket.create_connection((host, int(port)), timeout=PATIENCE)
        length = [("Content-Length", str(len(body)))] if body or method in {"PUT", "POST"} else []
        asked = [("Host", place), ("Connection", "close"), *length, *headers]
        data = [h11.Data(data=body)] if body else []
        events = [h11.Request(method=method, target=target, headers=asked), *data]
        sent = [self._parser.send(event) or b"" for event in (*events, h11.EndOfMessage())]
        with contextlib.suppress(OSError):  # a refusal may close the connection at once
            self._socket.sendall(b"".join(sent))

    def silent(self, seconds: float) -> None:
        """Holds that nothing comes for some time, as nothing came."""
        some = select.select([self._socket], [], [], min(seconds, PATIENCE))[0]
        self._replay.hold(self._what, "an answer" if some else "silence", "silence")

    def comes(self) -> None:
        """Holds that something comes, as it came where nothing should have."""
        some = select.select([self._socket], [], [], PATIENCE)[0]
        self._replay.hold(self._what, "an answer" if some else "silence", "an answer")

    def head(self, told: str) -> None:
        """Code and headers of the response, held against how they were told."""
        code, headers = self._head()
        self._replay.hold(self._what, self._replay.telling.reply(code, headers, b"", {}), told)

    def data(self, size: int, told: str) -> None:
        """The next bytes of the body, held against how they were told."""
        got = b""
        while len(got) < size and isinstance(event := self._next(), h11.Data):
            got += bytes(event.data)
        self._replay.hold(self._what, self._replay.telling.body(got), told)

    def reply(self, told: str) -> None:
        """The whole response, held against how it was told."""
        (code, headers), body = self._head(), b""
        while isinstance(event := self._next(), h11.Data):
            body += bytes(event.data)
        trailers = named(event.headers) if isinstance(event, h11.EndOfMessage) else {"": "cut"}
        self._replay.hold(
            self._what, self._replay.telling.reply(code, headers, body, trailers), told
        )

    def _head(self) -> tuple[int, dict[str, str]]:
        event = self._next()
        if isinstance(event, h11.Response):
            return event.status_code, named(event.headers)
        return 0, {}

    def _next(self) -> object:
        try:
            while (event := self._parser.next_event()) is h11.NEED_DATA:
                self._parser.receive_data(self._socket.recv(CHUNK))
        except (OSError, h11.RemoteProtocolError):
            return None
        return event


def named(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers or trailers by lower-case name."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
