"""Read: what a stream consists of, and where it begins and ends."""

from typing import Any

import pytest

import protocol
from conformance import requirement
from conformance.answer import Answer
from conformance.checks import assert_equal, assert_refused, assert_status, assert_true
from conformance.journal import Journal
from conformance.workspace import Workspace

CHUNK = 128 << 10
NOT_YET = "OFFSET_NOT_YET_AVAILABLE"
ABC = b"abcdefghijk"


def _with(workspace: Workspace, *contents: bytes, **changes: Any) -> Journal:
    journal = workspace.journal(**changes)
    for content in contents:
        journal.append(content).ok()
    return journal


def _metadata(answer: Answer) -> list[Any]:
    return [message for message in answer.messages if not message.HasField("content")]


def _contents(answer: Answer) -> list[Any]:
    return [message for message in answer.messages if message.HasField("content")]


def _assert_not_yet(answer: Answer, *, offset: int, head: int) -> None:
    """Holds that the answer is one message: not yet available, at `offset`, the head `head`."""
    message = answer.message
    assert_status(answer, NOT_YET)
    assert_equal((message.offset, message.write_head), (offset, head), "offset and write head")
    assert_true(message.header.process_id.suffix, "a header", message)


@requirement("read.first-message-is-complete")
def test_first_message(workspace: Workspace) -> None:
    """The first message has everything but content."""
    journal = _with(workspace, ABC)
    route = workspace.assigned(journal).route
    first = journal.read(2).ok()
    assert_equal(first.header.route, route, "route")
    assert_true(first.header.process_id in list(route.members), "a member", first.header)
    assert_true(first.header.etcd.revision > 0, "an etcd header", first.header)
    assert_equal((first.offset, first.write_head), (2, 11), "offset and write head")
    fragment = first.fragment
    assert_equal(fragment.journal, journal.name, "journal of the fragment")
    assert_true(fragment.begin <= 2 < fragment.end, "a fragment that covers offset 2", fragment)
    assert_true(not first.HasField("content"), "no content", first)


@requirement("read.content-messages-are-bare", "read.metadata-is-consistent")
def test_messages(workspace: Workspace) -> None:
    """Content is contiguous and bare, and lies within the fragment announced before it."""
    journal = _with(workspace, b"first", b"x" * 300_000, b"third")
    answer = journal.read()
    offset, fragment = 0, None
    for message in answer.messages[:-1]:
        assert_equal(message.offset, offset, "offset of the message")
        if message.HasField("content"):
            bare = protocol.ReadResponse(offset=message.offset, content=message.content)
            assert_equal(message, bare, "a content message of offset and content")
            assert_true(len(message.content) > 0, "content that is not empty", message)
            offset += len(message.content)
            assert_true(fragment and offset <= fragment.end, "content of its fragment", fragment)
        else:
            fragment = message.fragment
            assert_true(fragment.begin <= offset < fragment.end, "a covering fragment", message)
    assert_equal(offset, 300_010, "bytes of content")
    assert_status(answer, NOT_YET)


@requirement("read.announces-each-fragment")
def test_fragments(workspace: Workspace) -> None:
    """Each further fragment is announced once, without header."""
    journal = _with(workspace, *[b"x" * 600] * 5, fragment={"length": 1024})
    fragments = [each.spec for each in journal.fragments().ok().fragments]
    announced = _metadata(journal.read())[:-1]
    assert_true(len(fragments) > 1, "several fragments", fragments)
    assert_equal(
        [each.fragment.begin for each in announced], [f.begin for f in fragments], "begins"
    )
    for message in announced[1:]:
        assert_true(not message.HasField("header"), "no header", message)
        assert_equal(message.offset, message.fragment.begin, "offset of the message")
        assert_equal(message.write_head, 3000, "write head")


@requirement("read.bounds-chunks")
def test_chunk_size(workspace: Workspace) -> None:
    """Content of several hundred KiB comes in messages of at most 128 KiB."""
    journal = _with(workspace, b"x" * 700_000)
    sizes = [len(message.content) for message in _contents(journal.read())]
    assert_equal(sum(sizes), 700_000, "bytes of content")
    assert_true(max(sizes) <= CHUNK, f"at most {CHUNK} bytes in a message", max(sizes))


@requirement("read.append-chunking-is-invisible")
def test_chunking(workspace: Workspace) -> None:
    """Fifty one-byte messages read as the bytes they make."""
    journal = workspace.journal()
    content = bytes(range(50))
    journal.append(*[content[at : at + 1] for at in range(50)]).ok()
    assert_equal(journal.content(), content, "content")


@requirement("read.ends-at-head")
@pytest.mark.parametrize("offset", [0, 5, 10])
def test_end_at_head(workspace: Workspace, offset: int) -> None:
    """A read from anywhere delivers the rest, then tells that the head is reached."""
    journal = _with(workspace, ABC)
    answer = journal.read(offset)
    answer.ok()
    assert_equal(answer.content, ABC[offset:], "content")
    last = assert_status(answer, NOT_YET)
    assert_equal((last.offset, last.write_head), (11, 11), "offset and write head")
    repeated = [field for field in ("header", "fragment") if last.HasField(field)]
    assert_equal(repeated, [], "fields that were told before")


@requirement("read.at-head-answers-once")
def test_at_head(workspace: Workspace) -> None:
    """A read at the head answers one message, with a header."""
    _assert_not_yet(_with(workspace, ABC).read(11), offset=11, head=11)


@requirement("read.beyond-head-echoes-offset")
def test_beyond_head(workspace: Workspace) -> None:
    """A read beyond the head answers the offset asked for, however great."""
    journal = _with(workspace, ABC)
    for offset in (12, 100, (1 << 63) - 1):
        _assert_not_yet(journal.read(offset), offset=offset, head=11)


@requirement("read.empty-journal-has-no-offset-yet")
@pytest.mark.parametrize(("asked", "told"), [(0, 0), (-1, 0), (5, 5)], ids=["zero", "end", "five"])
def test_empty_journal(workspace: Workspace, asked: int, told: int) -> None:
    """An empty journal has write head 0, wherever it is read."""
    _assert_not_yet(workspace.journal().read(asked), offset=told, head=0)


@requirement("read.minus-one-is-the-head")
def test_minus_one(workspace: Workspace) -> None:
    """Offset -1 stands for the head."""
    _assert_not_yet(_with(workspace, ABC).read(-1), offset=11, head=11)


@requirement("read.stops-at-end-offset")
@pytest.mark.parametrize(("begin", "end"), [(2, 7), (0, 1), (10, 11)])
def test_end_offset(workspace: Workspace, begin: int, end: int) -> None:
    """A read delivers the bytes before its end offset, and then just ends."""
    answer = _with(workspace, ABC).read(begin, end_offset=end)
    assert_equal(answer.content, ABC[begin:end], "content")
    assert_status(answer, "OK")


@requirement("read.end-offset-at-head")
def test_end_offset_at_head(workspace: Workspace) -> None:
    """A read up to the head ends without telling that it is the head."""
    answer = _with(workspace, ABC).read(0, end_offset=11)
    assert_equal(answer.content, ABC, "content")
    assert_status(answer, "OK")


@requirement("read.end-offset-past-head")
def test_end_offset_past_head(workspace: Workspace) -> None:
    """A read past the head delivers what there is, and tells that the rest is not there."""
    answer = _with(workspace, ABC).read(0, end_offset=20)
    assert_equal(answer.content, ABC, "content")
    assert_equal(assert_status(answer, NOT_YET).offset, 11, "offset")


@requirement("read.empty-range-has-metadata-only")
def test_empty_range(workspace: Workspace) -> None:
    """A range of no bytes answers its metadata."""
    answer = _with(workspace, ABC).read(3, end_offset=3)
    message = assert_status(answer, "OK")
    assert_equal((len(answer.messages), message.offset), (1, 3), "messages and offset")
    assert_true(not message.HasField("content"), "no content", message)


@requirement("read.minus-one-ignores-smaller-end")
def test_minus_one_with_end(workspace: Workspace) -> None:
    """Offset -1 with an end before the head is not refused."""
    _assert_not_yet(_with(workspace, ABC).read(-1, end_offset=5), offset=11, head=11)


INVALID = [
    ("refuses-end-before-offset", 5, 3, "EndOffset (3; expected 0 or Offset <= EndOffset)"),
    ("refuses-offset-below-minus-one", -2, 0, "Offset (-2; expected -1 <= Offset <= MaxInt64)"),
    ("refuses-negative-end", 0, -1, "EndOffset (-1; expected 0 or Offset <= EndOffset)"),
]


@pytest.mark.parametrize(
    ("offset", "end", "text"),
    [pytest.param(*case[1:], marks=requirement(f"read.{case[0]}"), id=case[0]) for case in INVALID],
)
def test_invalid_range(workspace: Workspace, offset: int, end: int, text: str) -> None:
    """A malformed range is refused by name; the nearest good one is served."""
    journal = _with(workspace, ABC)
    answer = journal.read(offset, end_offset=end)
    assert_refused(answer, text.partition(" ")[0], text=f"invalid {text}")
    good = journal.read(max(offset, -1), end_offset=max(offset, 0) if end else 0)
    assert_equal(good.code, "OK", "code of the good range")


@requirement("read.metadata-only-has-no-content")
def test_metadata_only(workspace: Workspace) -> None:
    """A metadata-only read answers one message, that of the same read with content."""
    journal = _with(workspace, ABC)
    answer = journal.read(2, metadata_only=True)
    assert_status(answer, "OK")
    whole = journal.read(2).first
    whole.header.etcd.CopyFrom(answer.message.header.etcd)  # other tests make revisions meanwhile
    assert_equal(answer.message, whole, "message")


@requirement("read.metadata-only-tells-the-head")
def test_metadata_only_at_end(workspace: Workspace) -> None:
    """A metadata-only read at the end tells the head, and moves with it."""
    journal = _with(workspace, ABC)
    _assert_not_yet(journal.read(-1, metadata_only=True), offset=11, head=11)
    journal.append(b"more").ok()
    _assert_not_yet(journal.read(-1, metadata_only=True), offset=15, head=15)


@requirement("read.unproxied-local-content")
def test_unproxied(workspace: Workspace) -> None:
    """Local content is streamed although the read may not be proxied, and has no URL."""
    answer = _with(workspace, ABC).read(0, do_not_proxy=True)
    assert_equal(answer.content, ABC, "content")
    assert_equal(answer.first.fragment_url, "", "fragment URL")


@requirement("read.begin-time-spares-local")
def test_begin_time(workspace: Workspace) -> None:
    """Local content is served whatever the begin time."""
    answer = _with(workspace, ABC).read(0, begin_mod_time=1 << 40)
    assert_equal(answer.content, ABC, "content")


@requirement("read.write-head-covers-fragment")
def test_write_head(workspace: Workspace) -> None:
    """The write head of each message lies at or after the end of its fragment."""
    journal = _with(workspace, *[b"x" * 600] * 5, fragment={"length": 1024})
    for message in _metadata(journal.read()):
        end = message.fragment.end
        assert_true(message.write_head >= end, f"a write head of {end} or more", message)
