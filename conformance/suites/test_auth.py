"""Auth: capabilities, and claims that limit what a caller sees."""

import json
from collections.abc import Callable
from typing import Any

import pytest

import protocol
from conformance import requirement
from conformance.answer import Answer
from conformance.broker import Broker, listed
from conformance.checks import (
    absent,
    assert_equal,
    assert_refused,
    assert_status,
    assert_unauthenticated,
    unchanged,
)
from conformance.credentials import CAPABILITIES
from conformance.exchange import Reply, ask
from conformance.journal import Journal, label_set, selector, spec_of
from conformance.target import Target
from conformance.tokens import sign
from conformance.workspace import Workspace

RPCS = tuple(CAPABILITIES)
APPLICATIONS = 1 << 20
"""A capability of those that are for applications to use."""
ABSENT = "conformance/auth/no-such-journal"
"""A journal that nobody makes."""
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


@pytest.fixture
def held(auth_target: Target, workspace_of: Callable[[Target], Workspace]) -> Workspace:
    """A workspace at the target that checks tokens."""
    return workspace_of(auth_target)


@requirement("auth.refuses-missing-token")
@pytest.mark.parametrize("rpc", RPCS)
def test_no_token_no_service(auth_target: Target, rpc: str) -> None:
    """A call without a token is refused; with one it is not."""
    answer = auth_target.broker.call(rpc, REQUESTS[rpc], token="")
    assert_unauthenticated(answer, "missing or empty Authorization token")
    with_token = auth_target.broker.call(rpc, REQUESTS[rpc])
    assert_equal(with_token.code == "UNAUTHENTICATED", False, "refused with a token")


@requirement("auth.authenticates-before-validating")
@pytest.mark.parametrize("rpc", RPCS)
def test_an_invalid_request_without_a_token_is_unauthenticated(
    auth_target: Target, rpc: str
) -> None:
    """Who may not call learns nothing about the request; who may, learns what is wrong."""
    assert_unauthenticated(auth_target.broker.call(rpc, INVALID[rpc], token=""))
    assert_refused(auth_target.broker.call(rpc, INVALID[rpc]))


@requirement("auth.requires-capability")
@pytest.mark.parametrize("rpc", RPCS)
def test_each_rpc_wants_its_capability(auth_target: Target, rpc: str) -> None:
    """A token with every capability but the RPC's is refused as UNAUTHENTICATED."""
    others = ~CAPABILITIES[rpc] & 0xFFFFFFFF
    token = sign(auth_target.spec, cap=others)
    assert_unauthenticated(auth_target.broker.call(rpc, REQUESTS[rpc], token=token))


@requirement("auth.requires-capability", "auth.read-covers-fragments-and-health")
@pytest.mark.parametrize("rpc", ["Read", "ListFragments", "FragmentStoreHealth"])
def test_read_is_enough_to_read(auth_target: Target, rpc: str) -> None:
    """READ permits Read, ListFragments and FragmentStoreHealth, beside what else is claimed."""
    for others in (0, APPLICATIONS, 0xFFFFFFFF):
        token = sign(auth_target.spec, cap=CAPABILITIES["Read"] | others)
        answer = auth_target.broker.call(rpc, REQUESTS[rpc], token=token)
        assert_equal(answer.code, "OK", f"how {rpc} ends with the further capabilities {others:b}")


@requirement("auth.requires-capability")
def test_the_capability_is_enough(held: Workspace) -> None:
    """Whatever a request asks for beside, the one capability of its RPC is all that it takes."""
    journal = held.journal()
    about = selector({"name": journal.name})
    union = label_set({"aa": "1"})
    first = protocol.AppendRequest(journal=journal.name)
    requests: list[tuple[str, list[Any]]] = [
        ("Apply", [protocol.ApplyRequest(changes=[journal.upsert()])]),
        ("Append", [first, protocol.AppendRequest()]),
        (
            "Append",
            [
                protocol.AppendRequest(
                    journal=journal.name, union_registers=union, check_registers=selector()
                ),
                protocol.AppendRequest(content=b"x"),
                protocol.AppendRequest(),
            ],
        ),
        ("Read", [journal.read_request(0, metadata_only=True)]),
        ("Read", [journal.read_request(0, block=True, end_offset=1)]),
        ("ListFragments", [protocol.FragmentsRequest(journal=journal.name, page_limit=1)]),
        ("List", [protocol.ListRequest(selector=about)]),
        (
            "Append",
            [
                protocol.AppendRequest(journal=journal.name, suspend="SUSPEND_NOW"),
                protocol.AppendRequest(),
            ],
        ),
        (
            "Apply",
            [
                protocol.ApplyRequest(
                    changes=[
                        protocol.ApplyRequest.Change(delete=journal.name, expect_mod_revision=-1)
                    ]
                )
            ],
        ),
    ]
    for rpc, sent in requests:
        token = sign(held.target.spec, rpc)
        assert_equal(held.broker.call(rpc, *sent, token=token).code, "OK", f"the code of {sent}")
    token = sign(held.target.spec, "List")
    request = protocol.ListRequest(selector=about, watch=True)
    with held.broker.open("List", request, token=token) as stream:
        stream.half_close()
        assert_equal(stream.next().header.etcd.revision > 0, True, "a first snapshot")


LABELS = {"env": "prod", "tag": "x"}
STRANGERS: list[tuple[dict[str, str], dict[str, str]]] = [
    ({"env": "test"}, {}),
    ({"env": "prod", "tag": "y"}, {}),
    ({"env": "prod", "other": ""}, {}),
    ({}, {"tag": "x"}),
    ({"env": "prod"}, {"tag": ""}),
]
"""What claims include and exclude that do not match a journal of LABELS."""


def _about(held: Workspace, journal: Journal, rpc: str) -> list[Any]:
    """The requests of a call about the journal."""
    proposal = protocol.Fragment(journal=journal.name, compression_codec="NONE")
    header = held.list().first.header
    requests: dict[str, list[Any]] = {
        "Read": [protocol.ReadRequest(journal=journal.name)],
        "Append": [protocol.AppendRequest(journal=journal.name), protocol.AppendRequest()],
        "ListFragments": [protocol.FragmentsRequest(journal=journal.name)],
        "Replicate": [
            protocol.ReplicateRequest(header=header, proposal=proposal, acknowledge=True)
        ],
    }
    return requests[rpc]


@requirement("auth.selector-hides-journals")
@pytest.mark.parametrize("rpc", ["Read", "Append", "ListFragments", "Replicate"])
def test_claims_hide_other_journals(held: Workspace, rpc: str) -> None:
    """A journal outside the claims is not found, and no route is told; inside it is served."""
    journal, spec = held.journal(labels=LABELS), held.target.spec
    requests = _about(held, journal, rpc)
    for include, exclude in STRANGERS:
        other = sign(spec, rpc, include=include, exclude=exclude)
        answer = journal.broker.call(rpc, *requests, token=other)
        message = assert_status(answer, "JOURNAL_NOT_FOUND")
        assert_equal(len(message.header.route.members), 0, "members told to a stranger")
    own = sign(spec, rpc, include=LABELS, exclude={"env": "test"})
    served = journal.broker.call(rpc, *requests, token=own)
    assert_equal(served.first.status != 1, True, "found under its own claims")


@requirement("auth.selector-hides-journals")
@pytest.mark.parametrize("rpc", ["Read", "Append", "ListFragments", "Replicate"])
def test_claims_may_name_journals(held: Workspace, rpc: str) -> None:
    """Claims by name, by prefix or by alternatives permit what they match and nothing else."""
    mine = held.journal(name=f"{held.prefix}mine", labels=LABELS)
    other = held.journal(name=f"{held.prefix}zz-other", labels={"env": "test"})
    for include in (
        [("name", mine.name, False)],
        [("name", mine.name[:-1], True)],
        [("name", f"{held.prefix}aa", True), ("name", mine.name, False)],
        [("env", "p", True), ("name", held.prefix, True)],
        [("env", "none", False), ("env", "prod", False), ("tag", "", False)],
    ):
        token = sign(held.target.spec, rpc, include=include)
        for journal, hidden in ((mine, False), (other, True)):
            answer = held.broker.call(rpc, *_about(held, journal, rpc), token=token)
            got = answer.code, answer.status == "JOURNAL_NOT_FOUND"
            assert_equal(got, ("OK", hidden), f"code, and hiding of {journal.name} by {include}")
    longer = held.journal(name=f"{mine.name}-longer", labels=LABELS)
    token = sign(held.target.spec, rpc, include=[("name", mine.name, False), ("tag", "x", False)])
    answer = held.broker.call(rpc, *_about(held, longer, rpc), token=token)
    assert_status(answer, "JOURNAL_NOT_FOUND")


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
    assert_equal(seen([("env", "p", True)]), [names["aa"], names["cc"]], "those by a prefix")
    assert_equal(seen({"env": ["prod", "test"]}), list(names.values()), "those of either")
    assert_equal(seen({"env": ""}, {"name": names["aa"]}), list(names.values())[1:], "but one")


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
        assert_unauthenticated(upsert(right, wrong), f"not authorized to {other.name}")
    assert_status(upsert(right), "OK")


@requirement("auth.upsert-outside-claims-is-refused")
def test_all_of_the_claims_limit_upserts(held: Workspace) -> None:
    """A spec is refused by any of its claims' labels, also where the journal as it is would do."""
    journal = held.journal(labels={"env": "test"}, assigned=False)
    before = journal.shown().mod_revision

    def upsert(include: Any, exclude: Any, expect: int = before) -> Answer:
        token = sign(held.target.spec, "Apply", include=include, exclude=exclude)
        request = protocol.ApplyRequest(changes=[journal.upsert(expect=expect, labels=LABELS)])
        return held.broker.call("Apply", request, token=token)

    for include, exclude in (*STRANGERS, ({"env": "prod", "name": f"{journal.name}-"}, {})):
        for expect in (-1, 0, before):
            answer = upsert(include, exclude, expect)
            assert_unauthenticated(answer, f"not authorized to {journal.name}")
    assert_equal(journal.shown().mod_revision, before, "modification revision")
    assert_status(upsert({**LABELS, "name": journal.name}, {"env": "test"}), "OK")


@requirement("auth.upsert-outside-claims-is-refused")
def test_claims_exclude_upserts(held: Workspace) -> None:
    """A spec that the claims exclude is refused, as it is and as the journal was before."""
    journal = held.journal(labels={"env": "mine"}, assigned=False)
    token = sign(held.target.spec, "Apply", include={"env": ""}, exclude={"env": "theirs"})

    def upsert(env: str) -> Answer:
        change = protocol.ApplyRequest.Change(
            expect_mod_revision=-1, upsert=spec_of(journal.name, labels={"env": env})
        )
        request = protocol.ApplyRequest(changes=[change])
        return held.broker.call("Apply", request, token=token)

    assert_status(upsert("mine"), "OK")
    before = journal.shown().mod_revision
    assert_unauthenticated(upsert("theirs"), f"not authorized to {journal.name}")
    assert_equal(journal.shown().mod_revision, before, "modification revision")


@requirement("auth.upsert-outside-claims-is-refused")
@pytest.mark.parametrize("flagged", [False, True], ids=["name", "name-prefix"])
def test_claims_by_name_permit_upserts(held: Workspace, *, flagged: bool) -> None:
    """Under claims by name, or by a prefix of it, that journal is made and changed, no other."""
    mine = held.unmade("mine")
    other, spared = held.unmade("other"), held.journal(assigned=False)
    value = mine.name[:-1] if flagged else mine.name
    token = sign(held.target.spec, "Apply", include=[("name", value, flagged)])

    def apply(*changes: protocol.ApplyRequest.Change) -> Answer:
        request = protocol.ApplyRequest(changes=changes)
        return held.broker.call("Apply", request, token=token)

    deletion = protocol.ApplyRequest.Change(expect_mod_revision=-1, delete=spared.name)
    with absent(mine, other):
        assert_unauthenticated(
            apply(mine.upsert(), other.upsert()), f"not authorized to {other.name}"
        )
        assert_unauthenticated(apply(mine.upsert(), deletion), f"not authorized to {spared.name}")
        if not flagged:
            longer = Journal(f"{mine.name}-longer", held.broker)
            assert_unauthenticated(apply(longer.upsert()), f"not authorized to {longer.name}")
    assert_equal(spared.shown().spec.name, spared.name, "what was not deleted")
    for _ in range(2):
        assert_status(apply(mine.upsert()), "OK")


@requirement("auth.delete-matches-name-only")
def test_claims_limit_deletes_by_name(held: Workspace) -> None:
    """Claims that ask for a label refuse every delete; claims by name permit it."""
    journal = held.journal(labels={"env": "mine"})
    revision = journal.shown().mod_revision

    def delete(expect: int = revision, **include: str) -> Answer:
        change = protocol.ApplyRequest.Change(expect_mod_revision=expect, delete=journal.name)
        token = sign(held.target.spec, "Apply", include=include)
        request = protocol.ApplyRequest(changes=[change])
        return held.broker.call("Apply", request, token=token)

    with unchanged(journal):
        for expect in (-1, revision):
            answer = delete(expect, env="mine")
            assert_unauthenticated(answer, f"not authorized to {journal.name}")
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


@requirement("auth.brokers-sign-for-each-other")
def test_brokers_pass_calls_on_under_their_own_tokens(held: Workspace) -> None:
    """Appending and reading through every broker works where all of them check tokens."""
    journal = held.journal()
    for number, broker in enumerate(held.target.brokers, start=1):
        Journal(journal.name, broker).append(b"x").ok()
        assert_equal(journal.read(0, broker=broker).content, b"x" * number, "content")


def over_http(
    broker: Broker, method: str, target: str, token: str = "", body: bytes = b""
) -> Reply:
    """The response of a broker's HTTP side, under a token or without."""
    headers = [("authorization", f"Bearer {token}")] if token else []
    return ask(broker, method, target, headers=headers, body=body)


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
