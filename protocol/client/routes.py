"""Routes of journals, as the headers of responses told them."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from protocol.wire.messages import Header, Route


class _Entry(NamedTuple):
    route: Route
    revision: int
    expires_at: float


class RouteCache:
    """The newest known route of each journal, for the journals last used.

    May be shared by threads.

    Args:
        size: How many journals are remembered.
        ttl: For how many seconds a route is believed.
        clock: Tells the time in seconds.
    """

    def __init__(self, size: int, ttl: float, clock: Callable[[], float]) -> None:
        self._size = size
        self._ttl = ttl
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, journal: str) -> Route | None:
        """The route of `journal`, if one is known."""
        with self._lock:
            entry = self._current(journal)
            if entry is None:
                return None
            self._entries.move_to_end(journal)
            return entry.route

    def learn(self, journal: str, header: Header) -> None:
        """Takes the route of `journal` from a response's header."""
        self.put(journal, header.route, header.etcd.revision)

    def put(self, journal: str, route: Route, revision: int) -> None:
        """Remembers `route` as of `revision`, unless a newer one is known.

        A route without members forgets the journal.
        """
        with self._lock:
            known = self._current(journal)
            if known is not None and known.revision > revision:
                return
            if not route.members:
                self._entries.pop(journal, None)
                return
            self._entries[journal] = _Entry(route, revision, self._clock() + self._ttl)
            self._entries.move_to_end(journal)
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)

    def forget(self, journal: str) -> None:
        """Forgets the route of `journal`: it led nowhere."""
        with self._lock:
            self._entries.pop(journal, None)

    def _current(self, journal: str) -> _Entry | None:
        entry = self._entries.get(journal)
        if entry is not None and entry.expires_at <= self._clock():
            del self._entries[journal]
            return None
        return entry
