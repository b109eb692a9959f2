"""Where the calls of either client go, over a mock cluster of three brokers in three zones."""

from collections.abc import Callable
from typing import Any

import pytest

from protocol.client import CallError, NotBrokerError
from protocol.tests.client.conftest import JOURNAL, content_of, spec

pytestmark = pytest.mark.mock_cluster(brokers=3, lease=0.2)


class _Recorder:
    """Keeps which broker each client's call went to."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int]] = []

    def begin(self, call: Any) -> None:
        """Keeps a call, unless a peer makes it for itself or for a client."""
        if not call.proxied and call.rpc != "Replicate":
            self.calls.append((call.rpc, call.broker))

    def taken(self) -> list[tuple[str, int]]:
        """The calls since this was last asked."""
        calls, self.calls = self.calls, []
        return calls


@pytest.fixture
def recorder(mock_cluster: Any) -> _Recorder:
    """Sees the calls of the cluster."""
    recording = _Recorder()
    mock_cluster.cluster.interceptor = recording
    return recording


@pytest.fixture
def elsewhere(mock_cluster: Any) -> str:
    """A journal of the brokers 1 and 2, the second of which is primary."""
    mock_cluster.apply(spec(replication=2))
    mock_cluster.assign(JOURNAL, [2, 1])
    return JOURNAL


def test_routes_are_learned(client: Any, recorder: _Recorder, elsewhere: str) -> None:
    """The first call goes to the default address, and further ones to who can serve them."""
    for _ in range(3):
        client.append(elsewhere, b"content")
    appends = recorder.taken()
    content_of(client.read(elsewhere, direct=False))

    assert appends == [("Append", 0), ("Append", 2), ("Append", 2)]
    assert recorder.taken() == [("Read", 2)]


def test_listings_tell_routes(client: Any, recorder: _Recorder, elsewhere: str) -> None:
    """A journal that was listed is called directly at once."""
    client.list()
    recorder.taken()
    client.append(elsewhere, b"content")

    assert recorder.taken() == [("Append", 2)]


def test_moved_primary(client: Any, recorder: _Recorder, mock_cluster: Any, elsewhere: str) -> None:
    """When the primary moves, just one call still goes to the old one."""
    client.append(elsewhere, b"content")
    client.append(elsewhere, b"content")
    mock_cluster.move_primary(elsewhere, 1)
    recorder.taken()
    for _ in range(4):
        client.append(elsewhere, b"content")

    assert recorder.taken() == [("Append", 2), ("Append", 1), ("Append", 1), ("Append", 1)]


@pytest.mark.parametrize(("zone", "broker"), [("zone-1", 1), ("zone-2", 2)])
def test_near_members_are_read(
    connect: Callable[..., Any], recorder: _Recorder, elsewhere: str, zone: str, broker: int
) -> None:
    """Reads go to a member of the client's zone."""
    client = connect(zone=zone)
    client.list()
    recorder.taken()
    content_of(client.read(elsewhere))

    assert recorder.taken() == [("Read", broker)]


def test_direct_reads_find_a_member(client: Any, recorder: _Recorder, elsewhere: str) -> None:
    """A broker that does not serve the journal tells who does, and is asked just once."""
    content_of(client.read(elsewhere))
    content_of(client.read(elsewhere))
    (first, *rest) = recorder.taken()

    assert first == ("Read", 0)
    assert len(rest) == 2
    assert ("Read", 0) not in rest


def test_dead_member(
    client: Any, connect: Callable[..., Any], mock_cluster: Any, elsewhere: str
) -> None:
    """A read goes on when the broker that it reads from dies."""
    client.append(elsewhere, b"before")
    near = connect(zone="zone-2")
    near.list()
    chunks = near.read(elsewhere, block=True)
    first = next(chunks)
    mock_cluster.kill(2)
    client.append(elsewhere, b"after", at_least_once=True)
    second = next(chunks)
    chunks.close()

    assert first.content == b"before"
    assert (second.offset, second.content[:5]) == (6, b"after")


def test_several_addresses(connect: Callable[..., Any], mock_cluster: Any, elsewhere: str) -> None:
    """The default address may name several brokers, of which one that answers is called."""
    addresses = ",".join(broker.address for broker in mock_cluster.brokers[:2])
    client = connect(f"ipv4:{addresses}")
    mock_cluster.kill(0)
    client.append(elsewhere, b"content")

    assert content_of(client.read(elsewhere)) == b"content"


@pytest.mark.parametrize("fault", ["stale-route", "route-without-endpoints", "route-no-primary"])
def test_routes_that_lead_nowhere(
    client: Any, mock_cluster: Any, elsewhere: str, fault: str
) -> None:
    """A route that cannot be followed leaves the default address."""
    with mock_cluster.fault(fault, times=3) as handle:
        for _ in range(4):
            client.append(elsewhere, b"content")
        content = content_of(client.read(elsewhere))

    assert handle.hits == 3
    assert content == b"content" * 4


@pytest.mark.parametrize("fault", ["wrong-cluster", "wrong-process-id"])
def test_wrong_cluster(client: Any, mock_cluster: Any, elsewhere: str, fault: str) -> None:
    """A broker that takes us for another's client is reported after a few attempts."""
    with mock_cluster.fault(fault, rpc="Read") as handle, pytest.raises(CallError, match="UNKNOWN"):
        content_of(client.read(elsewhere))

    assert handle.hits <= 5


def test_nobody_serves(connect: Callable[..., Any], mock_cluster: Any, elsewhere: str) -> None:
    """Brokers that send each other's clients around are given up when the time is over."""
    with mock_cluster.fault("not-broker") as handle:
        client = connect(timeout=25, clock=lambda: 10.0 * handle.hits)
        with pytest.raises(NotBrokerError) as caught:
            content_of(client.read(elsewhere))

    assert caught.value.header is not None
    assert len(caught.value.header.route.members) == 2
