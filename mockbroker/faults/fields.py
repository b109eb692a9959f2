"""Fields of messages by dotted path, such as `header.route.members.0.zone`."""

from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from mockbroker.faults.rule import FaultError


def assign(message: Any, path: str, value: Any) -> None:
    """Sets the field at `path`: enums by name or number, repeated fields as a whole.

    Raises FaultError where `message` has no such field, or it cannot hold `value`.
    """
    target, field = _resolve(message, path)
    try:
        if field.is_repeated:
            _assign_all(target, field, value)
        elif field.message_type is not None:
            _assign_message(getattr(target, field.name), field.name, value)
        else:
            setattr(target, field.name, _scalar(field, value))
    except (TypeError, ValueError, OverflowError) as error:
        raise FaultError(f"{path} of {message.DESCRIPTOR.name} cannot be {value!r}") from error


def clear(message: Any, path: str) -> None:
    """Clears the field at `path`, so that the message hasn't got it."""
    target, field = _resolve(message, path)
    target.ClearField(field.name)


def read(message: Any, path: str) -> Any:
    """The value of the field at `path`."""
    target, field = _resolve(message, path)
    return getattr(target, field.name)


def _resolve(message: Any, path: str) -> tuple[Any, FieldDescriptor]:
    """The message that has the last field of `path`, and that field."""
    target: Any = message
    *parents, last = path.split(".")
    try:
        for name in parents:
            target = target[int(name)] if name.isdigit() else getattr(target, name)
        return target, target.DESCRIPTOR.fields_by_name[last]
    except (AttributeError, KeyError, IndexError, TypeError) as error:
        raise FaultError(f"{message.DESCRIPTOR.name} has no field {path!r}") from error


def _assign_all(target: Any, field: FieldDescriptor, values: Any) -> None:
    target.ClearField(field.name)
    repeated = getattr(target, field.name)
    for value in values:
        if field.message_type is not None:
            _assign_message(repeated.add(), field.name, value)
        else:
            repeated.append(_scalar(field, value))


def _assign_message(target: Any, name: str, value: Any) -> None:
    if isinstance(value, Message):
        target.CopyFrom(value)
    elif isinstance(value, dict):
        target.Clear()
        target.SetInParent()
        for key, item in value.items():
            assign(target, key, item)
    else:
        raise TypeError(name)


def _scalar(field: FieldDescriptor, value: Any) -> Any:
    if field.enum_type is not None and isinstance(value, str):
        return field.enum_type.values_by_name[value].number
    if field.type == FieldDescriptor.TYPE_BYTES and isinstance(value, str):
        return value.encode()
    return value
