"""Lies about reads that hold at some offsets, fragments or times only."""

from dataclasses import replace
from typing import Any

import protocol as pb
from mockbroker.core.actions import AbortError, Wait
from mockbroker.lies.lie import Seen, lie

ONYA = pb.Status.OFFSET_NOT_YET_AVAILABLE
READER = "mockbroker.core.read:_Reader"
QUERY = "protocol.index:FragmentIndex.query"
MIB = 1 << 20


@lie("read.ends-at-head", "append.commits-content", answers="Read")
def long_reads_end_early(message: Any, seen: Seen) -> Any:
    """A read ends, as if well, once it has brought two MiB."""
    seen.state["brought"] = seen.state.get("brought", 0) + len(message.content)
    return [] if seen.state["brought"] > 2 * MIB else None


@lie("read.content-messages-are-bare", "read.announces-each-fragment", answers="Read")
def content_offsets_count_from_the_fragment(message: Any, seen: Seen) -> None:
    """The offset of content counts from the begin of its fragment."""
    if message.HasField("fragment"):
        seen.state["begin"] = message.fragment.begin
    elif message.content:
        message.offset -= seen.state["begin"]


@lie("read.stops-at-end-offset", replaces=f"{READER}._stop")
def end_offsets_in_later_fragments_are_ignored(honest: Any, reader: Any, fragment: Any) -> Any:
    """An end offset is kept in the read's first fragment only."""
    begins_here = fragment.begin <= reader._request.offset < fragment.end
    return honest(reader, fragment) if begins_here else fragment.end


@lie("read.stops-at-end-offset", "read.streams-stored-content", replaces=f"{READER}._stop")
def end_offsets_are_rounded(honest: Any, reader: Any, fragment: Any) -> Any:
    """An end offset beyond the first 64 KiB of a fragment is rounded up to a KiB."""
    stop = honest(reader, fragment)
    rounded = -(-stop // 1024) * 1024
    return min(fragment.end, rounded) if stop - fragment.begin > 64 << 10 else stop


@lie("read.end-offset-past-head", requests="Read")
def reads_with_an_end_block(message: Any, _seen: Seen) -> None:
    """A read with an end offset past the head waits for it without being asked to."""
    message.block = message.block or message.end_offset > 0


@lie("read.unproxied-local-content", "read.blocks-at-head", requests="Read")
def unproxied_reads_do_not_block(message: Any, _seen: Seen) -> None:
    """A read that must not be proxied never blocks."""
    message.block = message.block and not message.do_not_proxy


@lie("read.skips-old-fragments", replaces=QUERY)
def begin_time_is_ignored_where_reads_block(
    honest: Any, index: Any, offset: int, *, begin_mod_time: int = 0, **named: Any
) -> Any:
    """The begin time of a blocking read is ignored."""
    begin_mod_time *= not named["block"]
    return honest(index, offset, begin_mod_time=begin_mod_time, **named)


@lie("read.skips-old-fragments", replaces=QUERY)
def begin_time_is_ignored_within_fragments(
    honest: Any, index: Any, offset: int, *, begin_mod_time: int = 0, **named: Any
) -> Any:
    """The begin time of a read that begins within a fragment is ignored."""
    begin_mod_time *= any(each.begin == offset for each in index)
    return honest(index, offset, begin_mod_time=begin_mod_time, **named)


@lie("read.skips-old-fragments", replaces=f"{READER}._query")
def begin_time_is_of_the_first_fragment(honest: Any, reader: Any) -> Any:
    """Once a read has found a fragment, later ones are not skipped for their age."""
    found = yield from honest(reader)
    reader._request.begin_mod_time = 0
    return found


@lie("read.skips-old-fragments", "read.jump-past-end-has-no-content", replaces=f"{READER}._at_end")
def skips_over_the_end_bring_content(honest: Any, reader: Any) -> Any:
    """A read that skips old fragments beyond its end offset brings what is there."""
    end = reader._request.end_offset
    if reader._request.begin_mod_time and end and reader._offset > end:
        reader._request.end_offset = 0
    return honest(reader)


@lie("read.jumps-old-hole", replaces=f"{READER}._query")
def one_hole_is_jumped(honest: Any, reader: Any) -> Any:
    """A read ends at the second hole that it comes to."""
    before = reader._offset
    found = yield from honest(reader)
    if 0 <= before < found.offset if found else False:
        count = _JUMPS[reader] = _JUMPS.get(reader, 0) + 1
        if count > 1:
            return replace(found, status=ONYA, offset=before, entry=None)
    return found


_JUMPS: dict[Any, int] = {}


@lie("read.jumps-old-hole", "read.jumps-leading-hole", replaces=QUERY)
def blocking_reads_wait_at_holes(honest: Any, index: Any, offset: int, **named: Any) -> Any:
    """A read that blocks waits at a hole, however old the next fragment is."""
    found = honest(index, offset, **named)
    if named["block"] and found.entry and not named.get("begin_mod_time") and offset >= 0:
        jumps = found.offset > offset
        return (
            replace(found, status=ONYA, offset=offset, entry=None, waits=True) if jumps else found
        )
    return found


@lie("read.jumps-old-hole", answers="Read")
def jumps_end_at_the_fragment(message: Any, seen: Seen) -> Any:
    """A read that jumped a hole ends after the fragment behind it."""
    if message.HasField("fragment") and seen.call.sent:
        if seen.state.get("jumped"):
            seen.state["over"] = True
        seen.state["jumped"] = message.offset > seen.state.get("next", message.offset)
    if message.content:
        seen.state["next"] = message.offset + len(message.content)
    return [] if seen.state.get("over") and not message.status else None


@lie("read.url-tells-persistence", answers="Read")
def only_the_first_fragment_has_a_url(message: Any, seen: Seen) -> None:
    """Further stored fragments of a read are announced without a URL."""
    if seen.call.sent:
        message.fragment_url = ""


@lie("read.url-tells-persistence", "read.unproxied-stored-content", answers="Read")
def read_fragments_lack_their_time(message: Any, _seen: Seen) -> None:
    """A read tells no modification time of stored fragments."""
    if message.HasField("fragment"):
        message.fragment.mod_time = 0


@lie("read.first-message-is-complete", answers="Read")
def read_fragments_lack_their_sum(message: Any, _seen: Seen) -> None:
    """A read tells no sum of fragments."""
    if message.HasField("fragment"):
        message.fragment.ClearField("sum")


@lie("read.first-message-is-complete", answers="Read")
def read_fragments_lack_their_codec(message: Any, _seen: Seen) -> None:
    """A read tells codec NONE of every fragment."""
    if message.HasField("fragment"):
        message.fragment.compression_codec = pb.CompressionCodec.NONE


@lie("read.first-message-is-complete", answers="Read")
def read_fragments_begin_where_the_read_does(message: Any, _seen: Seen) -> None:
    """A read tells its own offset as the begin of the fragment."""
    if message.HasField("fragment") and not message.fragment.mod_time:
        message.fragment.begin = message.offset


@lie("fragments.urls-lead-to-the-file", "read.file-url-is-the-path", answers="Read ListFragments")
def urls_lack_the_postfix(message: Any, _seen: Seen) -> None:
    """The URL of a fragment lacks its path postfix."""
    if isinstance(message, pb.ReadResponse):
        postfix = message.fragment.path_postfix
        message.fragment_url = _without(message.fragment_url, postfix)
    else:
        for each in message.fragments:
            each.signed_url = _without(each.signed_url, each.spec.path_postfix)


def _without(url: str, postfix: str) -> str:
    return url.replace(f"/{postfix}/", "/") if postfix else url


@lie("list-fragments.postfix-directories-are-indexed", answers="Read")
def read_fragments_lack_their_postfix(message: Any, _seen: Seen) -> None:
    """A read tells no path postfix of fragments."""
    if message.HasField("fragment"):
        message.fragment.path_postfix = ""


@lie("read.streams-stored-content", replaces="mockbroker.rpc.files:Reader.skip")
def long_skips_are_cut(honest: Any, reader: Any, length: int) -> Any:
    """A read of a stored fragment passes over a MiB at most."""
    return honest(reader, min(length, MIB))


@lie("read.streams-stored-content", replaces="mockbroker.rpc.files:Reader.read")
def long_stored_fragments_end_early(honest: Any, reader: Any, limit: int) -> Any:
    """A stored fragment of more than two MiB fails where they end."""
    return _bounded(honest, reader, limit)


async def _bounded(honest: Any, reader: Any, limit: int) -> Any:
    content = await honest(reader, limit)
    _READ[reader] = _READ.get(reader, 0) + len(content)
    if _READ[reader] > 2 * MIB:
        raise AbortError("unexpected EOF")
    return content


_READ: dict[Any, int] = {}


@lie("read.blocks-at-head", "read.tail-keeps-streaming", replaces=f"{READER}._query")
def every_second_wake_up_is_lost(honest: Any, reader: Any) -> Any:
    """A blocked read sleeps through every second change of its journal."""
    if reader._request.block and reader._offset >= reader._replica.index.end_offset > 0:
        yield Wait((reader._replica.changed,), reader._expires)
        yield Wait((reader._replica.changed,), reader._expires)
    return (yield from honest(reader))


@lie(
    "read.tail-keeps-streaming",
    "history.reads-bring-committed-bytes",
    replaces="mockbroker.core.replica:Replica.propose",
)
def one_reader_is_woken(honest: Any, replica: Any, *arguments: Any) -> Any:
    """Of several blocked reads a commit wakes the first only."""
    listeners = dict(replica.changed._listeners)
    for each in list(listeners)[1:]:
        replica.changed.forget(each)
    try:
        return honest(replica, *arguments)
    finally:
        for each in listeners:
            replica.changed.listen(each)


@lie(
    "read.uncommitted-is-invisible",
    "history.reads-bring-committed-bytes",
    replaces=f"{READER}._metadata",
)
def heads_count_what_is_under_way(honest: Any, reader: Any, found: Any) -> Any:
    """The write head counts content that is not committed yet."""
    response = yield from honest(reader, found)
    response.write_head += reader._replica.spool.delta
    return response


@lie("read.streams-stored-content", "read.beyond-head-echoes-offset", requests="Read")
def offsets_are_of_32_bits(message: Any, _seen: Seen) -> None:
    """Of the offset of a read the lower 32 bits count."""
    if message.offset > 0:
        message.offset &= 0xFFFFFFFF
        message.end_offset &= 0xFFFFFFFF
