"""Codecs there and back, in pieces, concatenated, cut short and followed by junk."""

import gzip

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.codecs import (
    CODECS,
    CodecError,
    codec,
    codec_of_extension,
    decode,
    encode,
    extension_of,
    read_fragment,
)
from protocol.fragments import sum_of
from protocol.wire.messages import CompressionCodec, Fragment

CONTENT = bytes(range(256)) * 900
numbers = st.sampled_from(sorted(CODECS))
COMPRESSED = [CompressionCodec.GZIP, CompressionCodec.SNAPPY, CompressionCodec.ZSTANDARD]


def _in_pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def _readable(number: int, encoded: bytes) -> bytes:
    """What a store serves: it decompresses what is offloaded to it."""
    return gzip.decompress(encoded) if CODECS[number].content_encoding else encoded


@given(numbers, st.lists(st.binary(max_size=200)), st.integers(1, 50))
def test_content_round_trips_in_any_pieces(number: int, pieces: list[bytes], size: int) -> None:
    """What is encoded in pieces decodes from other pieces."""
    encoded = b"".join(encode(number, pieces))

    decoded = decode(number, _in_pieces(_readable(number, encoded), size))

    assert b"".join(decoded) == b"".join(pieces)


@pytest.mark.parametrize("number", COMPRESSED)
def test_concatenated_streams_decode_as_one(number: int) -> None:
    """Files may be several streams, one after the other."""
    encoded = b"".join(encode(number, [b"first,"])) + b"".join(encode(number, [CONTENT]))

    assert b"".join(decode(number, _in_pieces(encoded, 7))) == b"first," + CONTENT


@pytest.mark.parametrize("number", COMPRESSED)
def test_broken_files_are_codec_errors(number: int) -> None:
    """A file cut short, with a bit flipped, or followed by junk is never content."""
    encoded = b"".join(encode(number, [CONTENT]))
    flipped = bytearray(encoded)
    flipped[3] ^= 0x40

    for broken in (encoded[:-3], bytes(flipped), encoded + b"junk!", b"junkjunkjunk"):
        with pytest.raises(CodecError):
            list(decode(number, [broken]))


def test_snappy_files_are_framed() -> None:
    """Raw snappy blocks, and frames without the stream identifier, are refused."""
    framed = bytes(cramjam.snappy.compress(b"content"))

    for data in (bytes(cramjam.snappy.compress_raw(b"content")), framed[10:]):
        with pytest.raises(CodecError):
            list(decode(CompressionCodec.SNAPPY, [data]))


@pytest.mark.parametrize("number", [0, 6, -1])
def test_invalid_codecs_have_no_row(number: int) -> None:
    """An unknown codec has neither coders nor an extension."""
    with pytest.raises(CodecError, match=r"unsupported codec (INVALID|6|-1)"):
        codec(number)
    with pytest.raises(CodecError, match="invalid CompressionCodec"):
        extension_of(number)


@pytest.mark.parametrize("extension", [".GZ\u0130P", ".gZiP", ".gz"])
def test_extensions_are_of_any_case(extension: str) -> None:
    """Each code point is lowered by itself."""
    assert codec_of_extension(extension) == CompressionCodec.GZIP


def _fragment_of(content: bytes, number: int) -> Fragment:
    return Fragment(
        journal="a/journal",
        begin=100,
        end=100 + len(content),
        sum=sum_of(content),
        compression_codec=CODECS[number].number,
    )


@given(numbers, st.binary(max_size=300), st.data())
def test_a_fragment_reads_from_any_offset(number: int, content: bytes, data: st.DataObject) -> None:
    """Content before the offset is discarded, and all after it is there."""
    offset = data.draw(st.integers(0, len(content)))
    file = _readable(number, b"".join(encode(number, [content])))

    read = read_fragment(_fragment_of(content, number), _in_pieces(file, 11), offset=100 + offset)

    assert b"".join(read) == content[offset:]


def test_offloaded_content_that_is_still_compressed_is_decompressed() -> None:
    """A store that doesn't decompress says so, and the reader does."""
    number = CompressionCodec.GZIP_OFFLOAD_DECOMPRESSION
    file = b"".join(encode(number, [CONTENT]))

    read = read_fragment(_fragment_of(CONTENT, number), [file], content_encoding="gzip")

    assert b"".join(read) == CONTENT


@pytest.mark.parametrize(
    ("file", "text"), [(b"short", "unexpected EOF"), (b"far too long", "expected EOF after")]
)
def test_a_file_has_exactly_the_fragments_length(file: bytes, text: str) -> None:
    """Fewer bytes than the fragment spans are an error, and so are more."""
    fragment = _fragment_of(b"exactly", CompressionCodec.NONE)

    with pytest.raises(CodecError, match=text):
        list(read_fragment(fragment, [file]))


@pytest.mark.parametrize("offset", [99, 108])
def test_offsets_outside_of_the_fragment_are_refused(offset: int) -> None:
    """One can begin to read within the fragment or at its end, and nowhere else."""
    with pytest.raises(CodecError, match=f"offset {offset} is not within"):
        read_fragment(_fragment_of(b"exactly", 1), [b"exactly"], offset=offset)
