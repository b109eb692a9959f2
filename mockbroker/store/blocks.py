"""Blocks of bytes under one memory budget: what exceeds it lies in an unnamed file."""

import os
import tempfile
from typing import IO, Final

BLOCK_SIZE: Final = 256 * 1024
"""Length of the longest block."""


class Blocks:
    """Keeps immutable blocks of at most `BLOCK_SIZE` bytes.

    Blocks stay in memory while all of them together are within `budget` bytes. Later ones go
    to a temporary file without a name, which vanishes with the process however it ends. Its
    room is reused as blocks are freed.

    Args:
        budget: Bytes of content to hold in memory, over all blocks.
        directory: Where the file goes; the system's temporary directory if not given.
    """

    def __init__(self, budget: int = 64 << 20, directory: str | None = None) -> None:
        self._budget = budget
        self._directory = directory
        self._memory: dict[int, bytes] = {}
        self._in_memory = 0
        self._disk: dict[int, tuple[int, int]] = {}
        self._free_slots: list[int] = []
        self._slots = 0
        self._handles = 0
        self._file: IO[bytes] | None = None

    @property
    def in_memory(self) -> int:
        """Bytes held in memory."""
        return self._in_memory

    @property
    def on_disk(self) -> int:
        """Bytes of the file, rooms to be reused included."""
        return self._slots * BLOCK_SIZE

    def keep(self, block: bytes) -> int:
        """Keeps `block` and returns the handle that `get` and `free` take."""
        if len(block) > BLOCK_SIZE:
            raise ValueError(f"block of {len(block)} bytes (expected at most {BLOCK_SIZE})")
        self._handles += 1
        if self._in_memory + len(block) <= self._budget:
            self._memory[self._handles] = block
            self._in_memory += len(block)
        else:
            self._disk[self._handles] = (self._write(block), len(block))
        return self._handles

    def get(self, handle: int) -> bytes:
        """Returns the block of `handle`."""
        if handle in self._memory:
            return self._memory[handle]
        slot, length = self._disk[handle]
        return os.pread(self._opened().fileno(), length, slot * BLOCK_SIZE)

    def free(self, handle: int) -> None:
        """Forgets the block of `handle`, unless `close` has forgotten it."""
        if handle in self._memory:
            self._in_memory -= len(self._memory.pop(handle))
        elif handle in self._disk:
            self._free_slots.append(self._disk.pop(handle)[0])
            if not self._disk:
                self._empty_file()

    def close(self) -> None:
        """Forgets every block and removes the file."""
        self._memory.clear()
        self._disk.clear()
        self._in_memory = 0
        self._empty_file()
        if self._file:
            self._file.close()
            self._file = None

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._directory)  # noqa: SIM115 - closed by close
        return self._file

    def _write(self, block: bytes) -> int:
        if self._free_slots:
            slot = self._free_slots.pop()
        else:
            slot, self._slots = self._slots, self._slots + 1
        descriptor, offset, view = self._opened().fileno(), slot * BLOCK_SIZE, memoryview(block)
        while view:
            written = os.pwrite(descriptor, view, offset)
            view, offset = view[written:], offset + written
        return slot

    def _empty_file(self) -> None:
        self._free_slots.clear()
        self._slots = 0
        if self._file:
            self._file.truncate(0)
