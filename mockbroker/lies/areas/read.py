"""Lies about what a read answers."""

from dataclasses import replace
from typing import Any

import protocol as pb
from mockbroker.core.broker import Limits
from mockbroker.lies.lie import Seen, lie
from mockbroker.rpc.interceptor import CutError
from protocol.releases import Release

ONYA = pb.Status.OFFSET_NOT_YET_AVAILABLE
READER = "mockbroker.core.read:_Reader"


def _is_content(message: Any) -> bool:
    return bool(message.content) or (
        message.HasField("content") and not message.HasField("fragment")
    )


@lie("read.first-message-is-complete", answers="Read")
def read_begins_without_header(message: Any, _seen: Seen) -> None:
    """No message of a read has a header."""
    message.ClearField("header")


@lie("read.first-message-is-complete", answers="Read")
def read_begins_without_fragment(message: Any, _seen: Seen) -> None:
    """Content is not announced with its fragment."""
    if message.status == pb.Status.OK:
        message.ClearField("fragment")


@lie("read.first-message-is-complete", answers="Read")
def read_begins_without_write_head(message: Any, _seen: Seen) -> None:
    """The announcement of content lacks the write head."""
    if message.status == pb.Status.OK:
        message.write_head = 0


@lie("read.first-message-is-complete", answers="Read")
def read_begins_with_content(message: Any, seen: Seen) -> Any:
    """The first content comes in the same message as the metadata."""
    if seen.first.metadata_only or seen.first.end_offset or message.status:
        return None
    if message.HasField("fragment") and not _is_content(message):
        seen.state["metadata"] = message
        return []
    if metadata := seen.state.pop("metadata", None):
        metadata.content = message.content
        return metadata
    return None


@lie("read.first-message-is-complete", answers="Read")
def read_header_has_no_endpoints(message: Any, _seen: Seen) -> None:
    """The route in the header of a read has no endpoints."""
    if message.header.route.members:
        message.header.route.ClearField("endpoints")


@lie("read.content-messages-are-bare", answers="Read")
def content_carries_the_write_head(message: Any, _seen: Seen) -> None:
    """Content messages tell a write head."""
    if message.content:
        message.write_head = message.offset + len(message.content)


@lie("read.content-messages-are-bare", answers="Read")
def content_carries_its_fragment(message: Any, seen: Seen) -> None:
    """Content messages repeat their fragment."""
    if message.content and "fragment" in seen.state:
        message.fragment.CopyFrom(seen.state["fragment"])
    elif message.HasField("fragment"):
        seen.state["fragment"] = message.fragment


@lie("read.content-messages-are-bare", answers="Read")
def content_has_no_offset(message: Any, _seen: Seen) -> None:
    """Content messages have offset 0."""
    if message.content:
        message.offset = 0


@lie("read.content-messages-are-bare", answers="Read")
def content_offsets_are_of_the_end(message: Any, _seen: Seen) -> None:
    """Content messages tell the offset after their content."""
    if message.content:
        message.offset += len(message.content)


@lie("read.content-messages-are-bare", answers="Read")
def an_empty_content_message_ends_a_fragment(message: Any, _seen: Seen) -> Any:
    """Content is followed by a message of empty content."""
    if message.content:
        end = message.offset + len(message.content)
        return [message, pb.ReadResponse(offset=end, content=b"")]
    return None


@lie("read.announces-each-fragment", answers="Read")
def only_the_first_fragment_is_announced(message: Any, seen: Seen) -> Any:
    """Content of further fragments is not announced."""
    return [] if seen.call.sent and message.HasField("fragment") and not message.content else None


@lie("read.announces-each-fragment", answers="Read")
def every_announcement_has_a_header(message: Any, seen: Seen) -> None:
    """The announcement of each further fragment repeats the header."""
    if message.header.etcd.revision:
        seen.state["header"] = message.header
    elif not message.content and "header" in seen.state:
        message.header.CopyFrom(seen.state["header"])


@lie("read.bounds-chunks", replaces="mockbroker.core.broker:LIMITS")
def chunks_are_of_a_megabyte(honest: dict[Release, Limits]) -> dict[Release, Limits]:
    """Content comes in messages of up to a megabyte."""
    return {release: replace(limits, chunk=1 << 20) for release, limits in honest.items()}


@lie("read.append-chunking-is-invisible", "append.commits-content", answers="Read")
def the_last_byte_is_lost(message: Any, _seen: Seen) -> None:
    """The last byte of each content message is dropped."""
    if len(message.content) > 1:
        message.content = message.content[:-1]


@lie("read.append-chunking-is-invisible", "append.commits-content", answers="Read")
def content_is_damaged(message: Any, _seen: Seen) -> None:
    """The first byte of each content message is another one."""
    if message.content:
        message.content = bytes([message.content[0] ^ 1]) + message.content[1:]


@lie("read.ends-at-head", answers="Read")
def reads_end_silently_at_the_head(message: Any, seen: Seen) -> Any:
    """A read that streamed up to the head ends without OFFSET_NOT_YET_AVAILABLE."""
    return [] if message.status == ONYA and seen.call.sent else None


@lie("read.at-head-answers-once", answers="Read")
def read_at_the_head_is_silent(message: Any, _seen: Seen) -> Any:
    """A read at the head ends without a message."""
    return [] if message.status == ONYA else None


@lie("read.at-head-answers-once", "read.ends-at-head", answers="Read")
def read_at_the_head_is_out_of_range(message: Any, _seen: Seen) -> None:
    """A read at the head ends with the gRPC code OUT_OF_RANGE."""
    if message.status == ONYA:
        raise CutError(11, "offset not yet available")


@lie("read.beyond-head-echoes-offset", answers="Read")
def offsets_beyond_the_head_are_clamped(message: Any, _seen: Seen) -> None:
    """A read beyond the head answers the head as its offset."""
    if message.status == ONYA:
        message.offset = min(message.offset, message.write_head)


@lie("read.at-head-answers-once", "read.minus-one-is-the-head", answers="Read")
def not_yet_available_lacks_the_write_head(message: Any, _seen: Seen) -> None:
    """OFFSET_NOT_YET_AVAILABLE comes without write head."""
    if message.status == ONYA:
        message.write_head = 0


@lie("read.empty-journal-has-no-offset-yet", answers="Read")
def empty_journals_echo_minus_one(message: Any, seen: Seen) -> None:
    """A read at -1 of an empty journal answers offset -1."""
    if message.status == ONYA and seen.first.offset == -1 and not message.write_head:
        message.offset = -1


@lie("read.minus-one-is-the-head", replaces="protocol.index:FragmentIndex.query")
def minus_one_is_the_last_byte(honest: Any, index: Any, offset: int, **named: Any) -> Any:
    """A read at -1 begins at the last byte."""
    return honest(index, max(0, index.end_offset - 1) if offset == -1 else offset, **named)


@lie("read.metadata-only-has-no-content", requests="Read")
def metadata_only_is_ignored(message: Any, _seen: Seen) -> None:
    """A metadata-only read streams content."""
    message.metadata_only = False


@lie("read.metadata-only-tells-the-head", answers="Read")
def metadata_only_reads_have_no_write_head(message: Any, seen: Seen) -> None:
    """A metadata-only read at the head tells no write head."""
    if seen.first.metadata_only:
        message.write_head = 0


@lie("read.ignores-meta-segment", answers="Read")
def fragments_carry_the_meta_segment(message: Any, seen: Seen) -> None:
    """The fragment of a read names the journal with the metadata segment asked for."""
    if message.HasField("fragment"):
        message.fragment.journal = seen.first.journal


@lie("read.missing-journal-is-not-found", answers="Read")
def missing_journal_is_empty(message: Any, _seen: Seen) -> None:
    """A read of a missing journal answers OFFSET_NOT_YET_AVAILABLE."""
    if message.status == pb.Status.JOURNAL_NOT_FOUND:
        message.status = ONYA


@lie("read.missing-journal-is-not-found", answers="Read")
def missing_journal_of_a_read_is_a_grpc_error(message: Any, _seen: Seen) -> None:
    """A read of a missing journal ends with a gRPC error."""
    if message.status == pb.Status.JOURNAL_NOT_FOUND:
        raise CutError(5, "journal not found")


@lie("read.missing-journal-is-not-found", answers="Read")
def refused_reads_have_no_header(message: Any, _seen: Seen) -> None:
    """A read that is refused answers without header."""
    if message.status not in {pb.Status.OK, ONYA}:
        message.ClearField("header")


@lie("read.write-only-is-not-allowed", replaces="protocol.journals:may_read")
def write_only_journals_are_readable(_honest: Any, _flags: int) -> bool:
    """Write-only journals are read."""
    return True


@lie("read.read-only-is-served", replaces="protocol.journals:may_read")
def read_only_journals_are_not_readable(honest: Any, flags: int) -> Any:
    """Reads of read-only journals are refused."""
    return honest(flags) and flags != pb.JournalSpec.O_RDONLY


@lie("read.non-member-refuses-unproxied", requests="Read", brokers=2)
def read_is_proxied_although_it_must_not(message: Any, _seen: Seen) -> None:
    """A read that must not be proxied is proxied."""
    message.ClearField("do_not_proxy")


@lie("read.non-member-proxies", answers="Read", brokers=2)
def proxied_reads_name_the_proxy(message: Any, seen: Seen) -> None:
    """The header of a proxied read names the broker that passed it on."""
    if message.header.etcd.revision:
        message.header.process_id.zone = f"zone-{seen.call.broker}"
        message.header.process_id.suffix = f"broker-{seen.call.broker}"


@lie("read.non-member-proxies", requests="Read", brokers=2)
def read_is_never_proxied(message: Any, _seen: Seen) -> None:
    """Every read at a broker that does not hold the journal is refused."""
    message.do_not_proxy = True


@lie("read.write-head-covers-fragment", answers="Read")
def write_head_is_of_the_beginning(message: Any, _seen: Seen) -> None:
    """The write head is the beginning of the last fragment."""
    if message.HasField("fragment"):
        message.write_head = message.fragment.begin


@lie("read.metadata-is-consistent", answers="Read")
def announced_offset_is_after_the_fragment(message: Any, _seen: Seen) -> None:
    """The offset of an announcement is the end of its fragment."""
    if message.HasField("fragment") and not message.content:
        message.offset = message.fragment.end
