"""The file store and its directory."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from mockbroker.store import Store, StoreFailedError
from mockbroker.store.table import StoreTable
from mockbroker.tests.store.conftest import chunks, content_of


def _use(table: StoreTable, url: str, use: Callable[[Store], Awaitable[None]]) -> None:
    async def run() -> None:
        await use(await table.open(url))

    asyncio.run(run())


def test_needs_its_directory(table: StoreTable, tmp_path: Path) -> None:
    """HLTH-002: a store whose directory does not exist is unhealthy, and names the directory."""

    async def use(store: Store) -> None:
        with pytest.raises(StoreFailedError) as caught:
            await store.check()
        missing = tmp_path / "sub/dir"
        assert str(caught.value) == (
            f"health check PUT failed: invalid file store directory {missing}: "
            f"stat {missing}: no such file or directory"
        )
        assert caught.value.unauthorized
        assert await store.list("acme/a/") == []

    _use(table, "file:///sub/dir/", use)


def test_recovers_once_its_directory_exists(table: StoreTable, tmp_path: Path) -> None:
    """HLTH-006: the same store is healthy as soon as its directory is there."""

    async def use(store: Store) -> None:
        with pytest.raises(StoreFailedError):
            await store.check()
        (tmp_path / "sub").mkdir()
        await store.check()

    _use(table, "file:///sub/", use)


def test_makes_directories_for_its_owner_and_group(table: StoreTable, tmp_path: Path) -> None:
    """Directories of journals are made with mode 0750, as the umask lets them."""
    umask = os.umask(0)
    try:
        _use(table, "file:///", lambda store: store.put("acme/a/1.raw", chunks(b"x")))
    finally:
        os.umask(umask)

    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("acme", "acme/a")]
    assert modes == [0o750, 0o750]


def test_shows_only_whole_files_under_their_names(table: StoreTable, tmp_path: Path) -> None:
    """While content arrives the file is `.partial-…`; afterwards it has its own name."""
    seen: list[str] = []

    async def content() -> AsyncIterator[bytes]:
        yield b"he"
        seen.extend(path.name for path in (tmp_path / "a").iterdir())
        yield b"llo"

    _use(table, "file:///", lambda store: store.put("a/1.raw", content()))

    assert [name.startswith(".partial-1.raw") for name in seen] == [True]
    assert {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()} == {
        "1.raw": b"hello"
    }


@pytest.mark.parametrize("path", ["../x", "acme/../../x", "link/x", "link/sub/x"])
@pytest.mark.parametrize("url", ["file:///", "file:///../"])
def test_stays_below_its_root(table: StoreTable, tmp_path: Path, url: str, path: str) -> None:
    """No path and no symbolic link leads a store out of the root."""
    outside = tmp_path / "outside"
    root = tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (outside / "x").write_bytes(b"secret")
    (root / "link").symlink_to(outside)
    table.file_root = root

    async def use(store: Store) -> None:
        for attempt in (
            lambda: store.put(path, chunks(b"x")),
            lambda: content_of(store, path),
            lambda: store.exists(path),
            lambda: store.remove(path),
            lambda: store.list(path + "/"),
        ):
            with pytest.raises(StoreFailedError, match="leads outside of the file store root"):
                await attempt()
        assert (outside / "x").read_bytes() == b"secret"

    _use(table, url, use)


def test_follows_links_within_its_root(table: StoreTable, tmp_path: Path) -> None:
    """A symbolic link to another place of the root may be used."""
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")

    _use(table, "file:///link/", lambda store: store.put("1.raw", chunks(b"x")))

    assert (tmp_path / "there/1.raw").read_bytes() == b"x"


def test_signs_file_urls_without_the_root(table: StoreTable) -> None:
    """A file URL names prefix and path as they are, not escaped."""

    async def use(store: Store) -> None:
        assert await store.sign("acme/a%20b/1.raw", 60) == "file:///a b/acme/a%20b/1.raw"

    _use(table, "file:///a%20b/", use)
