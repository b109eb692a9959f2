"""Authorization: keys, tokens there and back, and what is refused."""

import base64
import json
import math
import re
import subprocess
import sys

import jwt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocol.auth import LIFETIMES, REQUIRED, AuthError, Capability, Claims, Keys, derive_claims
from protocol.selectors import selector_text
from protocol.wire.messages import (
    AppendRequest,
    Fragment,
    FragmentStoreHealthRequest,
    Label,
    LabelSelector,
    LabelSet,
    ListRequest,
    ReadRequest,
    ReplicateRequest,
)
from protocol.wire.service import METHODS

BASE64 = re.compile(r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
NOW = 1_700_000_000.25
AA_IS_B = {"include": {"labels": [{"name": "aa", "value": "b"}]}}
KEYS = Keys.parse("c2VjcmV0,b3RoZXI=")
text = st.text(st.characters(codec="utf-8"), max_size=10)
label_sets = st.lists(
    st.builds(Label, name=text, value=text, prefix=st.booleans()), max_size=3
).map(lambda labels: LabelSet(labels=labels))
selectors = st.builds(LabelSelector, include=label_sets, exclude=label_sets)


def _forged(payload: object, *, method: str = "HS256", key: bytes = b"secret") -> list[str]:
    """A header with a token of any payload, made by hand."""
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    header, body = (
        base64.urlsafe_b64encode(part).rstrip(b"=")
        for part in (json.dumps({"alg": method}).encode(), content)
    )
    signer = jwt.get_algorithm_by_name("HS384" if method == "HS384" else "HS256")
    signature = base64.urlsafe_b64encode(signer.sign(header + b"." + body, key)).rstrip(b"=")
    return [f"Bearer {b'.'.join((header, body, signature)).decode()}"]


@given(st.integers(0, (1 << 32) - 1), selectors)
def test_signed_claims_verify(capability: int, selector: LabelSelector) -> None:
    """A token carries its claims, and the times it is valid."""
    claims = Claims(Capability(capability), selector)

    header = KEYS.authorization(claims, now=NOW, lifetime=60)
    verified = KEYS.verify([header, "Basic second"], capability, now=NOW)

    assert (verified.capability, verified.issued_at, verified.expires_at) == (
        capability,
        1_700_000_000,
        1_700_000_060,
    )
    assert list(verified.selector.include.labels) == list(selector.include.labels)
    assert list(verified.selector.exclude.labels) == list(selector.exclude.labels)


def test_keys_rotate() -> None:
    """Brokers that know both keys verify tokens of either."""
    old, new = Keys.parse("b2xk"), Keys.parse("bmV3,b2xk")
    claims = Claims(Capability.READ)

    for signer in (old, new):
        header = signer.authorization(claims, now=NOW, lifetime=60)
        assert new.verify([header], Capability.READ, now=NOW).capability == Capability.READ
    with pytest.raises(AuthError, match="signature is invalid"):
        old.verify([header], Capability.READ, now=NOW)


def test_missing_tokens_may_be_allowed() -> None:
    """Without a token, and only so, a call is granted exactly what it requires."""
    lenient = Keys.parse("AA== c2VjcmV0")

    claims = lenient.verify([], Capability.APPEND, now=NOW)

    assert claims.capability == Capability.APPEND
    assert not claims.selector.include.labels
    assert claims.expires_at == 1_700_003_600
    with pytest.raises(AuthError, match="invalid or unsupported Authorization header"):
        lenient.verify([""], Capability.APPEND, now=NOW)


@pytest.mark.parametrize(
    ("times", "reason"),
    [
        ({"exp": NOW + 60}, None),
        ({"exp": int(NOW) - 4}, None),
        ({"exp": int(NOW) - 5}, "token is expired"),
        ({"exp": NOW + 60, "nbf": int(NOW) + 5}, None),
        ({"exp": NOW + 60, "nbf": int(NOW) + 6}, "token is not valid yet"),
        ({"exp": NOW + 60, "iat": int(NOW) + 6}, "token used before issued"),
        ({}, "token is missing required claim: exp claim is required"),
        (None, "token is missing required claim: exp claim is required"),
        ({"exp": 1, "nbf": NOW + 9}, "token is expired, token is not valid yet"),
    ],
)
def test_times_are_checked_with_leeway(times: dict[str, float] | None, reason: str | None) -> None:
    """Clocks may differ by five seconds, and all that is wrong is told."""
    header = _forged(None if times is None else {"cap": 8, **times})

    if reason is None:
        KEYS.verify(header, Capability.READ, now=NOW)
    else:
        sentence = f"verifying Authorization: token has invalid claims: {reason}"
        with pytest.raises(AuthError, match=f"^{re.escape(sentence)}$"):
            KEYS.verify(header, Capability.READ, now=NOW)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null and void",
        b"[" * 100_000,
        b'{"exp":NaN}',
        b'{"exp":1e999}',
        [],
        {"cap": -1},
        {"cap": 1 << 32},
        {"cap": "READ"},
        {"cap": 8.5},
        {"cap": True},
        {"exp": "soon"},
        {"sel": []},
        {"sel": {"include": {"labels": {}}}},
        {"sel": {"include": {"labels": ["a"]}}},
        {"sel": {"exclude": {"labels": [{"name": 1}]}}},
        {"sel": {"exclude": {"labels": [{"prefix": "yes"}]}}},
        {"jti": 1},
        {"aud": True},
        {"aud": ["a", None]},
    ],
    ids=repr,
)
def test_malformed_claims_are_refused(payload: object) -> None:
    """Claims of the wrong shape are refused, although they are signed."""
    with pytest.raises(AuthError, match=r"^verifying Authorization: token is malformed: "):
        KEYS.verify(_forged(payload), 0, now=NOW)


@pytest.mark.parametrize(
    "payload",
    [
        {"CAP": 8, "Exp": NOW + 60, "SEL": {"Include": {"LABELS": [{"Name": "aa", "VALUE": "b"}]}}},
        {"cap": 8, "exp": f"{NOW + 60}", "sel": AA_IS_B},
        {"cap": 8, "exp": NOW + 60, "sel": AA_IS_B, "aud": ["x"], "iss": None},
    ],
)
def test_claims_are_read_as_brokers_read_them(payload: object) -> None:
    """Names of claims are of any case, times may be quoted, and other claims mean nothing."""
    claims = KEYS.verify(_forged(payload), Capability.READ, now=NOW)

    assert selector_text(claims.selector) == "aa=b"
    assert claims.expires_at == math.floor(NOW + 60)


@pytest.mark.parametrize("name", [b"\\ud800", b"\xff"])
def test_broken_characters_are_replaced(name: bytes) -> None:
    """What is no character stands in a selector as the one that says so."""
    labels = b'[{"name":"' + name + b'"}]'
    payload = b'{"exp":%d,"sel":{"include":{"labels":%s}}}' % (NOW + 60, labels)

    claims = KEYS.verify(_forged(payload), 0, now=NOW)

    assert claims.selector.include.labels[0].name == "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("part", [0, 1, 2])
def test_segments_are_base64_of_urls(part: int) -> None:
    """Characters that base64 of URLs lacks are refused rather than passed over."""
    segments = _forged({"cap": 8, "exp": NOW + 60})[0].split(".")
    segments[part] += "+/=="

    with pytest.raises(AuthError, match="could not base64 decode"):
        KEYS.verify([".".join(segments)], 0, now=NOW)


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ("RS256", "token signature is invalid: signing method RS256 is invalid"),
        ("HS1024", "token is unverifiable: signing method (alg) is unavailable"),
        (None, "token is unverifiable: signing method (alg) is unspecified"),
    ],
)
def test_other_signing_methods_are_refused(method: str, reason: str) -> None:
    """Only HS256 and HS384 verify, whatever a token claims to be signed by."""
    with pytest.raises(AuthError, match=re.escape(reason)):
        KEYS.verify(_forged({"cap": 8, "exp": NOW + 60}, method=method), 0, now=NOW)


@given(st.text(max_size=100) | st.from_regex(r"\A[A-Za-z0-9_-]*(\.[A-Za-z0-9_-]*){0,3}\Z"))
def test_any_token_verifies_or_fails_with_a_sentence(token: str) -> None:
    """Whatever is sent as a token, the call is refused cleanly."""
    with pytest.raises(AuthError, match=r"^verifying Authorization: token"):
        KEYS.verify([f"Bearer {token}"], 0, now=NOW)


@given(st.text("AQ+/=é-", min_size=1, max_size=9))
@example("A===")
@example("AAA=A")
@example("AA=")
@example("AA=A")
def test_keys_are_padded_base64(entry: str) -> None:
    """An entry is a key exactly if it is standard base64 with padding."""
    if BASE64.fullmatch(entry):
        assert len(Keys.parse(f"c2VjcmV0 {entry}").secrets) == (1 if entry == "AA==" else 2)
    else:
        with pytest.raises(AuthError, match=r"failed to decode key at index 1: .* byte \d"):
            Keys.parse(f"c2VjcmV0 {entry}")


def test_secrets_are_not_shown() -> None:
    """Keys don't print what they hold."""
    assert "secret" not in repr(KEYS)


READ = "a/journal;meta"
NAMED = LabelSelector(include=LabelSet(labels=[Label(name="name", value="a/journal")]))


@pytest.mark.parametrize(
    ("rpc", "request_", "capability", "selector"),
    [
        ("List", ListRequest(selector=NAMED), Capability.LIST, NAMED),
        ("Read", ReadRequest(journal=READ), Capability.READ, NAMED),
        ("Append", AppendRequest(journal=READ), Capability.APPEND, NAMED),
        (
            "Replicate",
            ReplicateRequest(proposal=Fragment(journal="a/journal")),
            Capability.REPLICATE,
            NAMED,
        ),
        (
            "FragmentStoreHealth",
            FragmentStoreHealthRequest(),
            Capability.READ,
            LabelSelector(),
        ),
    ],
)
def test_clients_claim_no_more_than_they_need(
    rpc: str, request_: object, capability: Capability, selector: LabelSelector
) -> None:
    """The claims of a call name its journal, without metadata, or take its selector."""
    assert derive_claims(rpc, request_) == Claims(capability, selector)


def test_every_rpc_has_its_row() -> None:
    """No RPC lacks a required capability and a lifetime."""
    assert set(REQUIRED) == set(LIFETIMES) == set(METHODS)


def test_the_library_is_imported_for_tokens_only() -> None:
    """Importing authorization doesn't import the token library."""
    code = "import protocol.auth, sys; assert 'jwt' not in sys.modules"

    subprocess.run([sys.executable, "-c", code], check=True)
