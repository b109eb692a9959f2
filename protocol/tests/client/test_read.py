"""Reads by either client, from a mock cluster that fails on purpose."""

import gzip
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from protocol import AppendRequest, CompressionCodec, Duration, ValidationError
from protocol.client import (
    CallError,
    ClientError,
    FragmentCorruptError,
    FragmentFetchError,
    JournalNotFoundError,
    NotAllowedError,
    ResponseError,
    SuspendedError,
)
from protocol.tests.client.conftest import JOURNAL, content_of, spec

_DATA = bytes(range(256)) * 2000


@pytest.fixture
def filled(client: Any, journal: str) -> str:
    """A journal of ten appends."""
    for begin in range(0, len(_DATA), len(_DATA) // 10):
        client.append(journal, _DATA[begin : begin + len(_DATA) // 10])
    return journal


@pytest.mark.parametrize(
    ("offset", "end_offset"), [(0, 0), (1000, 0), (0, 1000), (77, 77_777), (0, len(_DATA))]
)
def test_spans(client: Any, filled: str, offset: int, end_offset: int) -> None:
    """What is read is what stands between the offsets, or up to the write head."""
    content = content_of(client.read(filled, offset, end_offset=end_offset))

    assert content == _DATA[offset : end_offset or None]


def test_nothing_to_read(client: Any, filled: str) -> None:
    """At the write head, beyond it, and in no span, there is nothing."""
    assert content_of(client.read(filled, len(_DATA))) == b""
    assert content_of(client.read(filled, -1)) == b""
    assert content_of(client.read(filled, 10 * len(_DATA))) == b""
    assert content_of(client.read(filled, 5, end_offset=5)) == b""


def test_write_head(client: Any, filled: str) -> None:
    """The end of a journal can be asked for."""
    assert client.write_head(filled) == len(_DATA)


def test_blocking(client: Any, connect: Callable[..., Any], journal: str) -> None:
    """A blocking read goes on with what is appended while it waits."""
    client.append(journal, b"one")
    chunks = client.read(journal, block=True)
    first = next(chunks)
    connect().append(journal, b"two")
    second = next(chunks)
    chunks.close()

    assert (first.content, second.content) == (b"one", b"two")
    assert second.offset == 3


def test_blocking_to_the_end(client: Any, filled: str) -> None:
    """A blocking read ends where it was asked to."""
    assert content_of(client.read(filled, block=True, end_offset=len(_DATA))) == _DATA


def test_invalid_request(client: Any) -> None:
    """A request that breaks a rule is never sent."""
    with pytest.raises(ValidationError, match="invalid EndOffset"):
        content_of(client.read(JOURNAL, 5, end_offset=3))


def test_no_such_journal(client: Any) -> None:
    """A journal that is not found for a while is not there."""
    with pytest.raises(JournalNotFoundError, match="no/such/journal: JOURNAL_NOT_FOUND"):
        content_of(client.read("no/such/journal"))


@pytest.mark.parametrize(
    ("fault", "times"),
    [
        ("grpc-unavailable", 3),
        ("transient-not-found", 3),
        ("insufficient-brokers", 3),
        ("not-broker", 3),
        ("reset", 2),
        ("eof-early", 2),
        ("truncated-content", 2),
        ("grpc-internal", 2),
        ("offset-regression", 1),
        ("content-gap", 1),
        ("metadata-inconsistent", 1),
        ("ok-without-fragment", 1),
        ("empty-content-message", 1),
        ("header-on-later-message", 1),
        ("overlap-fragments", 1),
        ("demotion-eof", 1),
        ("token-expiry-eof", 2),
        ("latency", 1),
    ],
)
def test_faults_that_pass(
    client: Any, filled: str, mock_cluster: Any, fault: str, times: int
) -> None:
    """Whatever passes, each byte is read once."""
    with mock_cluster.fault(fault, rpc="Read", times=times) as handle:
        content = content_of(client.read(filled, end_offset=len(_DATA)))

    assert content == _DATA
    assert handle.hits >= 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("suspended-full", SuspendedError),
        ("not-allowed", NotAllowedError),
        ("status-unknown-enum", ClientError),
        ("grpc-resource-exhausted", CallError),
        ("content-gap", ResponseError),
        ("token-expiry-eof", ResponseError),
        ("demotion-eof", ResponseError),
    ],
)
def test_faults_that_stay(
    client: Any, filled: str, mock_cluster: Any, fault: str, error: type[ClientError]
) -> None:
    """What does not pass ends the read after a few attempts at most."""
    with mock_cluster.fault(fault, rpc="Read") as handle, pytest.raises(error) as caught:
        content_of(client.read(filled))

    assert handle.hits <= 5
    assert caught.value.journal == filled


def test_journal_that_stays_unknown(client: Any, filled: str, mock_cluster: Any) -> None:
    """A journal that is not found is looked for five times."""
    status = {"status": "JOURNAL_NOT_FOUND"}
    with (
        mock_cluster.fault("status-override", rpc="Read", parameters=status) as handle,
        pytest.raises(JournalNotFoundError),
    ):
        content_of(client.read(filled))

    assert handle.hits == 5


@pytest.mark.parametrize("fault", ["onya-wh-behind", "handoff-blindness"])
def test_not_yet_available(client: Any, filled: str, mock_cluster: Any, fault: str) -> None:
    """A blocking read waits for what a broker does not know yet; another one ends there."""
    with mock_cluster.fault(fault, times=3) as handle:
        ended = content_of(client.read(filled))
        content = content_of(client.read(filled, block=True, end_offset=len(_DATA)))

    assert (ended, content) == (b"", _DATA)
    assert handle.hits == 3


def test_stream_that_goes_silent(
    connect: Callable[..., Any], filled: str, mock_cluster: Any
) -> None:
    """A stream that tells nothing more is begun anew, and given up if that does not help."""
    client = connect(timeout=1)
    with mock_cluster.fault("stalled-stream", times=1, parameters={"messages": 2}):
        content = content_of(client.read(filled))
    with mock_cluster.fault("stalled-stream"), pytest.raises(CallError) as caught:
        content_of(client.read(filled))

    assert content == _DATA
    assert caught.value.code == "DEADLINE_EXCEEDED"


def test_holes(client: Any, mock_cluster: Any, filled: str) -> None:
    """A hole is passed, and the chunk after it tells how large it was."""
    with mock_cluster.fault("offset-jump", times=1) as handle:
        first = next(client.read(filled))

    assert handle.hits == 1
    assert first.skipped == first.offset > 0


@pytest.fixture
def stored(client: Any, mock_cluster: Any) -> str:
    """A journal of three fragments, all of them in its store."""
    mock_cluster.apply(
        spec(
            length=1024,
            stores=["file:///"],
            compression_codec=CompressionCodec.GZIP,
            refresh_interval=Duration(seconds=1),
        )
    )
    for begin in range(0, 30_000, 10_000):
        client.append(JOURNAL, _DATA[begin : begin + 10_000])
    with pytest.raises(SuspendedError):
        client.append(JOURNAL, b"", suspend=AppendRequest.SUSPEND_NOW)
    deadline = time.monotonic() + 20
    while not all(chunk.fragment.backing_store for chunk in client.read(JOURNAL, direct=False)):
        assert time.monotonic() < deadline, "the fragments were not stored in time"
    return JOURNAL


def _files(mock_cluster: Any) -> list[Path]:
    return sorted(path for path in (mock_cluster.file_root / JOURNAL).iterdir() if path.is_file())


def test_stored_fragments(connect: Callable[..., Any], mock_cluster: Any, stored: str) -> None:
    """Stored fragments are fetched by the client if it can, else by brokers."""
    near, far = connect(file_root=str(mock_cluster.file_root)), connect()
    fetched = content_of(near.read(stored, 5, end_offset=25_000))
    proxied = content_of(near.read(stored, 5, end_offset=25_000, direct=False))
    unreachable = content_of(far.read(stored, 5, end_offset=25_000))

    assert fetched == proxied == unreachable == _DATA[5:25_000]


@pytest.mark.parametrize(
    ("file", "error"),
    [
        (gzip.compress(b"x" * 10_000), FragmentCorruptError),
        (gzip.compress(b"x" * 9_999), FragmentFetchError),
        (gzip.compress(b"x" * 10_001), FragmentFetchError),
        (b"garbage", FragmentFetchError),
    ],
    ids=["other", "short", "long", "garbage"],
)
def test_broken_fragment(
    connect: Callable[..., Any],
    mock_cluster: Any,
    stored: str,
    file: bytes,
    error: type[FragmentFetchError],
) -> None:
    """Of a fragment whose file is not what its name says, no byte is read."""
    client = connect(file_root=str(mock_cluster.file_root))
    _files(mock_cluster)[1].write_bytes(file)
    read: list[Any] = []

    with pytest.raises(error) as caught:
        read.extend(client.read(stored))

    assert content_of(iter(read)) == _DATA[:10_000]
    assert caught.value.fragment.begin == 10_000


def test_fragment_that_is_gone(connect: Callable[..., Any], mock_cluster: Any, stored: str) -> None:
    """A read goes on over a fragment that is gone, once its broker knows that."""
    client = connect(file_root=str(mock_cluster.file_root), timeout=20)
    _files(mock_cluster)[0].unlink()
    deadline = time.monotonic() + 20
    while True:
        try:
            chunks = list(client.read(stored))
            break
        except FragmentFetchError:
            assert time.monotonic() < deadline, "the broker did not notice in time"

    assert (chunks[0].offset, chunks[0].skipped) == (10_000, 10_000)
    assert content_of(iter(chunks)) == _DATA[10_000:30_000]
