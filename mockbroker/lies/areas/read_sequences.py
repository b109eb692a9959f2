"""Lies about reads that show at an edge, or after the first message."""

from typing import Any

import protocol as pb
from mockbroker.lies.lie import Seen, lie

ONYA = pb.Status.OFFSET_NOT_YET_AVAILABLE
READER = "mockbroker.core.read:_Reader"
LOCATE = "protocol.index:FragmentIndex._locate"


@lie("read.empty-range-has-metadata-only", requests="Read")
def empty_ranges_are_unbounded(message: Any, _seen: Seen) -> None:
    """A read whose end offset is its offset goes on to the head."""
    if message.end_offset == message.offset:
        message.end_offset = 0


@lie("read.minus-one-ignores-smaller-end", answers="Read")
def heads_beyond_the_end_are_the_end(message: Any, seen: Seen) -> None:
    """A read at -1 whose end offset is below the head answers that end."""
    end = seen.first.end_offset
    if seen.first.offset == -1 and end and message.status == ONYA:
        message.offset = min(message.offset, end)


@lie("read.tail-keeps-streaming", "read.write-head-covers-fragment", answers="Read")
def write_heads_are_those_of_the_beginning(message: Any, seen: Seen) -> None:
    """All messages of a read tell the write head of its first one."""
    if message.HasField("fragment") or message.status:
        message.write_head = seen.state.setdefault("head", message.write_head)


@lie("read.tail-keeps-streaming", answers="Read")
def tails_announce_what_they_began_with(message: Any, seen: Seen) -> None:
    """A blocked read announces the fragment as it was when first seen."""
    if message.HasField("fragment"):
        begin = message.fragment.begin
        first = seen.state.setdefault(begin, message.fragment)
        if message.offset < first.end:
            message.fragment.CopyFrom(first)
        elif seen.call.sent:
            message.fragment.begin = first.end


@lie("read.never-jumps-to-local", replaces=LOCATE)
def local_fragments_are_old(honest: Any, index: Any, offset: int, now: float) -> Any:
    """A read in a hole jumps to a fragment that is only local, whose time is zero."""
    found = honest(index, offset, now)
    if found is None:
        at, _ = index._all.longest_overlap(offset)
        if at < len(index._all) and not index._all[at].fragment.mod_time:
            return index._all[at].begin, index._all[at]
    return found


@lie("read.url-tells-persistence", answers="Read")
def urls_are_for_unproxied_reads(message: Any, seen: Seen) -> None:
    """The URL of a fragment is told only to reads that must not be proxied."""
    if not seen.first.do_not_proxy:
        message.fragment_url = ""


@lie("read.url-tells-persistence", answers="Read")
def metadata_has_no_url(message: Any, seen: Seen) -> None:
    """A read of metadata alone tells no URL."""
    if seen.first.metadata_only:
        message.fragment_url = ""


@lie("read.ends-at-head", answers="Read")
def the_end_repeats_the_header(message: Any, seen: Seen) -> None:
    """OFFSET_NOT_YET_AVAILABLE behind content repeats the header."""
    if seen.call.sent == 0:
        seen.state["header"] = message.header
    elif message.status == ONYA:
        message.header.CopyFrom(seen.state["header"])


@lie("read.ends-at-head", answers="Read")
def the_end_repeats_the_fragment(message: Any, seen: Seen) -> None:
    """OFFSET_NOT_YET_AVAILABLE behind content repeats the last fragment."""
    if message.HasField("fragment"):
        seen.state["fragment"] = message.fragment
    elif message.status == ONYA and "fragment" in seen.state:
        message.fragment.CopyFrom(seen.state["fragment"])


@lie("read.ends-at-head", answers="Read")
def the_end_tells_where_the_read_began(message: Any, seen: Seen) -> None:
    """OFFSET_NOT_YET_AVAILABLE behind content tells the offset that was asked for."""
    if message.status == ONYA and seen.call.sent and seen.first.offset >= 0:
        message.offset = seen.first.offset


@lie("read.truncated-fragment-fails-late", "read.missing-fragment-fails", ends="Read")
def damage_is_not_told(code: int, details: str, seen: Seen) -> tuple[int, str]:
    """A read that meets a damaged stored fragment ends OK."""
    return (0, "") if seen.call.sent else (code, details)


@lie("read.overlong-fragment-fails-late", ends="Read")
def overlong_fragments_are_cut(code: int, details: str, _seen: Seen) -> tuple[int, str]:
    """A stored fragment that is longer than its name says is taken as far as it should go."""
    return (0, "") if "did not read EOF" in details else (code, details)


@lie("read.truncated-fragment-fails-late", replaces=f"{READER}._send_stored")
def damaged_fragments_fail_at_once(honest: Any, reader: Any, fragment: Any) -> Any:
    """Of a stored fragment that is too short no content is sent."""
    sent = []
    script, value = honest(reader, fragment), None
    while True:
        try:
            action = script.send(value)
        except StopIteration:
            break
        if type(action).__name__ == "SendContent":
            sent.append(action)
            value = None
        else:
            value = yield action
    yield from sent


@lie("read.jump-past-end-has-no-content", requests="Read")
def reads_from_the_beginning_have_no_end(message: Any, _seen: Seen) -> None:
    """A read from offset 0 has no end but the head."""
    if message.offset == 0 and message.end_offset > 1:
        message.end_offset = 1 << 62


@lie("read.begin-time-keeps-hole-rules", replaces="protocol.index:FragmentIndex.query")
def old_fragments_are_skipped_into_holes(
    honest: Any, index: Any, offset: int, *, begin_mod_time: int = 0, **named: Any
) -> Any:
    """A read that skips old fragments goes on at the next new one, whatever is between."""
    found = honest(index, offset, begin_mod_time=begin_mod_time, **named)
    if found.entry is None and begin_mod_time and found.offset > offset:
        later = [each.begin for each in index if each.begin > found.offset]
        if later:
            return honest(index, later[0], begin_mod_time=begin_mod_time, **named)
    return found


@lie("read.begin-time-keeps-hole-rules", "read.skips-old-fragments", answers="Read")
def skipped_content_is_not_told(message: Any, seen: Seen) -> None:
    """A read that skipped all there is answers the offset it was asked for."""
    if message.status == ONYA and seen.first.begin_mod_time and seen.call.sent == 0:
        message.offset = seen.first.offset


@lie("read.metadata-only-blocks", requests="Read")
def metadata_does_not_block(message: Any, _seen: Seen) -> None:
    """A blocking read of metadata at the head answers at once."""
    message.block = message.block and not message.metadata_only


@lie("read.end-offset-spans-appends", requests="Read")
def bounded_reads_do_not_block(message: Any, _seen: Seen) -> None:
    """A read with an end offset never blocks."""
    message.block = message.block and not message.end_offset


@lie("read.storeless-keeps-everything", replaces="mockbroker.core.replica:Replica.propose")
def storeless_journals_keep_one_fragment(honest: Any, replica: Any, *arguments: Any) -> Any:
    """A journal without stores drops its oldest fragment when it has closed three more."""
    applied = honest(replica, *arguments)
    entries = list(replica.index)
    if not replica.stores and len(entries) > 3:
        replica.index.__init__()
        replica.index.refreshed = True
        for each in entries[1:]:
            replica.index.commit(each.fragment, each.content)
    return applied


@lie("read.persisted-replaces-local", replaces="mockbroker.core.persister:Persister._attempt")
def persisted_content_waits_for_the_listing(
    honest: Any, persister: Any, spool: Any, spec: Any
) -> Any:
    """Content leaves the index when it is persisted, and comes back with the next listing."""
    done = yield from honest(persister, spool, spec)
    replica = persister._broker.replicas.get(spec.name)
    if done and replica and spec.fragment.stores:
        entries = list(replica.index)
        replica.index._all = type(replica.index._all)()
        replica.index._local = type(replica.index._local)()
        for each in entries:
            if each.begin != spool.fragment.begin:
                replica.index._all.add(each)
                if each.content is not None:
                    replica.index._local.add(each)
    return done


@lie(
    "read.streams-stored-content",
    "fragments.joined-members-are-read",
    replaces=f"{READER}._send_stored",
)
def stored_fragments_restart_at_their_begin(honest: Any, reader: Any, fragment: Any) -> Any:
    """A read of a stored fragment that begins past its first 32 KiB begins there."""
    reader._offset = min(reader._offset, fragment.begin + (32 << 10))
    return honest(reader, fragment)
