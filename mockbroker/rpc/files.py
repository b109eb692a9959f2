"""Fragment files of stores: listed, signed, read with decompression, written compressed."""

from collections.abc import AsyncIterator
from typing import Any

import protocol as pb
from mockbroker.core.actions import (
    AbortError,
    CheckStore,
    ListStore,
    OpenFragment,
    Persist,
    ReadFragment,
    SignUrl,
)
from mockbroker.store import Stores
from protocol.codecs import Coder, codec
from protocol.errors import ProtocolError
from protocol.fragments import content_path

PIECE = 1 << 18
"""Bytes of content compressed at a time."""
GZIP_MAGIC = b"\x1f\x8b"


class Files:
    """Performs the store actions of scripts."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def check(self, action: CheckStore) -> None:
        """Probes a store."""
        await (await self._stores.open(action.store)).check()

    async def list(self, action: ListStore) -> list[tuple[str, int]]:
        """Lists a journal's objects in a store."""
        store = await self._stores.open(action.store)
        return [(entry.path, entry.mod_time) for entry in await store.list(f"{action.journal}/")]

    async def sign(self, action: SignUrl) -> str:
        """Signs the URL of a fragment."""
        store = await self._stores.open(action.fragment.backing_store)
        return await store.sign(content_path(action.fragment), action.ttl)

    async def open(self, action: OpenFragment) -> "Reader":
        """Opens a fragment, and takes its first bytes to see that it is there."""
        store = await self._stores.open(action.fragment.backing_store)
        reader = Reader(action.fragment, store.get(content_path(action.fragment)))
        await reader.skip(action.offset - action.fragment.begin)
        return reader

    async def read(self, action: ReadFragment) -> bytes:
        """Reads on."""
        return await action.reader.read(action.limit)  # type: ignore[no-any-return]

    async def persist(self, action: Persist) -> None:
        """Writes a fragment, unless it is there already."""
        fragment = action.fragment
        store = await self._stores.open(fragment.backing_store)
        path = content_path(fragment)
        if await store.exists(path):
            return
        kind = codec(fragment.compression_codec)
        await store.put(
            path, _encoded(action, kind.encoder()), content_encoding=kind.content_encoding
        )


async def _encoded(action: Persist, coder: Coder) -> AsyncIterator[bytes]:
    length = action.fragment.end - action.fragment.begin
    for begin in range(0, length, PIECE):
        piece = action.content.read(begin, min(length, begin + PIECE))
        if done := coder.update(piece):
            yield done
    if rest := coder.finish():
        yield rest


class Reader:
    """The content of a fragment in a store, exactly as long as the fragment.

    Args:
        fragment: The fragment.
        pieces: The stored bytes.
    """

    def __init__(self, fragment: pb.Fragment, pieces: AsyncIterator[bytes]) -> None:
        self._left = fragment.end - fragment.begin
        self._codec = fragment.compression_codec
        self._pieces: Any = pieces
        self._coder: Coder | None = None
        self._buffer = bytearray()
        self._ended = False

    async def skip(self, length: int) -> None:
        """Passes over the first bytes."""
        while length:
            skipped = await self.read(min(length, PIECE))
            length -= len(skipped)
        if not self._buffer and not self._ended:
            await self._fill()

    async def read(self, limit: int) -> bytes:
        """Returns up to `limit` bytes; none at the end.

        Raises `AbortError` where the stored content is shorter or longer than the fragment.
        """
        while not self._buffer and not self._ended:
            await self._fill()
        if not self._left:
            return self._end()
        if not self._buffer:
            raise AbortError("unexpected EOF")
        taken = bytes(self._buffer[: min(limit, self._left)])
        del self._buffer[: len(taken)]
        self._left -= len(taken)
        return taken

    def _end(self) -> bytes:
        if self._buffer:
            raise AbortError("did not read EOF at expected Fragment.End")
        return b""

    async def _fill(self) -> None:
        piece = await anext(self._pieces, None)
        try:
            if piece is None:
                self._ended = True
                self._buffer += self._coder.finish() if self._coder else b""
            else:
                self._coder = self._coder or self._decoder(piece)
                self._buffer += self._coder.update(piece)
        except ProtocolError as error:
            raise AbortError(str(error)) from error

    def _decoder(self, piece: bytes) -> Coder:
        """A store may have decompressed offloaded gzip already, or not."""
        offload = pb.CompressionCodec.GZIP_OFFLOAD_DECOMPRESSION
        if self._codec == offload and piece.startswith(GZIP_MAGIC):
            return codec(pb.CompressionCodec.GZIP).decoder()
        return codec(self._codec).decoder()
