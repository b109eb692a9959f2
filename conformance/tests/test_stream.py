"""Streams whose calls the broker cancels."""

from collections.abc import Iterator
from typing import Any, Self

import grpc
import pytest

import protocol
from conformance.broker import Broker
from conformance.credentials import Credentials
from conformance.trace import Trace
from protocol.replay import Replay


class Cancelled:
    """A channel over which each call is cancelled at once, by its broker or its caller."""

    def __init__(self, *, given_up: bool) -> None:
        self._given_up = given_up

    def stream_stream(self, *_: Any, **__: Any) -> Any:
        """What makes a call; the call is the channel itself."""
        return lambda *_, **__: self

    unary_stream = stream_stream

    def __iter__(self) -> Iterator[Any]:
        """No messages."""
        return iter(())

    def code(self) -> grpc.StatusCode:
        """How the call ended."""
        return grpc.StatusCode.CANCELLED

    def details(self) -> str:
        """In whose words."""
        return "Stream removed (RST_STREAM (Received RST_STREAM with error code 8))"

    def cancelled(self) -> bool:
        """Whether the caller cancelled the call."""
        return self._given_up

    def cancel(self) -> Self:
        """Does nothing."""
        return self


REQUEST = protocol.ReadRequest(journal="acme/a", block=True)
ENDS = [
    pytest.param(0.0, False, "DEADLINE_EXCEEDED", id="at-the-deadline"),
    pytest.param(10.0, False, "CANCELLED", id="before-the-deadline"),
    pytest.param(0.0, True, "CANCELLED", id="given-up"),
]


@pytest.mark.parametrize(("timeout", "given_up", "code"), ENDS)
def test_a_call_is_cancelled_at_its_deadline(timeout: float, given_up: bool, code: str) -> None:
    """A broker that cancels a call at its deadline noticed that first; before, it cancelled it."""
    channel: Any = Cancelled(given_up=given_up)
    broker = Broker(
        "127.0.0.1:1", channel, credentials=Credentials(), trace=Trace(), exact_texts=False
    )
    answer = broker.call("Read", REQUEST, timeout=timeout)
    assert answer.code == code
    assert broker.trace.calls[-1].code == code


@pytest.mark.parametrize(("timeout", "given_up", "code"), ENDS)
def test_a_script_reads_codes_alike(
    monkeypatch: pytest.MonkeyPatch,
    timeout: float,
    given_up: bool,
    code: str,
) -> None:
    """A call of a script ends with the same code."""
    monkeypatch.setattr("sys.argv", ["script"])
    monkeypatch.setattr(grpc, "insecure_channel", lambda *_, **__: Cancelled(given_up=given_up))
    again = Replay("127.0.0.1:1")
    stream = again.open("Read", REQUEST.SerializeToString(), timeout=timeout, done=True)
    assert stream.outcome().split()[0] == code
