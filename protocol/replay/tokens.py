"""Tokens that scripts sign anew, as those of the failure have expired."""

import base64
import time
import warnings
from collections.abc import Mapping
from typing import Any

import jwt

LIFETIME = 3600
FOREIGN = "bm90IHRoZSBrZXkgb2YgYW55IGJyb2tlciwgYnV0IGFzIGxvbmcgYXMgb25lIGlzIQ=="


def signed(key: str, claims: Mapping[str, Any], algorithm: str = "HS256") -> str:
    """The token of `claims`, signed by a base64 key; without one for the algorithm `none`."""
    secret = None if algorithm == "none" else base64.b64decode(key.split(",", maxsplit=1)[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # keys are as long as they are
        return jwt.encode(dict(claims), secret, algorithm=algorithm)  # type: ignore[arg-type]


def usual(key: str, capability: int) -> str:
    """A token for one capability over all journals."""
    now = int(time.time())
    everything: dict[str, Any] = {"include": {}, "exclude": {}}
    claims = {"cap": capability, "sel": everything, "iat": now, "exp": now + LIFETIME}
    return signed(key, claims)
