"""A store in the mock's own memory, which stands in for any `file://` store."""

import posixpath
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from mockbroker.store import Entry, Store, StoreFailedError
from mockbroker.store.blocks import Blocks
from mockbroker.store.content import Content
from mockbroker.store.links import Link, file_link
from mockbroker.store.probe import probe
from protocol.stores import Location


@dataclass(frozen=True, slots=True)
class Stored:
    """One object: its content, the encoding it was put with, and when."""

    content: Content
    content_encoding: str
    mod_time: int


class Memory:
    """The objects of all memory stores of a cluster, by key.

    Content beyond the budget of `blocks` lies on disk.

    Args:
        now: Seconds since the epoch, for modification times.
        blocks: Where content is kept.
    """

    def __init__(self, now: Callable[[], float], blocks: Blocks) -> None:
        self.objects: dict[str, Stored] = {}
        self.blocks = blocks
        self.now = now

    def find(self, key: str) -> Stored:
        """Returns the object of `key`, or raises `StoreFailedError`."""
        found = self.objects.get(_clean(key))
        if found is None:
            raise StoreFailedError(f"open {key}: no such file or directory", missing=True)
        return found

    def place(self, key: str, stored: Stored) -> None:
        """Makes `stored` the object of `key`."""
        self.discard(key)
        self.objects[_clean(key)] = stored

    def discard(self, key: str) -> None:
        """Removes the object of `key`, if there is one."""
        if old := self.objects.pop(_clean(key), None):
            old.content.close()


class MemoryStore(Store):
    """A part of a cluster's memory, by the prefix of its URL. Every prefix exists.

    Args:
        location: The parsed store URL.
        memory: Where the objects are, shared by all stores.
        link: Makes the signed URL of a key; `file://` URLs if not given.
    """

    def __init__(self, location: Location, memory: Memory, link: Link = file_link) -> None:
        self.url = location.url
        self._location = location
        self._memory = memory
        self._link = link

    async def list(self, prefix: str) -> list[Entry]:
        """Returns all objects below `prefix`."""
        below = _clean(self._location.key(prefix)).rstrip("/") + "/"
        return [
            Entry(key.removeprefix(below), len(stored.content), stored.mod_time)
            for key, stored in sorted(self._memory.objects.items())
            if key.startswith(below)
        ]

    async def exists(self, path: str) -> bool:
        """Tells whether an object is at `path`."""
        return _clean(self._location.key(path)) in self._memory.objects

    async def get(self, path: str) -> AsyncIterator[bytes]:
        """Yields the object in chunks."""
        for chunk in self._memory.find(self._location.key(path)).content.chunks():
            yield chunk

    async def put(
        self, path: str, content: AsyncIterator[bytes], *, content_encoding: str = ""
    ) -> None:
        """Puts the object in place once `content` has ended."""
        kept = Content(self._memory.blocks)
        try:
            async for chunk in content:
                kept.append(chunk)
        except BaseException:
            kept.close()
            raise
        stored = Stored(kept, content_encoding, int(self._memory.now()))
        self._memory.place(self._location.key(path), stored)

    async def remove(self, path: str) -> None:
        """Removes the object, if it is there."""
        self._memory.discard(self._location.key(path))

    async def sign(self, path: str, ttl: float) -> str:
        """Returns a URL of the object."""
        return self._link(self._location.key(path), ttl)

    async def check(self) -> None:
        """Probes the memory."""
        await probe(self)


def _clean(key: str) -> str:
    return posixpath.normpath("/" + key.lstrip("/"))
