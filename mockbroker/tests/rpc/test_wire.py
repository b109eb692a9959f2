"""Messages to and from bytes, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import protocol as pb
from mockbroker.core.actions import AbortError, Code, SendContent
from mockbroker.rpc import wire


@given(st.integers(0, 2**62), st.binary(min_size=1))
def test_content_is_encoded_as_protobuf_does(offset: int, content: bytes) -> None:
    """A chunk of content is the ReadResponse of its offset."""
    encoded = wire.encode_content(SendContent(offset, content))
    assert encoded == pb.ReadResponse(offset=offset, content=content).SerializeToString()


@given(st.binary(min_size=1))
def test_pure_content_is_taken_without_decoding(content: bytes) -> None:
    """An AppendRequest of nothing but content is recognised."""
    raw = pb.AppendRequest(content=content).SerializeToString()
    taken = wire.appended_content(raw)
    assert taken is not None
    assert bytes(taken) == content


@given(st.binary(max_size=40))
def test_whatever_is_taken_is_what_protobuf_decodes(raw: bytes) -> None:
    """Bytes are taken as content only where protobuf decodes just that."""
    content = wire.appended_content(raw)
    if content is not None:
        assert pb.AppendRequest.FromString(raw) == pb.AppendRequest(content=bytes(content))


@pytest.mark.parametrize(
    "request_",
    [
        pb.AppendRequest(),
        pb.AppendRequest(journal="acme/a"),
        pb.AppendRequest(content=b"x", offset=1),
        pb.AppendRequest(journal="acme/a", content=b"x"),
    ],
)
def test_other_requests_are_decoded(request_: pb.AppendRequest) -> None:
    """A request with any other field is left to protobuf."""
    assert wire.appended_content(request_.SerializeToString()) is None


@pytest.mark.parametrize(
    ("unary", "text"),
    [
        (True, "grpc: error unmarshalling request: unexpected EOF"),
        (False, "grpc: failed to unmarshal the received message: unexpected EOF"),
    ],
)
def test_undecodable_bytes(unary: bool, text: str) -> None:
    """What is no message is refused with the broker's text."""
    with pytest.raises(AbortError) as refused:
        wire.decode(b"\xff\xff\xff", pb.ApplyRequest, unary=unary)
    assert (refused.value.code, refused.value.details) == (Code.INTERNAL, text)


def test_oversized_requests() -> None:
    """A request beyond 4 MiB is refused with the broker's text, one of 4 MiB is not."""
    wire.check_size(bytes(4 << 20))
    with pytest.raises(AbortError, match=r"larger than max \(4194305 vs\. 4194304\)"):
        wire.check_size(bytes((4 << 20) + 1))
