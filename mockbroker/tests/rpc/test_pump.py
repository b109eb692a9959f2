"""The pump, as a client and a tap see it."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest

import protocol as pb
from mockbroker import SyncMockCluster
from mockbroker.rpc.interceptor import Call, CutError, Tap
from mockbroker.tests.core.world import spec


@pytest.fixture
def cluster() -> Iterator[SyncMockCluster]:
    """Two brokers and a journal of both."""
    with SyncMockCluster(2) as cluster:
        cluster.apply(spec(replication=2))
        yield cluster


@pytest.fixture
def channel(cluster: SyncMockCluster) -> Iterator[grpc.Channel]:
    """A channel to the broker that is not the primary."""
    with grpc.insecure_channel(cluster.brokers[1].address) as channel:
        yield channel


def append(channel: grpc.Channel, content: bytes) -> pb.AppendResponse:
    """Appends."""
    requests = [
        pb.AppendRequest(journal="acme/a"),
        pb.AppendRequest(content=content),
        pb.AppendRequest(),
    ]
    response: pb.AppendResponse = pb.JournalStub(channel).Append(iter(requests), timeout=10)
    return response


def settled(channel: grpc.Channel) -> None:
    """Waits until the journal is assigned."""
    for _ in range(1000):
        if append(channel, b"0").status == pb.Status.OK:
            return
    pytest.fail("the journal is not assigned")


class Recorder(Tap):
    """Writes down what it sees, and changes what it is told to."""

    def __init__(self, call: Call, log: list[str], changes: dict[str, Any]) -> None:
        self._call = call
        self._log = log
        self._changes = changes

    async def received(self, message: Any) -> Any:
        """Notes a request."""
        self._log.append(f"received {self._call.received}")
        return message

    async def committed(self) -> None:
        """Notes the commit, and may cut."""
        self._log.append("committed")
        if "cut" in self._changes:
            raise self._changes["cut"]

    async def sending(self, message: Any) -> Any:
        """Notes a response, and may replace it."""
        self._log.append(f"sending {self._call.sent}")
        return self._changes.get("response", message)

    async def sent(self) -> None:
        """Notes that it was written."""
        self._log.append(f"sent {self._call.sent}")

    async def ending(self, code: int, details: str) -> tuple[int, str]:
        """Notes the end, and may change it."""
        self._log.append(f"ending {code}")
        return self._changes.get("end", (code, details))  # type: ignore[no-any-return] # a table


class Interceptor:
    """Taps calls of one RPC at one broker."""

    def __init__(self, rpc: str, broker: int, **changes: Any) -> None:
        self.log: list[str] = []
        self.calls: list[Call] = []
        self._rpc = rpc
        self._broker = broker
        self._changes = changes

    def begin(self, call: Call) -> Tap | None:
        """Taps the calls wanted."""
        if (call.rpc, call.broker) != (self._rpc, self._broker):
            return None
        self.calls.append(call)
        return Recorder(call, self.log, self._changes)


def test_a_tap_sees_a_call_from_its_begin_to_its_end(
    cluster: SyncMockCluster, channel: grpc.Channel
) -> None:
    """At the primary a tap sees each request, the commit, the response and the end."""
    settled(channel)
    tapped = Interceptor("Append", 0)
    cluster.intercept(tapped)
    assert append(channel, b"x").status == pb.Status.OK

    assert tapped.log == [
        "received 1",
        "received 2",
        "received 3",
        "committed",
        "sending 0",
        "sent 1",
        "ending 0",
    ]
    assert (tapped.calls[0].journal, tapped.calls[0].proxied) == ("acme/a", True)


def test_a_tap_sees_proxied_calls_too(cluster: SyncMockCluster, channel: grpc.Channel) -> None:
    """At a broker that proxies a tap sees the same messages, and no commit."""
    settled(channel)
    tapped = Interceptor("Append", 1)
    cluster.intercept(tapped)
    append(channel, b"x")
    assert tapped.log[:3] == ["received 1", "received 2", "received 3"]
    assert "committed" not in tapped.log
    assert not tapped.calls[0].proxied


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"cut": CutError(14, "cut")}, grpc.StatusCode.UNAVAILABLE, "cut"),
        ({"end": (13, "changed")}, grpc.StatusCode.INTERNAL, "changed"),
    ],
)
def test_a_tap_ends_calls_its_way(
    cluster: SyncMockCluster,
    channel: grpc.Channel,
    changes: dict[str, Any],
    code: grpc.StatusCode,
    text: str,
) -> None:
    """A call that a tap cuts after the commit fails, and what it appended stays."""
    settled(channel)
    before = append(channel, b"before").commit.end
    cluster.intercept(Interceptor("Append", 0, **changes))
    with pytest.raises(grpc.RpcError) as failed:
        append(channel, b"kept")
    assert (failed.value.code(), failed.value.details()) == (code, text)
    cluster.intercept(Interceptor("Append", 9))
    assert append(channel, b"!").commit.begin == before + len(b"kept")


def test_a_tap_replaces_responses(cluster: SyncMockCluster, channel: grpc.Channel) -> None:
    """A response may be replaced by others."""
    replaced = pb.ListResponse(status=pb.Status.SUSPENDED)
    cluster.intercept(Interceptor("List", 1, response=[replaced, replaced]))
    statuses = [each.status for each in pb.JournalStub(channel).List(pb.ListRequest())]
    assert statuses == [pb.Status.SUSPENDED] * 2


@pytest.mark.parametrize("rpc", ["List", "Apply", "Read", "ListFragments", "FragmentStoreHealth"])
def test_a_call_without_a_request_is_refused(channel: grpc.Channel, rpc: str) -> None:
    """An RPC that takes one request is an error without any."""
    call = channel.stream_stream(f"/protocol.Journal/{rpc}", lambda raw: raw, lambda raw: raw)
    with pytest.raises(grpc.RpcError) as refused:
        list(call(iter([]), timeout=10))
    assert refused.value.code() == grpc.StatusCode.INTERNAL


def test_health_and_reflection_are_on(channel: grpc.Channel) -> None:
    """What every gRPC server offers is offered."""
    from grpc_health.v1 import health_pb2, health_pb2_grpc  # noqa: PLC0415 - of this test only

    check = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=10)
    assert check.status == health_pb2.HealthCheckResponse.SERVING


def test_a_script_that_fails_is_answered(
    cluster: SyncMockCluster, channel: grpc.Channel, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug of the mock is an INTERNAL error with its trace in the log; the broker goes on."""

    class Broken:
        def begin(self, _call: Call) -> Tap | None:
            raise ZeroDivisionError

    cluster.intercept(Broken())
    with pytest.raises(grpc.RpcError) as failed:
        pb.JournalStub(channel).Apply(pb.ApplyRequest(), timeout=10)
    assert failed.value.code() == grpc.StatusCode.INTERNAL
    assert "ZeroDivisionError" in caplog.text
    cluster.intercept(Interceptor("Append", 9))
    assert not pb.JournalStub(channel).Apply(pb.ApplyRequest(), timeout=10).status
