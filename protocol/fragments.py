"""Content addressing: a fragment's sum, its name, and its path below a store.

A fragment is named by the offsets it spans, the SHA-1 of its uncompressed content
and the extension of its codec, for example
`0000000000001000-0000000000002000-040f06fd774092478d450774f5ba30c5da78acc8.gz`.
"""

import hashlib
import posixpath
import struct
from collections.abc import Callable
from typing import Any

from protocol.codecs import CodecError, codec_of_extension, extension_of
from protocol.cover import CoverSet
from protocol.errors import ProtocolError, within
from protocol.text import go_quote
from protocol.validate.fragment import validate_fragment
from protocol.validate.token import validate_path_component
from protocol.wire.messages import CompressionCodec, Fragment, SHA1Sum

__all__ = [
    "CoverSet",
    "FragmentNameError",
    "clean_path",
    "content_length",
    "content_name",
    "content_path",
    "digest_of",
    "join_path",
    "parse_name",
    "same_fragment",
    "sum_from_digest",
    "sum_of",
]


class FragmentNameError(ProtocolError):
    """A name, path or sum is not that of a fragment."""


_PARTS = struct.Struct(">QQI")
_WRAP = 1 << 63


def sum_of(content: bytes) -> SHA1Sum:
    """The sum of some content. That of no content is the SHA-1 of nothing, not zero."""
    return sum_from_digest(hashlib.sha1(content, usedforsecurity=False).digest())


def sum_from_digest(digest: bytes) -> SHA1Sum:
    """The wire form of a SHA-1 digest.

    Raises:
        FragmentNameError: The digest has not exactly 20 bytes.
    """
    if len(digest) != _PARTS.size:
        raise FragmentNameError(f"invalid SHA1Sum length: {digest.hex()}")
    part1, part2, part3 = _PARTS.unpack(digest)
    return SHA1Sum(part1=part1, part2=part2, part3=part3)


def digest_of(sum_: SHA1Sum) -> bytes:
    """The 20 bytes of a sum."""
    return _PARTS.pack(sum_.part1, sum_.part2, sum_.part3)


def content_length(fragment: Fragment) -> int:
    """How many bytes of uncompressed content the fragment spans.

    It is a signed 64-bit number. Only a fragment from far below 0 spans more, and its
    length wraps around, as that of brokers does.
    """
    return (fragment.end - fragment.begin + _WRAP) % (2 * _WRAP) - _WRAP


def content_name(fragment: Fragment) -> str:
    """The name of the fragment's file.

    Raises:
        CodecError: The fragment's codec is invalid or unknown.
    """
    extension = extension_of(fragment.compression_codec)
    digest = digest_of(fragment.sum).hex()
    return f"{fragment.begin:016x}-{fragment.end:016x}-{digest}{extension}"


def content_path(fragment: Fragment) -> str:
    """The path of the fragment's file below its store: journal, postfix and name.

    The path is cleaned lexically, so a postfix of `..` climbs out of the journal:
    who keeps files must check what he opens (`protocol.stores` does).

    Raises:
        CodecError: The fragment's codec is invalid or unknown.
    """
    return join_path(fragment.journal, fragment.path_postfix, content_name(fragment))


def same_fragment(a: Fragment, b: Fragment) -> bool:
    """Whether all fields agree; an absent sum is a zero sum."""
    return _fields(a) == _fields(b)


def parse_name(journal: str, path: str) -> Fragment:
    """The fragment told by a path relative to its journal's directory.

    Args:
        journal: Name of the journal, taken as it is.
        path: Postfix and name, such as `date=2024-01-01/<name>`.

    Returns:
        A valid fragment without `backing_store` and `mod_time`.

    Raises:
        FragmentNameError: The path is not that of a fragment.
        ValidationError: It is, but the journal, offsets or postfix break a rule.
    """
    postfix, name = _split(path)
    stem, extension = _split_extension(name)
    fields = stem.split("-")
    if len(fields) != 3:
        raise FragmentNameError(f"wrong Fragment format: {stem}")
    fragment = Fragment(
        journal=journal,
        begin=_within("Begin", _parse_offset, fields[0]),
        end=_within("End", _parse_offset, fields[1]),
        sum=sum_from_digest(_within("Sum", _parse_hex, fields[2])),
        compression_codec=_parse_extension(extension),
    )
    validate_fragment(fragment)
    with within("PathPostfix", "VAL-FRAGMENT-04"):
        validate_path_component(postfix, 0, 512)  # also where it isn't even UTF-8
    fragment.path_postfix = postfix
    return fragment


def clean_path(path: str) -> str:
    """The shortest lexical equivalent of a slashed path; `.` if nothing is left of it."""
    if path.startswith("/"):
        path = "/" + path.lstrip("/")  # normpath keeps two leading slashes, as POSIX has it
    return posixpath.normpath(path)


def join_path(*elements: str) -> str:
    """The clean path of all non-empty elements, and nothing if there are none."""
    joined = "/".join(element for element in elements if element)
    return clean_path(joined) if joined else ""


def _fields(fragment: Fragment) -> tuple[object, ...]:
    return (
        fragment.begin,
        fragment.end,
        digest_of(fragment.sum),
        fragment.compression_codec,
        fragment.journal,
        fragment.backing_store,
        fragment.mod_time,
        fragment.path_postfix,
    )


def _split(path: str) -> tuple[str, str]:
    """Postfix and name of a path.

    Brokers cut the name at the length of the *cleaned* directory, in bytes. Of a
    path that isn't clean they so get a wrong name, which must fail alike here.
    """
    directory = clean_path(path[: path.rfind("/") + 1])
    if directory == ".":
        return "", path
    encoded = path.encode("utf-8", "surrogateescape")
    cut = len(directory.encode("utf-8", "surrogateescape")) + 1
    if cut > len(encoded):
        raise FragmentNameError(f"wrong Fragment format: {path}", hint="the path has no file name")
    return directory, encoded[cut:].decode("utf-8", "surrogateescape")


def _split_extension(name: str) -> tuple[str, str]:
    dot = name.rfind(".")
    if dot <= name.rfind("/"):
        return name, ""
    return name[:dot], name[dot:]


def _within(context: str, parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise FragmentNameError(f"{context}: {error}") from None


def _parse_offset(text: str) -> int:
    """A signed 64-bit offset in hex digits, checked from left to right as brokers do."""
    digits = text[1:] if text[:1] in {"+", "-"} else text
    value = 0
    for digit in digits:
        if digit not in "0123456789abcdefABCDEF":
            break
        if value >= 1 << 60:
            raise ValueError(f"strconv.ParseInt: parsing {go_quote(text)}: value out of range")
        value = value << 4 | int(digit, 16)
    else:
        if digits:
            return _signed(text, value)
    raise ValueError(f"strconv.ParseInt: parsing {go_quote(text)}: invalid syntax")


def _signed(text: str, value: int) -> int:
    value = -value if text.startswith("-") else value
    if not -(1 << 63) <= value < 1 << 63:
        raise ValueError(f"strconv.ParseInt: parsing {go_quote(text)}: value out of range")
    return value


def _parse_hex(text: str) -> bytes:
    encoded = text.encode("utf-8", "surrogateescape")
    for byte in encoded:
        if byte not in b"0123456789abcdefABCDEF":
            raise ValueError(f"encoding/hex: invalid byte: U+{byte:04X}{_printed(byte)}")
    if len(encoded) % 2:
        raise ValueError("encoding/hex: odd length hex string")
    return bytes.fromhex(text)


def _printed(byte: int) -> str:
    """How a byte, taken as a code point, follows its number; nothing if not printable."""
    printable = 0x20 <= byte < 0x7F or (byte > 0xA0 and byte != 0xAD)
    return f" '{chr(byte)}'" if printable else ""


def _parse_extension(extension: str) -> CompressionCodec:
    try:
        return codec_of_extension(extension)
    except CodecError as error:
        raise FragmentNameError(str(error)) from None
