"""Lies about which journals a token's claims are for, and what it is good for."""

from typing import Any

import protocol as pb
from mockbroker.core.actions import AbortError, Code
from mockbroker.lies.lie import Seen, lie

SEES = "mockbroker.core.resolver:_may_see"
AUTHORIZE = "mockbroker.core.apply:_authorize"
VERIFY = "protocol.auth:Keys.verify"


@lie("auth.selector-hides-journals", replaces=SEES)
def exclusions_of_claims_hide_nothing(honest: Any, selector: Any, item: Any) -> Any:
    """A token may read journals that its selector excludes."""
    return honest(pb.LabelSelector(include=selector.include), item)


@lie("auth.selector-hides-journals", replaces=SEES)
def one_label_of_claims_is_enough(honest: Any, selector: Any, item: Any) -> Any:
    """Of a token's included labels only the first has to match."""
    first = pb.LabelSet(labels=selector.include.labels[:1])
    return honest(pb.LabelSelector(include=first, exclude=selector.exclude), item)


@lie("auth.selector-hides-journals", replaces="mockbroker.core.resolver:_resolved")
def hidden_journals_show_their_route(honest: Any, broker: Any, wanted: Any) -> Any:
    """A journal that is hidden from the caller is not found, and its members are told."""
    resolved = honest(broker, wanted)
    open_to_all = type(wanted)(wanted.journal, pb.LabelSelector(), proxy=True)
    if resolved.item is None:
        resolved.header.route.CopyFrom(honest(broker, open_to_all).header.route)
    return resolved


@lie("auth.selector-hides-journals", replaces=SEES)
def hidden_journals_are_forbidden(honest: Any, selector: Any, item: Any) -> Any:
    """A call about a journal outside its claims is refused as unauthorized."""
    if not honest(selector, item):
        raise AbortError(f"not authorized to {item.key}", Code.UNAUTHENTICATED)
    return True


@lie("auth.upsert-outside-claims-is-refused", replaces=AUTHORIZE)
def only_the_first_change_needs_claims(honest: Any, access: Any, change: Any) -> Any:
    """Of the changes of a request only the first has to match the claims."""
    if not any(each is access for each in _ASKED):
        _ASKED.append(access)
        honest(access, change)


_ASKED: list[Any] = []
"""Who has had a change looked at."""


@lie("auth.delete-matches-name-only", replaces=AUTHORIZE)
def deletions_need_no_claims(honest: Any, access: Any, change: Any) -> Any:
    """Every journal may be deleted, whatever the claims."""
    if change.HasField("upsert"):
        honest(access, change)


@lie("auth.upsert-outside-claims-is-refused", replaces=AUTHORIZE)
def upserts_are_matched_by_labels_only(honest: Any, access: Any, change: Any) -> Any:
    """Claims by name permit no upsert."""
    if change.HasField("upsert") and any(
        each.name == "name" for each in access.selector.include.labels
    ):
        raise AbortError(f"not authorized to {change.upsert.name}", Code.UNAUTHENTICATED)
    honest(access, change)


@lie("auth.any-key-verifies", replaces=VERIFY)
def only_the_first_key_verifies(honest: Any, keys: Any, *arguments: Any, **named: Any) -> Any:
    """A token that is signed by a further key is refused."""
    return honest(type(keys)(keys.secrets[:1], keys.allow_missing), *arguments, **named)


@lie("auth.refuses-future-issue", replaces="protocol.tokens:_check_times")
def not_before_is_ignored(honest: Any, claims: Any, _begins_at: Any, now: float) -> Any:
    """A token is good before it begins."""
    return honest(claims, None, now)


@lie("auth.requires-capability", replaces="mockbroker.core.broker:Broker.access")
def replication_needs_no_capability(
    honest: Any, broker: Any, authorization: Any, capability: int
) -> Any:
    """Any token permits Replicate."""
    return honest(broker, authorization, 0 if capability == 32 else capability)


@lie("auth.requires-capability", replaces="mockbroker.core.broker:Broker.access")
def readers_may_list(honest: Any, broker: Any, authorization: Any, capability: int) -> Any:
    """READ suffices to list."""
    try:
        return honest(broker, authorization, capability)
    except AbortError:
        if capability != 2:
            raise
        return honest(broker, authorization, 8)


@lie(
    "auth.token-expiry-ends-streams-ok",
    "watch.token-expiry-ends-ok",
    ends="Read List",
    requests="Read List",
)
def expiry_is_an_error(*told: Any) -> Any:
    """A stream whose token expires ends with an error."""
    seen: Seen = told[-1]
    if len(told) == 2:
        return None
    waits = seen.first.watch if seen.call.rpc == "List" else seen.first.block
    expired = waits and "authorization" in seen.call.metadata and not told[0]
    return (16, "token is expired") if expired else told[:2]


@lie("auth.selector-hides-journals", replaces="mockbroker.core.resolver:_may_see")
def names_claimed_are_beginnings(honest: Any, selector: Any, item: Any) -> bool:
    """Claims that name a journal cover those whose names begin with its name."""
    wider = pb.LabelSelector()
    wider.CopyFrom(selector)
    for label in wider.include.labels:
        label.prefix = label.prefix or label.name == "name"
    return bool(honest(wider, item))
