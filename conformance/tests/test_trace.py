"""Traces: decoded, bounded, and without secrets."""

import pytest

import protocol
from conformance.trace import CALLS, MESSAGES, Trace, decoded, redacted


def test_call_is_told_in_full() -> None:
    """Requests, responses and the end of a call are in the trace, decoded."""
    trace = Trace()
    call = trace.begin("Read", "127.0.0.1:1")
    call.sent(protocol.ReadRequest(journal="acme/a", offset=3))
    call.received(protocol.ReadResponse(status=protocol.Status.SUSPENDED))
    call.ended("OK", "")
    (told,) = trace.as_json()
    assert told["requests"] == [{"journal": "acme/a", "offset": "3"}]
    assert told["responses"] == [{"status": "SUSPENDED"}]
    assert (told["rpc"], told["target"], told["code"]) == ("Read", "127.0.0.1:1", "OK")
    assert "started" not in told


def test_content_is_shown_short() -> None:
    """Content is text with its length, whatever its bytes."""
    told = decoded(protocol.AppendRequest(content=b"\x00abc" * 1000))
    assert told["content"].startswith("\\x00abc")
    assert told["content"].endswith("… (4000 bytes)")


@pytest.mark.parametrize("field", ["signed_url", "fragment_url"])
def test_signatures_of_urls_are_out_of_sight(field: str) -> None:
    """What follows the question mark of a signed URL is not shown."""
    url = "https://host/path?X-Signature=secret"
    fragments = [protocol.FragmentsResponse._Fragment(signed_url=url)]
    messages = {
        "signed_url": protocol.FragmentsResponse(fragments=fragments),
        "fragment_url": protocol.ReadResponse(fragment_url=url),
    }
    told = str(decoded(messages[field]))
    assert "secret" not in told
    assert "https://host/path" in told


def test_bearer_tokens_are_out_of_sight() -> None:
    """A token in a text is replaced."""
    assert redacted("refused: Bearer abc.def.ghi") == "refused: Bearer ***"


def test_trace_is_bounded() -> None:
    """The last calls of a test and the first messages of a call are kept."""
    trace = Trace()
    for number in range(CALLS + 5):
        call = trace.begin("List", str(number))
    for _ in range(MESSAGES + 5):
        call.sent(protocol.ListRequest())
    told = trace.as_json()
    assert [told[0]["target"], told[-1]["target"]] == ["5", str(CALLS + 4)]
    assert len(told[-1]["requests"]) == MESSAGES + 1


def test_polling_leaves_one_call() -> None:
    """Of what happens quietly, only the last call is kept."""
    trace = Trace()
    trace.begin("Apply", "")
    with trace.quiet():
        for number in range(10):
            trace.begin("List", str(number))
    assert [call["target"] for call in trace.as_json()] == ["", "9"]
