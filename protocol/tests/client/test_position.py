"""Where a read stands, response by response."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import Fragment, ReadResponse
from protocol.client import ResponseError
from protocol.client.position import Chunk, Position


def _metadata(offset: int, begin: int, end: int, url: str = "") -> ReadResponse:
    fragment = Fragment(journal="a/journal", begin=begin, end=end)
    return ReadResponse(offset=offset, write_head=end, fragment=fragment, fragment_url=url)


def _content(offset: int, content: bytes) -> ReadResponse:
    return ReadResponse(offset=offset, content=content)


def _taken(position: Position, *responses: ReadResponse) -> list[Chunk]:
    return [chunk for response in responses if (chunk := position.take(response)) is not None]


def test_content_of_fragments() -> None:
    """Chunks carry their offset, fragment and write head, over one fragment after another."""
    position = Position("a/journal", 2, 0)
    chunks = _taken(
        position,
        _metadata(2, 0, 5),
        _content(2, b"cde"),
        _metadata(5, 4, 8),
        _content(5, b"fg"),
        _content(7, b"h"),
    )

    assert [(chunk.offset, chunk.content) for chunk in chunks] == [
        (2, b"cde"),
        (5, b"fg"),
        (7, b"h"),
    ]
    assert [chunk.fragment.begin for chunk in chunks] == [0, 4, 4]
    assert [chunk.write_head for chunk in chunks] == [5, 8, 8]
    assert position.offset == 8


def test_holes_are_told_once() -> None:
    """The first chunk after a hole tells how many bytes are missing."""
    position = Position("a/journal", 0, 0)
    chunks = _taken(position, _metadata(50, 50, 53), _content(50, b"ab"), _content(52, b"c"))

    assert [chunk.skipped for chunk in chunks] == [50, 0]


def test_write_head_is_no_hole() -> None:
    """A read from the write head learns its offset, and has skipped nothing."""
    position = Position("a/journal", -1, 0)
    (chunk,) = _taken(position, _metadata(7, 7, 9), _content(7, b"ab"))

    assert (chunk.offset, chunk.skipped, chunk.end) == (7, 0, 9)


def test_empty_content() -> None:
    """Content without bytes is no chunk."""
    assert _taken(Position("a/journal", 0, 0), _metadata(0, 0, 5), _content(0, b"")) == []


def test_end() -> None:
    """A read is at its end where it was asked to end, also if a hole leads beyond."""
    position = Position("a/journal", 0, 5)
    before = position.at_end
    position.take(_metadata(9, 9, 12))

    assert (before, position.at_end) == (False, True)


@pytest.mark.parametrize(
    ("responses", "problem"),
    [
        ([_content(0, b"a")], "content comes before its fragment"),
        ([_metadata(3, 0, 9), _content(2, b"a")], "content is at 2 instead of 3"),
        ([_metadata(3, 0, 9), _content(4, b"a")], "content is at 4 instead of 3"),
        ([_metadata(3, 0, 9), _metadata(2, 0, 9)], "offset 2 is before 3"),
        ([_metadata(0, 0, 2), _content(0, b"abc")], "content goes on beyond 2"),
        ([_metadata(0, 0, 20), _content(0, b"a" * 13)], "content goes on beyond 12"),
    ],
)
def test_broken_streams(responses: list[ReadResponse], problem: str) -> None:
    """Gaps, overlaps, and more than was asked for break the protocol."""
    with pytest.raises(ResponseError, match=problem):
        _taken(Position("a/journal", 0, 12), *responses)


@given(
    cuts=st.lists(st.integers(1, 99), max_size=8, unique=True).map(sorted),
    restarts=st.sets(st.integers(0, 8)),
)
def test_every_byte_once(cuts: list[int], restarts: set[int]) -> None:
    """However content is cut, and wherever streams break, each byte comes once, in order."""
    content = bytes(range(100))
    position, read = Position("a/journal", 0, 100), b""
    for index, (begin, end) in enumerate(zip([0, *cuts], [*cuts, 100], strict=True)):
        if index in restarts or index == 0:
            position.restart()
            position.take(_metadata(begin, 0, 100))
        for chunk in _taken(position, _content(begin, content[begin:end])):
            read += chunk.content

    assert read == content
    assert position.at_end
