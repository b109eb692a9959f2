"""Messages whose strings are not UTF-8, which a broker takes and protobuf does not."""

from typing import Any

from google.protobuf.message import Message

from protocol.encoding import decode
from protocol.wire.messages import Duration


def view(kind: type[Message], data: bytes) -> Any:
    """Returns what a broker makes of `data` as a message of `kind`, to be validated or printed.

    Fields are read as those of a message of `kind`. Bytes of a string that are not UTF-8
    are surrogates in it, as Python's `surrogateescape` has them.

    Raises:
        EncodingError: A broker refuses to decode `data`.
    """
    return _View(decode(kind.DESCRIPTOR.full_name, data), kind.DESCRIPTOR)


class _View:
    """A message whose strings are bytes, read through the descriptor that has them strings."""

    def __init__(self, held: Any, descriptor: Any) -> None:
        self.DESCRIPTOR = descriptor
        self._held = held

    def __getattr__(self, name: str) -> Any:
        field = self.DESCRIPTOR.fields_by_name.get(name)
        if field is None:
            raise AttributeError(f"{self.DESCRIPTOR.full_name} has no field {name!r}")
        if name not in self._held.DESCRIPTOR.fields_by_name:
            return field.default_value
        value = getattr(self._held, name)
        if field.is_repeated:
            return [_read(field, item) for item in value]
        return _read(field, value)

    def HasField(self, name: str) -> bool:  # noqa: N802 - the name protobuf has
        return bool(self._held.HasField(name))


def _read(field: Any, value: Any) -> Any:
    if isinstance(value, bytes) and field.message_type is not None:
        return Duration.FromString(value)
    if field.message_type is not None:
        return _View(value, field.message_type)
    if field.type == field.TYPE_STRING:
        return value.decode("utf-8", "surrogateescape")
    return value
