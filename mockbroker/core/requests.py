"""Requests as sessions receive them."""

from typing import TYPE_CHECKING, Any

from mockbroker.core.actions import AbortError
from protocol.errors import ValidationError
from protocol.releases import Release
from protocol.validate import validate

if TYPE_CHECKING:
    from mockbroker.core.broker import Broker


def checked(broker: "Broker", request: Any) -> Any:
    """Returns a request that is valid to the broker's release.

    Raises `AbortError` with the broker's text for an invalid one.
    """
    try:
        validate(request, broker.settings.release)
    except ValidationError as error:
        raise AbortError(str(error)) from error
    return request


def wanted_revision(broker: "Broker", request: Any) -> int:
    """Returns the revision a request wants to have seen; older releases do not know the field."""
    known = broker.settings.release is not Release.V0_101
    revision: int = request.min_etcd_revision
    return revision if known else 0


def with_header(request: Any, header: Any) -> Any:
    """Returns a copy of `request` that carries `header`, as a proxying broker sends it."""
    copied = type(request)()
    copied.CopyFrom(request)
    copied.header.CopyFrom(header)
    return copied
