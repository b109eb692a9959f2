"""Messages to and from bytes; by hand where content is large."""

from typing import Any

from google.protobuf.message import DecodeError, Message

from mockbroker.core.actions import AbortError, Code, SendContent

MAX_MESSAGE = 4 << 20
"""Bytes of the largest request a broker accepts."""
_OFFSET = 0x18  # field 3 of ReadResponse, a varint
_READ_CONTENT = 0x3A  # field 7 of ReadResponse, bytes
_APPEND_CONTENT = 0x22  # field 4 of AppendRequest, bytes


def decode(raw: bytes, kind: type[Message], *, unary: bool) -> Any:
    """Returns the request in `raw`. Raises `AbortError` where it is too large or none."""
    check_size(raw)
    try:
        return kind.FromString(raw)
    except DecodeError as error:
        what = (
            "error unmarshalling request" if unary else "failed to unmarshal the received message"
        )
        raise AbortError(f"grpc: {what}: unexpected EOF", Code.INTERNAL) from error


def check_size(raw: bytes) -> None:
    """Raises `AbortError` where a request is larger than a broker accepts."""
    if len(raw) > MAX_MESSAGE:
        raise AbortError(
            f"grpc: received message larger than max ({len(raw)} vs. {MAX_MESSAGE})",
            Code.RESOURCE_EXHAUSTED,
        )


def appended_content(raw: bytes) -> memoryview | None:
    """Returns the content of an AppendRequest that holds nothing else; None of another one."""
    if len(raw) < 3 or raw[0] != _APPEND_CONTENT:
        return None
    length, begin, shift = 0, 1, 0
    while begin < min(len(raw), 6):
        byte = raw[begin]
        length |= (byte & 0x7F) << shift
        begin += 1
        shift += 7
        if byte < 0x80:
            return memoryview(raw)[begin:] if 0 < length == len(raw) - begin else None
    return None


def encode_content(action: SendContent) -> bytes:
    """Returns the encoded ReadResponse of a chunk of content."""
    head = bytearray()
    if action.offset:
        head.append(_OFFSET)
        _append_varint(head, action.offset)
    head.append(_READ_CONTENT)
    _append_varint(head, len(action.content))
    return bytes(head) + action.content


def _append_varint(target: bytearray, value: int) -> None:
    while value > 0x7F:
        target.append(value & 0x7F | 0x80)
        value >>= 7
    target.append(value)
