"""Lies about content that only some appends damage, lose or keep."""

import sys
from typing import Any

from mockbroker.core.actions import AbortError
from mockbroker.lies.lie import Seen, lie
from mockbroker.rpc.interceptor import CutError

FSM = "mockbroker.core.append:Append"
WRITE = "mockbroker.core.pipeline:Pipeline.write"
MIB = 1 << 20


@lie("append.commits-content", "read.append-chunking-is-invisible", requests="Append")
def a_chunk_like_the_one_before_is_lost(message: Any, seen: Seen) -> Any:
    """A chunk equal to the one before it is taken for a retry, and dropped."""
    before, seen.state["chunk"] = seen.state.get("chunk"), message.content
    return [] if message.content and message.content == before else None


@lie("append.commits-content", "history.appends-are-linearizable", requests="Append")
def the_third_chunk_is_lost(message: Any, seen: Seen) -> Any:
    """The third chunk of an append is dropped."""
    return [] if message.content and seen.call.received == 4 else None


@lie("append.commits-content", "history.appends-are-linearizable", requests="Append")
def large_chunks_are_cut(message: Any, _seen: Seen) -> None:
    """A chunk of more than one MiB is cut to one."""
    message.content = message.content[:MIB]


@lie("append.commits-content", "history.appends-are-linearizable", requests="Append")
def large_appends_are_cut(message: Any, seen: Seen) -> Any:
    """Content of an append beyond its first four MiB is dropped."""
    taken = seen.state.get("taken", 0)
    kept = message.content[: max(0, 4 * MIB - taken)]
    seen.state["taken"] = taken + len(message.content)
    if message.content and not kept:
        return []
    message.content = kept
    return None


@lie("append.commits-content", "history.appends-are-linearizable", requests="Append")
def large_appends_are_refused(message: Any, seen: Seen) -> None:
    """An append of more than four MiB in all is refused, whatever its chunks."""
    seen.state["taken"] = seen.state.get("taken", 0) + len(message.content)
    if seen.state["taken"] > 4 * MIB:
        raise CutError(8, "append too large")


@lie("append.commits-content", requests="Append")
def content_has_to_be_text(message: Any, _seen: Seen) -> None:
    """Bytes that are no UTF-8 are replaced."""
    message.content = message.content.decode("utf-8", "replace").encode()


@lie("append.commits-content", requests="Append")
def line_ends_are_translated(message: Any, _seen: Seen) -> None:
    """Carriage returns before newlines are dropped."""
    message.content = message.content.replace(b"\r\n", b"\n")


@lie("append.commits-content", requests="Append")
def content_ends_at_a_zero_byte(message: Any, _seen: Seen) -> None:
    """A chunk ends at its first zero byte."""
    message.content = message.content.partition(b"\0")[0] or message.content


@lie("append.commits-content", "read.append-chunking-is-invisible", replaces=WRITE)
def whole_blocks_lose_a_byte(honest: Any, pipeline: Any, content: Any) -> Any:
    """Of a chunk of whole blocks of 4 KiB the last byte is kept as zero."""
    if len(content) % 4096 == 0:
        content = bytes(content[:-1]) + b"\0"
    return honest(pipeline, content)


@lie("history.appends-are-linearizable", replaces=WRITE)
def content_is_damaged_under_contention(honest: Any, pipeline: Any, content: Any) -> Any:
    """Content is reversed where another append waits for its turn."""
    waiting = len(pipeline._replica.turn._queue) > 1
    return honest(pipeline, bytes(content)[::-1] if waiting else content)


def _counted(replica: Any) -> int:
    count = _COUNTS[replica.journal] = _COUNTS.get(replica.journal, 0) + 1
    return count


_COUNTS: dict[str, int] = {}


@lie("history.appends-are-linearizable", "append.rolls-beyond-length", replaces=f"{FSM}._settle")
def every_fifth_append_is_lost(honest: Any, append: Any, registers: Any, told: Any = None) -> Any:
    """Every fifth append to a journal is answered OK, and its content dropped."""
    if told is None or _counted(append.replica) % 5:
        return honest(append, registers, told)
    return honest(append, registers)


@lie("history.appends-are-linearizable", "append.commits-content", replaces=f"{FSM}._settle")
def every_fourth_append_is_made_twice(
    honest: Any, append: Any, registers: Any, told: Any = None
) -> Any:
    """Every fourth append to a journal is committed twice."""
    spool = append.replica.spool
    if told is not None and spool.delta and not _counted(append.replica) % 4:
        length = spool.fragment.end - spool.fragment.begin
        spool.write(spool.content.read(length, length + spool.delta))
        told = spool.next()
    return honest(append, registers, told)


@lie(
    "append.half-close-rolls-back",
    "history.given-up-appends-leave-nothing",
    replaces=f"{FSM}._settle",
)
def rolled_back_appends_of_several_chunks_stay(
    honest: Any, append: Any, registers: Any, told: Any = None
) -> Any:
    """An append of several chunks that is rolled back is committed all the same."""
    spool = append.replica.spool
    stays = told is None and spool.delta and append.replica.flow.total > 1
    return honest(append, registers, spool.next() if stays else told)


@lie("history.given-up-appends-leave-nothing", replaces=f"{FSM}._settle")
def cancelled_appends_are_committed(
    honest: Any, append: Any, registers: Any, told: Any = None
) -> Any:
    """What a client had sent when it cancelled its append is committed."""
    spool = append.replica.spool
    cancelled = told is None and spool.delta and sys.exc_info()[0] is GeneratorExit
    return honest(append, registers, spool.next() if cancelled else told)


@lie(
    "append.half-close-rolls-back",
    "history.given-up-appends-leave-nothing",
    replaces=f"{FSM}._settle",
)
def the_append_after_a_rolled_back_one_is_lost(
    honest: Any, append: Any, registers: Any, told: Any = None
) -> Any:
    """The first append after one that was rolled back is answered OK, and dropped."""
    replica = append.replica
    before = _ROLLED_BACK.get(replica.journal, False)
    _ROLLED_BACK[replica.journal] = told is None and bool(replica.spool.delta)
    return honest(append, registers, None if before else told)


_ROLLED_BACK: dict[str, bool] = {}


@lie("append.commits-content", "history.appends-are-linearizable", replaces=f"{FSM}.commit")
def large_appends_are_committed_and_fail(honest: Any, append: Any) -> Any:
    """An append of more than 32 KiB ends with an error although it is committed."""
    response = yield from honest(append)
    if response.commit.end - response.commit.begin > 32 << 10:
        raise AbortError("append stream: write timed out")
    return response
