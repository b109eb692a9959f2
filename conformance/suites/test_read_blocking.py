"""Read: waiting for content that is not there yet."""

import contextlib
from itertools import accumulate, pairwise
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from conformance import requirement
from conformance.checks import assert_equal, assert_status, assert_sum, assert_true
from conformance.journal import Journal
from conformance.stored import spans
from conformance.stream import Stream
from conformance.suites.test_model import EXAMPLES
from conformance.workspace import Workspace

WAITING = 0.4
"""Seconds of silence that tell waiting from answering: an answer takes some milliseconds."""
NOT_YET = "OFFSET_NOT_YET_AVAILABLE"
TAILS = 12
"""Reads of one journal at the same time."""


def _with(workspace: Workspace, content: bytes) -> Journal:
    journal = workspace.journal()
    journal.append(content).ok()
    return journal


def _take(stream: Stream, count: int) -> tuple[list[Any], bytes]:
    """Messages until `count` bytes of content came: the metadata among them, and the content."""
    metadata, content = [], b""
    while len(content) < count:
        message = stream.next()
        content += message.content
        if not message.HasField("content"):
            metadata.append(message)
    return metadata, content


@requirement("read.blocks-at-head")
def test_at_head(workspace: Workspace) -> None:
    """A read at the head is silent until the next commit, and then begins with a header."""
    journal = _with(workspace, b"abc")
    with journal.open_read(3) as stream:
        stream.silent(WAITING)
        journal.append(b"def").ok()
        metadata, content = _take(stream, 3)
    assert_equal(content, b"def", "content")
    assert_equal(metadata[0].offset, 3, "offset of the first message")
    assert_true(metadata[0].header.process_id.suffix, "a header", metadata[0])


@requirement("read.minus-one-follows-the-head")
def test_minus_one(workspace: Workspace) -> None:
    """A read at -1 begins at the head of when it was asked."""
    journal = _with(workspace, b"abc")
    with journal.open_read(-1) as stream:
        stream.silent(WAITING)
        journal.append(b"def").ok()
        metadata, content = _take(stream, 3)
    assert_equal((metadata[0].offset, content), (3, b"def"), "offset and content")


@requirement("read.blocks-beyond-head")
def test_beyond_head(workspace: Workspace) -> None:
    """A read beyond the head waits for its offset, and begins exactly there."""
    journal = _with(workspace, b"012345678")
    with journal.open_read(20) as stream:
        journal.append(b"9abcdef").ok()
        stream.silent(WAITING)
        journal.append(b"ghijklmno").ok()
        metadata, content = _take(stream, 5)
    assert_equal((metadata[0].offset, content), (20, b"klmno"), "offset and content")


@requirement("read.tail-keeps-streaming")
def test_tail(workspace: Workspace) -> None:
    """Each later append arrives, announced by a fragment that covers it."""
    journal = _with(workspace, b"abc")
    with journal.open_read(0) as stream:
        for head, content in ((3, b"abc"), (6, b"def"), (9, b"ghi")):
            metadata, got = _take(stream, 3)
            assert_equal(got, content, "content")
            assert_equal(metadata[0].offset, head - 3, "offset of the announcement")
            assert_equal(metadata[-1].write_head, head, "write head")
            fragment = metadata[-1].fragment
            assert_equal(fragment.end, head, "end of the fragment")
            whole = b"abcdefghi"[fragment.begin : fragment.end]
            assert_sum(fragment.sum, whole, f"sum from {fragment.begin} on")
            assert_equal(bool(metadata[0].HasField("header")), head == 3, "header")
            journal.append(b"def" if head == 3 else b"ghi").ok()


@requirement("read.tail-keeps-streaming")
def test_many_tails(workspace: Workspace) -> None:
    """Every one of many reads goes on when the journal's specification changes."""
    journal = _with(workspace, b"abc")
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(journal.open_read(0)) for _ in range(TAILS)]
        for stream in streams:
            assert_equal(_take(stream, 3)[1], b"abc", "content")
        journal.apply(labels={"env": "prod"}).ok()
        journal.append(b"def").ok()
        for stream in streams:
            assert_equal(_take(stream, 3)[1], b"def", "content after the change")


@requirement("read.end-offset-spans-appends")
def test_end_offset(workspace: Workspace) -> None:
    """A blocking read stops at its end offset, which two appends lead up to."""
    journal = _with(workspace, b"abc")
    with journal.open_read(1, end_offset=8) as stream:
        assert_equal(_take(stream, 2)[1], b"bc", "content")
        journal.append(b"def").ok()
        assert_equal(_take(stream, 3)[1], b"def", "content")
        journal.append(b"ghijkl").ok()
        answer = stream.end()
    assert_equal(answer.content, b"bcdefgh", "content")
    assert_status(answer, "OK")


@requirement(
    "read.end-offset-spans-appends", "read.blocks-beyond-head", "read.tail-keeps-streaming"
)
@settings(EXAMPLES, max_examples=3)
@given(
    sizes=st.lists(st.integers(1, 1500), min_size=4, max_size=8),
    ranges=st.lists(st.tuples(st.integers(0, 9999), st.integers(1, 4000)), min_size=5, max_size=5),
)
def test_tails(workspace: Workspace, sizes: list[int], ranges: list[tuple[int, int]]) -> None:
    """Reads of any ranges that are yet to come end with their bytes, over whatever fragments."""
    journal = workspace.journal(fragment={"length": 1024})
    content = Random(6).randbytes(sum(sizes))
    ends = list(accumulate(sizes))
    journal.append(content[: ends[0]]).ok()
    with contextlib.ExitStack() as stack:
        tails = []
        for offset, length in [*ranges, (ends[0] - 1, 2), (ends[0] - 1, len(content))]:
            begin = offset % len(content)
            end = min(begin + length, len(content))
            stream = stack.enter_context(journal.open_read(begin, end_offset=end))
            tails.append((stream, begin, end))
        for begin, end in pairwise(ends):
            journal.append(content[begin:end]).ok()
        for stream, begin, end in tails:
            answer = stream.end()
            assert_status(answer, "OK")
            assert_equal(answer.content, content[begin:end], f"content of [{begin}, {end})")
            at = begin
            for message in answer.messages:
                assert_equal(message.offset, at, "offset of the message")
                at += len(message.content)


@requirement("read.metadata-only-blocks")
def test_metadata_only(workspace: Workspace) -> None:
    """A metadata-only read at the head answers one message once something is committed."""
    journal = _with(workspace, b"abc")
    with journal.open_read(3, metadata_only=True) as stream:
        stream.silent(WAITING)
        journal.append(b"def").ok()
        answer = stream.end()
    message = answer.message
    assert_status(answer, "OK")
    assert_equal((message.offset, message.write_head), (3, 6), "offset and write head")
    assert_true(not message.HasField("content"), "no content", message)


@requirement("read.uncommitted-is-invisible", "read.rolled-back-is-invisible")
def test_uncommitted(workspace: Workspace) -> None:
    """Content under way is not readable, and once rolled back never becomes so."""
    journal = _with(workspace, b"ab")
    journal.append(b"c").ok()
    with journal.open_append(b"lost") as stream, journal.open_read(3) as tail:
        tail.silent(WAITING)
        assert_equal(journal.head(), 3, "write head")
        assert_equal(journal.content(), b"abc", "content")
        assert_equal(spans(journal.fragments()), [(0, 2), (2, 3)], "spans")
        stream.half_close()
        stream.end()
        journal.append(b"kept").ok()
        assert_equal(_take(tail, 4)[1], b"kept", "content at the tail")
    assert_equal(journal.content(), b"abckept", "content")


@requirement("read.deletion-ends-blocking-read")
def test_deletion(workspace: Workspace) -> None:
    """A read that waits ends OK when its journal is deleted."""
    journal = _with(workspace, b"abc")
    with journal.open_read(0) as stream:
        _take(stream, 3)
        journal.delete().ok()
        answer = stream.end()
    assert_status(answer, "OK")
    assert_equal(answer.content, b"abc", "content")
