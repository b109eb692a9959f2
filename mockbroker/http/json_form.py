"""JSON as a broker's HTTP side prints it: lowerCamelCase, defaults and absences included."""

import base64
import json
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.duration_pb2 import Duration as _Duration
from google.protobuf.message import Message

from protocol.wire.presence import is_always_present

_WIDE: Final = frozenset(
    {
        FieldDescriptor.TYPE_INT64,
        FieldDescriptor.TYPE_UINT64,
        FieldDescriptor.TYPE_SINT64,
        FieldDescriptor.TYPE_FIXED64,
        FieldDescriptor.TYPE_SFIXED64,
    }
)
_ESCAPED: Final = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def json_text(message: Message) -> str:
    """Returns `message` in one line of JSON, fields in the order of the wire contract."""
    return dumps(_value_of(message))


def dumps(value: Any) -> str:
    """Returns JSON without blanks, escaped so that it may stand in HTML."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.translate(_ESCAPED)


def _value_of(message: Message) -> Any:
    if message.DESCRIPTOR.full_name == "google.protobuf.Duration":
        return _Duration(seconds=message.seconds, nanos=message.nanos).ToJsonString()  # type: ignore[attr-defined]
    return {field.json_name: _field(message, field) for field in message.DESCRIPTOR.fields}


def _field(message: Message, field: Any) -> Any:
    value = getattr(message, field.name)
    if field.is_repeated:
        return [_single(field, item) for item in value]
    absent = field.has_presence and not message.HasField(field.name)
    if absent and not is_always_present(field):
        return None
    return _single(field, value)


def _single(field: Any, value: Any) -> Any:
    if field.message_type is not None:
        return _value_of(value)
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return known.name if known else value
    if field.type == FieldDescriptor.TYPE_BYTES:
        return base64.b64encode(value).decode() if value else None
    return str(value) if field.type in _WIDE else value
