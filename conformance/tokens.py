"""Tokens of the tests' own making, right and wrong."""

import time
import warnings
from typing import Any

import jwt
from google.protobuf.json_format import MessageToDict

from conformance.credentials import CAPABILITIES, LIFETIME, decode_key
from conformance.journal import selector
from conformance.precondition import given
from conformance.target import TargetSpec


def sign(
    spec: TargetSpec,
    *rpcs: str,
    include: Any = (),
    exclude: Any = (),
    lifetime: int = LIFETIME,
    **claims: Any,
) -> str:
    """A token by the target's key that permits `rpcs`, limited by a selector.

    It expires after `lifetime` seconds. `claims` replace single ones; one that is None is
    left out.
    """
    return encode(
        key_of(spec),
        payload(*rpcs, include=include, exclude=exclude, lifetime=lifetime, **claims),
    )


def key_of(spec: TargetSpec) -> str:
    """The target's key, which a test that signs tokens is given."""
    return given(spec.auth_key, "a key to sign tokens with")


def payload(
    *rpcs: str, include: Any = (), exclude: Any = (), lifetime: int = LIFETIME, **claims: Any
) -> dict[str, Any]:
    """The claims that `sign` signs."""
    now = int(time.time())
    capability = 0
    for rpc in rpcs:
        capability |= CAPABILITIES[rpc]
    usual = {
        "cap": capability,
        "sel": MessageToDict(selector(include, exclude)),
        "iat": now,
        "exp": now + lifetime,
    }
    return {name: value for name, value in {**usual, **claims}.items() if value is not None}


def encode(
    key: str,
    claims: dict[str, Any],
    algorithm: str = "HS256",
    headers: dict[str, Any] | None = None,
) -> str:
    """The token of `claims`, signed by a base64 key; without one for the algorithm `none`.

    `headers` are further fields of its header; a `typ` that is None is left out.
    """
    secret = None if algorithm == "none" else decode_key(key)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the target's key is as long as it is
        return jwt.encode(claims, secret, algorithm=algorithm, headers=headers)  # type: ignore[arg-type]
