"""The bytes that a broker sends."""

import pytest
from google.protobuf.any_pb2 import Any

from protocol import (
    AppendRequest,
    BrokerSpec,
    Duration,
    FragmentStoreHealthRequest,
    JournalSpec,
    ReadRequest,
    ReadResponse,
)
from protocol.encoding import EncodingError, encode, reencode


@pytest.mark.parametrize(
    ("message", "plain"),
    [
        (ReadRequest(offset=1, min_etcd_revision=7), ReadRequest(offset=1)),
        (AppendRequest(journal="j", min_etcd_revision=7), AppendRequest(journal="j")),
        (
            FragmentStoreHealthRequest(check_delete=True, check_delete_prefix="a/"),
            FragmentStoreHealthRequest(),
        ),
        (BrokerSpec(journal_limit=1, exiting=True), BrokerSpec(journal_limit=1)),
        (ReadResponse(offset=1, content=b""), ReadResponse(offset=1)),
    ],
)
def test_what_an_older_broker_has_not_is_not_sent(message: ReadRequest, plain: ReadRequest) -> None:
    """Fields of later releases, and empty content, are dropped."""
    assert encode(message) == encode(plain)


def test_flags_are_a_signed_number() -> None:
    """Flags with the highest bit take ten bytes, as a negative number does."""
    assert encode(JournalSpec(flags=0xFFFFFFFF)).endswith(b"\x30" + b"\xff" * 9 + b"\x01")


@pytest.mark.parametrize(
    ("seconds", "nanos"), [(1, -1), (-1, 1), (0, 10**9), (1 << 34, 0), (-(1 << 34), 0)]
)
def test_durations_out_of_bounds_are_refused(seconds: int, nanos: int) -> None:
    """A broker cannot decode durations of mixed sign, or of too many nanoseconds."""
    spec = JournalSpec.Fragment(retention=Duration(seconds=seconds, nanos=nanos))

    with pytest.raises(EncodingError, match="duration of"):
        encode(spec)


def test_of_two_durations_the_last_counts() -> None:
    """A repeated duration is replaced, where protobuf would merge seconds and nanos."""
    first, last = Duration(seconds=1), Duration(nanos=2)
    wire = b"".join(
        JournalSpec.Fragment(retention=duration).SerializeToString() for duration in (first, last)
    )

    assert reencode(JournalSpec.Fragment, wire) == encode(JournalSpec.Fragment(retention=last))


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"\x2a\x01\x08", "not a duration"), (b"\x2a\x02\x0a\x00", "wrong wire type 2 for field")],
)
def test_bytes_that_are_no_duration_are_refused(data: bytes, reason: str) -> None:
    """What is inside of a duration is looked at too."""
    with pytest.raises(EncodingError, match=reason):
        reencode(JournalSpec.Fragment, data)


def test_a_known_field_of_another_wire_type_is_refused() -> None:
    """A number where a message has to be is no unknown field, but an error."""
    with pytest.raises(EncodingError, match=r"wrong wire type 0 for field protocol\.Header\.route"):
        reencode(ReadRequest, b"\x0a\x02\x10\x01")


def test_only_messages_of_the_protocol_are_encoded() -> None:
    """A foreign message is told as such."""
    with pytest.raises(EncodingError, match=r"google\.protobuf\.Any is no message"):
        encode(Any())
