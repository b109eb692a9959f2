"""Fragment stores: where brokers persist fragments, and find them again.

A store is named by its URL, as in `JournalSpec.fragment.stores`. Paths are content
paths (`<journal>/<postfix>/<content name>`); the store applies its prefix and the
`find`/`replace` rewriting of its URL itself, so no caller ever sees an object key.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol


class StoreFailedError(Exception):
    """A store refused or failed; the text is what a broker reports.

    Attributes:
        unauthorized: Whether the store answered, and refused the broker's credentials.
        missing: Whether the object asked for does not exist.
        fatal: Whether the store could not even be opened, so that no later check can help.
    """

    def __init__(
        self,
        text: str,
        *,
        unauthorized: bool = False,
        missing: bool = False,
        fatal: bool = False,
    ) -> None:
        super().__init__(text)
        self.unauthorized = unauthorized
        self.missing = missing
        self.fatal = fatal


@dataclass(frozen=True, slots=True)
class Entry:
    """One object of a listing.

    Attributes:
        path: Relative to the listed prefix, as `protocol.fragments.parse_name` takes it.
        size: Stored bytes.
        mod_time: Modification time in whole seconds since the epoch.
    """

    path: str
    size: int
    mod_time: int


class Store(ABC):
    """One fragment store. Every method raises `StoreFailedError` with the broker's text."""

    url: str
    """The exact URL; it is the store's identity and the `backing_store` of its fragments."""

    @abstractmethod
    async def list(self, prefix: str) -> list[Entry]:
        """Returns all objects below `prefix` (a journal name and `/`), recursively."""

    @abstractmethod
    async def exists(self, path: str) -> bool:
        """Tells whether an object is at `path`."""

    @abstractmethod
    def get(self, path: str) -> AsyncIterator[bytes]:
        """Yields the stored bytes of the object, not decompressed, in chunks of any size."""

    @abstractmethod
    async def put(
        self, path: str, content: AsyncIterator[bytes], *, content_encoding: str = ""
    ) -> None:
        """Writes a whole object or nothing. `content` is already compressed.

        `content_encoding` is `gzip` where the store is to decompress for its readers.
        """

    @abstractmethod
    async def remove(self, path: str) -> None:
        """Removes the object; it is no error where there is none."""

    @abstractmethod
    async def sign(self, path: str, ttl: float) -> str:
        """Returns a URL that reads the object without credentials for `ttl` seconds."""

    @abstractmethod
    async def check(self) -> None:
        """Probes the store: puts, gets, lists and signs `.test/health-check`."""

    async def aclose(self) -> None:
        """Releases what the store holds. It is not used afterwards."""
        return


class Stores(Protocol):
    """Opens stores by URL. All brokers of a cluster share one, which keeps what it opened."""

    async def open(self, url: str) -> Store:
        """Returns the store of `url`, always the same one for the same URL.

        Raises `StoreFailedError` where its arguments or credentials do not let it start.
        """

    async def aclose(self) -> None:
        """Closes every store it opened."""
