"""Append: how commits become fragments."""

import time
from itertools import count

import pytest

import protocol
from conformance import requirement, wait
from conformance.checks import assert_equal, assert_refused, assert_sum, assert_true
from conformance.journal import Journal
from conformance.workspace import Workspace

LENGTH = 1024
LEAST_INTERVAL = 60
"""Seconds of the shortest flush interval that a spec may ask for."""
SOON = (2.0, 4.0)
"""Between how many seconds from now a flush interval of the tests ends."""
SKEW = 10.0
"""Seconds that the broker's clock may be behind, and that making journals may take."""


def _fragments(journal: Journal) -> list[tuple[int, int, str]]:
    listed = journal.fragments().ok().fragments
    return [
        (
            each.spec.begin,
            each.spec.end,
            protocol.CompressionCodec.Name(each.spec.compression_codec),
        )
        for each in listed
    ]


def _ranges(journal: Journal) -> list[tuple[int, int]]:
    return [(begin, end) for begin, end, _ in _fragments(journal)]


def _first(workspace: Workspace, codec: str = "NONE") -> Journal:
    """A journal of short fragments, past its first write, which is a fragment of its own."""
    fragment = {"length": LENGTH, "compression_codec": codec}
    journal = workspace.journal(fragment=fragment)
    journal.append(b"x" * 400).ok()
    return journal


@requirement("append.never-splits-an-append")
def test_large_append(workspace: Workspace) -> None:
    """An append of many times the fragment length lies in one fragment."""
    journal = _first(workspace)
    commit = journal.append(*[b"y" * 30_000] * 10).ok().commit
    holding = [
        each for each in _ranges(journal) if each[0] <= commit.begin and commit.end <= each[1]
    ]
    assert_equal(len(holding), 1, f"fragments that hold all of [{commit.begin}, {commit.end})")
    assert_equal(len(journal.content()), 300_400, "bytes of content")


@requirement("append.rolls-beyond-length")
def test_roll(workspace: Workspace) -> None:
    """Appends of 400 bytes share a fragment until it exceeds 1024, then begin another."""
    journal = _first(workspace)
    for _ in range(6):
        journal.append(b"y" * 400).ok()
    assert_equal(_ranges(journal), [(0, 400), (400, 1600), (1600, 2800)], "fragments")


@requirement("append.rolls-beyond-length")
def test_exact_length(workspace: Workspace) -> None:
    """A fragment of exactly the spec's length takes another append, and then none."""
    journal = _first(workspace)
    for size in (LENGTH, 1, 1):
        journal.append(b"y" * size).ok()
    end = 400 + LENGTH + 1
    assert_equal(_ranges(journal), [(0, 400), (400, end), (end, end + 1)], "fragments")


@requirement("append.isolates-the-first-write")
@pytest.mark.parametrize("begin", [0, 1234], ids=["at-0", "beyond"])
def test_first_write(workspace: Workspace, begin: int) -> None:
    """The first write stays a fragment of its own, and later ones share the next."""
    suspend = {"level": "FULL" if begin else "NONE", "offset": begin}
    journal = workspace.journal(assigned=False, suspend=suspend)
    for content in (b"first", b"second", b"third"):
        workspace.appended(journal, content).ok()
    expected = [(begin, begin + 5), (begin + 5, begin + 16)]
    assert_equal(_ranges(journal), expected, "fragments")


@requirement("append.half-close-rolls-back")
def test_roll_back_within_a_fragment(workspace: Workspace) -> None:
    """An open fragment goes on after an append that was rolled back, in its codec and sum."""
    journal = _first(workspace, "GZIP")
    journal.append(b"y" * 400).ok()
    assert_refused(journal.append(b"lost", commit=False))
    journal.append().ok()
    commit = journal.append(b"z" * 400).ok().commit
    assert_equal(protocol.CompressionCodec.Name(commit.compression_codec), "GZIP", "codec")
    assert_equal(_fragments(journal), [(0, 400, "GZIP"), (400, 1200, "GZIP")], "fragments")
    spec = journal.fragments().ok().fragments[-1].spec
    assert_sum(spec.sum, b"y" * 400 + b"z" * 400, "sum of the fragment")


@requirement("append.codec-change-waits-for-roll")
def test_codec_change(workspace: Workspace) -> None:
    """An open fragment keeps its codec, and the next one has the new one."""
    journal = _first(workspace)
    journal.append(b"y" * 400).ok()
    journal.apply(fragment={"length": LENGTH, "compression_codec": "SNAPPY"}).ok()
    codecs = []
    for _ in range(3):
        commit = workspace.appended(journal, b"y" * 400).ok().commit
        codecs.append(protocol.CompressionCodec.Name(commit.compression_codec))
    assert_equal(codecs, ["NONE", "NONE", "SNAPPY"], "codecs of the commits")
    expected = [(0, 400, "NONE"), (400, 1600, "NONE"), (1600, 2000, "SNAPPY")]
    assert_equal(_fragments(journal), expected, "fragments")


@requirement("append.flushes-at-interval")
def test_flush_interval(workspace: Workspace) -> None:
    """A multiple of the flush interval closes the open fragment once, and later appends share."""
    journal = _first(workspace)
    journal.append(b"y").ok()
    assert_equal(len(_ranges(journal)), 2, "fragments without an interval")
    interval = _soon_over(time.time())
    journal.apply(fragment={"length": 1 << 20, "flush_interval": interval}).ok()

    def closed() -> bool:
        workspace.appended(journal, b"z").ok()
        return len(_ranges(journal)) > 2

    wait.until(closed, f"a fragment after a multiple of {interval} s", within=SOON[1] + SKEW)
    for _ in range(3):
        journal.append(b"z").ok()
    ranges = _ranges(journal)
    assert_equal((len(ranges), ranges[-1][1]), (3, journal.head()), "fragments, and their end")


def _soon_over(now: float) -> int:
    """The shortest permitted interval of which a multiple of seconds since the epoch is near."""
    earliest, latest = SOON
    return next(each for each in count(LEAST_INTERVAL) if earliest < -now % each < latest)


@requirement("read.storeless-keeps-everything")
def test_storeless(workspace: Workspace) -> None:
    """Every fragment of a journal without stores is local, named by its sum, and readable."""
    journal = _first(workspace)
    for number in range(8):
        journal.append(b"%03d" % number * 150).ok()
    content = journal.content()
    assert_equal(len(content), 400 + 8 * 450, "bytes of content")
    listed = [each.spec for each in journal.fragments().ok().fragments]
    assert_true(len(listed) > 2, "several fragments", len(listed))
    for fragment in listed:
        assert_equal(fragment.backing_store, "", "backing store")
        assert_sum(fragment.sum, content[fragment.begin : fragment.end], "sum of the fragment")
