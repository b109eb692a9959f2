"""Lies that show only where a request has another form, or comes at another time, than most."""

from dataclasses import replace
from typing import Any

from google.protobuf.unknown_fields import UnknownFieldSet

import protocol as pb
from mockbroker.core import conditions
from mockbroker.core.conditions import Control, Level, Refusal, Roll, Suspend
from mockbroker.lies.lie import Seen, lie
from protocol.fragments import content_length

CHECK = "mockbroker.core.conditions:check"
META_APPEND = "append.ignores-meta-segment"
MANY_BYTES = 1024
PAGE = 1000
PAGE_LIMIT = 10_000


@lie(META_APPEND, requests="Append")
def names_with_metadata_have_no_offset(message: Any, _seen: Seen) -> None:
    """An append to a name with a metadata segment is taken at whatever offset it asks for."""
    if ";" in message.journal:
        message.ClearField("offset")


@lie(META_APPEND, requests="Append")
def names_with_metadata_have_no_check(message: Any, _seen: Seen) -> None:
    """An append to a name with a metadata segment is not held to the registers that it checks."""
    if ";" in message.journal:
        message.ClearField("check_registers")


@lie("read.ignores-meta-segment", requests="Read")
def names_with_metadata_have_no_end(message: Any, _seen: Seen) -> None:
    """A read of a name with a metadata segment ignores its end offset."""
    if ";" in message.journal and message.end_offset >= message.offset:
        message.ClearField("end_offset")


@lie("list-fragments.meta-segment-is-ignored", requests="ListFragments")
def names_with_metadata_have_no_limit(message: Any, _seen: Seen) -> None:
    """A listing of a name with a metadata segment ignores its page limit."""
    if ";" in message.journal and 0 < message.page_limit <= PAGE_LIMIT:
        message.ClearField("page_limit")


@lie("append.refuses-second-parameters", requests="Append")
def commit_intents_may_name_the_journal(message: Any, seen: Seen) -> None:
    """A commit intent may name the journal of its append again."""
    if _is_intent(message, seen) and message.journal == seen.first.journal:
        message.ClearField("journal")


@lie("append.refuses-stray-fields", requests="Append")
def commit_intents_may_have_registers(message: Any, seen: Seen) -> None:
    """Registers to unite or subtract in a commit intent are ignored."""
    if _is_intent(message, seen):
        message.ClearField("union_registers")
        message.ClearField("subtract_registers")


@lie("transport.ignores-unknown-fields", requests="Append")
def unknown_fields_shorten_content(message: Any, _seen: Seen) -> None:
    """A chunk that comes with an unknown field loses its last byte."""
    if message.content and len(UnknownFieldSet(message)):
        message.content = message.content[:-1]


@lie("append.reports-registers-unchanged", replaces="protocol.spool:Spool._roll")
def registers_end_with_a_long_fragment(honest: Any, spool: Any, *proposed: Any) -> Any:
    """Registers are empty again once a fragment of more than a KiB is closed."""
    is_long = content_length(spool.fragment) > MANY_BYTES
    completed = honest(spool, *proposed)
    if is_long:
        spool.registers = pb.LabelSet()
    return completed


@lie("append.refuses-when-store-is-ahead", replaces=CHECK)
def stores_ahead_outrank_registers(
    honest: Any, request: Any, resolved: Any, replica: Any, now: float
) -> Any:
    """Where its store is ahead of a journal, registers are not what an append is refused for."""
    try:
        return honest(request, resolved, replica, now)
    except Refusal:
        if not request.offset:
            conditions._check_offset(request, resolved.spec, replica)
        raise


@lie("append.isolates-the-first-write", replaces=CHECK)
def first_writes_are_isolated_at_zero(
    honest: Any, request: Any, resolved: Any, replica: Any, now: float
) -> Any:
    """The first write of a journal that begins beyond 0 shares its fragment with later ones."""
    decision = honest(request, resolved, replica, now)
    is_first = isinstance(decision, Roll) and not decision.now
    return None if is_first and replica.spool.fragment.begin else decision


_SUSPENDERS: dict[str, Any] = {}
"""The request that suspended a journal, by the journal's name."""


@lie("suspend.partial-stays-on-suspend", replaces="mockbroker.core.conditions:_suspension")
def suspending_again_writes_the_spec(
    honest: Any, request: Any, spec: Any, replica: Any, now: float
) -> Any:
    """SUSPEND_NOW on a partially suspended journal gives it another revision."""
    decision = honest(request, spec, replica, now)
    is_now = request.suspend == Control.SUSPEND_NOW and spec.suspend.level == Level.PARTIAL
    if is_now and _SUSPENDERS.get(replica.journal) is not request:
        decision = decision or Suspend(Level.PARTIAL, replica.spool.fragment.end)
    if decision:
        _SUSPENDERS[replica.journal] = request
    return decision


@lie("apply.names-the-change-index", requests="Apply")
def later_deletions_need_no_revision(message: Any, _seen: Seen) -> None:
    """A delete behind the first change that expects revision 0 is done at any."""
    for change in message.changes[1:]:
        if change.delete and not change.HasField("upsert") and not change.expect_mod_revision:
            change.expect_mod_revision = -1


@lie("list.keeps-labels-sorted", requests="Apply")
def values_lose_the_marks_at_their_end(message: Any, _seen: Seen) -> None:
    """Values of labels are kept without the slashes and dots that they end in."""
    for change in message.changes:
        for label in change.upsert.labels.labels:
            label.value = label.value.rstrip("/.")


@lie("auth.upsert-outside-claims-is-refused", replaces="mockbroker.core.apply:_authorize")
def updates_need_no_claims(honest: Any, access: Any, change: Any) -> None:
    """A change that expects a revision is not held against the claims."""
    if change.expect_mod_revision <= 0:
        honest(access, change)


@lie("replicate.wrong-sum-is-a-mismatch", replaces="protocol.spool:same_fragment")
def sums_are_compared_in_part(honest: Any, *fragments: Any) -> bool:
    """Of the sum of a proposal a replica compares the first sixteen bytes."""
    cut = [type(each).FromString(each.SerializeToString()) for each in fragments]
    for each in cut:
        each.sum.part3 = 0
    return bool(honest(*cut))


@lie("read.begin-time-keeps-hole-rules", replaces="protocol.index:FragmentIndex.query")
def reads_that_skip_do_not_wait(honest: Any, index: Any, offset: int, **how: Any) -> Any:
    """A blocking read that has skipped old fragments ends where it would wait."""
    found = honest(index, offset, **how)
    has_skipped = how["begin_mod_time"] and 0 <= offset < found.offset
    return replace(found, waits=False) if has_skipped else found


@lie("list-fragments.default-page-is-1000", requests="ListFragments")
def pages_hold_a_thousand(message: Any, _seen: Seen) -> None:
    """A page holds 1000 fragments at most, whatever its limit."""
    if PAGE < message.page_limit <= PAGE_LIMIT:
        message.page_limit = PAGE


def _is_intent(message: Any, seen: Seen) -> bool:
    return seen.call.received > 1 and not message.content
