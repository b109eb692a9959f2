"""Lies about what tokens permit that hold for some RPCs only."""

from dataclasses import replace
from typing import Any

import protocol as pb
from mockbroker.core.actions import AbortError
from mockbroker.lies.lie import lie
from protocol.labels import fold_prefix

ACCESS = "mockbroker.core.broker:Broker.access"
AUTHORIZE = "mockbroker.core.apply:_authorize"
EVERYTHING = pb.LabelSelector()


@lie("auth.refuses-other-schemes", replaces="protocol.auth:_bearer_token")
def schemes_have_any_case(honest: Any, headers: Any) -> Any:
    """The scheme of an authorization header is read in any case."""
    return honest(
        [f"Bearer {each[7:]}" if each[:7].lower() == "bearer " else each for each in headers]
    )


@lie("auth.read-covers-fragments-and-health", replaces="mockbroker.core.list_fragments:serve")
def listers_may_list_fragments(honest: Any, broker: Any, authorization: Any) -> Any:
    """LIST is the capability of ListFragments."""
    return _with_capability(honest, broker, authorization, 8, 2)


@lie(
    "auth.read-covers-fragments-and-health",
    "auth.requires-capability",
    replaces="mockbroker.core.store_health:serve",
)
def health_needs_no_capability(honest: Any, broker: Any, authorization: Any) -> Any:
    """Any token permits FragmentStoreHealth."""
    return _with_capability(honest, broker, authorization, 8, 0)


def _with_capability(honest: Any, broker: Any, authorization: Any, asked: int, told: int) -> Any:
    verifier = broker.verifier
    if verifier is None:
        return honest(broker, authorization)
    shadow = _Shadow(broker, asked, told)
    return honest(shadow, authorization)


class _Shadow:
    """A broker that asks for another capability."""

    def __init__(self, broker: Any, asked: int, told: int) -> None:
        self._broker, self._asked, self._told = broker, asked, told

    def access(self, authorization: Any, capability: int) -> Any:
        told = self._told if capability == self._asked else capability
        return self._broker.access(authorization, told)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)


@lie("auth.selector-hides-journals", replaces="mockbroker.core.member:own_replica")
def fragments_of_hidden_journals_are_listed(
    honest: Any, broker: Any, access: Any, *arguments: Any
) -> Any:
    """Fragments of journals outside the claims are listed."""
    if pb.FragmentsResponse in arguments:
        access = replace(access, selector=EVERYTHING)
    return honest(broker, access, *arguments)


@lie("auth.selector-hides-journals", replaces="mockbroker.core.replicate:_own_spool", brokers=2)
def hidden_journals_are_replicated(honest: Any, broker: Any, access: Any, request: Any) -> Any:
    """A token may replicate to journals that its selector does not match."""
    return honest(broker, replace(access, selector=EVERYTHING), request)


@lie("auth.legacy-prefix-claim-is-list-only", replaces="mockbroker.core.resolver:_may_see")
def legacy_prefixes_permit_reads(honest: Any, selector: Any, item: Any) -> Any:
    """A prefix label in the claims matches for reads, too."""
    return honest(fold_prefix(selector), item)


@lie("auth.delete-matches-name-only", replaces=AUTHORIZE)
def deletions_are_matched_by_labels(honest: Any, access: Any, change: Any) -> Any:
    """A delete is matched by claims of labels as if the journal had them."""
    if change.HasField("upsert"):
        return honest(access, change)
    named = pb.LabelSelector(
        include=pb.LabelSet(
            labels=[each for each in access.selector.include.labels if each.name == "name"]
        )
    )
    return honest(replace(access, selector=named), change)


@lie("auth.refuses-other-algorithms", replaces="protocol.tokens:_method")
def hs512_is_taken(honest: Any, header: Any) -> Any:
    """A token signed by HS512 is accepted."""
    from protocol import tokens  # noqa: PLC0415 - few lies need what it imports

    if header.get("alg") == "HS512":
        return tokens._Hmac(tokens._Hmac.SHA512)
    return honest(header)


@lie("auth.upsert-outside-claims-is-refused", replaces=AUTHORIZE)
def exclusions_of_claims_permit_upserts(honest: Any, access: Any, change: Any) -> Any:
    """An upsert of a journal that the claims exclude is applied."""
    included = pb.LabelSelector(include=access.selector.include)
    return honest(replace(access, selector=included), change)


@lie("auth.without-keys-any-token-passes", replaces=ACCESS)
def tokens_need_keys(honest: Any, broker: Any, authorization: Any, capability: int) -> Any:
    """A broker without keys refuses calls that carry a token."""
    if broker.verifier is None and authorization:
        raise AbortError("authorization is not supported", 16)
    return honest(broker, authorization, capability)


@lie("auth.expiry-has-leeway", "auth.refuses-future-issue", replaces="protocol.tokens:LEEWAY")
def issue_times_have_much_leeway(_honest: int) -> int:
    """Clocks may differ by a quarter of an hour."""
    return 900
