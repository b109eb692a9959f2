"""Lies about where reads wait and end."""

from typing import Any

import protocol as pb
from mockbroker.core.actions import Receive, Send, Wait
from mockbroker.core.signal import Signal
from mockbroker.lies.lie import Seen, add, lie

ONYA = pb.Status.OFFSET_NOT_YET_AVAILABLE
READER = "mockbroker.core.read:_Reader"


@lie("read.minus-one-follows-the-head", requests="Read")
def minus_one_is_the_beginning_where_it_blocks(message: Any, _seen: Seen) -> None:
    """A blocking read at -1 begins at offset 0."""
    if message.offset == -1 and message.block:
        message.offset = 0


@lie("read.blocks-at-head", requests="Read")
def blocking_is_ignored(message: Any, _seen: Seen) -> None:
    """A blocking read at the head ends like one that does not block."""
    message.block = False


@lie("read.blocks-at-head", replaces="mockbroker.core.read:_Reader._query")
def blocked_reads_send_a_header(honest: Any, reader: Any) -> Any:
    """A blocking read at the head sends its header at once."""
    at_head = reader._offset in {-1, reader._replica.index.end_offset}
    if reader._request.block and at_head and reader._header is not None:
        yield Send(pb.ReadResponse(header=reader._header, status=ONYA))
        reader._header = None
    return (yield from honest(reader))


@lie("read.blocks-beyond-head", requests="Read")
def blocking_beyond_the_head_starts_at_it(message: Any, _seen: Seen) -> None:
    """A blocking read beyond the head starts with the next content, whatever its offset."""
    if message.block and message.offset > 0:
        message.offset = -1


@lie("read.tail-keeps-streaming", replaces=f"{READER}._at_end")
def blocking_reads_end_after_one_append(honest: Any, reader: Any) -> Any:
    """A blocking read ends once it has delivered something."""
    return honest(reader) or (reader._request.block and reader._offset > reader._request.offset)


@lie("read.stops-at-end-offset", requests="Read")
def end_offset_is_ignored(message: Any, _seen: Seen) -> None:
    """The end offset of a read is ignored."""
    message.end_offset = 0


@lie("read.stops-at-end-offset", requests="Read")
def end_offset_is_inclusive(message: Any, _seen: Seen) -> None:
    """A read delivers the byte at its end offset too."""
    message.end_offset += bool(message.end_offset)


@lie("read.stops-at-end-offset", replaces=f"{READER}._stop")
def reads_end_with_a_fragment_only(_honest: Any, _reader: Any, fragment: Any) -> Any:
    """A read goes on to the end of the fragment that holds its end offset."""
    return fragment.end


@lie("read.end-offset-at-head", replaces=f"{READER}._at_end")
def end_offset_at_the_head_is_not_reached(honest: Any, reader: Any) -> Any:
    """A read whose end offset is the head ends with OFFSET_NOT_YET_AVAILABLE."""
    at_head = reader._offset == reader._replica.index.end_offset
    return honest(reader) and not (at_head and not reader._request.block)


@lie("read.end-offset-past-head", answers="Read")
def end_offset_past_the_head_ends_ok(message: Any, seen: Seen) -> Any:
    """A read whose end offset lies past the head ends without a status."""
    return [] if message.status == ONYA and seen.first.end_offset and seen.call.sent else None


@lie("read.uncommitted-is-invisible", replaces="mockbroker.core.stream:Stream._pace")
def uncommitted_content_is_readable(honest: Any, stream: Any, *arguments: Any) -> Any:
    """Content of an append can be read before it is committed."""
    yield from honest(stream, *arguments)
    early = pb.Fragment()
    early.CopyFrom(stream._replica.spool.fragment)
    early.end += arguments[0]
    stream._replica.index.commit(early, _Early(stream._replica.spool.content))
    stream._replica.changed.fire()


class _Early:
    def __init__(self, content: Any) -> None:
        self._content = content

    def read(self, begin: int, end: int) -> bytes:
        """Returns what is there, and zeros in the place of what is not yet."""
        return bytes(self._content.read(begin, end)).ljust(end - begin, b"\0")


@lie("read.deletion-ends-blocking-read", replaces="mockbroker.core.replica:Replica.close")
def blocked_reads_outlive_their_journal(_honest: Any, replica: Any) -> None:
    """A blocking read hangs when its journal is deleted."""
    replica.invalidate()


@lie(
    "read.blocks-at-head",
    "read.tail-keeps-streaming",
    "read.minus-one-follows-the-head",
    replaces="mockbroker.core.replica:Replica.propose",
)
def commits_do_not_wake_readers(honest: Any, replica: Any, *arguments: Any) -> Any:
    """A blocked read is not woken by a commit."""
    waiting, replica.changed = replica.changed, Signal()
    try:
        return honest(replica, *arguments)
    finally:
        replica.changed = waiting


def _unconfirmed(_honest: Any, _answers: Any) -> Any:
    yield from ()


def _slowly(honest: Any, broker: Any, *arguments: Any) -> Any:
    script = honest(broker, *arguments)
    action = next(script)
    while True:
        request = yield action
        if isinstance(action, Receive) and getattr(request, "acknowledge", False):
            yield Wait(deadline=broker.now() + 0.3)
        try:
            action = script.send(request)
        except StopIteration:
            return


add(
    "appends-are-answered-before-replicas",
    "An append is answered before its replicas have committed it.",
    ("read.acknowledged-is-on-every-replica", "pipeline.acknowledges-after-all-replicas"),
    patches={
        "mockbroker.core.pipeline:Answers.gather_ok": _unconfirmed,
        "mockbroker.core.replicate:_follow": _slowly,
    },
    brokers=2,
)
