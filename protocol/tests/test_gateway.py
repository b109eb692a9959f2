"""Requests over plain HTTP."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import AppendRequest, ReadRequest
from protocol.gateway import GatewayError, parse_request


@pytest.mark.parametrize(
    ("method", "target", "request_"),
    [
        ("HEAD", "/a/journal", ReadRequest(journal="a/journal", metadata_only=True)),
        (
            "GET",
            "/a/journal?block=T&offset=-1",
            ReadRequest(journal="a/journal", block=True, offset=-1),
        ),
        ("GET", "/a/journal?offset=%2B5", ReadRequest(journal="a/journal", offset=5)),
        ("GET", "/a/journal?&block=False&", ReadRequest(journal="a/journal")),
        ("GET", "/a/journal?off\u017fet=5", ReadRequest(journal="a/journal", offset=5)),
        ("PUT", "/a/journal;meta", AppendRequest(journal="a/journal;meta")),
        ("PUT", "/", AppendRequest()),
    ],
)
def test_a_request_is_a_message(
    method: str, target: str, request_: ReadRequest | AppendRequest
) -> None:
    """Verb, path and arguments make the request of an RPC."""
    assert parse_request(method, target) == request_


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/a/journal?offset=9223372036854775808", 'schema: error converting value for "offset"'),
        ("/a/journal?offset=1_0", 'schema: error converting value for "offset"'),
        ("/a/journal?BLOCK=yes", 'schema: error converting value for "BLOCK"'),
        ("/a/journal?a;b", "invalid semicolon separator in query"),
        ("/a/journal?%zz&a;b", "invalid semicolon separator in query"),
        ("/a/journal?%zz=%yy", 'invalid URL escape "%zz"'),
        ("/a/journal?x=1&y=2", 'schema: invalid path "x" (and 1 other error)'),
        ("/a/journal?x=1&y=2&z", 'schema: invalid path "x" (and 2 other errors)'),
        ("/a/%zz", 'invalid URL escape "%zz"'),
    ],
)
def test_a_refusal_is_a_body(target: str, body: str) -> None:
    """What is refused is answered with a line and status 400."""
    with pytest.raises(GatewayError) as error:
        parse_request("GET", target)

    assert str(error.value) == f"{body}\n"
    assert error.value.status == 400


@given(st.sampled_from(["GET", "HEAD", "PUT", "PATCH"]), st.text())
def test_any_target_is_a_request_or_an_error(method: str, target: str) -> None:
    """Whatever is asked for, it is a request, or refused by name."""
    try:
        parse_request(method, target)
    except GatewayError as error:
        assert str(error).endswith("\n")  # noqa: PT017 - it may also succeed
