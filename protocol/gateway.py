"""Requests over plain HTTP: what a broker's gateway makes of verb, path and query."""

import re
from typing import Any

from protocol import urls
from protocol.arguments import ArgumentError, read_arguments
from protocol.errors import ProtocolError, ValidationError
from protocol.validate import validate
from protocol.validate.journal import validate_journal
from protocol.wire.messages import AppendRequest, ReadRequest

_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_TRUE = frozenset(("1", "t", "T", "TRUE", "true", "True", "on"))
_FALSE = frozenset(("0", "f", "F", "FALSE", "false", "False"))


class GatewayError(ProtocolError):
    """A request is refused; `str()` is the body that a broker answers with `status`."""

    status = 400

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason}\n")


def parse_request(method: str, target: str) -> ReadRequest | AppendRequest:
    """Returns the request that `method` and `target`, a path and perhaps a query, ask for.

    GET and HEAD read, the latter only metadata; PUT appends. A PUT to `/` is a request of
    no journal, which is valid as a message, but not as the first one of an Append.

    Raises:
        GatewayError: Nothing is asked for that can be.
    """
    path, _, query = target.partition("?")
    try:
        journal = urls.unescape(path).removeprefix("/")
        request = _request(method, journal, query)
        validate(request)
    except (urls.UrlError, ArgumentError, ValidationError) as error:
        raise GatewayError(str(error)) from None
    return request


def _request(method: str, journal: str, query: str) -> ReadRequest | AppendRequest:
    if method in {"GET", "HEAD"}:
        given: dict[str, Any] = read_arguments(query, {"offset": _integer, "block": _boolean})
        _check_utf8(journal)
        return ReadRequest(journal=journal, metadata_only=method == "HEAD", **given)
    if method == "PUT":
        read_arguments(query, {})
        _check_utf8(journal)
        return AppendRequest(journal=journal)
    raise GatewayError(f"unknown method: {method}")


def _check_utf8(journal: str) -> None:
    """Refuses what no message can hold: bytes that are not UTF-8, which no journal has."""
    if any("\ud800" <= char <= "\udfff" for char in journal):
        try:
            validate_journal(journal)
        except ValidationError as error:
            raise GatewayError(f"Journal: {error}") from None


def _integer(text: str) -> int | None:
    if not _INTEGER.fullmatch(text):
        return None
    value = int(text)
    return value if -(1 << 63) <= value < 1 << 63 else None


def _boolean(text: str) -> bool | None:
    if text in _TRUE:
        return True
    return False if text in _FALSE else None
