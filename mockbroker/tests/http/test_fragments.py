"""Fragments of memory and file stores, by their signed URLs."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mockbroker.http.fragments import fragments_app
from mockbroker.http.port import listen, url_of
from mockbroker.http.server import serve
from mockbroker.store.blocks import Blocks
from mockbroker.store.links import HttpLinks
from mockbroker.store.memory import Memory
from mockbroker.store.table import StoreTable
from mockbroker.tests.http.scripted import Answer, request

NAME = "acme/ä b%20;x=1/0-5.gz"


async def _content() -> AsyncIterator[bytes]:
    yield b"pac"
    yield b"ked"


@pytest.fixture(params=["memory", "file"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    """The file root of the stores, or None where they are in memory."""
    (tmp_path / "pre").mkdir()
    return tmp_path if request.param == "file" else None


def _ask(
    root: Path | None, path: str | None = None, method: str = "GET", encoding: str = ""
) -> Answer:
    async def run() -> Answer:
        listener = listen()
        links = HttpLinks(url_of(listener), b"secret", lambda: 1000)
        stores = StoreTable(Memory(lambda: 1000, Blocks()), root, links.sign)
        server = await serve(fragments_app(stores, links), listener)
        try:
            store = await stores.open("file:///pre/")
            await store.put(NAME, _content(), content_encoding=encoding)
            url = await store.sign(NAME, 60)
            asked = path or url.removeprefix(server.url)
            return await asyncio.to_thread(request, server.url, method, asked)
        finally:
            await server.stop()
            await stores.aclose()

    return asyncio.run(run())


def test_serves_what_is_signed(root: Path | None) -> None:
    """A signed URL answers the fragment as it is stored."""
    answer = _ask(root)

    assert (answer.code, answer.body) == (200, "packed")
    assert "content-encoding" not in answer.headers
    assert _ask(root, method="HEAD").code == 200


def test_tells_that_clients_are_to_decompress() -> None:
    """What was put for decompression by the store says so."""
    assert _ask(None, encoding="gzip").headers["content-encoding"] == "gzip"


@pytest.mark.parametrize("path", ["/pre/acme/x", "/pre/acme/x?expires=9999&signature=00", "/"])
def test_refuses_what_is_not_signed(root: Path | None, path: str) -> None:
    """Without a signature nothing is served, whether it exists or not."""
    assert _ask(root, path).code == 403


def test_says_that_a_fragment_is_gone(root: Path | None) -> None:
    """A signed URL of what has been removed is 404."""
    path = HttpLinks("", b"secret", lambda: 1000).sign("/pre/acme/gone", 60)

    assert _ask(root, path).code == 404


def test_only_reads(root: Path | None) -> None:
    """Fragments can be neither written nor removed."""
    assert _ask(root, method="PUT").code == 405
