"""All stores of a cluster, opened once each."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from mockbroker.store import Store, StoreFailedError
from mockbroker.store.file import FileStore
from mockbroker.store.links import Link, file_link
from mockbroker.store.memory import Memory, MemoryStore, Stored
from protocol.errors import ProtocolError
from protocol.stores import Location, parse


class StoreTable:
    """Opens stores by the scheme of their URL, and keeps them.

    Args:
        memory: What stands in for `file://` stores while there is no file root.
        file_root: Directory of `file://` stores. It must exist.
        link: Signs URLs of memory and file stores.
    """

    def __init__(
        self, memory: Memory, file_root: Path | None = None, link: Link = file_link
    ) -> None:
        self.memory = memory
        self.file_root = file_root
        self._link = link
        self._stores: dict[str, Store] = {}

    async def open(self, url: str) -> Store:
        """Returns the store of `url`, always the same one for the same URL.

        Raises `StoreFailedError` where its arguments or credentials do not let it start.
        """
        if url not in self._stores:
            opened = await asyncio.to_thread(self._open, url)
            self._stores.setdefault(url, opened)
        return self._stores[url]

    async def fetch(self, key: str) -> tuple[str, AsyncIterator[bytes]]:
        """Returns content encoding and content of a key of the memory or file stores.

        Raises `StoreFailedError` where there is nothing.
        """
        if self.file_root is None:
            found = self.memory.find(key)
            return found.content_encoding, _chunks(found)
        store = await self.open("file:///")
        if not await store.exists(key.lstrip("/")):
            raise StoreFailedError(f"open {key}: no such file or directory", missing=True)
        return "", store.get(key.lstrip("/"))

    async def aclose(self) -> None:
        """Closes every store it opened, and forgets what memory stores hold."""
        while self._stores:
            await self._stores.popitem()[1].aclose()
        self.memory.blocks.close()

    def _open(self, url: str) -> Store:
        try:
            location = parse(url)
            if location.scheme == "file":
                return self._open_file(location)
            return _open_object_store(location)
        except ProtocolError as error:
            raise StoreFailedError(str(error), fatal=True) from error
        except StoreFailedError as error:
            error.fatal = True
            raise

    def _open_file(self, location: Location) -> Store:
        if self.file_root is None:
            return MemoryStore(location, self.memory, self._link)
        return FileStore(location, self.file_root, self._link)


def _open_object_store(location: Location) -> Store:
    from mockbroker.store import objects  # noqa: PLC0415 - few clusters use clouds

    return objects.OPENERS[location.scheme](location)


async def _chunks(stored: Stored) -> AsyncIterator[bytes]:
    for chunk in stored.content.chunks():
        yield chunk
