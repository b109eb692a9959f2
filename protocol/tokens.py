"""Tokens: claims as JSON web tokens, signed with HS256, verified with HS256 or HS384.

`protocol.auth` imports this when it first needs a token, so that whoever has no use
for tokens doesn't pay for the library.
"""

import base64
import json
import math
import re
from collections.abc import Iterable
from typing import Any, NoReturn

import jwt
from jwt.algorithms import HMACAlgorithm

from protocol.auth import Capability, Claims
from protocol.errors import ProtocolError
from protocol.wire.messages import Label, LabelSelector, LabelSet

LEEWAY = 5
"""By how many seconds clocks may differ when times are checked."""

_BASE64_URL = re.compile(r"[A-Za-z0-9_-]*")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_METHODS_NOT_ALLOWED = {"HS512", "EdDSA", "none"} | {
    f"{family}{bits}" for family in ("RS", "ES", "PS") for bits in (256, 384, 512)
}


class TokenError(ProtocolError):
    """A token is malformed, not signed by our keys, or not valid at this time."""


class _Hmac(HMACAlgorithm):
    """HMAC by keys of any length and content, which are their operators' choice."""

    def prepare_key(self, key: str | bytes) -> bytes:
        return key.encode() if isinstance(key, str) else key

    def check_key_length(self, key: bytes) -> str | None:  # noqa: ARG002 - any will do
        return None


_METHODS = {"HS256": _Hmac(_Hmac.SHA256), "HS384": _Hmac(_Hmac.SHA384)}


def encode(claims: Claims, key: bytes) -> str:
    """A token of the claims, byte by byte as a Go client makes it."""
    signer = jwt.PyJWS(algorithms=[])
    signer.register_algorithm("HS256", _METHODS["HS256"])
    return signer.encode(_claims_json(claims), key, "HS256")


def decode(token: str, keys: Iterable[bytes], now: float) -> Claims:
    """The claims of a token that any of the keys signed.

    Args:
        token: The token.
        keys: Keys that may have signed it.
        now: Seconds since the epoch.

    Raises:
        TokenError: The token is malformed, signed by another method or key, or not
            valid at this time.
    """
    segments = token.split(".")
    if len(segments) != 3:
        raise _malformed("token contains an invalid number of segments")
    header = _object(_segment(segments[0], "header"), "header")
    content = _folded(_object(_segment(segments[1], "claim"), "claim"))
    _check_registered(content)
    claims = _claims(content)
    method = _method(header)
    signature = _segment(segments[2], "signature")
    signed = token.rpartition(".")[0].encode()
    if not any(method.verify(signed, key, signature) for key in keys):
        raise TokenError("token signature is invalid: signature is invalid")
    _check_times(claims, _date(content, "nbf"), now)
    return claims


def _claims_json(claims: Claims) -> bytes:
    content = {
        "cap": int(claims.capability),
        "sel": {
            "include": {"labels": _labels_json(claims.selector.include)},
            "exclude": {"labels": _labels_json(claims.selector.exclude)},
        },
        "exp": claims.expires_at,
        "iat": claims.issued_at,
    }
    stated = {name: value for name, value in content.items() if value is not None}
    text = json.dumps(stated, separators=(",", ":"), ensure_ascii=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text.encode("utf-8", "replace")


def _labels_json(labels: LabelSet) -> list[dict[str, Any]] | None:
    return [
        {field.name: value for field, value in label.ListFields()} for label in labels.labels
    ] or None


def _segment(text: str, what: str) -> bytes:
    """The bytes of a segment, which is base64 for URLs without padding."""
    if not _BASE64_URL.fullmatch(text) or len(text) % 4 == 1:
        raise _malformed(f"could not base64 decode {what}")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _object(data: bytes, what: str) -> dict[str, Any]:
    """The object in a segment, empty if it is null; broken characters are replaced."""
    try:
        content = json.loads(
            data.decode("utf-8", "replace"), parse_constant=_refuse, parse_float=_finite
        )
    except (ValueError, RecursionError) as error:
        raise _malformed(f"could not JSON decode {what}: {error}") from None
    if content is not None and not isinstance(content, dict):
        raise _malformed(f"could not JSON decode {what}: it is not an object")
    return content or {}


def _folded(content: dict[str, Any]) -> dict[str, Any]:
    """Claims by their names in lower case: in a token they may be of any."""
    return {name.lower(): value for name, value in content.items()}


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"invalid number {constant}")


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refuse(text)


def _check_registered(content: dict[str, Any]) -> None:
    """Raises unless claims that mean nothing here are of their types all the same."""
    for name in ("iss", "sub", "jti"):
        _shaped(content.get(name), str, name)
    audience = content.get("aud")
    several = audience if isinstance(audience, list) else ["" if audience is None else audience]
    if not all(isinstance(each, str) for each in several):
        raise _malformed_claim("aud is neither a text nor texts")


def _claims(content: dict[str, Any]) -> Claims:
    capability = _shaped(content.get("cap"), int, "cap")
    if not 0 <= capability < 1 << 32:
        raise _malformed_claim("cap is not a 32-bit mask")
    selector = _folded(_shaped(content.get("sel"), dict, "sel"))
    return Claims(
        Capability(capability),
        LabelSelector(
            include=_labels(selector.get("include")), exclude=_labels(selector.get("exclude"))
        ),
        _date(content, "iat"),
        _date(content, "exp"),
    )


def _labels(content: Any) -> LabelSet:
    labels = _shaped(_folded(_shaped(content, dict, "label set")).get("labels"), list, "labels")
    return LabelSet(labels=[_label(_folded(_shaped(label, dict, "label"))) for label in labels])


def _label(content: dict[str, Any]) -> Label:
    return Label(
        name=_text(content, "name"),
        value=_text(content, "value"),
        prefix=_shaped(content.get("prefix"), bool, "prefix"),
    )


def _text(content: dict[str, Any], name: str) -> str:
    """The text of that name; halves of a surrogate pair are replaced."""
    text: str = _shaped(content.get(name), str, name)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _date(content: dict[str, Any], name: str) -> int | None:
    value = content.get(name)
    if value is None:
        return None
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _malformed_claim(f"{name} is not a number")
    return math.floor(value)


def _shaped(value: Any, kind: type, what: str) -> Any:
    """The value, or the zero value if it is null, if it is of exactly that kind."""
    if value is None:
        return kind()
    if type(value) is not kind:
        raise _malformed_claim(f"{what} is not of type {kind.__name__}")
    return value


def _method(header: dict[str, Any]) -> HMACAlgorithm:
    name = header.get("alg")
    if not isinstance(name, str):
        raise TokenError("token is unverifiable: signing method (alg) is unspecified")
    if name in _METHODS_NOT_ALLOWED:
        raise TokenError(f"token signature is invalid: signing method {name} is invalid")
    if name not in _METHODS:
        raise TokenError("token is unverifiable: signing method (alg) is unavailable")
    return _METHODS[name]


def _check_times(claims: Claims, begins_at: int | None, now: float) -> None:
    wrong = []
    if claims.expires_at is None:
        wrong.append("token is missing required claim: exp claim is required")
    elif now >= claims.expires_at + LEEWAY:
        wrong.append("token is expired")
    if begins_at is not None and now < begins_at - LEEWAY:
        wrong.append("token is not valid yet")
    if claims.issued_at is not None and now < claims.issued_at - LEEWAY:
        wrong.append("token used before issued")
    if wrong:
        raise TokenError(f"token has invalid claims: {', '.join(wrong)}")


def _malformed(reason: str) -> TokenError:
    return TokenError(f"token is malformed: {reason}")


def _malformed_claim(reason: str) -> TokenError:
    return _malformed(f"could not JSON decode claim: {reason}")
