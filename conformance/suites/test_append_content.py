"""Append: content of every kind and size, and what its commit tells of it."""

from random import Random

import pytest

from conformance import requirement
from conformance.checks import assert_equal, assert_refused, assert_sum
from conformance.journal import Journal
from conformance.workspace import Workspace

MIB = 1 << 20
CODECS = ["NONE", "GZIP", "SNAPPY", "ZSTANDARD"]


def _random(length: int) -> bytes:
    """Bytes that no codec makes shorter, and of which no part is like another."""
    return Random(length).randbytes(length)


CONTENTS: dict[str, tuple[bytes, ...]] = {
    "every-byte": (bytes(range(256)), b"\r\n\r\n", b"\0", b" \n"),
    "equal-chunks": (b"same\n",) * 4,
    "many-chunks": tuple(b"%d," % number for number in range(300)),
    "whole-blocks": tuple(_random(1 << size) for size in (9, 12, 13, 16, 17)),
    "odd-sizes": tuple(_random(size) for size in (1, 4095, 65_537, 200_001)),
}
LARGE: dict[str, tuple[bytes, ...]] = {
    "one-chunk": (_random(3 * MIB),),
    "more-than-a-message-holds": (_random(2 * MIB), b"between", _random(3 * MIB)),
}


def _hold(journal: Journal, appended: bytes, chunks: tuple[bytes, ...]) -> bytes:
    """Appends `chunks` after what was appended, holds what the answer tells; returns all."""
    answer, content = journal.append(*chunks).ok(), b"".join(chunks)
    end = len(appended) + len(content)
    assert_equal((answer.commit.begin, answer.commit.end), (len(appended), end), "range")
    assert_sum(answer.commit.sum, content, "sum of the commit's own bytes")
    assert_equal(answer.total_chunks, len(chunks) + 1, "chunks")
    return appended + content


def _hold_whole(journal: Journal, appended: bytes) -> None:
    """Holds that the journal reads as what was appended, as its fragments' sums tell too."""
    assert_equal(journal.content(), appended, "content")
    for each in journal.fragments().ok().fragments:
        assert_sum(each.spec.sum, appended[each.spec.begin : each.spec.end], "the fragment's sum")


@requirement(
    "append.commits-content",
    "append.counts-chunks",
    "read.append-chunking-is-invisible",
    "fragments.local-sums-cover-the-whole",
)
@pytest.mark.parametrize("codec", CODECS)
def test_contents(workspace: Workspace, codec: str) -> None:
    """Any bytes, in any chunks, are committed and read back as they were sent."""
    journal = workspace.journal(fragment={"compression_codec": codec})
    appended = b""
    for chunks in CONTENTS.values():
        appended = _hold(journal, appended, chunks)
    _hold_whole(journal, appended)


@requirement("append.commits-content", "fragments.local-sums-cover-the-whole")
@pytest.mark.parametrize("chunks", LARGE.values(), ids=LARGE)
def test_large_content(workspace: Workspace, chunks: tuple[bytes, ...]) -> None:
    """An append may be larger than any message, and is committed whole between small ones."""
    journal = workspace.journal()
    appended = b""
    for each in ((b"before",), chunks, (b"after",)):
        appended = _hold(journal, appended, each)
    _hold_whole(journal, appended)


@requirement("append.commits-content", "fragments.local-sums-cover-the-whole")
def test_many_appends(workspace: Workspace) -> None:
    """Many appends of many lengths follow each other without loss, over several fragments."""
    journal = workspace.journal(fragment={"length": 2048})
    appended = b""
    for number in range(24):
        appended = _hold(journal, appended, (b"%d;" % number * (number * 7 % 60 + 1),))
    _hold_whole(journal, appended)


@requirement("append.half-close-rolls-back", "fragments.local-sums-cover-the-whole")
@pytest.mark.parametrize(
    "chunks",
    [(b"lost",), (b"lost,", b"all", b"of it"), (_random(300_000),) * 2],
    ids=["one-chunk", "several", "large"],
)
def test_roll_back_between(workspace: Workspace, chunks: tuple[bytes, ...]) -> None:
    """Appends that are rolled back leave no trace in what is committed around them."""
    journal = workspace.journal()
    appended = b""
    for content in (b"first", b"second", b"third"):
        assert_refused(journal.append(*chunks, commit=False))
        appended = _hold(journal, appended, (content,))
    _hold_whole(journal, appended)
