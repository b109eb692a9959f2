"""Signed URLs of stores that have no server of their own.

A real broker signs a file fragment as `file://<key>`, which only clients with the same root
can follow. A cluster that serves its fragments over HTTP signs URLs of its endpoint instead.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote, urlencode

Link = Callable[[str, float], str]
"""Makes the URL that reads a key of a store for so many seconds."""

_EXPIRES: Final = "expires"
_SIGNATURE: Final = "signature"


def file_link(key: str, ttl: float) -> str:
    """Returns the URL of a file as a real broker signs it: not escaped, good for ever."""
    del ttl
    return f"file://{key}"


class LinkError(Exception):
    """A URL was not signed by this cluster, or its time is over."""


class HttpLinks:
    """Signs and checks URLs of the endpoint that serves fragments.

    Args:
        base: URL of the endpoint, without a trailing slash.
        secret: Key of the signatures.
        now: Seconds since the epoch.
    """

    def __init__(self, base: str, secret: bytes, now: Callable[[], float]) -> None:
        self._base = base
        self._secret = secret
        self._now = now

    def sign(self, key: str, ttl: float) -> str:
        """Returns a URL that reads `key` for `ttl` seconds."""
        expires = f"{self._now() + ttl:.3f}"
        arguments = {_EXPIRES: expires, _SIGNATURE: self._signature(key, expires)}
        return f"{self._base}/{quote(key.lstrip('/'))}?{urlencode(arguments)}"

    def check(self, key: str, arguments: Mapping[str, str]) -> None:
        """Raises `LinkError` unless `arguments` are those of a URL of `key` not yet expired."""
        expires = arguments.get(_EXPIRES, "")
        signature = arguments.get(_SIGNATURE, "")
        if not hmac.compare_digest(signature.encode(), self._signature(key, expires).encode()):
            raise LinkError("signature does not match")
        if float(expires) < self._now():
            raise LinkError("request has expired")

    def _signature(self, key: str, expires: str) -> str:
        text = f"{key.lstrip('/')}\n{expires}".encode()
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()
