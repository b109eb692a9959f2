"""How fragment files are compressed: a table of codecs, and readers over it.

Each codec maps to the extension of file names and to coders that take content piece
by piece. Files may be several streams one after the other: gzip members, Snappy
framed streams and Zstandard frames all decode as one.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import cramjam

from protocol.errors import ProtocolError
from protocol.wire.messages import CompressionCodec, Fragment

_SNAPPY_MAGIC = b"\xff\x06\x00\x00sNaPpY"
_GZIP_WINDOW = 31  # the largest window, with gzip's header and trailer


class CodecError(ProtocolError):
    """A codec is unknown, or bytes are not what it makes."""


class Coder(Protocol):
    """Encodes or decodes one file, piece by piece."""

    def update(self, data: bytes) -> bytes:
        """Take the next bytes; return what is finished, which may be nothing.

        Raises:
            CodecError: The bytes cannot be decoded.
        """

    def finish(self) -> bytes:
        """Return the rest. Nothing may follow.

        Raises:
            CodecError: The file ends too early to be decoded.
        """


class _Verbatim:
    """Content as it is."""

    def update(self, data: bytes) -> bytes:
        return data

    def finish(self) -> bytes:
        return b""


class _GzipEncoder:
    def __init__(self) -> None:
        self._stream = zlib.compressobj(wbits=_GZIP_WINDOW)

    def update(self, data: bytes) -> bytes:
        return self._stream.compress(data)

    def finish(self) -> bytes:
        return self._stream.flush()


class _GzipDecoder:
    """Concatenated gzip members."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP_WINDOW)

    def update(self, data: bytes) -> bytes:
        decoded = []
        while data:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP_WINDOW)
            try:
                decoded.append(self._member.decompress(data))
            except zlib.error as error:
                raise CodecError(f"invalid gzip data: {error}") from None
            data = self._member.unused_data
        return b"".join(decoded)

    def finish(self) -> bytes:
        if not self._member.eof:
            raise CodecError("unexpected EOF", hint="the gzip data ends within a member")
        return b""


class _StreamEncoder:
    def __init__(self, stream: cramjam.snappy.Compressor | cramjam.zstd.Compressor) -> None:
        self._stream = stream

    def update(self, data: bytes) -> bytes:
        self._stream.compress(data)
        return bytes(self._stream.flush())

    def finish(self) -> bytes:
        return bytes(self._stream.finish())


class _SnappyDecoder:
    """Concatenated streams of Snappy's framing format, decoded chunk by chunk."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._started = False

    def update(self, data: bytes) -> bytes:
        self._pending += data
        length = self._whole_chunks()
        if not length:
            return b""
        chunks = bytes(self._pending[:length])
        del self._pending[:length]
        if not self._started and not chunks.startswith(_SNAPPY_MAGIC):
            raise CodecError("invalid snappy data: no stream identifier")
        self._started = True
        try:
            return bytes(cramjam.snappy.decompress(_SNAPPY_MAGIC + chunks))
        except cramjam.DecompressionError as error:
            raise CodecError(f"invalid snappy data: {error}") from None

    def finish(self) -> bytes:
        if self._pending:
            raise CodecError("unexpected EOF", hint="the snappy data ends within a chunk")
        return b""

    def _whole_chunks(self) -> int:
        """Length of the pending bytes up to which chunks are whole."""
        whole = 0
        while whole + 4 <= len(self._pending):
            length = int.from_bytes(self._pending[whole + 1 : whole + 4], "little")
            if whole + 4 + length > len(self._pending):
                break
            whole += 4 + length
        return whole


class _ZstandardDecoder:
    """Concatenated Zstandard frames. The library decodes whole frames, so all is held."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def update(self, data: bytes) -> bytes:
        self._pending += data
        return b""

    def finish(self) -> bytes:
        if not self._pending:
            return b""
        try:
            return bytes(cramjam.zstd.decompress(self._pending))
        except cramjam.DecompressionError as error:
            raise CodecError(f"invalid zstd data: {error}") from None


@dataclass(frozen=True, slots=True)
class Codec:
    """One row of the table.

    Attributes:
        number: The enum value of the wire.
        extension: What file names end in.
        aliases: Other extensions that are understood, in lower case.
        encoder: Makes a coder from content to file.
        decoder: Makes a coder from what a store serves to content.
        content_encoding: Set on the file in its store, which then decompresses it for
            readers; empty if readers decompress.
    """

    number: CompressionCodec
    extension: str
    aliases: tuple[str, ...]
    encoder: Callable[[], Coder]
    decoder: Callable[[], Coder]
    content_encoding: str = ""


CODECS: dict[int, Codec] = {
    row.number: row
    for row in (
        Codec(CompressionCodec.NONE, ".raw", (), _Verbatim, _Verbatim),
        Codec(CompressionCodec.GZIP, ".gz", (".gzip",), _GzipEncoder, _GzipDecoder),
        Codec(
            CompressionCodec.ZSTANDARD,
            ".zst",
            (".zstandard",),
            lambda: _StreamEncoder(cramjam.zstd.Compressor()),
            _ZstandardDecoder,
        ),
        Codec(
            CompressionCodec.SNAPPY,
            ".sz",
            (".snappy",),
            lambda: _StreamEncoder(cramjam.snappy.Compressor()),
            _SnappyDecoder,
        ),
        Codec(
            CompressionCodec.GZIP_OFFLOAD_DECOMPRESSION,
            "",
            (".gzod",),
            _GzipEncoder,
            _Verbatim,
            content_encoding="gzip",
        ),
    )
}
"""Every valid codec by its number."""

_BY_EXTENSION = {
    extension: row.number for row in CODECS.values() for extension in (row.extension, *row.aliases)
}


def codec(number: int) -> Codec:
    """The codec of an enum value.

    Raises:
        CodecError: There is none.
    """
    found = CODECS.get(number)
    if found is None:
        raise CodecError(f"unsupported codec {_name(number)}")
    return found


def extension_of(number: int) -> str:
    """What names of files of the codec end in.

    Raises:
        CodecError: The codec is invalid or unknown.
    """
    if number not in CODECS:
        raise CodecError("invalid CompressionCodec", hint=f"have {_name(number)}")
    return codec(number).extension


def codec_of_extension(extension: str) -> CompressionCodec:
    """The codec of a file name's extension, of any case and with its dot.

    Raises:
        CodecError: The extension is unknown.
    """
    found = _BY_EXTENSION.get(_lower(extension))
    if found is None:
        raise CodecError(f"unrecognized compression extension: {extension}")
    return found


def encode(number: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes of a file that holds the content given in pieces."""
    return _run(codec(number).encoder(), pieces)


def decode(number: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The content of a file given in pieces."""
    return _run(codec(number).decoder(), pieces)


def read_fragment(
    fragment: Fragment,
    pieces: Iterable[bytes],
    *,
    offset: int | None = None,
    content_encoding: str = "",
) -> Iterator[bytes]:
    """The content of a fragment's file, from `offset` through the fragment's end.

    Args:
        fragment: The fragment.
        pieces: Bytes of the file, as the store serves them.
        offset: Where to begin; None for the fragment's own begin.
        content_encoding: What the store says it did not decompress.

    Raises:
        CodecError: `offset` is not within the fragment, the bytes cannot be decoded,
            or they decode to fewer or more than the fragment spans.
    """
    begin = fragment.begin if offset is None else offset
    if not fragment.begin <= begin <= fragment.end:
        raise CodecError(
            f"offset {begin} is not within the fragment [{fragment.begin}, {fragment.end})"
        )
    number = fragment.compression_codec
    decoder = _GzipDecoder() if content_encoding == "gzip" else codec(number).decoder()
    return _exactly(fragment, begin, _run(decoder, pieces))


def _exactly(fragment: Fragment, begin: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    at = fragment.begin
    for piece in pieces:
        if at + len(piece) > fragment.end:
            raise CodecError(
                "expected EOF after the fragment's content",
                hint=f"the file holds more than the {fragment.end - fragment.begin} bytes it spans",
            )
        if wanted := piece[max(begin - at, 0) :]:
            yield wanted
        at += len(piece)
    if at < fragment.end:
        raise CodecError(
            "unexpected EOF",
            hint=f"the file holds {at - fragment.begin} bytes and"
            f" should hold {fragment.end - fragment.begin}",
        )


def _run(coder: Coder, pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        if done := coder.update(piece):
            yield done
    if rest := coder.finish():
        yield rest


def _lower(text: str) -> str:
    """Lower case of each code point by itself.

    Only the dotted I and the Kelvin sign have ASCII letters there, and Python would
    lower the former to two code points.
    """
    return text.replace("\u0130", "i").replace("\u212a", "k").lower()


def _name(number: int) -> str:
    """The name of an enum value, or its number."""
    return CompressionCodec.Name(number) if number in CompressionCodec.values() else str(number)
