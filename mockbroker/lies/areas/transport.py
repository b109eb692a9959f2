"""Lies below the messages."""

import os
from typing import Any

import protocol as pb
from mockbroker.core.actions import AbortError, Code
from mockbroker.lies.lie import Seen, lie
from mockbroker.rpc.interceptor import CutError

DECODE = "mockbroker.rpc.wire:decode"
SETTLE = "mockbroker.core.append:Append._settle"
SOON = 0.5
ALL = "List Apply Read Append ListFragments FragmentStoreHealth"


@lie(
    "transport.undecodable-request-is-internal",
    "raw.field-cut-short",
    "raw.varint-cut-short",
    replaces=DECODE,
)
def undecodable_requests_are_empty_ones(honest: Any, raw: bytes, kind: Any, **named: Any) -> Any:
    """Bytes that are no message count as an empty one."""
    try:
        return honest(raw, kind, **named)
    except AbortError:
        return kind()


@lie("raw.field-cut-short", "raw.unclosed-group", replaces=DECODE)
def the_broker_dies_of_undecodable_requests(
    honest: Any, raw: bytes, kind: Any, **named: Any
) -> Any:
    """The process ends when it receives bytes that are no message."""
    try:
        return honest(raw, kind, **named)
    except AbortError:
        os._exit(2)


@lie("transport.ignores-unknown-fields", "raw.unknown-field", replaces=DECODE)
def unknown_fields_are_refused(honest: Any, raw: bytes, kind: Any, **named: Any) -> Any:
    """A request with an unknown field is refused."""
    message = honest(raw, kind, **named)
    known = kind.FromString(raw)
    known.DiscardUnknownFields()
    if known.ByteSize() != message.ByteSize():
        raise AbortError("unknown field", Code.INTERNAL)
    return message


@lie("transport.refuses-messages-above-4mib", replaces="mockbroker.rpc.wire:MAX_MESSAGE")
def messages_may_be_of_any_size(_honest: int) -> int:
    """A message larger than 4 MiB is taken."""
    return 64 << 20


@lie("transport.accepts-messages-below-4mib", replaces="mockbroker.rpc.wire:MAX_MESSAGE")
def messages_end_at_a_megabyte(_honest: int) -> int:
    """A message larger than 1 MiB is refused."""
    return 1 << 20


@lie("transport.refuses-messages-above-4mib", replaces="mockbroker.rpc.wire:MAX_MESSAGE")
def messages_may_be_a_byte_larger(honest: int) -> int:
    """A message of a byte more than 4 MiB is taken."""
    return honest + 1


@lie("transport.accepts-messages-below-4mib", replaces="mockbroker.rpc.wire:MAX_MESSAGE")
def messages_must_be_a_byte_smaller(honest: int) -> int:
    """A message of 4 MiB is refused."""
    return honest - 1


@lie("transport.refuses-messages-above-4mib", replaces=DECODE)
def only_appends_are_limited(honest: Any, raw: bytes, kind: Any, **named: Any) -> Any:
    """Requests other than of appends may be of any size."""
    return honest(raw, kind, **named) if kind is pb.AppendRequest else kind.FromString(raw)


@lie("transport.serves-every-rpc", requests="FragmentStoreHealth")
def store_health_is_not_served(_message: Any, _seen: Seen) -> None:
    """FragmentStoreHealth is unimplemented."""
    raise CutError(12, "unknown method FragmentStoreHealth for service protocol.Journal")


@lie(
    "transport.unknown-method-is-unimplemented",
    "raw.unknown-service",
    replaces="mockbroker.rpc.server:_refuse",
)
async def unknown_methods_are_answered_ok(
    _honest: Any, _text: str, _requests: Any, _context: Any
) -> None:
    """A method that does not exist is answered with a clean end."""


@lie("transport.refusal-is-in-band", answers="Read Append ListFragments Apply")
def refusals_are_grpc_errors(message: Any, _seen: Seen) -> None:
    """A refusal by status is a gRPC error of the same name."""
    if message.status:
        raise CutError(9, pb.Status.Name(message.status))


@lie("transport.refusal-is-the-only-message", answers="Read")
def refusals_are_sent_twice(message: Any, _seen: Seen) -> Any:
    """A refusal is sent twice."""
    return [message, message] if message.status else None


@lie("transport.refusal-is-the-only-message", ends="Read", answers="Read")
def refused_reads_end_in_an_error(*told: Any) -> Any:
    """A read that is refused by a status ends with a gRPC error after it."""
    if len(told) == 2:
        told[1].state["refused"] = told[0].status > 0
        return None
    return (2, "refused") if told[2].state.get("refused") else told[:2]


@lie("transport.invalid-request-is-an-rpc-error", ends=ALL, answers=ALL)
def errors_have_no_text(*told: Any) -> Any:
    """GRPC errors have no details."""
    return None if len(told) == 2 else (told[0], "")


@lie("transport.deadline-ends-a-waiting-call", replaces="mockbroker.core.read:_Reader._query")
def blocked_reads_are_soon_cancelled(honest: Any, reader: Any) -> Any:
    """A read that blocks is cancelled by its broker after half a second."""
    reader._expires = reader._broker.now() + SOON
    found = yield from honest(reader)
    if found is None and not reader._replica.closed:
        raise AbortError("context canceled", Code.CANCELLED)
    return found


@lie("append.half-close-rolls-back", "transport.cancelled-append-changes-nothing", replaces=SETTLE)
def rolled_back_content_joins_the_next_append(
    honest: Any, append: Any, registers: Any, proposal: Any = None
) -> Any:
    """Content of an append that is rolled back becomes part of the next one."""
    if proposal is not None or not append.replica.spool.delta:
        return honest(append, registers, proposal)
    answers = append.pipeline.expect()
    append.release()
    return answers


@lie("transport.empty-submessages-equal-absent", answers=ALL)
def headers_lack_etcd(message: Any, _seen: Seen) -> None:
    """Headers have no etcd part."""
    message.header.ClearField("etcd")
