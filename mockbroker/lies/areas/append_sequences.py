"""Lies about appends that show only by what came before, or by what they are together with."""

import hashlib
from typing import Any

import protocol as pb
from mockbroker.core.conditions import Refusal
from mockbroker.lies.lie import Seen, lie
from protocol.journals import may_write
from protocol.labels import matches

CHECK = "mockbroker.core.conditions:check"
EMPTY = pb.LabelSet()
FLOW = "mockbroker.core.flow:FlowControl"
REGISTERS = "mockbroker.core.stream:Stream.registers"
SPOOL = "protocol.spool:Spool"
STREAM = "mockbroker.core.stream:Stream"


@lie("fragments.local-sums-cover-the-whole", replaces=f"{SPOOL}._roll_back")
def empty_appends_begin_sums_anew(honest: Any, spool: Any) -> None:
    """After an append without content the sum of a fragment covers only what follows."""
    honest(spool)
    spool._summer = hashlib.sha1(usedforsecurity=False)


@lie("append.rate-spans-appends", replaces=f"{FLOW}.start")
def each_append_has_fresh_credit(honest: Any, flow: Any, *arguments: Any) -> None:
    """Each append may burst as the first one of its journal did."""
    flow._last = None
    honest(flow, *arguments)


@lie("append.counts-chunks", replaces=f"{FLOW}.start")
def chunks_are_counted_for_the_journal(honest: Any, flow: Any, *arguments: Any) -> None:
    """The count of chunks goes on where that of the append before ended."""
    before = flow.total
    honest(flow, *arguments)
    flow.total = before


@lie("append.rate-spans-appends", replaces=f"{FLOW}.start")
def delayed_chunks_are_counted_for_the_journal(honest: Any, flow: Any, *arguments: Any) -> None:
    """The count of delayed chunks goes on where that of the append before ended."""
    before = flow.delayed
    honest(flow, *arguments)
    flow.delayed = before


@lie("append.rate-spans-appends", replaces=f"{FLOW}._earn")
def waiting_earns_nothing(_honest: Any, _flow: Any, _earned: float) -> None:
    """The credit of a journal does not grow while it is idle."""


@lie("append.enforces-minimum-rate", replaces=f"{FLOW}.take")
def credit_of_clients_is_unlimited(honest: Any, flow: Any, length: int, now: float) -> Any:
    """A client that sent much in the beginning may pause for as long as it was ahead."""
    credit = flow._credit
    ready = honest(flow, length, now)
    flow._credit = credit + length
    return ready


@lie("append.flushes-at-interval", replaces=f"{SPOOL}._is_due")
def flush_intervals_begin_with_the_fragment(
    honest: Any, spool: Any, spec: Any, now: float, roll_to: int
) -> Any:
    """A flush interval is counted from the first append of a fragment, not from the epoch."""
    timeless = pb.JournalSpec.Fragment()
    timeless.CopyFrom(spec)
    timeless.flush_interval.seconds = 0
    interval = spec.flush_interval.seconds
    due = interval and now - (spool.first_append_time or now) >= interval
    return bool(due) or honest(spool, timeless, now, roll_to)


@lie("append.flushes-at-interval", replaces=f"{SPOOL}._restart")
def the_first_append_time_outlives_its_fragment(honest: Any, spool: Any, fragment: Any) -> None:
    """The time of the first append stays that of the journal's first fragment."""
    kept = getattr(spool, "first_append_time", None)
    honest(spool, fragment)
    spool.first_append_time = kept


@lie("append.flushes-at-interval", replaces=f"{SPOOL}._is_due")
def flush_intervals_are_of_minutes(
    honest: Any, spool: Any, spec: Any, now: float, roll_to: int
) -> Any:
    """A fragment is closed at each minute, whatever longer flush interval its journal has."""
    shorter = pb.JournalSpec.Fragment()
    shorter.CopyFrom(spec)
    if shorter.flush_interval.seconds:
        shorter.flush_interval.seconds = 60
    return honest(spool, shorter, now, roll_to)


@lie("append.checks-registers", requests="Append")
def checks_without_a_value_are_ignored(message: Any, seen: Seen) -> None:
    """A register that is checked without a value need not be there."""
    if seen.call.received == 1 and message.HasField("check_registers"):
        kept = [each for each in message.check_registers.include.labels if each.value]
        del message.check_registers.include.labels[:]
        message.check_registers.include.labels.extend(kept)


@lie("append.subtract-needs-all-values", "append.unites-registers", replaces=REGISTERS)
def empty_unions_clear_registers(honest: Any, stream: Any, request: Any) -> Any:
    """Uniting an empty set of registers clears them."""
    if request.HasField("union_registers") and not request.union_registers.labels:
        return EMPTY
    return honest(stream, request)


@lie("append.unites-registers", answers="Append")
def registers_are_told_in_descending_order(message: Any, _seen: Seen) -> None:
    """Registers are answered in descending order of their names."""
    kept = sorted(message.registers.labels, key=lambda each: each.name, reverse=True)
    copied = [pb.Label(name=each.name, value=each.value) for each in kept]
    del message.registers.labels[:]
    message.registers.labels.extend(copied)


@lie("append.unites-registers", "append.roll-back-keeps-registers", replaces=f"{STREAM}.receive")
def registers_are_set_before_the_commit(
    honest: Any, stream: Any, request: Any, resolved: Any
) -> Any:
    """Registers change when an append begins, and stay so where it is rolled back."""
    if request.HasField("union_registers"):
        stream._replica.spool.registers = stream.registers(request)
    yield from honest(stream, request, resolved)


@lie("append.rejects-wrong-offset", replaces=CHECK)
def read_only_outranks_wrong_offsets(
    honest: Any, request: Any, resolved: Any, replica: Any, now: float
) -> Any:
    """A read-only journal answers NOT_ALLOWED to a wrong offset."""
    try:
        return honest(request, resolved, replica, now)
    except Refusal:
        if not may_write(resolved.spec.flags):
            raise Refusal(pb.Status.NOT_ALLOWED) from None
        raise


@lie("append.read-only-takes-barriers", replaces="mockbroker.core.conditions:may_write")
def barriers_need_the_store_to_agree(_honest: Any, _flags: Any) -> bool:
    """A read-only journal whose store is ahead answers INDEX_HAS_GREATER_OFFSET to a barrier."""
    return True


@lie("append.counts-chunks", "append.empty-append-commits", answers="Append")
def empty_appends_have_no_chunks(message: Any, _seen: Seen) -> None:
    """An append without content tells no chunks."""
    if message.commit.begin == message.commit.end:
        message.total_chunks = 0


@lie("append.codec-change-waits-for-roll", replaces="mockbroker.core.append:Append.commit")
def commits_have_the_codec_of_the_spec(honest: Any, append: Any) -> Any:
    """A commit tells the codec of the specification, whatever that of its fragment is."""
    response = yield from honest(append)
    response.commit.compression_codec = append.resolved.spec.fragment.compression_codec
    return response


@lie("append.commits-content", answers="Append")
def commits_have_a_modification_time(message: Any, _seen: Seen) -> None:
    """The commit of an append tells a modification time."""
    if message.status == pb.Status.OK:
        message.commit.mod_time = 1


@lie("append.checks-registers", replaces="mockbroker.core.conditions:_check_registers")
def checks_without_a_value_want_an_empty_one(_honest: Any, request: Any, registers: Any) -> None:
    """A register that is checked without a value has to be empty."""
    if not (request.HasField("check_registers") and registers.labels):
        return
    selector = request.check_registers
    held = {(each.name, each.value) for each in registers.labels}
    exact = [each for each in selector.include.labels if not each.value]
    if not matches(selector, registers) or any((each.name, "") not in held for each in exact):
        raise Refusal(pb.Status.REGISTER_MISMATCH)


@lie("append.checks-registers", replaces="mockbroker.core.conditions:_check_registers")
def excluded_registers_are_compared_by_name(honest: Any, request: Any, registers: Any) -> None:
    """A check that excludes a register's value is failed by any value of it."""
    honest(request, registers)
    names = {each.name for each in registers.labels}
    excluded = request.check_registers.exclude.labels
    if any(each.name in names for each in excluded):
        raise Refusal(pb.Status.REGISTER_MISMATCH)


@lie("append.rolls-beyond-length", replaces=f"{SPOOL}.synchronizing_proposal")
def fragments_are_half_as_long(honest: Any, spool: Any, spec: Any, **named: Any) -> Any:
    """A fragment is closed when it is half as long as its journal wants."""
    half = pb.JournalSpec.Fragment()
    half.CopyFrom(spec)
    half.length //= 2
    return honest(spool, half, **named)


@lie("append.half-close-rolls-back", "pipeline.proposes-rollback", replaces=f"{SPOOL}._roll_back")
def rollbacks_forget_the_codec(honest: Any, spool: Any) -> None:
    """After an append that was rolled back a fragment is told as not compressed."""
    if spool.delta:
        kept = pb.Fragment.FromString(spool.fragment.SerializeToString())
        kept.compression_codec = pb.CompressionCodec.NONE
        honest(spool)
        spool.fragment = kept
