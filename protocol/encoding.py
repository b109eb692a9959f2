"""The bytes a v0.101.0 broker sends, where protobuf would make others of a message.

A broker always sends some messages, even if empty; it drops fields it does not know,
takes any bytes for a string, holds flags as a signed number, never sends empty content,
and of a repeated duration takes the last where other messages are merged. A second set
of message classes, whose strings and durations are bytes, does the work.
"""

from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, duration_pb2, message_factory
from google.protobuf.message import DecodeError, Message
from google.protobuf.unknown_fields import UnknownFieldSet

from protocol.errors import ProtocolError
from protocol.text import nanoseconds
from protocol.wire import messages
from protocol.wire.presence import is_always_present

_LATER_FIELDS = frozenset(
    (
        "BrokerSpec.exiting",
        "ReadRequest.min_etcd_revision",
        "AppendRequest.min_etcd_revision",
        "FragmentStoreHealthRequest.check_delete",
        "FragmentStoreHealthRequest.check_delete_prefix",
    )
)
"""Fields that releases after v0.101.0 added."""
_DURATIONS = frozenset(("refresh_interval", "retention", "flush_interval", "signatureTTL"))
_MAX_NANOS = (1 << 63) - 1


class EncodingError(ProtocolError):
    """Bytes are not the encoding of a message."""


def encode(message: Message) -> bytes:
    """Returns the bytes that a v0.101.0 broker sends for `message`.

    Raises:
        EncodingError: A broker cannot hold `message`: a duration is out of bounds.
    """
    return reencode(type(message), message.SerializeToString())


def reencode(kind: type[Message], data: bytes) -> bytes:
    """Returns what a v0.101.0 broker sends after it received `data` as a message of `kind`.

    Raises:
        EncodingError: A broker refuses to decode `data`.
    """
    held = decode(kind.DESCRIPTOR.full_name, data)
    held.DiscardUnknownFields()
    _complete(held)
    return held.SerializeToString(deterministic=True)


def decode(name: str, data: bytes) -> Message:
    """Returns the message of the type `name` that a v0.101.0 broker makes of `data`.

    It is of the second set of classes: its strings and durations are bytes.

    Raises:
        EncodingError: A broker refuses to decode `data`.
    """
    held = _class_of(name)()
    try:
        held.MergeFromString(data)
    except DecodeError as error:
        raise EncodingError(f"not a {name}: {error}") from None
    _check(held)
    return held


def _check(message: Any) -> None:
    """Raises where a broker refuses what protobuf would take."""
    _check_wire_types(message)
    for field, value in message.ListFields():
        if field.name in _DURATIONS:
            _check_duration(value)
        if field.message_type is not None:
            for inner in value if field.is_repeated else [value]:
                _check(inner)


def _check_wire_types(message: Any) -> None:
    known = message.DESCRIPTOR.fields_by_number
    for unknown in UnknownFieldSet(message):  # type: ignore[attr-defined]
        if unknown.field_number in known:
            name = known[unknown.field_number].full_name
            raise EncodingError(f"wrong wire type {unknown.wire_type} for field {name}")


def _check_duration(data: bytes) -> None:
    try:
        duration = messages.Duration.FromString(data)
    except DecodeError as error:
        raise EncodingError(f"not a duration: {error}") from None
    _check_wire_types(duration)
    seconds, nanos = duration.seconds, duration.nanos
    if abs(nanos) >= 10**9:
        raise EncodingError(f"duration of {seconds}s and {nanos}ns: nanos out of range")
    if seconds * nanos < 0:
        raise EncodingError(f"duration of {seconds}s and {nanos}ns: signs differ")
    if not -_MAX_NANOS - 1 <= nanoseconds(duration) <= _MAX_NANOS:
        raise EncodingError(f"duration of {seconds}s and {nanos}ns is out of range")


def _complete(message: Any) -> None:
    """Sets every message that a broker always sends, and drops empty content."""
    if "content" in message.DESCRIPTOR.fields_by_name and not message.content:
        message.ClearField("content")
    for field in message.DESCRIPTOR.fields:
        if field.name in _DURATIONS:
            _complete_duration(message, field.name)
        elif is_always_present(field):
            getattr(message, field.name).SetInParent()
    for field, value in message.ListFields():
        if field.message_type is not None:
            for inner in value if field.is_repeated else [value]:
                _complete(inner)


def _complete_duration(message: Any, name: str) -> None:
    if name == "signatureTTL" and not message.HasField(name):
        return
    duration = messages.Duration.FromString(getattr(message, name))
    duration.DiscardUnknownFields()
    setattr(message, name, duration.SerializeToString(deterministic=True))


def _class_of(name: str) -> type[Message]:
    try:
        descriptor = _pool().FindMessageTypeByName(name)
    except KeyError:
        raise EncodingError(f"{name} is no message of the protocol") from None
    return message_factory.GetMessageClass(descriptor)


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    file = descriptor_pb2.FileDescriptorProto()
    messages.DESCRIPTOR.CopyToProto(file)
    for message in file.message_type:
        _adapt(message, message.name)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(duration_pb2.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(file.SerializeToString())
    return pool


def _adapt(message: descriptor_pb2.DescriptorProto, name: str) -> None:
    fields = [f for f in message.field if f"{name}.{f.name}" not in _LATER_FIELDS]
    del message.field[:]
    for field in fields:
        if field.type == field.TYPE_STRING:
            field.type = field.TYPE_BYTES
        if field.name in _DURATIONS:
            field.type = field.TYPE_BYTES
            field.ClearField("type_name")
            field.proto3_optional = True
            field.oneof_index = len(message.oneof_decl)
            message.oneof_decl.add(name=f"_{field.name}")
        if field.type == field.TYPE_UINT32 and field.name == "flags":
            field.type = field.TYPE_INT32
        message.field.append(field)
    for nested in message.nested_type:
        _adapt(nested, f"{name}.{nested.name}")
