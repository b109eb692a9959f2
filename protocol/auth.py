"""Authorization: what each RPC requires, and the keys by which tokens grant it.

A token claims capabilities over the journals that a selector matches. It travels as
`authorization: Bearer <token>` and is signed by a key that brokers and clients share.
"""

import base64
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Any, Self

from protocol.errors import ProtocolError
from protocol.wire.messages import Label, LabelSelector, LabelSet

_ALLOW_MISSING = "AA=="
_MISSING_LIFETIME = 60 * 60
_NAMED = ("LIST", "APPLY", "READ", "APPEND", "REPLICATE")


class AuthError(ProtocolError):
    """A call is not authorized, or keys are unusable.

    A broker answers such a call with `UNAUTHENTICATED` and this text.
    """


class Capability(IntFlag):
    """What a token allows. Applications may use bits 16 to 31 as they like."""

    LIST = 1 << 1
    APPLY = 1 << 2
    READ = 1 << 3
    APPEND = 1 << 4
    REPLICATE = 1 << 5
    ALL = (1 << 32) - 1


REQUIRED: Mapping[str, Capability] = {
    "List": Capability.LIST,
    "Apply": Capability.APPLY,
    "Read": Capability.READ,
    "Append": Capability.APPEND,
    "Replicate": Capability.REPLICATE,
    "ListFragments": Capability.READ,
    "FragmentStoreHealth": Capability.READ,
}
"""The capability a broker requires of each RPC."""

LIFETIMES: Mapping[str, int] = {rpc: 60 if rpc == "Apply" else 60 * 60 for rpc in REQUIRED}
"""For how many seconds a client has its tokens for each RPC live."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token claims.

    Attributes:
        capability: What its bearer may do.
        selector: Which journals he may do it with; an empty one matches all.
        issued_at: When it was signed, in seconds since the epoch, if it says so.
        expires_at: When it ends, likewise. No call goes on for longer.
    """

    capability: Capability
    selector: LabelSelector = field(default_factory=LabelSelector)
    issued_at: int | None = None
    expires_at: int | None = None


def derive_claims(rpc: str, request: Any) -> Claims:
    """The least claims that cover a call, given its request or the first of them.

    Those for one journal name it without its metadata path.
    """
    selector = LabelSelector()
    if rpc == "List":
        selector.CopyFrom(request.selector)
    elif rpc in {"Read", "Append", "ListFragments"}:
        selector = _naming(request.journal)
    elif rpc == "Replicate":
        selector = _naming(request.proposal.journal)
    return Claims(REQUIRED[rpc], selector)


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys shared by brokers and clients.

    The first signs and all verify: rotate by adding a key at the end, then moving it
    to the front, then dropping the old one.

    Attributes:
        secrets: The keys, at least one.
        allow_missing: Calls without a token are granted just what they require.
    """

    secrets: tuple[bytes, ...] = field(repr=False)
    allow_missing: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Keys in base64, separated by commas or blanks.

        The entry `AA==` is no key: it allows calls without a token.

        Raises:
            AuthError: There is no key, or an entry is not base64.
        """
        entries = text.replace(",", " ").split()
        secrets = tuple(
            _decode_key(index, entry)
            for index, entry in enumerate(entries)
            if entry != _ALLOW_MISSING
        )
        if not secrets:
            raise AuthError("at least one key must be provided")
        return cls(secrets, allow_missing=_ALLOW_MISSING in entries)

    def sign(self, claims: Claims, *, now: float, lifetime: float) -> str:
        """A token of the claims that is valid for `lifetime` seconds from `now`.

        Times which the claims already tell don't count.
        """
        from protocol import tokens  # noqa: PLC0415 - few users of the protocol need tokens

        issued_at, expires_at = math.floor(now), math.floor(now + lifetime)
        return tokens.encode(
            Claims(claims.capability, claims.selector, issued_at, expires_at), self.secrets[0]
        )

    def authorization(self, claims: Claims, *, now: float, lifetime: float) -> str:
        """The `authorization` header that carries such a token."""
        return f"Bearer {self.sign(claims, now=now, lifetime=lifetime)}"

    def verify(self, headers: Sequence[str], require: int, *, now: float) -> Claims:
        """The claims of a call's token, if they hold.

        Args:
            headers: Values of the call's `authorization` header. The first counts.
            require: Capabilities the call needs.
            now: Seconds since the epoch.

        Raises:
            AuthError: The token is absent, broken, signed by no known key, not valid
                at this time, or lacks a required capability.
        """
        if not headers and self.allow_missing:
            return Claims(Capability(require), expires_at=math.floor(now) + _MISSING_LIFETIME)
        claims = _verified(_bearer_token(headers), self.secrets, now)
        _check_capability(claims.capability, require)
        return claims


def _naming(journal: str) -> LabelSelector:
    label = Label(name="name", value=journal.partition(";")[0])
    return LabelSelector(include=LabelSet(labels=[label]))


def _bearer_token(headers: Sequence[str]) -> str:
    if not headers:
        raise AuthError("missing or empty Authorization token")
    if not headers[0].startswith("Bearer "):
        raise AuthError("invalid or unsupported Authorization header (expected 'Bearer')")
    return headers[0].removeprefix("Bearer ")


def _verified(token: str, secrets: Sequence[bytes], now: float) -> Claims:
    from protocol import tokens  # noqa: PLC0415 - few users of the protocol need tokens

    try:
        return tokens.decode(token, secrets, now)
    except tokens.TokenError as error:
        raise AuthError(f"verifying Authorization: {error}") from None


def _check_capability(have: int, require: int) -> None:
    """Raises an AuthError that names the lowest required capability which is missing."""
    missing = require & ~have
    for name in _NAMED:
        if missing & Capability[name]:
            raise AuthError(f"authorization is missing required {name} capability")
    if missing:
        raise AuthError(
            f"authorization is missing required capability (have {have:b}, but require {require:b})"
        )


def _decode_key(index: int, text: str) -> bytes:
    broken = _base64_error(text)
    if broken is not None:
        raise AuthError(
            f"failed to decode key at index {index}: illegal base64 data at input byte {broken}",
            hint="keys are standard base64 with padding, separated by commas or blanks",
        )
    return base64.b64decode(text)


def _base64_error(text: str) -> int | None:
    """The byte at which text stops being padded base64, as Go counts them, or None."""
    data = text.encode("utf-8", "surrogateescape")
    letters = len(re.match(rb"[A-Za-z0-9+/]*", data)[0])  # type: ignore[index] # matches ""
    partial = letters % 4
    if letters == len(data):
        return letters - partial if partial else None
    if data[letters : letters + 1] != b"=" or partial < 2:
        return letters
    after = letters + 4 - partial
    if partial == 2 and data[letters + 1 : after] != b"=":
        return letters if letters + 1 < len(data) else len(data)
    return after if after < len(data) else None
