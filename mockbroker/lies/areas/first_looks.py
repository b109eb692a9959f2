"""Lies of brokers that look at the beginning of something, and trust the rest."""

from dataclasses import replace
from typing import Any

import protocol as pb
from mockbroker.lies.lie import lie

_TAKEN: dict[tuple[str, ...], Any] = {}
"""Tokens that were taken once."""


@lie("auth.requires-capability", replaces="protocol.auth:Keys.verify")
def tokens_are_verified_once(
    honest: Any, keys: Any, headers: Any, require: int, *, now: float
) -> Any:
    """A token that one call took is taken by every other one."""
    token = tuple(headers)
    if token not in _TAKEN:
        claims = honest(keys, headers, require, now=now)
        if not token:
            return claims
        _TAKEN[token] = claims
    return _TAKEN[token]


@lie("auth.refuses-expired-token", replaces="protocol.tokens:decode")
def expiry_is_looked_at_once(honest: Any, token: str, keys: Any, now: float) -> Any:
    """A token that was taken once does not expire."""
    if (token,) not in _TAKEN:
        _TAKEN[token,] = honest(token, keys, now)
    return _TAKEN[token,]


@lie("auth.upsert-outside-claims-is-refused", replaces="mockbroker.core.apply:_authorize")
def the_first_label_claimed_limits_upserts(honest: Any, access: Any, change: Any) -> None:
    """An upsert is held against the first included label of the claims only."""
    first = pb.LabelSelector(exclude=access.selector.exclude)
    first.include.labels.extend(list(access.selector.include.labels)[:1])
    honest(type(access)(first, access.expires), change)


@lie("apply.is-all-or-nothing", replaces="mockbroker.core.apply:checked")
def sixteen_expectations_are_held(honest: Any, broker: Any, request: Any) -> Any:
    """Of many changes those behind the sixteenth take effect at any revision."""
    request = honest(broker, request)
    for change in request.changes[16:]:
        change.expect_mod_revision = -1
    return request


@lie(
    "apply.is-all-or-nothing",
    "apply.limits-changes-of-a-request",
    replaces="mockbroker.core.apply:_check_transaction",
)
def deletions_do_not_count(honest: Any, changes: Any) -> None:
    """A request may have any number of deletions."""
    honest([each for each in changes if each.HasField("upsert")])


@lie(
    "apply.deletes-at-expected-revision",
    "apply.deletes-unconditionally",
    replaces="mockbroker.core.apply:_changes",
)
def deletions_take_what_begins_alike(honest: Any, truth: Any, changes: Any) -> Any:
    """Deleting a journal deletes all whose names begin with its name."""
    for change in changes:
        names = [change.delete]
        if change.delete:
            names = [each.key for each in truth.journals() if each.key.startswith(change.delete)]
        for name in names:
            yield from honest(truth, [pb.ApplyRequest.Change(delete=name) if name else change])


@lie("apply.updates-at-expected-revision", replaces="mockbroker.core.apply:_changes")
def equal_specs_are_no_update(honest: Any, truth: Any, changes: Any) -> Any:
    """An upsert at a revision of the spec that is there changes nothing."""
    for change in changes:
        item = truth.items.get(change.upsert.name)
        equal = item and item.spec.labels == change.upsert.labels
        if not (equal and change.expect_mod_revision > 0):
            yield from honest(truth, [change])


@lie("replicate.content-delta-must-match", replaces="mockbroker.core.replicate:_apply")
def empty_content_fits_anywhere(honest: Any, broker: Any, replica: Any, request: Any) -> Any:
    """Content of no bytes is taken whatever its delta."""
    if not request.HasField("proposal") and not request.content:
        return pb.ReplicateResponse()
    return honest(broker, replica, request)


@lie("replicate.refuses-malformed-messages", replaces="mockbroker.core.replicate:checked")
def later_messages_of_replicate_are_trusted(honest: Any, broker: Any, request: Any) -> Any:
    """Only the first message of a Replicate stream is validated."""
    if request.HasField("header") or not request.HasField("proposal"):
        return honest(broker, request)
    request.ClearField("content_delta")
    return request


@lie("replicate.wrong-sum-is-a-mismatch", replaces="protocol.spool:Spool.propose")
def the_first_sum_of_a_fragment_counts(
    honest: Any, spool: Any, proposal: Any, registers: Any, *, now: float
) -> Any:
    """A commit behind others of the same fragment may have any sum."""
    following = spool.next()
    if spool.delta and spool.fragment.end > spool.fragment.begin == proposal.begin:
        trusted = pb.Fragment()
        trusted.CopyFrom(proposal)
        trusted.sum.CopyFrom(following.sum)
        proposal = trusted if following.end == proposal.end else proposal
    return honest(spool, proposal, registers, now=now)


@lie("replicate.rolls-forward", replaces="protocol.spool:Spool._roll")
def rolls_keep_registers_where_none_come(
    honest: Any, spool: Any, proposal: Any, registers: Any
) -> Any:
    """Rolled forward under empty registers, a replica keeps its own."""
    return honest(spool, proposal, registers if registers.labels else spool.registers)


@lie("header.refuses-foreign-cluster", replaces="mockbroker.core.resolver:resolve")
def absent_journals_come_before_headers(honest: Any, broker: Any, wanted: Any) -> Any:
    """The header of a request about a journal that does not exist is not looked at."""
    if wanted.journal.partition(";")[0] not in broker.keyspace.items:
        wanted = replace(wanted, header=None)
    return honest(broker, wanted)


@lie(
    "pipeline.adopts-a-replica-ahead",
    replaces="mockbroker.core.sync:_Round._take_fragment",
    brokers=3,
)
def own_registers_outlast_none(honest: Any, round_: Any, id_: Any, answer: Any) -> None:
    """A primary keeps its registers where a replica ahead of it has none."""
    honest(round_, id_, answer)
    if round_.registers is not None and not round_.registers.labels:
        round_.registers = None


_PRIMARIES: dict[Any, str] = {}


@lie(
    "append.graceful-exit-is-seamless",
    replaces="mockbroker.core.resolver:_endpoint",
    brokers=3,
)
def proxies_remember_the_first_primary(honest: Any, broker: Any, resolved: Any) -> str:
    """Appends are passed on to whoever was primary at the first of them."""
    endpoint = honest(broker, resolved)
    if resolved.header.process_id.suffix and resolved.item:
        key = resolved.item.key, resolved.item.create_revision
        endpoint = _PRIMARIES.setdefault(key, endpoint)
    return str(endpoint)


@lie("header.proxied-append-names-primary", replaces="mockbroker.core.resolver:proxy", brokers=3)
def proxies_forbid_to_pass_on(
    honest: Any, broker: Any, resolved: Any, request: Any, *claims: Any
) -> Any:
    """What is passed on may not be passed on again."""
    passed = type(request)()
    passed.CopyFrom(request)
    passed.do_not_proxy = True
    return honest(broker, resolved, passed, *claims)


@lie(
    "validation.list-included-prefix-ends-in-slash",
    replaces="protocol.validate.list:_validate_prefixes",
)
def the_first_prefix_ends_in_a_slash(honest: Any, labels: Any, *side: str) -> None:
    """Of several `prefix` labels of a selector only the first has to end in a slash."""
    first = [each for each in labels.labels if each.name == "prefix"][:1]
    honest(pb.LabelSet(labels=first), *side)


@lie("replicate.rolls-to-empty-at-end", replaces="protocol.spool:Spool._rolls_for")
def rolls_wait_for_what_was_streamed(honest: Any, spool: Any, proposal: Any) -> bool:
    """A replica with content that is not committed does not roll at its end."""
    return bool(honest(spool, proposal)) and not (
        spool.delta and proposal.end == spool.fragment.end
    )
