"""The `file://` store: fragments as files of a directory below one root."""

import asyncio
import contextlib
import os
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import IO, Final

from mockbroker.store import Entry, Store, StoreFailedError
from mockbroker.store.links import Link, file_link
from mockbroker.store.probe import probe
from protocol.stores import Location

_CHUNK: Final = 1 << 20


class FileStore(Store):
    """A directory of fragments: the root, then the prefix of the store's URL.

    The directory must exist before anything is put into it. Nothing outside of the root is
    ever read or written, whatever the URL's `..` and the directory's symbolic links say.

    Args:
        location: The parsed store URL.
        root: Directory that all file stores of the process share.
        link: Makes the signed URL of a key; `file://` URLs if not given.
    """

    def __init__(self, location: Location, root: Path, link: Link = file_link) -> None:
        self.url = location.url
        self._location = location
        self._root = root
        self._link = link

    async def list(self, prefix: str) -> list[Entry]:
        """Returns all files below `prefix`; none where there is no such directory."""
        directory = self._below_root(self._key(prefix))
        with _go_errors():
            return await asyncio.to_thread(_listing, directory)

    async def exists(self, path: str) -> bool:
        """Tells whether a file is at `path`."""
        with _go_errors():
            return await asyncio.to_thread(self._below_root(self._key(path)).exists)

    async def get(self, path: str) -> AsyncIterator[bytes]:
        """Yields the file in chunks."""
        with _go_errors():
            file = _open(self._below_root(self._key(path)))
        with file:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                yield chunk

    async def put(
        self, path: str, content: AsyncIterator[bytes], *, content_encoding: str = ""
    ) -> None:
        """Writes a file beside its place, then moves it there. The encoding is not kept."""
        del content_encoding
        target = self._below_root(self._key(path))
        with _go_errors():
            partial = self._create_partial(target)
            try:
                with partial:
                    async for chunk in content:
                        await asyncio.to_thread(partial.write, chunk)
                await asyncio.to_thread(os.replace, partial.name, target)
            except BaseException:
                await asyncio.to_thread(Path(partial.name).unlink, missing_ok=True)
                raise

    async def remove(self, path: str) -> None:
        """Removes the file, if it is there."""
        target = self._below_root(self._key(path))
        with _go_errors():
            await asyncio.to_thread(target.unlink, missing_ok=True)

    async def sign(self, path: str, ttl: float) -> str:
        """Returns a URL of the file; a `file://` URL does not name the root."""
        return self._link(self._key(path), ttl)

    async def check(self) -> None:
        """Probes the directory."""
        await probe(self)

    def _key(self, path: str) -> str:
        return self._location.key(path)

    def _below_root(self, key: str) -> Path:
        target = Path(os.path.normpath(f"{self._root}/{key}"))
        if not target.resolve().is_relative_to(self._root.resolve()):
            raise StoreFailedError(f"{key} leads outside of the file store root")
        return target

    def _create_partial(self, target: Path) -> IO[bytes]:
        base = self._below_root(self._location.prefix)
        try:
            base.stat()
        except OSError as error:
            text = f"invalid file store directory {base}: {_go_text('stat', error)}"
            raise StoreFailedError(text, unauthorized=True) from error
        _make_directories(target.parent)
        return tempfile.NamedTemporaryFile(
            prefix=f".partial-{target.name}", dir=target.parent, delete=False
        )


def _listing(directory: Path) -> list[Entry]:
    found = (_entry(directory, path) for path in _files(directory))
    return [entry for entry in found if entry]


def _open(path: Path) -> IO[bytes]:
    """Opens here and now: a file opened by a thread would be lost if the caller is cancelled."""
    return path.open("rb")


def _files(directory: Path) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise error

    for parent, directories, names in os.walk(directory, onerror=fail):
        directories.sort()
        yield from (Path(parent, name) for name in sorted(names))


def _entry(directory: Path, path: Path) -> Entry | None:
    """The listing's entry of a file; None for one that is gone, and for what is no file."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    name = path.relative_to(directory).as_posix()
    return Entry(name, status.st_size, int(status.st_mtime))


def _make_directories(directory: Path) -> None:
    missing = []
    while not directory.exists():
        missing.append(directory)
        directory = directory.parent
    for made in reversed(missing):
        made.mkdir(mode=0o750, exist_ok=True)


@contextlib.contextmanager
def _go_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreFailedError(
            _go_text("open", error),
            unauthorized=isinstance(error, PermissionError),
            missing=isinstance(error, FileNotFoundError),
        ) from error


def _go_text(operation: str, error: OSError) -> str:
    reason = (error.strerror or str(error)).lower()
    return f"{operation} {error.filename}: {reason}" if error.filename else reason
