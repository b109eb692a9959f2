"""Content that can be sent again."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from protocol.client.content import PIECE, AsyncContent, source_of

_DATA = bytes(range(256)) * 1200  # more than two pieces


async def _slowly() -> AsyncIterator[bytes]:
    for begin in range(0, len(_DATA), 1000):
        await asyncio.sleep(0)
        yield _DATA[begin : begin + 1000]


def _file_from(skipped: int) -> io.BytesIO:
    file = io.BytesIO(b"x" * skipped + _DATA)
    file.seek(skipped)
    return file


class _Pipe(io.RawIOBase):
    """A file that cannot be rewound."""

    def __init__(self) -> None:
        self._file = io.BytesIO(_DATA)

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads some bytes."""
        return self._file.readinto(memoryview(buffer)[:777])


@pytest.mark.parametrize(
    "content",
    [
        _DATA,
        bytearray(_DATA),
        memoryview(_DATA),
        _file_from(7),
        iter([_DATA[:5], b"", _DATA[5:]]),
        _slowly(),
        io.BufferedReader(_Pipe()),
    ],
    ids=lambda content: type(content).__name__,
)
def test_read_twice(content: AsyncContent) -> None:
    """Bytes, files and pieces are read as often as needed, in pieces that a broker takes."""

    async def main() -> list[list[bytes]]:
        with await source_of(content) as source:
            return [list(source.pieces()), list(source.pieces())]

    first, second = asyncio.run(main())

    assert b"".join(first) == b"".join(second) == _DATA
    assert all(0 < len(piece) <= PIECE for piece in first)


def test_callers_close_their_files(tmp_path: Path) -> None:
    """A file that was given stays open."""
    path = tmp_path / "file"
    path.write_bytes(_DATA)

    async def main(file: Any) -> bool:
        with await source_of(file):
            pass
        return bool(file.closed)

    with path.open("rb") as file:
        assert not asyncio.run(main(file))


def test_exceptions_pass() -> None:
    """What reading pieces raises is raised before there is a source."""

    def broken() -> Iterator[bytes]:
        yield b"some"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(source_of(broken()))


def test_text() -> None:
    """Text is refused, since its encoding is not ours to choose."""
    with pytest.raises(TypeError, match="cannot append text: encode it"):
        asyncio.run(source_of("text"))  # type: ignore[arg-type] # on purpose
