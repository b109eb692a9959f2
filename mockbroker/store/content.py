"""Growing content that may be larger than memory."""

from collections.abc import Iterator

from mockbroker.store.blocks import BLOCK_SIZE, Blocks


class Content:
    """Bytes that are appended at the end, cut at the end, and read anywhere.

    Whole blocks live in `blocks`, the unfinished last one here. Nobody needs to close it: it
    is freed when it is no longer referred to.

    Args:
        blocks: Shared by all content that is under one memory budget.
    """

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._sealed: list[int] = []
        self._tail = bytearray()

    def __del__(self) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._sealed) * BLOCK_SIZE + len(self._tail)

    def append(self, data: bytes | bytearray | memoryview) -> None:
        """Adds `data` at the end."""
        self._tail += data
        if len(self._tail) < BLOCK_SIZE:
            return
        whole = len(self._tail) // BLOCK_SIZE * BLOCK_SIZE
        with memoryview(self._tail) as view:
            for begin in range(0, whole, BLOCK_SIZE):
                block = bytes(view[begin : begin + BLOCK_SIZE])
                self._sealed.append(self._blocks.keep(block))
        del self._tail[:whole]

    def truncate(self, length: int) -> None:
        """Cuts to the first `length` bytes; a greater `length` raises ValueError."""
        if not 0 <= length <= len(self):
            raise ValueError(f"cannot cut {len(self)} bytes to {length}")
        while length < len(self._sealed) * BLOCK_SIZE:
            handle = self._sealed.pop()
            self._tail[:] = self._blocks.get(handle)
            self._blocks.free(handle)
        del self._tail[length - len(self._sealed) * BLOCK_SIZE :]

    def read(self, begin: int, end: int) -> bytes:
        """Returns the bytes of [begin, end), fewer where the content ends before."""
        return b"".join(self.chunks(begin, end))

    def chunks(self, begin: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yields the bytes of [begin, end) in chunks of at most `BLOCK_SIZE`.

        It ends early where the content is cut meanwhile.
        """
        if end is None:
            end = len(self)
        while begin < min(end, len(self)):
            index, skip = divmod(begin, BLOCK_SIZE)
            chunk = self._block(index, skip, skip + end - begin)
            yield chunk
            begin += len(chunk)

    def close(self) -> None:
        """Frees the content; it is empty afterwards."""
        for handle in self._sealed:
            self._blocks.free(handle)
        self._sealed.clear()
        self._tail.clear()

    def _block(self, index: int, begin: int, end: int) -> bytes:
        if index < len(self._sealed):
            return self._blocks.get(self._sealed[index])[begin:end]
        return bytes(memoryview(self._tail)[begin:end])
