"""Appends by either client, to a mock cluster that fails on purpose."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from protocol import Label, LabelSelector, LabelSet, Status, ValidationError
from protocol.client import (
    CallError,
    ClientError,
    IndexGreaterOffsetError,
    JournalNotFoundError,
    NotAllowedError,
    OutcomeUnknownError,
    RegisterMismatchError,
    ResponseError,
    StoreUnhealthyError,
    SuspendedError,
    WrongOffsetError,
)
from protocol.tests.client.conftest import content_of


def _labels(**labels: str) -> LabelSet:
    return LabelSet(labels=[Label(name=name, value=value) for name, value in labels.items()])


@pytest.mark.parametrize(
    "content",
    [
        lambda: b"content",
        lambda: io.BytesIO(b"content"),
        lambda: iter([b"con", b"", b"tent"]),
        lambda: b"",
        lambda: b"0123456789abcdef" * 40_000,
    ],
    ids=["bytes", "file", "pieces", "empty", "large"],
)
def test_content(client: Any, journal: str, content: Callable[[], Any]) -> None:
    """Bytes, files and pieces are appended, and the response tells where."""
    given = content()
    expected = given if isinstance(given, bytes) else b"content"
    client.append(journal, b"before")

    response = client.append(journal, given)

    assert (response.commit.begin, response.commit.end) == (6, 6 + len(expected))
    assert content_of(client.read(journal)) == b"before" + expected


def test_exception_while_reading_pieces(client: Any, journal: str) -> None:
    """If the content cannot be had, nothing is appended."""

    def broken() -> Iterator[bytes]:
        yield b"some"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        client.append(journal, broken())

    assert client.append(journal, b"after").commit.begin == 0


def test_exception_while_reading_a_file(client: Any, journal: str) -> None:
    """If a file breaks while it is sent, what was sent is rolled back."""

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            """Reads, but not to the end."""
            piece = super().read(size)
            if not piece:
                raise OSError("the disk is gone")
            return piece

    with pytest.raises(OSError, match="the disk is gone"):
        client.append(journal, Broken(b"x" * 500_000))

    assert client.append(journal, b"after").commit.begin == 0


def test_offset(client: Any, journal: str) -> None:
    """An append may require where the journal ends."""
    client.append(journal, b"first")

    with pytest.raises(WrongOffsetError) as caught:
        client.append(journal, b"second", offset=3)

    assert (caught.value.journal, caught.value.status) == (journal, Status.WRONG_APPEND_OFFSET)
    assert caught.value.header is not None
    assert client.append(journal, b"second", offset=5).commit.begin == 5


def test_registers(client: Any, journal: str) -> None:
    """Registers are checked, set and removed; a mismatch tells what they are."""
    client.append(journal, b"1", union_registers=_labels(owner="me"))

    with pytest.raises(RegisterMismatchError) as caught:
        client.append(journal, b"2", check_registers=LabelSelector(include=_labels(owner="you")))
    response = client.append(
        journal,
        b"3",
        check_registers=LabelSelector(include=_labels(owner="me")),
        subtract_registers=_labels(owner="me"),
        union_registers=_labels(owner="you"),
    )

    assert caught.value.registers == _labels(owner="me")
    assert response.registers == _labels(owner="you")
    assert response.commit.begin == 1


def test_invalid_request(client: Any) -> None:
    """A request that breaks a rule is never sent."""
    with pytest.raises(ValidationError, match="cannot begin with '/'"):
        client.append("/bad", b"content")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("transient-not-found", JournalNotFoundError),
        ("suspended-no-resume", SuspendedError),
        ("register-mismatch", RegisterMismatchError),
        ("wrong-append-offset", WrongOffsetError),
        ("index-greater-offset", IndexGreaterOffsetError),
        ("store-unhealthy", StoreUnhealthyError),
        ("not-allowed", NotAllowedError),
    ],
)
def test_statuses_that_are_final(
    client: Any, journal: str, mock_cluster: Any, fault: str, error: type[ClientError]
) -> None:
    """A status that would not change is an error of its type, after one attempt."""
    with mock_cluster.fault(fault, rpc="Append") as handle, pytest.raises(error) as caught:
        client.append(journal, b"content")

    assert handle.hits == 1
    assert caught.value.journal == journal


@pytest.mark.parametrize("fault", ["no-primary", "not-primary", "insufficient-brokers"])
def test_statuses_that_pass(client: Any, journal: str, mock_cluster: Any, fault: str) -> None:
    """A status that tells of a change of brokers is waited out, and the append made once."""
    with mock_cluster.fault(fault, rpc="Append", times=3) as handle:
        client.append(journal, b"content")

    assert handle.hits == 3
    assert content_of(client.read(journal)) == b"content"


@pytest.mark.parametrize(
    "fault",
    ["append-underflow", "grpc-unavailable"],
)
def test_what_was_surely_rolled_back(
    client: Any, journal: str, mock_cluster: Any, fault: str
) -> None:
    """An append that was cut off, or reached nobody, is made again."""
    with mock_cluster.fault(fault, rpc="Append", times=2) as handle:
        client.append(journal, b"content")

    assert handle.hits == 2
    assert content_of(client.read(journal)) == b"content"


@pytest.mark.parametrize("fault", ["primary-failover-mid-append", "grpc-internal"])
def test_broken_before_it_was_complete(
    client: Any, journal: str, mock_cluster: Any, fault: str
) -> None:
    """An append that breaks before it was handed over whole is made again."""
    content = b"0123456789abcdef" * 500_000  # more than any connection takes unread
    with mock_cluster.fault(fault, times=1) as handle:
        response = client.append(journal, content)

    assert handle.hits == 1
    assert (response.commit.begin, response.commit.end) == (0, len(content))


@pytest.mark.parametrize("fault", ["primary-failover-mid-append", "grpc-internal"])
def test_broken_after_it_was_complete(
    client: Any, journal: str, mock_cluster: Any, fault: str
) -> None:
    """An append that breaks after it was handed over whole is not: it may be committed."""
    with mock_cluster.fault(fault, times=1) as handle, pytest.raises(OutcomeUnknownError):
        client.append(journal, b"content")

    assert handle.hits == 1


def test_patience_ends(connect: Callable[..., Any], journal: str, mock_cluster: Any) -> None:
    """What does not pass is told when the time is over."""
    with mock_cluster.fault("insufficient-brokers", rpc="Append") as handle:
        client = connect(timeout=25, clock=lambda: 10.0 * handle.hits)
        with pytest.raises(ClientError, match="INSUFFICIENT_JOURNAL_BROKERS"):
            client.append(journal, b"content")

    assert handle.hits == 3


def test_lost_answer(client: Any, journal: str, mock_cluster: Any) -> None:
    """An append whose answer is lost is not made again: nobody knows what became of it."""
    with (
        mock_cluster.fault("lost-ack", times=1) as handle,
        pytest.raises(OutcomeUnknownError, match="may or may not have been committed") as caught,
    ):
        client.append(journal, b"content")

    assert handle.hits == 1
    assert caught.value.journal == journal
    assert isinstance(caught.value.__cause__, CallError)
    assert content_of(client.read(journal)) == b"content"


def test_lost_answer_at_least_once(client: Any, journal: str, mock_cluster: Any) -> None:
    """It is made again if the caller asks for that, and may then stand twice."""
    with mock_cluster.fault("lost-ack", times=1):
        response = client.append(journal, b"content", at_least_once=True)

    assert response.commit.begin == 7
    assert content_of(client.read(journal)) == b"contentcontent"


@pytest.mark.parametrize("fault", ["commit-missing", "commit-wrong-span"])
def test_broken_answers(client: Any, journal: str, mock_cluster: Any, fault: str) -> None:
    """An answer that breaks the protocol is no success, and leaves the outcome open."""
    with (
        mock_cluster.fault(fault, times=1),
        pytest.raises(OutcomeUnknownError, match="invalid AppendResponse") as caught,
    ):
        client.append(journal, b"content")

    assert isinstance(caught.value.__cause__, ResponseError)


def test_no_answer(client: Any, journal: str, mock_cluster: Any) -> None:
    """A call that ends well but without an answer leaves the outcome open."""
    with mock_cluster.fault("no-append-response", times=1), pytest.raises(OutcomeUnknownError):
        client.append(journal, b"content")


def test_early_answer(client: Any, mock_cluster: Any) -> None:
    """An answer that comes while content is still being sent is the answer."""
    with pytest.raises(JournalNotFoundError, match="no/such/journal: JOURNAL_NOT_FOUND"):
        client.append("no/such/journal", b"0123456789abcdef" * 400_000)
