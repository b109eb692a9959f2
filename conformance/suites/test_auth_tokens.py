"""Auth: which tokens are taken."""

import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

import protocol
from conformance import requirement, wait
from conformance.answer import Answer
from conformance.broker import Broker
from conformance.checks import assert_equal, assert_status, assert_unauthenticated
from conformance.credentials import CAPABILITIES
from conformance.journal import selector
from conformance.suites.test_auth import REQUESTS
from conformance.target import Target
from conformance.tokens import encode, key_of, payload, sign

RPCS = tuple(CAPABILITIES)
LISTING = protocol.ListRequest(selector=selector({"name": "conformance/auth/no-such-journal"}))
"""Lists a journal that nobody makes."""
KEY = "dGhlIHNlY3JldCBvZiBvbmUgb2Ygc2V2ZXJhbCBicm9rZXJzLCA0OCBieXRlcy4uLg=="
OTHER_KEY = "YW5vdGhlciBrZXkgdGhhbiB0aGUgb25lIHdoaWNoIHRoZSBicm9rZXIga25vd3Mu"
THIRD_KEY = "YSB0aGlyZCBrZXkgdGhhdCBub2JvZHkgaGFzLCBhcyBsb25nIGFzIHRoZSByZXN0Lg=="


def listing(target: Target, token: str) -> Answer:
    """A List of nothing in particular under `token`."""
    return target.broker.call("List", LISTING, token=token)


@requirement("auth.refuses-other-schemes")
@pytest.mark.parametrize("header", ["Basic {}", "bearer {}", "BEARER {}", "Bearer{}", "{}"])
def test_only_the_bearer_scheme_is_taken(auth_target: Target, header: str) -> None:
    """A good token in another dress is refused; behind `Bearer ` it is taken."""
    token = sign(auth_target.spec, "List")
    answer = auth_target.broker.call(
        "List", LISTING, token="", metadata=(("authorization", header.format(token)),)
    )
    assert_unauthenticated(
        answer, "invalid or unsupported Authorization header (expected 'Bearer')"
    )
    listing(auth_target, token).ok()


@requirement("auth.refuses-malformed-token")
@pytest.mark.parametrize("token", ["abc", "a.b", "a.b.c", "..", "🔑".encode().hex()])
def test_what_is_no_jwt_is_refused(auth_target: Target, token: str) -> None:
    """Text that is no token is refused."""
    assert_unauthenticated(listing(auth_target, token))


@requirement("auth.refuses-bad-signature")
def test_a_token_by_another_key_is_refused(auth_target: Target) -> None:
    """The same claims pass when signed by the broker's key, and not by another one."""
    claims = payload("List")
    assert_unauthenticated(
        listing(auth_target, encode(OTHER_KEY, claims)),
        "verifying Authorization: token signature is invalid: signature is invalid",
    )
    listing(auth_target, encode(key_of(auth_target.spec), claims)).ok()


@requirement("auth.refuses-bad-signature")
def test_changed_claims_are_refused(auth_target: Target) -> None:
    """A token whose claims were replaced under its signature is refused."""
    head, _, signature = sign(auth_target.spec, "List").split(".")
    forged = jwt.encode(payload(*RPCS), "k" * 32, algorithm="HS256").split(".")[1]
    assert_unauthenticated(listing(auth_target, f"{head}.{forged}.{signature}"))


@requirement("auth.refuses-expired-token")
def test_an_expired_token_is_refused(auth_target: Target) -> None:
    """A token is refused ten seconds after its expiry; the same one not yet expired is taken."""
    assert_unauthenticated(
        listing(auth_target, sign(auth_target.spec, "List", lifetime=-10)),
        "verifying Authorization: token has invalid claims: token is expired",
    )
    listing(auth_target, sign(auth_target.spec, "List", lifetime=60)).ok()


@requirement("auth.expiry-has-leeway")
def test_a_token_just_expired_is_taken(auth_target: Target) -> None:
    """Two seconds after its expiry a token still authenticates.

    What it may then do is over at once, so only the refusal is looked for.
    """
    answer = listing(auth_target, sign(auth_target.spec, "List", lifetime=-2))
    assert_equal(answer.code == "UNAUTHENTICATED", False, "refused within the leeway")


@requirement("auth.requires-expiry")
def test_a_token_without_expiry_is_refused(auth_target: Target) -> None:
    """A token that never expires is refused."""
    assert_unauthenticated(listing(auth_target, sign(auth_target.spec, "List", exp=None)))


@requirement("auth.refuses-future-issue")
def test_a_token_from_the_future_is_refused(auth_target: Target) -> None:
    """A token issued a minute from now is refused, one issued now is taken."""
    later = int(time.time()) + 60
    assert_unauthenticated(listing(auth_target, sign(auth_target.spec, "List", iat=later)))
    listing(auth_target, sign(auth_target.spec, "List")).ok()


@requirement("auth.refuses-future-issue")
def test_a_token_not_yet_valid_is_refused(auth_target: Target) -> None:
    """A token whose `nbf` is a minute from now is refused."""
    assert_unauthenticated(
        listing(auth_target, sign(auth_target.spec, "List", nbf=int(time.time()) + 60))
    )


@requirement("auth.accepts-hs256-and-hs384")
@pytest.mark.parametrize("algorithm", ["HS256", "HS384"])
def test_two_algorithms_are_taken(auth_target: Target, algorithm: str) -> None:
    """Tokens by either algorithm authenticate."""
    listing(auth_target, encode(key_of(auth_target.spec), payload("List"), algorithm)).ok()


@requirement("auth.refuses-other-algorithms")
@pytest.mark.parametrize("algorithm", ["HS512", "none"])
def test_other_algorithms_are_refused(auth_target: Target, algorithm: str) -> None:
    """Tokens by a further algorithm, or by none, are refused."""
    assert_unauthenticated(
        listing(auth_target, encode(key_of(auth_target.spec), payload("List"), algorithm))
    )


def _times(**claims: float) -> dict[str, float]:
    """Claims of times, given in seconds from now."""
    now = int(time.time())
    return {name: now + seconds for name, seconds in claims.items()}


FURTHER: dict[str, Callable[[], dict[str, Any]]] = {
    "audience": lambda: {"aud": "somebody"},
    "audiences": lambda: {"aud": ["somebody", "gazette"]},
    "issuer-and-subject": lambda: {"iss": "https://issuer.example/", "sub": "a@b", "jti": "1"},
    "private": lambda: {"team": {"names": ["a", "b"], "size": 2}, "Cap": None, "scope": "read"},
    "no-issue": lambda: {"iat": None},
    "no-selector": lambda: {"sel": None},
    "empty-selector": lambda: {"sel": {}},
    "fractions": lambda: _times(iat=-0.75, nbf=-0.5, exp=60.25),
    "long-ago": lambda: _times(iat=-1_000_000, nbf=-1_000_000, exp=60),
    "for-years": lambda: _times(exp=1_000_000_000),
    "clock-ahead": lambda: _times(iat=3, nbf=3),
}
"""Claims beside those that matter, or instead of some of them."""
FIELDS: dict[str, dict[str, Any]] = {
    "key-id": {"kid": "first"},
    "no-type": {"typ": None},
    "other-type": {"typ": "at+jwt"},
    "private-field": {"team": "x"},
}
"""Fields of a token's header beside its algorithm."""


@requirement("auth.ignores-what-it-does-not-know")
def test_further_claims_change_nothing(auth_target: Target) -> None:
    """Whatever else a token claims or says of itself, it is taken; when expired it is not."""
    key = key_of(auth_target.spec)
    for name, claims in FURTHER.items():
        token = encode(key, payload("List", **claims()))
        assert_equal(listing(auth_target, token).code, "OK", f"the code with {name}")
    for name, fields in FIELDS.items():
        token = encode(key, payload("List"), headers=fields)
        assert_equal(listing(auth_target, token).code, "OK", f"the code with the field {name}")
        token = encode(key, payload("List", lifetime=-10, aud="somebody"), headers=fields)
        assert_unauthenticated(listing(auth_target, token))


@requirement("auth.refuses-expired-token")
def test_a_token_expires_between_calls(auth_target: Target) -> None:
    """A token that was taken is refused from the end of the leeway on."""
    token = sign(auth_target.spec, "List", exp=int(time.time()) - 4)
    listing(auth_target, token)
    wait.until(
        lambda: listing(auth_target, token).code == "UNAUTHENTICATED",
        "the token to be refused",
    )


@requirement("auth.requires-capability")
def test_a_token_that_was_taken_is_checked_again(auth_target: Target) -> None:
    """A token that one RPC takes is refused by those that it does not permit, each time."""
    for mine in ("List", "Read"):
        token = sign(auth_target.spec, mine)
        for other, capability in CAPABILITIES.items():
            listed = auth_target.broker.call(mine, REQUESTS[mine], token=token)
            assert_equal(listed.code, "OK", f"how {mine} ends with a token for it")
            if capability != CAPABILITIES[mine]:
                answer = auth_target.broker.call(other, REQUESTS[other], token=token)
                assert_unauthenticated(answer)


@requirement("auth.first-header-value-counts")
def test_the_first_authorization_counts(auth_target: Target) -> None:
    """Of two values the first one decides, right or wrong."""
    good = ("authorization", f"Bearer {sign(auth_target.spec, 'List')}")
    bad = ("authorization", "Basic abc")

    def call(*metadata: tuple[str, str]) -> Answer:
        return auth_target.broker.call("List", LISTING, token="", metadata=metadata)

    assert_unauthenticated(call(bad, good))
    call(good, bad).ok()


@requirement("auth.without-keys-any-token-passes")
@pytest.mark.parametrize("token", ["", "abc", encode(OTHER_KEY, payload("List"))])
def test_a_broker_without_keys_takes_any_token(broker: Broker, token: str) -> None:
    """No token, a malformed one and a stranger's are all served."""
    broker.call("List", LISTING, token=token).ok()


PSEUDO_KEY = "AA=="
"""Stands in a list of keys for the permission to come without a token."""


@requirement("auth.any-key-verifies")
def test_each_key_verifies(launched: Callable[..., Target]) -> None:
    """Tokens signed by the first and by the second key are taken, those of a third are not."""
    target = launched(auth_key=f"{KEY},{OTHER_KEY}")
    for key in (KEY, OTHER_KEY):
        assert_status(listing(target, encode(key, payload("List"))), "OK")
    assert_unauthenticated(listing(target, encode(THIRD_KEY, payload("List"))))


@requirement("auth.pseudo-key-permits-absence")
def test_a_pseudo_key_permits_to_come_without(launched: Callable[..., Target]) -> None:
    """Without a token the call is served; with a bad one it is refused."""
    target = launched(auth_key=f"{KEY},{PSEUDO_KEY}")
    assert_status(listing(target, ""), "OK")
    assert_status(listing(target, sign(target.spec, "List")), "OK")
    assert_unauthenticated(listing(target, encode(OTHER_KEY, payload("List"))))
