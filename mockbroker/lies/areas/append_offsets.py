"""Lies about offsets that appends ask for."""

from typing import Any

import protocol as pb
from mockbroker.core.conditions import Refusal
from mockbroker.lies.lie import Seen, lie

FSM = "mockbroker.core.append:Append"
STREAM = "mockbroker.core.stream:Stream"


@lie("append.rejects-wrong-offset", requests="Append")
def append_offset_is_ignored(message: Any, seen: Seen) -> None:
    """The offset of an append is not checked."""
    if seen.call.received == 1:
        message.offset = 0


@lie("append.rejects-wrong-offset", replaces="mockbroker.core.conditions:_check_offset")
def offsets_beyond_the_head_are_accepted(honest: Any, request: Any, spec: Any, replica: Any) -> Any:
    """An append whose offset lies beyond the head is committed at the head."""
    if request.offset > replica.spool.fragment.end:
        return None
    return honest(request, spec, replica)


@lie("append.rejects-wrong-offset", replaces="mockbroker.core.conditions:_check_offset")
def offsets_below_the_head_are_accepted(honest: Any, request: Any, spec: Any, replica: Any) -> Any:
    """An append whose offset lies below the head is committed at the head."""
    if 0 < request.offset < replica.spool.fragment.end:
        return None
    return honest(request, spec, replica)


@lie("append.accepts-offset-at-head", replaces="mockbroker.core.conditions:_check_offset")
def offsets_are_of_the_last_byte(honest: Any, request: Any, spec: Any, replica: Any) -> Any:
    """An append has to name the offset of the last byte instead of the head."""
    if request.offset:
        request.offset += 1
    return honest(request, spec, replica)


@lie("append.offset-zero-is-no-check", replaces="mockbroker.core.conditions:_check_offset")
def offset_zero_is_checked(honest: Any, request: Any, spec: Any, replica: Any) -> Any:
    """An append without offset commits only to an empty journal."""
    if not request.offset and replica.spool.fragment.end and not request.suspend:
        raise Refusal(pb.Status.WRONG_APPEND_OFFSET)
    return honest(request, spec, replica)


@lie("append.rejects-wrong-offset", answers="Append")
def wrong_offset_answers_another_status(message: Any, _seen: Seen) -> None:
    """A wrong offset answers INDEX_HAS_GREATER_OFFSET."""
    if message.status == pb.Status.WRONG_APPEND_OFFSET:
        message.status = pb.Status.INDEX_HAS_GREATER_OFFSET


@lie("append.recovers-at-store-end", replaces="mockbroker.core.conditions:_check_offset")
def recovery_is_refused(honest: Any, request: Any, spec: Any, replica: Any) -> Any:
    """An append at the end of a store that is ahead is refused."""
    if request.offset > replica.spool.fragment.end:
        raise Refusal(pb.Status.WRONG_APPEND_OFFSET)
    return honest(request, spec, replica)


@lie("append.refuses-when-store-is-ahead", replaces="mockbroker.core.conditions:_check_offset")
def stores_ahead_are_not_noticed(honest: Any, request: Any, spec: Any, replica: Any) -> Any:
    """An append without offset commits although the store holds a greater one."""
    return honest(request, spec, replica) if request.offset else None
