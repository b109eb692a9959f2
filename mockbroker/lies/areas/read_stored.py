"""Lies about reads of stores."""

from typing import Any

import protocol as pb
from mockbroker.lies.lie import Seen, lie
from protocol.index import Found

ONYA = pb.Status.OFFSET_NOT_YET_AVAILABLE
READER = "mockbroker.core.read:_Reader"


@lie(
    "read.begin-time-spares-local",
    "read.skips-old-fragments",
    replaces="protocol.index:FragmentIndex.query",
)
def begin_time_skips_local_content(
    honest: Any, index: Any, offset: int, *, begin_mod_time: int = 0, **named: Any
) -> Any:
    """A begin time skips content that is only local."""
    if begin_mod_time:
        offset = index.end_offset
    return honest(index, offset, begin_mod_time=begin_mod_time, **named)


@lie("read.skips-old-fragments", requests="Read")
def begin_time_is_ignored(message: Any, _seen: Seen) -> None:
    """The begin time of a read is ignored."""
    message.begin_mod_time = 0


@lie("read.skips-old-fragments", requests="Read")
def begin_time_is_exclusive(message: Any, _seen: Seen) -> None:
    """A fragment modified exactly at the begin time is skipped."""
    message.begin_mod_time += bool(message.begin_mod_time)


@lie("read.url-tells-persistence", answers="Read")
def local_fragments_have_a_url(message: Any, _seen: Seen) -> None:
    """A fragment that is not persisted is announced with a URL."""
    if message.HasField("fragment") and not message.fragment_url:
        message.fragment_url = "file:///fragment"


@lie("read.url-tells-persistence", "read.file-url-is-the-path", answers="Read")
def stored_fragments_have_no_url(message: Any, _seen: Seen) -> None:
    """A persisted fragment is announced without its URL."""
    message.ClearField("fragment_url")


@lie("read.file-url-is-the-path", answers="Read")
def urls_lack_the_journal(message: Any, _seen: Seen) -> None:
    """The URL of a fragment lacks the name of its journal."""
    message.fragment_url = message.fragment_url.replace(message.fragment.journal + "/", "")


@lie("read.unproxied-stored-content", requests="Read")
def unproxied_reads_stream_stored_content(message: Any, _seen: Seen) -> None:
    """A read that must not be proxied streams stored content."""
    message.do_not_proxy = False


@lie("read.streams-stored-content", replaces="protocol.codecs:codec")
def stored_content_is_not_decompressed(honest: Any, _kind: Any) -> Any:
    """Stored content is streamed as it is in the store."""
    return honest(pb.CompressionCodec.NONE)


@lie("read.jumps-leading-hole", replaces="protocol.index:FragmentIndex._locate")
def leading_holes_are_never_jumped(honest: Any, index: Any, offset: int, now: float) -> Any:
    """A read before the first fragment waits for content there."""
    return None if offset < index.begin_offset else honest(index, offset, now)


@lie("read.jumps-old-hole", replaces="protocol.index:OFFSET_JUMP_AGE")
def old_holes_are_never_jumped(_honest: int) -> int:
    """A read in a hole waits, however old the next fragment is."""
    return 1 << 40


@lie("read.waits-at-young-hole", replaces="protocol.index:OFFSET_JUMP_AGE")
def young_holes_are_jumped(_honest: int) -> int:
    """A read in a hole jumps to the next fragment at once."""
    return -1


@lie("read.jumps-old-hole", replaces="protocol.index:OFFSET_JUMP_AGE")
def holes_grow_old_in_seven_hours(_honest: int) -> int:
    """A read in a hole waits until the next fragment is seven hours old."""
    return 7 * 60 * 60


@lie("read.waits-at-young-hole", replaces="protocol.index:OFFSET_JUMP_AGE")
def holes_grow_old_in_five_hours(_honest: int) -> int:
    """A read in a hole waits until the next fragment is five hours old."""
    return 5 * 60 * 60


@lie(
    "read.jumps-leading-hole",
    "read.jumps-old-hole",
    replaces="protocol.index:FragmentIndex.query",
)
def blocking_reads_wait_in_holes(honest: Any, index: Any, offset: int, **asked: Any) -> Any:
    """A read that blocks waits in holes that others jump."""
    found = honest(index, offset, **asked)
    if not asked["block"] or asked.get("begin_mod_time") or not 0 <= offset < found.offset:
        return found
    return Found(ONYA, offset, found.write_head, waits=True)


@lie("read.prefers-longest-overlap", replaces="protocol.cover:CoverSet.longest_overlap")
def shortest_overlap_is_read(honest: Any, cover: Any, offset: int) -> Any:
    """Of overlapping fragments a read takes the first."""
    index, found = honest(cover, offset)
    while found and index and cover[index - 1].begin <= offset < cover[index - 1].end:
        index -= 1
    return index, found
