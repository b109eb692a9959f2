"""Requests as sessions receive them."""

from typing import Any

from mockbroker.core.actions import AbortError
from protocol.errors import ValidationError
from protocol.validate import validate


def checked(request: Any) -> Any:
    """Returns a valid request. Raises `AbortError` with the broker's text for an invalid one."""
    try:
        validate(request)
    except ValidationError as error:
        raise AbortError(str(error)) from error
    return request


def with_header(request: Any, header: Any) -> Any:
    """Returns a copy of `request` that carries `header`, as a proxying broker sends it."""
    copied = type(request)()
    copied.CopyFrom(request)
    copied.header.CopyFrom(header)
    return copied
