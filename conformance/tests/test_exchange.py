"""HTTP exchanges, over a server that answers as it is told."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc
import pytest

from conformance.broker import Broker
from conformance.credentials import Credentials
from conformance.errors import NonconformanceError
from conformance.exchange import Exchange, ask
from conformance.trace import Trace

CHUNKED = (
    b"HTTP/1.1 206 Partial Content\r\nTransfer-Encoding: chunked\r\nTrailer: X-Reason\r\n\r\n"
    b"5\r\nhello\r\n6\r\n world\r\n0\r\nX-Reason: the end\r\n\r\n"
)


@contextmanager
def serving(answer: bytes) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """The address of a server of one answer, and what it was asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                while not asked or b"\r\n\r\n" not in asked[0]:
                    asked[:] = [b"".join(asked) + connection.recv(1 << 16)]
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}", lambda: asked[0]
        thread.join()


def broker_at(address: str) -> Broker:
    """A broker whose HTTP side is at `address`."""
    channel = grpc.insecure_channel(address)
    return Broker(
        address,
        channel,
        credentials=Credentials(),
        trace=Trace(),
        exact_texts=False,
        http=address,
    )


def test_a_reply_has_its_trailers() -> None:
    """Chunks are joined, and names of headers and trailers are in lower case."""
    with serving(CHUNKED) as (address, asked):
        reply = ask(broker_at(address), "GET", "/some/path?offset=1", headers=[("X-Asked", "yes")])
    assert (reply.code, reply.body, reply.trailers) == (
        206,
        b"hello world",
        {"x-reason": "the end"},
    )
    assert reply.headers["trailer"] == "X-Reason"
    assert asked().startswith(b"GET /some/path?offset=1 HTTP/1.1\r\n")
    assert b"X-Asked: yes" in asked()


def test_a_response_is_read_as_far_as_asked() -> None:
    """Head and content come one by one."""
    with serving(CHUNKED) as (address, _), Exchange(broker_at(address), "GET", "/") as exchange:
        assert exchange.head().code == 206
        assert exchange.data(5) == b"hello"
        assert exchange.data(100) == b" world"


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", CHUNKED[:-20]])
def test_what_is_no_response_is_a_failure_of_the_broker(answer: bytes) -> None:
    """A connection that ends early or speaks something else is told in a sentence."""
    with (
        serving(answer) as (address, _),
        pytest.raises(NonconformanceError, match="GET /"),
    ):
        ask(broker_at(address), "GET", "/")


def test_silence_is_held() -> None:
    """An answer that comes while none should is a failure."""
    with serving(CHUNKED) as (address, _), Exchange(broker_at(address), "GET", "/") as exchange:
        with pytest.raises(NonconformanceError, match="to stay unanswered"):
            exchange.silent(10.0)
        exchange.reply()
