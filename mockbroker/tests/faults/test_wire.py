"""Faults of connections, as a plain gRPC client sees them."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbroker import SyncMockCluster
from mockbroker.errors import MockError
from mockbroker.faults.sync_wire import SyncWireProxy
from mockbroker.faults.wire import _Frames
from mockbroker.tests.faults.plain import Client, Outcome


class Wire:
    """A proxy, and a client behind it."""

    def __init__(self, proxy: SyncWireProxy) -> None:
        self.proxy = proxy
        self.client = Client(proxy.address)

    @contextmanager
    def reading(self, journal: str) -> Iterator[list[Outcome]]:
        """A blocking read that goes on within the block, its outcome in the list after."""
        outcomes: list[Outcome] = []
        head = self.client.append(journal).first.commit.end

        def read() -> None:
            outcomes.append(self.client.read(journal, head, block=True, end_offset=head + 1))

        thread = threading.Thread(target=read)
        thread.start()
        yield outcomes
        thread.join(10)


@pytest.fixture
def wire(cluster: SyncMockCluster, journal: str) -> Iterator[Wire]:
    """A proxied client of a cluster that has `journal`."""
    with cluster.wire(0) as proxy:
        found = Wire(proxy)
        yield found
        found.client.close()


def test_a_proxy_is_not_noticed(wire: Wire, journal: str) -> None:
    """Calls through it are as calls to the broker."""
    assert wire.client.append(journal, b"!").status == "OK"
    assert wire.client.read(journal).content == b"hello world!"
    assert wire.proxy.connections == 1


def test_reset(wire: Wire, journal: str) -> None:
    """A reset ends calls with UNAVAILABLE; the next one connects again."""
    with wire.reading(journal) as outcomes:
        wire.proxy.reset()

    assert outcomes[0].code == "UNAVAILABLE"
    assert wire.client.append(journal, b"!").status == "OK"


def test_refused_connections(wire: Wire, journal: str) -> None:
    """A closed port refuses, until it is open again at the same address."""
    wire.proxy.refuse()
    host, port = wire.proxy.address.split(":")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=5)

    wire.proxy.accept()

    socket.create_connection((host, int(port)), timeout=5).close()


def test_half_open(wire: Wire, journal: str) -> None:
    """Nothing comes and nothing breaks: only the caller's deadline ends the call."""
    assert wire.client.append(journal).status == "OK"
    wire.proxy.half_open()
    wire.client.timeout = 0.2
    hung = wire.client.list()
    wire.client.timeout = 10
    wire.proxy.flow()

    assert hung.code == "DEADLINE_EXCEEDED"
    assert wire.client.append(journal, b"!").status == "OK"


def test_goaway(wire: Wire, journal: str) -> None:
    """Who is told to go away finishes its calls, and makes new ones over a new connection."""
    with wire.reading(journal) as outcomes:
        going = threading.Thread(target=lambda: wire.proxy.goaway(grace=0.3))
        going.start()
        other = Client(wire.proxy.address)
        assert other.append(journal, b"!").status == "OK"
        other.close()
        going.join()

    assert outcomes[0].content == b"!"
    assert wire.client.append(journal, b"?").status == "OK"


def test_a_slow_wire(wire: Wire, journal: str) -> None:
    """What the broker sends comes no faster than the rate, and whole."""
    content = bytes(100_000)
    wire.client.append(journal, content)
    wire.proxy.slow(400_000)
    began = time.monotonic()

    assert len(wire.client.read(journal, 11).content) == len(content)
    assert time.monotonic() - began >= 0.2


def test_a_rate_of_nothing_is_refused(wire: Wire) -> None:
    """A rate that would carry nothing is an error."""
    with pytest.raises(MockError):
        wire.proxy.slow(0)


@given(st.lists(st.binary(max_size=300), max_size=5), st.data())
def test_a_frame_is_put_between_two(payloads: list[bytes], data: st.DataObject) -> None:
    """However frames are cut, one more comes between two of them, and the others stay whole."""
    frames = [len(p).to_bytes(3) + bytes(6) + p for p in payloads]
    stream = b"".join(frames)
    starts = {sum(map(len, frames[:i])) for i in range(len(frames) + 1)}
    when = data.draw(st.integers(0, len(stream)))
    follower, sent, place = _Frames(), b"", 0
    while place < len(stream) or place == when:
        end = data.draw(st.integers(place + 1, max(place + 1, len(stream))))
        end = min(end, when) if place < when else end
        if place == when:
            sent += follower.interject(b"GOAWAY")
        sent += follower.feed(stream[place:end])
        place = end

    at = sent.find(b"GOAWAY")
    assert at == min(start for start in starts if start >= when)
    assert sent.replace(b"GOAWAY", b"") == stream
