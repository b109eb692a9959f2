"""Lies about what an append answers and commits."""

from typing import Any

import protocol as pb
from mockbroker.core.actions import AbortError, Event, Receive
from mockbroker.core.conditions import Refusal
from mockbroker.lies.lie import Seen, lie
from mockbroker.rpc.interceptor import CutError

FSM = "mockbroker.core.append:Append"
STREAM = "mockbroker.core.stream:Stream"


@lie("append.commits-content", answers="Append")
def commit_begins_one_byte_late(message: Any, _seen: Seen) -> None:
    """The commit of an append begins one byte after its content does."""
    if message.commit.end > message.commit.begin:
        message.commit.begin += 1


@lie("append.commits-content", answers="Append")
def commit_tells_the_whole_fragment(message: Any, _seen: Seen) -> None:
    """The commit of an append begins at the start of its journal."""
    message.commit.begin = 0


@lie("append.commits-content", answers="Append")
def commit_lacks_the_sum(message: Any, _seen: Seen) -> None:
    """The commit of an append has no sum."""
    message.commit.ClearField("sum")


@lie("append.commits-content", answers="Append")
def commit_swaps_parts_of_the_sum(message: Any, _seen: Seen) -> None:
    """The first two parts of a commit's sum are swapped."""
    total = message.commit.sum
    total.part1, total.part2 = total.part2, total.part1


@lie("append.commits-content", replaces=f"{STREAM}.fragment")
def commit_has_the_sum_of_the_open_fragment(honest: Any, stream: Any) -> Any:
    """A commit has the sum of the whole fragment that it is a part of."""
    commit = honest(stream)
    if commit.begin < commit.end:
        commit.sum.CopyFrom(stream._replica.spool.next().sum)
    return commit


@lie("append.commits-content", answers="Append")
def commit_has_no_codec(message: Any, _seen: Seen) -> None:
    """The codec of a commit is always NONE."""
    if message.HasField("commit"):
        message.commit.compression_codec = pb.CompressionCodec.NONE


@lie("append.commits-content", "append.ignores-meta-segment", answers="Append")
def commit_names_the_journal_as_asked(message: Any, seen: Seen) -> None:
    """The commit names the journal as the request does, metadata segment included."""
    if message.HasField("commit"):
        message.commit.journal = seen.first.journal


@lie("append.commits-content", answers="Append")
def commit_names_a_store(message: Any, _seen: Seen) -> None:
    """The commit of an append names a backing store."""
    if message.HasField("commit"):
        message.commit.backing_store = "file:///"


@lie("append.ok-header-is-routed", answers="Append")
def append_header_has_no_route(message: Any, _seen: Seen) -> None:
    """The header of an append has an empty route."""
    message.header.route.CopyFrom(pb.Route(primary=-1))


@lie("append.ok-header-is-routed", "append.others-proxy", answers="Append", brokers=2)
def append_header_names_the_last_member(message: Any, _seen: Seen) -> None:
    """The header of an append names the last member of the route, primary or not."""
    if message.header.route.members:
        message.header.process_id.CopyFrom(message.header.route.members[-1])
        message.header.process_id.suffix += "-"


@lie("append.ok-has-registers", answers="Append")
def append_lacks_registers(message: Any, _seen: Seen) -> None:
    """An append that is OK answers without registers."""
    message.ClearField("registers")


@lie("append.counts-chunks", answers="Append")
def chunks_are_counted_without_the_commit(message: Any, _seen: Seen) -> None:
    """The commit message is not counted as a chunk."""
    message.total_chunks -= bool(message.total_chunks)


@lie("append.counts-chunks", answers="Append")
def chunks_are_counted_with_the_parameters(message: Any, _seen: Seen) -> None:
    """The first message is counted as a chunk too."""
    message.total_chunks += bool(message.total_chunks)


@lie("append.delays-nothing-without-limit", answers="Append")
def every_chunk_counts_as_delayed(message: Any, _seen: Seen) -> None:
    """All chunks are counted as delayed."""
    message.delayed_chunks = message.total_chunks


@lie("append.paces-to-append-rate", answers="Append")
def delayed_chunks_are_not_counted(message: Any, _seen: Seen) -> None:
    """The count of delayed chunks is always zero."""
    message.delayed_chunks = 0


@lie("append.empty-append-commits", answers="Append")
def empty_append_has_a_zero_sum(message: Any, _seen: Seen) -> None:
    """The commit of an append without content has a sum of zeros."""
    if message.commit.begin == message.commit.end:
        message.commit.sum.CopyFrom(pb.SHA1Sum())


@lie("append.empty-append-commits", replaces=f"{STREAM}._end")
def empty_append_is_refused(honest: Any, stream: Any) -> Any:
    """An append without content is refused."""
    yield from honest(stream)
    if not stream.total > 1:
        raise AbortError("append stream: no content")


@lie("append.half-close-rolls-back", replaces=f"{STREAM}._event")
def half_close_commits(honest: Any, stream: Any) -> Any:
    """An append that half-closes without commit intent is committed."""
    event = yield from honest(stream)
    if event is Event.HALF_CLOSE and stream not in _INTENDED:
        _INTENDED.add(stream)
        return pb.AppendRequest()
    if isinstance(event, pb.AppendRequest) and not event.content:
        _INTENDED.add(stream)
    return event


_INTENDED: set[Any] = set()


@lie("append.nothing-may-follow-commit", replaces=f"{STREAM}._end")
def commits_without_awaiting_half_close(_honest: Any, _stream: Any) -> Any:
    """An append commits at its empty message, whatever follows."""
    yield from ()


@lie("append.refuses-second-parameters", requests="Append")
def second_parameters_are_taken_as_content(message: Any, seen: Seen) -> Any:
    """A later message that names a journal is taken as content."""
    named = message.journal.encode() if seen.call.received > 1 else b""
    return pb.AppendRequest(content=named) if named else None


@lie("append.refuses-stray-fields", requests="Append")
def stray_fields_are_ignored(message: Any, seen: Seen) -> Any:
    """Fields of the parameters in a content message are ignored."""
    return pb.AppendRequest(content=message.content) if seen.call.received > 1 else None


@lie("append.refuses-content-in-parameters", requests="Append")
def content_in_parameters_is_dropped(message: Any, seen: Seen) -> None:
    """Content in the parameters message is silently dropped."""
    if seen.call.received == 1:
        message.ClearField("content")


@lie("append.needs-a-message", ends="Append")
def append_without_messages_is_ok(code: int, details: str, seen: Seen) -> tuple[int, str]:
    """An append stream without messages ends OK."""
    return (code, details) if seen.call.received else (0, "")


@lie("append.missing-journal-is-not-found", "transport.refusal-is-in-band", answers="Append")
def missing_journal_of_an_append_is_a_grpc_error(message: Any, _seen: Seen) -> None:
    """An append to a missing journal ends with a gRPC error instead of a status."""
    _raise_for(message, pb.Status.JOURNAL_NOT_FOUND)


def _raise_for(message: Any, status: int) -> None:
    if message.status == status:
        raise CutError(5, pb.Status.Name(status))


@lie("append.missing-journal-is-not-found", answers="Append")
def missing_journal_of_an_append_lacks_a_primary(message: Any, _seen: Seen) -> None:
    """An append to a missing journal answers NO_JOURNAL_PRIMARY_BROKER."""
    if message.status == pb.Status.JOURNAL_NOT_FOUND:
        message.status = pb.Status.NO_JOURNAL_PRIMARY_BROKER


@lie("append.missing-journal-is-not-found", replaces=f"{FSM}.prepare")
def refusals_await_all_content(honest: Any, append: Any) -> Any:
    """An append is refused only once its client has sent everything."""
    try:
        return (yield from honest(append))
    except Refusal:
        while (yield Receive()) is not Event.HALF_CLOSE:
            pass
        raise


@lie("append.refusals-carry-no-commit", answers="Append")
def refused_appends_have_a_commit(message: Any, _seen: Seen) -> None:
    """An append that is refused answers with a commit."""
    if message.status:
        message.commit.journal = "journal"


@lie("append.refusals-carry-no-commit", answers="Append")
def refused_appends_lack_a_header(message: Any, _seen: Seen) -> None:
    """An append that is refused answers without header."""
    if message.status:
        message.ClearField("header")


@lie("append.checks-registers", answers="Append")
def mismatch_does_not_tell_the_registers(message: Any, _seen: Seen) -> None:
    """REGISTER_MISMATCH is answered without registers."""
    if message.status == pb.Status.REGISTER_MISMATCH:
        message.ClearField("registers")


@lie(
    "append.concurrent-appends-tile",
    "append.appends-are-serialized",
    replaces="mockbroker.core.signal:Lock._call_first",
)
def appends_are_not_serialized(_honest: Any, lock: Any) -> None:
    """Concurrent appends stream at the same time, into each other."""
    for ticket in lock._queue:
        ticket.granted = True
        ticket.called.fire()


@lie("append.read-only-refuses-content", replaces="protocol.journals:may_write")
def read_only_journals_take_content(_honest: Any, _flags: int) -> bool:
    """Content is appended to read-only journals."""
    return True


@lie("append.read-only-takes-barriers", replaces=f"{STREAM}._end")
def read_only_journals_refuse_barriers(honest: Any, stream: Any) -> Any:
    """An append without content to a read-only journal answers NOT_ALLOWED."""
    yield from honest(stream)
    item = stream._broker.keyspace.items.get(stream._replica.journal)
    if item is not None and item.spec.flags == pb.JournalSpec.O_RDONLY:
        raise Refusal(pb.Status.NOT_ALLOWED)


@lie("append.writable-flags-take-content", replaces="protocol.journals:may_write")
def write_only_journals_refuse_content(honest: Any, flags: int) -> Any:
    """Content for write-only journals is refused."""
    return honest(flags) and flags != pb.JournalSpec.O_WRONLY


@lie("append.too-few-replicas", replaces="mockbroker.core.append:desired_replication")
def one_replica_suffices(_honest: Any, spec: Any, _limit: int) -> Any:
    """Appends are served with fewer replicas than the spec wants."""
    return min(1, spec.replication)


@lie("append.too-few-replicas", answers="Append")
def too_few_replicas_are_no_primary(message: Any, _seen: Seen) -> None:
    """Too few replicas are answered NO_JOURNAL_PRIMARY_BROKER."""
    if message.status == pb.Status.INSUFFICIENT_JOURNAL_BROKERS:
        message.status = pb.Status.NO_JOURNAL_PRIMARY_BROKER


@lie("append.others-refuse-unproxied", requests="Append", brokers=2)
def append_is_proxied_although_it_must_not(message: Any, _seen: Seen) -> None:
    """An append that must not be proxied is proxied."""
    message.ClearField("do_not_proxy")


@lie("append.others-refuse-unproxied", answers="Append", brokers=2)
def refusal_of_an_append_names_the_primary(message: Any, _seen: Seen) -> None:
    """NOT_JOURNAL_PRIMARY_BROKER is signed with the primary's id."""
    if message.status == pb.Status.NOT_JOURNAL_PRIMARY_BROKER:
        route = message.header.route
        message.header.process_id.CopyFrom(route.members[route.primary])


@lie("append.others-refuse-unproxied", answers="Append", brokers=2)
def refusal_of_an_append_lacks_the_route(message: Any, _seen: Seen) -> None:
    """NOT_JOURNAL_PRIMARY_BROKER comes without the true route."""
    if message.status == pb.Status.NOT_JOURNAL_PRIMARY_BROKER:
        message.header.route.CopyFrom(pb.Route(primary=-1))


@lie("append.others-refuse-unproxied", answers="Append", brokers=2)
def not_primary_is_told_as_not_a_member(message: Any, _seen: Seen) -> None:
    """A broker that is not primary answers an append NOT_JOURNAL_BROKER."""
    if message.status == pb.Status.NOT_JOURNAL_PRIMARY_BROKER:
        message.status = pb.Status.NOT_JOURNAL_BROKER


@lie("append.others-proxy", requests="Append", brokers=2)
def append_is_never_proxied(message: Any, seen: Seen) -> None:
    """Every append to a broker that is not primary is refused."""
    if seen.call.received == 1:
        message.do_not_proxy = True


@lie(
    "append.half-close-rolls-back",
    "read.rolled-back-is-invisible",
    replaces="mockbroker.core.append:Append._settle",
)
def rolled_back_content_moves_the_head(
    honest: Any, append: Any, registers: Any, proposal: Any = None
) -> Any:
    """An append that is rolled back is committed all the same."""
    spool = append.replica.spool
    return honest(append, registers, proposal or (spool.next() if spool.delta else None))


@lie(
    "append.rejects-wrong-offset",
    "append.commits-content",
    replaces="mockbroker.core.stream:Stream.receive",
)
def content_is_written_twice(honest: Any, stream: Any, *arguments: Any) -> Any:
    """The last chunk of an append is written twice."""
    yield from honest(stream, *arguments)
    if last := stream._fragment.end - stream._fragment.begin:
        yield from stream._pipeline.write(b"?" * min(last, 1))


@lie("append.commits-content", "append.accepts-offset-at-head", replaces=f"{FSM}._settle")
def appends_are_answered_and_not_kept(
    honest: Any, append: Any, registers: Any, _: Any = None
) -> Any:
    """An append is answered OK, and its content dropped."""
    return honest(append, registers)
