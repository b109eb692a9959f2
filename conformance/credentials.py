"""What authorizes each call: nothing, a given token, or one signed for the RPC."""

import base64
import binascii
import time
from dataclasses import dataclass, field

import jwt

from conformance.errors import ConfigurationError

CAPABILITIES = {
    "List": 2,
    "Apply": 4,
    "Read": 8,
    "ListFragments": 8,
    "FragmentStoreHealth": 8,
    "Append": 16,
    "Replicate": 32,
}
LIFETIME = 3600
"""Seconds a signed token holds: longer than any run."""


@dataclass(frozen=True)
class Credentials:
    """The caller's `authorization`: signed with `key` (base64), or `token` as it is."""

    key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuses a key that is not base64."""
        if self.key is not None:
            decode_key(self.key)

    def metadata(self, rpc: str, token: str | None = None) -> tuple[tuple[str, str], ...]:
        """The metadata of a call; `token` overrides, and an empty one stands for none."""
        if token is None:
            token = self.token or (self.sign(CAPABILITIES[rpc]) if self.key else "")
        return (("authorization", f"Bearer {token}"),) if token else ()

    def sign(self, capability: int) -> str:
        """A token for `capability` over all journals."""
        now = int(time.time())
        claims = {
            "cap": capability,
            "sel": {"include": {}, "exclude": {}},
            "iat": now,
            "exp": now + LIFETIME,
        }
        return jwt.encode(claims, decode_key(self.key or ""), algorithm="HS256")


def decode_key(key: str) -> bytes:
    """The bytes of a base64 key.

    Raises:
        ConfigurationError: it is not base64, or empty.
    """
    try:
        decoded = base64.b64decode(key, validate=True)
    except binascii.Error:
        decoded = b""
    if not decoded:
        raise ConfigurationError("--auth-key must be a base64 key")
    return decoded
