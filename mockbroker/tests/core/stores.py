"""Fragment stores in memory, which perform the store actions of the core at once."""

from collections.abc import Callable
from typing import Any

import protocol as pb
from mockbroker.core.actions import (
    CheckStore,
    Committed,
    ListStore,
    OpenFragment,
    Persist,
    ReadFragment,
    SignUrl,
)
from mockbroker.store import StoreFailedError
from protocol.fragments import content_path


class Stores:
    """Fragment stores of a world.

    Attributes:
        objects: Content and modification time by store URL and path.
        broken: The failure of each store that fails.
        listable: Whether stores that fail can be listed all the same.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.objects: dict[tuple[str, str], tuple[bytes, int]] = {}
        self.broken: dict[str, StoreFailedError] = {}
        self.listable = False
        self._now = now

    def perform(self, action: Any) -> Any:
        """Performs a store action at once."""
        match action:
            case Committed():
                return None
            case CheckStore(store):
                self._check(store)
            case ListStore(store, journal):
                return self._list(store, f"{journal}/")
            case SignUrl(fragment, ttl):
                return f"{fragment.backing_store}{content_path(fragment)}?ttl={ttl:.0f}"
            case OpenFragment(fragment, offset):
                return self._open(fragment)[offset - fragment.begin :]
            case ReadFragment(reader, limit):
                taken = bytes(reader[:limit])
                del reader[:limit]
                return taken
            case Persist(fragment, content):
                self._check(fragment.backing_store)
                self._put(fragment, content.read(0, fragment.end - fragment.begin))
        return None

    def _check(self, store: str) -> None:
        if store in self.broken:
            raise self.broken[store]

    def _list(self, store: str, prefix: str) -> list[tuple[str, int]]:
        if not self.listable:
            self._check(store)
        return [
            (path.removeprefix(prefix), modified)
            for (url, path), (_, modified) in sorted(self.objects.items())
            if url == store and path.startswith(prefix)
        ]

    def _open(self, fragment: pb.Fragment) -> bytearray:
        key = fragment.backing_store, content_path(fragment)
        if key not in self.objects:
            raise StoreFailedError(f"open {key[1]}: no such file or directory", missing=True)
        return bytearray(self.objects[key][0])

    def _put(self, fragment: pb.Fragment, content: bytes) -> None:
        key = fragment.backing_store, content_path(fragment)
        self.objects.setdefault(key, (content, int(self._now())))
