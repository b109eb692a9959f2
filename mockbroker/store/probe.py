"""The health check of a store: it writes, reads, lists and signs one small object.

The texts are those of a real broker's FragmentStoreHealth (HLTH-001 to HLTH-007).
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from mockbroker.store import Store, StoreFailedError
from protocol.text import go_quote

PATH: Final = ".test/health-check"
"""The object that is left in a store, below its prefix."""

CONTENT: Final = b"health-check\n"

_SIGNED_FOR_SECONDS: Final = 300.0
_FETCH_TIMEOUT_SECONDS: Final = 60.0


async def probe(store: Store) -> None:
    """Raises `StoreFailedError` with the broker's text unless `store` works."""
    await _put(store)
    await _get(store)
    await _list(store)
    await _sign(store)


async def _put(store: Store) -> None:
    try:
        await store.put(PATH, _content())
    except StoreFailedError as error:
        raise _failed("PUT failed", error) from error


async def _content() -> AsyncIterator[bytes]:
    yield CONTENT


async def _get(store: Store) -> None:
    try:
        got = b"".join([chunk async for chunk in store.get(PATH)])
    except StoreFailedError as error:
        raise _failed("GET failed", error) from error
    _compare("content", got)


async def _list(store: Store) -> None:
    directory, _, name = PATH.rpartition("/")
    try:
        entries = await store.list(directory + "/")
    except StoreFailedError as error:
        raise _failed("LIST failed", error) from error
    if all(entry.path != name for entry in entries):
        raise StoreFailedError("health check LIST did not find test file")


async def _sign(store: Store) -> None:
    try:
        url = await store.sign(PATH, _SIGNED_FOR_SECONDS)
    except StoreFailedError as error:
        raise _failed("SignGet failed", error) from error
    if url.startswith("http"):
        _compare("fetch content", await asyncio.to_thread(_fetch, url))


def _fetch(url: str) -> bytes:
    import urllib.error  # noqa: PLC0415 - slow to import, and only clouds sign such URLs
    import urllib.request  # noqa: PLC0415 - likewise

    try:
        with urllib.request.urlopen(url, timeout=_FETCH_TIMEOUT_SECONDS) as response:  # noqa: S310 - http or https, as the store signed it
            return bytes(response.read())
    except urllib.error.HTTPError as error:
        with error:
            raise StoreFailedError(f"health check fetch returned status {error.code}") from None
    except OSError as error:
        raise StoreFailedError(f"health check fetch failed: {error}") from error


def _compare(what: str, got: bytes) -> None:
    if got != CONTENT:
        have, want = (go_quote(text.decode(errors="replace")) for text in (got, CONTENT))
        raise StoreFailedError(f"health check {what} mismatch: got {have}, want {want}")


def _failed(step: str, cause: StoreFailedError) -> StoreFailedError:
    return StoreFailedError(f"health check {step}: {cause}", unauthorized=cause.unauthorized)
