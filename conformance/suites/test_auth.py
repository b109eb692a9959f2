"""Auth: tokens, capabilities, and claims that limit what a caller sees."""

import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

import protocol
from conformance import requirement
from conformance.answer import Answer
from conformance.broker import Broker, listed
from conformance.checks import absent, assert_equal, assert_refused, assert_status, unchanged
from conformance.credentials import CAPABILITIES
from conformance.exchange import Reply, ask
from conformance.journal import Journal, selector, spec_of
from conformance.target import Target
from conformance.tokens import encode, payload, sign
from conformance.workspace import Workspace

RPCS = tuple(CAPABILITIES)
ABSENT = "conformance/auth/no-such-journal"
"""A journal that nobody makes."""
KEY = "dGhlIHNlY3JldCBvZiBvbmUgb2Ygc2V2ZXJhbCBicm9rZXJzLCA0OCBieXRlcy4uLg=="
OTHER_KEY = "YW5vdGhlciBrZXkgdGhhbiB0aGUgb25lIHdoaWNoIHRoZSBicm9rZXIga25vd3Mu"
THIRD_KEY = "YSB0aGlyZCBrZXkgdGhhdCBub2JvZHkgaGFzLCBhcyBsb25nIGFzIHRoZSByZXN0Lg=="
TOKEN_LIFE = 2
"""Seconds until a test's token expires, the least that whole-second claims can tell apart."""

REQUESTS = {
    "List": protocol.ListRequest(),
    "Apply": protocol.ApplyRequest(),
    "Read": protocol.ReadRequest(journal=ABSENT),
    "Append": protocol.AppendRequest(journal=ABSENT),
    "Replicate": protocol.ReplicateRequest(),
    "ListFragments": protocol.FragmentsRequest(journal=ABSENT),
    "FragmentStoreHealth": protocol.FragmentStoreHealthRequest(fragment_store="file:///"),
}
INVALID = {
    "List": protocol.ListRequest(selector=selector({"prefix": "no-slash"})),
    "Apply": protocol.ApplyRequest(changes=[{}]),
    "Read": protocol.ReadRequest(journal="/"),
    "Append": protocol.AppendRequest(journal="/"),
    "Replicate": protocol.ReplicateRequest(),
    "ListFragments": protocol.FragmentsRequest(journal="/"),
    "FragmentStoreHealth": protocol.FragmentStoreHealthRequest(fragment_store="/"),
}


def refused(answer: Answer, text: str | None = None) -> None:
    """Holds that a call ended UNAUTHENTICATED."""
    assert_refused(answer, code="UNAUTHENTICATED", text=text)


def listing(target: Target, token: str) -> Answer:
    """A List of nothing in particular under `token`."""
    request = protocol.ListRequest(selector=selector({"name": ABSENT}))
    return target.broker.call("List", request, token=token)


@pytest.fixture
def held(auth_target: Target, workspace_of: Callable[[Target], Workspace]) -> Workspace:
    """A workspace at the target that checks tokens."""
    return workspace_of(auth_target)


@requirement("auth.refuses-missing-token")
@pytest.mark.parametrize("rpc", RPCS)
def test_no_token_no_service(auth_target: Target, rpc: str) -> None:
    """A call without a token is refused; with one it is not."""
    answer = auth_target.broker.call(rpc, REQUESTS[rpc], token="")
    refused(answer, "missing or empty Authorization token")
    with_token = auth_target.broker.call(rpc, REQUESTS[rpc])
    assert_equal(with_token.code == "UNAUTHENTICATED", False, "refused with a token")


@requirement("auth.authenticates-before-validating")
@pytest.mark.parametrize("rpc", RPCS)
def test_an_invalid_request_without_a_token_is_unauthenticated(
    auth_target: Target, rpc: str
) -> None:
    """Who may not call learns nothing about the request; who may, learns what is wrong."""
    refused(auth_target.broker.call(rpc, INVALID[rpc], token=""))
    assert_refused(auth_target.broker.call(rpc, INVALID[rpc]))


@requirement("auth.refuses-other-schemes")
@pytest.mark.parametrize("header", ["Basic {}", "bearer {}", "BEARER {}", "Bearer{}", "{}"])
def test_only_the_bearer_scheme_is_taken(auth_target: Target, header: str) -> None:
    """A good token in another dress is refused; behind `Bearer ` it is taken."""
    token = sign(auth_target.spec, "List")
    request = protocol.ListRequest(selector=selector({"name": ABSENT}))
    answer = auth_target.broker.call(
        "List", request, token="", metadata=(("authorization", header.format(token)),)
    )
    refused(answer, "invalid or unsupported Authorization header (expected 'Bearer')")
    listing(auth_target, token).ok()


@requirement("auth.refuses-malformed-token")
@pytest.mark.parametrize("token", ["abc", "a.b", "a.b.c", "..", "🔑".encode().hex()])
def test_what_is_no_jwt_is_refused(auth_target: Target, token: str) -> None:
    """Text that is no token is refused."""
    refused(listing(auth_target, token))


@requirement("auth.refuses-bad-signature")
def test_a_token_by_another_key_is_refused(auth_target: Target) -> None:
    """The same claims pass when signed by the broker's key, and not by another one."""
    claims = payload("List")
    refused(
        listing(auth_target, encode(OTHER_KEY, claims)),
        "verifying Authorization: token signature is invalid: signature is invalid",
    )
    listing(auth_target, encode(auth_target.spec.auth_key or "", claims)).ok()


@requirement("auth.refuses-bad-signature")
def test_changed_claims_are_refused(auth_target: Target) -> None:
    """A token whose claims were replaced under its signature is refused."""
    head, _, signature = sign(auth_target.spec, "List").split(".")
    forged = jwt.encode(payload(*RPCS), "k" * 32, algorithm="HS256").split(".")[1]
    refused(listing(auth_target, f"{head}.{forged}.{signature}"))


@requirement("auth.refuses-expired-token")
def test_an_expired_token_is_refused(auth_target: Target) -> None:
    """A token is refused ten seconds after its expiry; the same one not yet expired is taken."""
    refused(
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
    refused(listing(auth_target, sign(auth_target.spec, "List", exp=None)))


@requirement("auth.refuses-future-issue")
def test_a_token_from_the_future_is_refused(auth_target: Target) -> None:
    """A token issued a minute from now is refused, one issued now is taken."""
    later = int(time.time()) + 60
    refused(listing(auth_target, sign(auth_target.spec, "List", iat=later)))
    listing(auth_target, sign(auth_target.spec, "List")).ok()


@requirement("auth.refuses-future-issue")
def test_a_token_not_yet_valid_is_refused(auth_target: Target) -> None:
    """A token whose `nbf` is a minute from now is refused."""
    refused(listing(auth_target, sign(auth_target.spec, "List", nbf=int(time.time()) + 60)))


@requirement("auth.accepts-hs256-and-hs384")
@pytest.mark.parametrize("algorithm", ["HS256", "HS384"])
def test_two_algorithms_are_taken(auth_target: Target, algorithm: str) -> None:
    """Tokens by either algorithm authenticate."""
    listing(auth_target, encode(auth_target.spec.auth_key or "", payload("List"), algorithm)).ok()


@requirement("auth.refuses-other-algorithms")
@pytest.mark.parametrize("algorithm", ["HS512", "none"])
def test_other_algorithms_are_refused(auth_target: Target, algorithm: str) -> None:
    """Tokens by a further algorithm, or by none, are refused."""
    refused(
        listing(auth_target, encode(auth_target.spec.auth_key or "", payload("List"), algorithm))
    )


@requirement("auth.requires-capability")
@pytest.mark.parametrize("rpc", RPCS)
def test_each_rpc_wants_its_capability(auth_target: Target, rpc: str) -> None:
    """A token with every capability but the RPC's is refused as UNAUTHENTICATED."""
    others = ~CAPABILITIES[rpc] & 0xFFFFFFFF
    token = sign(auth_target.spec, cap=others)
    refused(auth_target.broker.call(rpc, REQUESTS[rpc], token=token))


@requirement("auth.requires-capability", "auth.read-covers-fragments-and-health")
@pytest.mark.parametrize("rpc", ["Read", "ListFragments", "FragmentStoreHealth"])
def test_read_is_enough_to_read(auth_target: Target, rpc: str) -> None:
    """READ alone permits Read, ListFragments and FragmentStoreHealth."""
    token = sign(auth_target.spec, "Read")
    answer = auth_target.broker.call(rpc, REQUESTS[rpc], token=token)
    assert_equal(answer.code, "OK", f"how {rpc} ends")


@requirement("auth.selector-hides-journals")
@pytest.mark.parametrize("rpc", ["Read", "Append", "ListFragments"])
def test_claims_hide_other_journals(held: Workspace, rpc: str) -> None:
    """A journal outside the claims is not found, and no route is told; inside it is served."""
    journal = held.journal(labels={"env": "prod"})
    by_rpc: dict[str, list[Any]] = {
        "Read": [protocol.ReadRequest(journal=journal.name)],
        "Append": [protocol.AppendRequest(journal=journal.name), protocol.AppendRequest()],
        "ListFragments": [protocol.FragmentsRequest(journal=journal.name)],
    }
    requests = by_rpc[rpc]
    spec = held.target.spec
    other = sign(spec, rpc, include={"env": "test"})
    answer = held.broker.call(rpc, *requests, token=other)
    message = assert_status(answer, "JOURNAL_NOT_FOUND")
    assert_equal(len(message.header.route.members), 0, "members told to a stranger")
    own = sign(spec, rpc, include={"env": "prod"})
    served = held.broker.call(rpc, *requests, token=own)
    assert_equal(served.messages[0].status != 1, True, "found under its own claims")


@requirement("auth.selector-hides-journals")
@pytest.mark.parametrize("flagged", [False, True], ids=["name", "name-prefix"])
def test_claims_may_name_journals(held: Workspace, *, flagged: bool) -> None:
    """Claims by name, or by a prefix of it, permit that journal and no other."""
    mine, other = held.journal(), held.journal()
    value = mine.name[:-1] if flagged else mine.name
    if flagged:
        other = held.journal(name=f"{held.prefix}zz-other")
    token = sign(held.target.spec, "Read", include=[("name", value, flagged)])
    reads = {
        j.name: held.broker.call("Read", j.read_request(0), token=token) for j in (mine, other)
    }
    assert_status(reads[mine.name], "OFFSET_NOT_YET_AVAILABLE")
    assert_status(reads[other.name], "JOURNAL_NOT_FOUND")


@requirement("auth.selector-filters-list")
def test_claims_filter_listings(held: Workspace) -> None:
    """List shows what request and claims both select, exclusions and prefixes included."""
    names = held.shelf({"aa": {"env": "prod"}, "bb": {"env": "test"}, "cc": {"env": "prod"}})

    def seen(include: object = (), exclude: object = ()) -> list[str]:
        token = sign(held.target.spec, "List", include=include, exclude=exclude)
        request = protocol.ListRequest(selector=selector({"prefix": held.prefix}))
        return listed(held.broker.call("List", request, token=token).messages)

    assert_equal(seen(), [names["aa"], names["bb"], names["cc"]], "all journals")
    assert_equal(seen({"env": "prod"}), [names["aa"], names["cc"]], "those of prod")
    assert_equal(seen((), {"env": "prod"}), [names["bb"]], "those not of prod")
    assert_equal(seen({"prefix": f"{held.prefix}nothing/"}), [], "those of another prefix")
    assert_equal(seen({"name": names["cc"]}), [names["cc"]], "the one named")


@requirement("auth.legacy-prefix-claim-is-list-only")
def test_a_prefix_claim_is_for_list_only(held: Workspace) -> None:
    """Under a prefix claim List shows the journal, and Read does not find it."""
    journal = held.journal()
    token = sign(held.target.spec, "List", "Read", include={"prefix": held.prefix})
    request = protocol.ListRequest(selector=selector({"prefix": held.prefix}))
    shown = listed(held.broker.call("List", request, token=token).messages)
    assert_equal(shown, [journal.name], "the listing")
    read = held.broker.call("Read", journal.read_request(0), token=token)
    assert_status(read, "JOURNAL_NOT_FOUND")


@requirement("auth.upsert-outside-claims-is-refused")
def test_claims_limit_upserts(held: Workspace) -> None:
    """A spec that the claims do not match is refused and not applied; one that does is."""
    mine, other = held.unmade(), held.unmade()
    token = sign(held.target.spec, "Apply", include={"env": "mine"})

    def upsert(*specs: protocol.JournalSpec) -> Answer:
        changes = [protocol.ApplyRequest.Change(upsert=spec) for spec in specs]
        request = protocol.ApplyRequest(changes=changes)
        return held.broker.call("Apply", request, token=token)

    right = spec_of(mine.name, labels={"env": "mine"})
    wrong = spec_of(other.name, labels={"env": "theirs"})
    with absent(mine, other):
        refused(upsert(right, wrong), f"not authorized to {other.name}")
    assert_status(upsert(right), "OK")


@requirement("auth.delete-matches-name-only")
def test_claims_limit_deletes_by_name(held: Workspace) -> None:
    """Claims that ask for a label refuse every delete; claims by name permit it."""
    journal = held.journal(labels={"env": "mine"})

    def delete(**include: str) -> Answer:
        change = protocol.ApplyRequest.Change(expect_mod_revision=-1, delete=journal.name)
        token = sign(held.target.spec, "Apply", include=include)
        request = protocol.ApplyRequest(changes=[change])
        return held.broker.call("Apply", request, token=token)

    with unchanged(journal):
        refused(delete(env="mine"), f"not authorized to {journal.name}")
    assert_status(delete(name=journal.name), "OK")


@requirement("auth.token-expiry-ends-streams-ok")
def test_a_blocking_read_ends_well_when_its_token_expires(held: Workspace) -> None:
    """At the token's expiry a blocked read ends with OK."""
    journal = held.journal()
    token = sign(held.target.spec, "Read", lifetime=TOKEN_LIFE)
    request = journal.read_request(0, block=True)
    with held.broker.open("Read", request, timeout=30.0, token=token) as stream:
        stream.half_close()
        assert_equal(stream.end(within=15.0).code, "OK", "how the read ends")


@requirement("auth.first-header-value-counts")
def test_the_first_authorization_counts(auth_target: Target) -> None:
    """Of two values the first one decides, right or wrong."""
    good = ("authorization", f"Bearer {sign(auth_target.spec, 'List')}")
    bad = ("authorization", "Basic abc")
    request = protocol.ListRequest(selector=selector({"name": ABSENT}))

    def call(*metadata: tuple[str, str]) -> Answer:
        return auth_target.broker.call("List", request, token="", metadata=metadata)

    refused(call(bad, good))
    call(good, bad).ok()


@requirement("auth.without-keys-any-token-passes")
@pytest.mark.parametrize("token", ["", "abc", encode(OTHER_KEY, payload("List"))])
def test_a_broker_without_keys_takes_any_token(broker: Broker, token: str) -> None:
    """No token, a malformed one and a stranger's are all served."""
    request = protocol.ListRequest(selector=selector({"name": ABSENT}))
    broker.call("List", request, token=token).ok()


@requirement("auth.brokers-sign-for-each-other")
def test_brokers_pass_calls_on_under_their_own_tokens(held: Workspace) -> None:
    """Appending and reading through every broker works where all of them check tokens."""
    journal = held.journal()
    for number, broker in enumerate(held.target.brokers, start=1):
        Journal(journal.name, broker).append(b"x").ok()
        assert_equal(journal.read(0, broker=broker).content, b"x" * number, "content")


PSEUDO_KEY = "AA=="
"""Stands in a list of keys for the permission to come without a token."""


@requirement("auth.any-key-verifies")
def test_each_key_verifies(launched: Callable[..., Target]) -> None:
    """Tokens signed by the first and by the second key are taken, those of a third are not."""
    target = launched(auth_key=f"{KEY},{OTHER_KEY}")
    for key in (KEY, OTHER_KEY):
        assert_status(listing(target, encode(key, payload("List"))), "OK")
    refused(listing(target, encode(THIRD_KEY, payload("List"))))


@requirement("auth.pseudo-key-permits-absence")
def test_a_pseudo_key_permits_to_come_without(launched: Callable[..., Target]) -> None:
    """Without a token the call is served; with a bad one it is refused."""
    target = launched(auth_key=f"{KEY},{PSEUDO_KEY}")
    assert_status(listing(target, ""), "OK")
    assert_status(listing(target, sign(target.spec, "List")), "OK")
    refused(listing(target, encode(OTHER_KEY, payload("List"))))


def over_http(
    broker: Broker, method: str, target: str, token: str = "", body: bytes = b""
) -> Reply:
    """The response of a broker's HTTP side, under a token or without."""
    headers = [("authorization", f"Bearer {token}")] if token else []
    return ask(broker.http or "", method, target, headers=headers, body=body)


@requirement("auth.rest-needs-the-token")
def test_json_routes_need_a_token(auth_target: Target) -> None:
    """List as JSON answers 401 without a token, and 200 with one."""
    body = json.dumps({"selector": {"include": {"labels": [{"name": "name", "value": ABSENT}]}}})
    route = ("POST", "/v1/journals/list")
    without = over_http(auth_target.broker, *route, body=body.encode())
    assert_equal(without.code, 401, f"the code of {without}")
    token = sign(auth_target.spec, "List")
    allowed = over_http(auth_target.broker, *route, token, body.encode())
    assert_equal(allowed.code, 200, f"the code of {allowed}")


@requirement("auth.http-gateway-signs-for-itself")
def test_journals_over_http_need_none(held: Workspace) -> None:
    """PUT and GET of a journal are served without a token."""
    journal = held.journal()
    put = over_http(journal.broker, "PUT", f"/{journal.name}", body=b"abc")
    assert_equal(put.code, 204, f"the code of {put}")
    got = over_http(journal.broker, "GET", f"/{journal.name}")
    assert_equal((got.code, got.body), (206, b"abc"), "code and body")
