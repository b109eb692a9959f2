"""What every store does, whatever its kind."""

import asyncio
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from mockbroker.store import Entry, Store, StoreFailedError
from mockbroker.store.table import StoreTable
from mockbroker.tests.store.conftest import chunks, content_of


def test_gives_back_what_was_put(table: StoreTable, store_url: str) -> None:
    """An object is read as it was put, with any bytes, in any number of chunks."""

    async def run() -> None:
        store = await table.open(store_url)
        await store.put("acme/a/one.raw", chunks(b"he", b"", b"llo\x00\xff"))
        await store.put("acme/a/one.raw", chunks(b"again"))
        await store.put("acme/a/empty.raw", chunks())

        assert await content_of(store, "acme/a/one.raw") == b"again"
        assert await content_of(store, "acme/a/empty.raw") == b""
        assert await store.exists("acme/a/one.raw")
        assert not await store.exists("acme/a/two.raw")

    asyncio.run(run())


def test_takes_objects_longer_than_one_request(table: StoreTable, store_url: str) -> None:
    """An object of many chunks, longer than what is uploaded at once, arrives whole."""
    piece = bytes(range(256)) * 4096

    async def run() -> None:
        store = await table.open(store_url)
        await store.put("acme/a/long.raw", chunks(*[piece] * 7))

        assert await content_of(store, "acme/a/long.raw") == piece * 7

    asyncio.run(run())


@pytest.mark.parametrize(
    "path", ["acme/a/date=2026-11-22/x.raw", "acme/a%25b;c/x y.raw", "acme/ä/x.gz"]
)
def test_takes_paths_as_they_are(table: StoreTable, store_url: str, path: str) -> None:
    """Paths of postfixes and of odd journal names are neither escaped nor unescaped."""

    async def run() -> None:
        store = await table.open(store_url)
        await store.put(path, chunks(b"x"))
        directory, _, name = path.rpartition("/")

        assert [entry.path for entry in await store.list(directory + "/")] == [name]
        assert await content_of(store, path) == b"x"

    asyncio.run(run())


def test_lists_below_a_prefix(table: StoreTable, store_url: str) -> None:
    """A listing is recursive, relative to the prefix, ordered, and of nothing beside it."""

    async def run() -> list[Entry]:
        store = await table.open(store_url)
        for path in ("acme/a/2", "acme/a/1", "acme/a/x=1/3", "acme/ab/4", "acme/b/5"):
            await store.put(path, chunks(path.encode()))
        assert await store.list("acme/none/") == []
        return await store.list("acme/a/")

    entries = asyncio.run(run())

    assert [(entry.path, entry.size) for entry in entries] == [("1", 8), ("2", 8), ("x=1/3", 12)]
    assert all(0 < entry.mod_time <= time.time() + 1 for entry in entries)


def test_rewrites_journals_but_not_its_prefix(table: StoreTable, store_url: str) -> None:
    """`find` and `replace` of the URL rewrite the path of every operation alike."""
    separator = "&" if "?" in store_url else "?"

    async def run() -> None:
        plain = await table.open(store_url)
        store = await table.open(f"{store_url}{separator}find=fix/&replace=new/")
        await store.put("fix/fix/one", chunks(b"x"))

        assert await content_of(plain, "new/fix/one") == b"x"
        assert [entry.path for entry in await store.list("fix/fix/")] == ["one"]
        assert await store.exists("fix/fix/one")

    asyncio.run(run())


def test_removes(table: StoreTable, store_url: str) -> None:
    """A removed object is gone; removing it again is no error."""

    async def run() -> None:
        store = await table.open(store_url)
        await store.put("acme/a/1", chunks(b"x"))
        await store.remove("acme/a/1")
        await store.remove("acme/a/1")

        assert await store.list("acme/a/") == []
        assert not await store.exists("acme/a/1")
        with pytest.raises(StoreFailedError) as caught:
            await content_of(store, "acme/a/1")
        assert caught.value.missing

    asyncio.run(run())


async def _broken() -> AsyncIterator[bytes]:
    yield b"half"
    raise RuntimeError("the spool is gone")


def test_writes_all_or_nothing(table: StoreTable, store_url: str) -> None:
    """A put whose content fails midway leaves nothing behind."""

    async def run(store: Store) -> None:
        with pytest.raises(RuntimeError):
            await store.put("acme/a/1", _broken())
        assert await store.list("acme/") == []

    asyncio.run(_with(table, store_url, run))


def test_is_healthy_and_leaves_the_probe(table: StoreTable, store_url: str) -> None:
    """HLTH-001, HLTH-007: the check passes and leaves its object below the prefix."""

    async def run(store: Store) -> None:
        await store.check()
        assert await content_of(store, ".test/health-check") == b"health-check\n"

    asyncio.run(_with(table, store_url, run))


def test_opens_each_url_once(table: StoreTable, store_url: str) -> None:
    """The same URL is the same store, also when asked for at once."""

    async def run() -> None:
        first, second = await asyncio.gather(table.open(store_url), table.open(store_url))
        assert first is second is await table.open(store_url)
        assert first.url == store_url

    asyncio.run(run())


def test_signs_urls_that_can_be_read(table: StoreTable, s3_store_url: str) -> None:
    """A signed URL of a bucket reads the object without credentials."""

    async def run(store: Store) -> None:
        await store.put("acme/a/1.gz", chunks(b"packed"))
        url = await store.sign("acme/a/1.gz", 60)

        assert "/bkt/pre/fix/acme/a/1.gz?X-Amz-Algorithm=AWS4-HMAC-SHA256" in url
        assert "X-Amz-Expires=60" in url
        assert await asyncio.to_thread(_fetch, url) == b"packed"

    asyncio.run(_with(table, s3_store_url, run))


async def _with(table: StoreTable, url: str, run: Callable[[Store], Awaitable[None]]) -> None:
    try:
        await run(await table.open(url))
    finally:
        await table.aclose()


def _fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - the store of this test signed it
        return bytes(response.read())
