"""Append: rates, and time that runs out."""

import time

import pytest

import protocol
from conformance import requirement, wait
from conformance.checks import assert_equal, assert_refused, assert_true, unchanged
from conformance.journal import Journal
from conformance.workspace import Workspace

Request = protocol.AppendRequest
RATE_TEXT = "append stream: client stream didn't sustain the minimum append data rate"
CREDIT = 1.0
"""Seconds of silence that the minimum rate grants at first."""
AT_LEAST = 0.5 * CREDIT
"""Earlier than this no broker may lose patience: the credit, less what a busy machine distorts."""
AT_MOST = 6.0
"""Later than this a broker has no minimum rate: the credit, and what a busy machine adds."""
RATE = 100_000
"""Bytes per second of the paced journal."""
CHUNK = 50_000
CHUNKS = 6
APPENDS = 4
LOOKS = 3
"""How often a pace is looked at: a broker lifts the rate of an append whose route is changing."""
EARNS = 1.2 * CHUNK / RATE
"""Seconds of idleness in which a journal of that rate earns more than a chunk."""
PACED_FOR = CHUNK * CHUNKS / RATE - 1.0
"""Seconds that pacing takes: one second of the rate is granted at once."""


@requirement("append.enforces-minimum-rate")
@pytest.mark.parametrize("size", [3, 1 << 20], ids=["little", "much"])
def test_silence(workspace: Workspace, size: int) -> None:
    """However much came before, a silent append is refused after about a second, rolled back."""
    journal = workspace.journal()
    with unchanged(journal):
        began = time.monotonic()
        with journal.open_append(b"x" * size) as stream:
            assert_refused(stream.end(), text=RATE_TEXT)
        took = time.monotonic() - began
    assert_true(AT_LEAST <= took <= AT_MOST, "a refusal after about a second", f"{took:.2f} s")
    journal.append(b"abc").ok()


@requirement("append.half-close-must-follow")
def test_missing_half_close(workspace: Workspace) -> None:
    """A commit intent without half-close is refused after about a second, and rolled back."""
    journal = workspace.journal()
    with unchanged(journal), journal.open_append(b"abc") as stream:
        stream.send(Request())
        assert_refused(stream.end(), text=RATE_TEXT)
    journal.append(b"abc").ok()


@requirement("append.spares-sustained-senders")
def test_sustained(workspace: Workspace) -> None:
    """An append that goes on for three times its credit, in steps, commits."""
    journal = workspace.journal()
    with journal.open_append() as stream:
        for _ in range(15):
            stream.send(Request(content=b"x" * (32 << 10)))
            stream.silent(CREDIT / 5)
        stream.send(Request())
        stream.half_close()
        commit = stream.end().ok().commit
    assert_equal(commit.end - commit.begin, 15 * (32 << 10), "bytes of the commit")


@requirement("append.paces-to-append-rate")
def test_pacing(workspace: Workspace) -> None:
    """Content beyond the rate takes its time, the delayed chunks are counted, all is committed."""
    for _ in range(LOOKS):
        journal = workspace.journal(max_append_rate=RATE)
        began = time.monotonic()
        answer = journal.append(*[b"x" * CHUNK] * CHUNKS).ok()
        took = time.monotonic() - began
        if took >= 0.8 * PACED_FOR:
            break
    assert_true(took >= 0.8 * PACED_FOR, f"about {PACED_FOR:g} s", f"{took:.2f} s")
    assert_true(0 < answer.delayed_chunks <= CHUNKS, "delayed chunks", answer.delayed_chunks)
    assert_equal(answer.total_chunks, CHUNKS + 1, "chunks")
    assert_equal(answer.commit.end, CHUNK * CHUNKS, "end of the commit")


@requirement("append.rate-spans-appends")
def test_pacing_of_several_appends(workspace: Workspace) -> None:
    """What appends use up delays the next one, each counts its own delays, and waiting earns."""
    journal = workspace.journal(max_append_rate=RATE)
    least = CHUNK * APPENDS / RATE - 1.0
    looks = (_appended_for(journal) for _ in range(LOOKS))
    took = next((each for each in looks if each >= 0.8 * least), None)
    assert_true(took, f"about {least:g} s", f"less, {LOOKS} times")
    wait.pause(EARNS)
    delayed = journal.append(b"x" * CHUNK).ok().delayed_chunks
    assert_equal(delayed, 0, "delayed chunks after a pause")


def _appended_for(journal: Journal) -> float:
    """How many seconds several appends take, each of which counts itself only."""
    began = time.monotonic()
    for number in range(APPENDS):
        answer = journal.append(b"x" * CHUNK).ok()
        assert_true(answer.delayed_chunks <= 1, "one delayed chunk at most", answer.delayed_chunks)
        assert_equal(answer.total_chunks, 2, f"chunks of append {number}")
    return time.monotonic() - began


@requirement("append.throttling-spares-the-client")
def test_throttled_client(workspace: Workspace) -> None:
    """A chunk that takes the broker longer than the credit to admit is not held against it."""
    journal = workspace.journal(max_append_rate=1000)
    answer = journal.append(b"x" * 3000).ok()
    assert_equal(answer.commit.end, 3000, "end of the commit")
    assert_equal(answer.delayed_chunks, 1, "delayed chunks")
