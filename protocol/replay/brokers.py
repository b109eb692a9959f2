"""The brokers of a script, found by their part in a journal; and what is done to them."""

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection
from typing import Any

import grpc

from protocol.replay.cast import Cast, Id
from protocol.wire.messages import JournalSpec, ListRequest
from protocol.wire.service import METHODS

MOVES_WITHIN = 60.0
"""Seconds that a journal may take to get its brokers: leases of killed ones run on."""
PAUSE = 0.05
OBEYS_WITHIN = 60.0


class Brokers:
    """Looks at routes until all brokers tell the same; `control` is the URL of a control API."""

    def __init__(
        self,
        channels: Sequence[grpc.Channel],
        metadata: Callable[[], Sequence[tuple[str, str]]],
        control: str,
    ) -> None:
        self._lists = [
            channel.stream_stream(
                METHODS["List"].path,
                request_serializer=ListRequest.SerializeToString,
                response_deserializer=METHODS["List"].response.FromString,
            )
            for channel in channels
        ]
        self._metadata, self._control = metadata, control.removeprefix("http://").rstrip("/")
        self._replicas: dict[str, int] = {}
        self._casts: dict[str, Cast] = {}
        self._down: set[int] = set()
        self.ids: dict[int, Id] = {}

    def applied(self, spec: JournalSpec) -> None:
        """Notes how many members the route of a journal is to have."""
        self._replicas[spec.name] = min(spec.replication, len(self._lists))

    def cast(self, journal: str) -> Cast:
        """Who is who for a journal, once all brokers agreed on it; that is asked once."""
        return self._casts.get(journal) or self._awaited(journal, None)

    def moved(self, journal: str) -> Cast:
        """Who is who for a journal, once that is another than before."""
        return self._awaited(journal, self._casts.get(journal))

    def do(self, what: str, number: int, address: str) -> None:
        """Kills, stops or starts a broker by the control API, or has somebody do it."""
        {"start": self._down.discard}.get(what, self._down.add)(number)
        if self._control:
            path = f"/brokers/{number}/{what}"
            asked = threading.Thread(target=self._post, args=(path,), daemon=True)
            asked.start()
            asked.join(None if what != "stop" else 0)
            return
        sys.stdout.write(f"? {what} the broker at {address}, and press Enter\n")
        sys.stdout.flush()
        if sys.stdin.isatty():
            sys.stdin.readline()

    def ends(self, address: str, within: float) -> bool:
        """Whether nothing listens at a broker's address any more within some seconds."""
        end = time.monotonic() + within
        while listens(address):
            if time.monotonic() > end:
                return False
            time.sleep(PAUSE)
        return True

    def _post(self, path: str) -> None:
        place, _, base = self._control.partition("/")
        connection = HTTPConnection(place, timeout=OBEYS_WITHIN)
        connection.request("POST", f"/{base}{path}" if base else path)
        json.loads(connection.getresponse().read())
        connection.close()

    def _awaited(self, journal: str, before: Cast | None) -> Cast:
        end = time.monotonic() + MOVES_WITHIN
        while (found := self._agreed(journal)) is None or found == before:
            if time.monotonic() > end:
                raise LookupError(f"brokers do not agree on a new route of {journal}")
            time.sleep(PAUSE)
        self._casts[journal] = found
        return found

    def _agreed(self, journal: str) -> Cast | None:
        """Who is who, where all brokers that run list the same route with all its members."""
        up = [number for number in range(len(self._lists)) if number not in self._down]
        routes = [self._route(number, journal) for number in up]
        route = routes[0]
        if route is None or any(each != route for each in routes):
            return None
        few = len(route.members) < self._replicas.get(journal, 1) - len(self._down)
        return None if few else Cast.of(route, self.ids)

    def _route(self, number: int, journal: str) -> Any:
        labels = [{"name": "name", "value": journal}]
        request = ListRequest(selector={"include": {"labels": labels}})
        try:
            calls = self._lists[number](
                iter([request]), timeout=5.0, metadata=tuple(self._metadata())
            )
            answers = list(calls)
        except grpc.RpcError:
            return None
        for each in answers[:1]:
            self.ids[number] = (each.header.process_id.zone, each.header.process_id.suffix)
        return next((entry.route for each in answers for entry in each.journals), None)


def listens(address: str) -> bool:
    """Whether something accepts a connection at HOST:PORT at once."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=1.0).close()
    except OSError:
        return False
    return True
