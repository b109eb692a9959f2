"""What is appended: bytes, a file, or pieces, in a form that can be sent again."""

from collections.abc import AsyncIterable, Iterable, Iterator
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import IO, Protocol, Self, TypeAlias, cast, runtime_checkable

PIECE = 128 << 10
"""Bytes of one message of content."""

IN_MEMORY = 16 << 20
"""Bytes that are held in memory; what is larger goes to a temporary file."""

Content: TypeAlias = bytes | bytearray | memoryview | IO[bytes] | Iterable[bytes]
"""Bytes, a file from where it stands to its end, or pieces."""

AsyncContent: TypeAlias = Content | AsyncIterable[bytes]
"""Content, or pieces that come asynchronously."""


@runtime_checkable
class _File(Protocol):
    """What a file can do."""

    def read(self, size: int, /) -> bytes: ...

    def seek(self, offset: int, /) -> int: ...

    def seekable(self) -> bool: ...

    def tell(self) -> int: ...

    def close(self) -> None: ...


class Source:
    """Content which can be read from its begin any number of times."""

    def __init__(self, file: _File | None, data: memoryview, *, owned: bool) -> None:
        self._file = file
        self._data = data
        self._begin = file.tell() if file is not None else 0
        self._owned = owned

    def pieces(self) -> Iterator[bytes]:
        """The content, from its begin."""
        if self._file is None:
            for begin in range(0, len(self._data), PIECE):
                yield bytes(self._data[begin : begin + PIECE])
            return
        self._file.seek(self._begin)
        while piece := self._file.read(PIECE):
            yield piece

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None and self._owned:
            self._file.close()


async def source_of(content: AsyncContent) -> Source:
    """Returns `content` as a source, which is to be closed.

    Brokers cut off appends which trickle, and pieces come only once. So pieces are
    gathered first; an exception they raise is raised here, before anything is sent. Only
    files that can be rewound are read as they are sent.

    Raises:
        TypeError: `content` is text, or its pieces are.
    """
    if isinstance(content, bytes | bytearray | memoryview):
        return Source(None, memoryview(content).cast("B"), owned=False)
    if isinstance(content, str):
        raise TypeError("cannot append text: encode it")
    if not isinstance(content, _File):
        return await _gathered(content)
    if content.seekable():
        return Source(content, memoryview(b""), owned=False)
    return await _gathered(iter(lambda: content.read(PIECE), b""))


async def _gathered(pieces: Iterable[bytes] | AsyncIterable[bytes]) -> Source:
    spool = cast("IO[bytes]", SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115 - the source closes it
    try:
        if isinstance(pieces, AsyncIterable):
            async for piece in pieces:
                spool.write(piece)
        else:
            for piece in pieces:
                spool.write(piece)
    except BaseException:
        spool.close()
        raise
    spool.seek(0)
    return Source(spool, memoryview(b""), owned=True)
