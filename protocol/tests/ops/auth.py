"""Ops about authorization: capabilities, and tokens made and verified."""

import time

from protocol import tokens
from protocol.auth import AuthError, Capability, Claims, Keys
from protocol.selectors import parse_selector, selector_text
from protocol.tests.ops import op
from protocol.tests.ops.vector import Vector

STATUS = "rpc error: code = Unauthenticated desc = "


@op("capability_value")
def check_capability(vector: Vector) -> None:
    """A capability has the recorded bits."""
    assert Capability[vector.input["name"]] == vector.out


@op("jwt_encode")
def check_encode(vector: Vector) -> None:
    """A token has the recorded bytes, and carries its claims."""
    issued, expires = vector.input["iat"], vector.input["exp"]
    keys = Keys.parse(vector.input["key_base64"])
    claims = Claims(Capability(vector.input["cap"]), parse_selector(vector.input["selector"]))

    token = keys.sign(claims, now=issued, lifetime=expires - issued)

    assert token == vector.out["token_HS256"]
    decoded = tokens.decode(token, keys.secrets, issued)
    assert (decoded.capability, decoded.issued_at, decoded.expires_at) == (
        claims.capability,
        issued,
        expires,
    )
    assert selector_text(decoded.selector) == selector_text(claims.selector)


@op("jwt_verify")
def check_verify(vector: Vector) -> None:
    """Claims of a call are verified, or it is refused with the recorded text."""
    error = None
    try:
        keys = Keys.parse(vector.input["keys"])
        headers = vector.input["authorization"] or []
        claims = keys.verify(headers, vector.input["require"], now=time.time())
    except AuthError as refusal:
        error = refusal
    else:
        told = {"cap": claims.capability, "selector": selector_text(claims.selector)}
        assert told == vector.out
    _check_error(vector, error)


def _check_error(vector: Vector, error: AuthError | None) -> None:
    """Asserts the recorded text, but for what Go says of a token it cannot read."""
    unreadable = "token is malformed: could not" in vector.data.get("error", "")
    status = STATUS if error and vector.data.get("error", "").startswith(STATUS) else ""
    vector.check_error(error and AuthError(f"{status}{error}"), exact=not unreadable)
