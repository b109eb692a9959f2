"""Clocks."""

import asyncio

import grpc
import pytest

import protocol as pb
from mockbroker import MockCluster, SyncMockCluster
from mockbroker.clock import ManualClock, SystemClock
from mockbroker.errors import MockError
from mockbroker.tests.core.world import spec


def test_a_manual_clock_stands_still_until_it_is_advanced() -> None:
    """Alarms ring in order, each at its own time, and may set others."""
    rung: list[tuple[str, float]] = []

    async def advanced() -> None:
        clock = ManualClock(100.0)

        def first() -> None:
            rung.append(("first", clock.now()))
            clock.call_at(clock.now() + 1, lambda: rung.append(("second", clock.now())))

        clock.call_at(105.0, first)
        clock.call_at(103.0, lambda: rung.append(("cancelled", 0))).cancel()
        await clock.advance(4)
        assert not rung
        await clock.advance(10)
        assert clock.now() == 114.0

    asyncio.run(advanced())
    assert rung == [("first", 105.0), ("second", 106.0)]


def test_what_is_due_comes_soon() -> None:
    """A time that has passed calls back at once, though not before returning."""

    async def called(clock: ManualClock | SystemClock) -> None:
        came = asyncio.Event()
        clock.call_at(clock.now() - 1, came.set)
        assert not came.is_set()
        await asyncio.wait_for(came.wait(), 10)

    asyncio.run(called(ManualClock()))
    asyncio.run(called(SystemClock()))


def test_a_lease_needs_no_sleeping() -> None:
    """With a manual clock a dead broker's lease ends when the test says so."""
    with SyncMockCluster(2, clock=ManualClock()) as cluster:
        cluster.kill(1)
        cluster.advance(19.9)
        members = cluster.cluster.etcd.truth.members
        assert len(members) == 2
        cluster.advance(0.2)
        assert len(members) == 1


def test_watches_outlive_their_broker_until_the_hard_stop() -> None:
    """A broker that leaves takes no more calls, but cuts a watch only after its time."""
    with SyncMockCluster(2, clock=ManualClock()) as cluster:
        address = cluster.brokers[0].address
        with grpc.insecure_channel(address) as channel:
            stub = pb.JournalStub(channel)
            watch = stub.List(pb.ListRequest(watch=True), timeout=30)
            assert [next(watch).header.etcd.revision > 0, next(watch).journals] == [True, []]
            cluster.stop(0)
            cluster.advance(14.9)
            cluster.apply(spec())
            assert [each.spec.name for each in next(watch).journals] == ["acme/a"]
            cluster.advance(0.2)
            with pytest.raises(grpc.RpcError) as cut:
                list(watch)
            assert cut.value.code() == grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"brokers": 0}, "a cluster has 1 to 9 brokers"),
        ({"brokers": 10}, "a cluster has 1 to 9 brokers"),
        ({"brokers": 2, "zones": ["a"]}, "as many zones"),
    ],
)
def test_impossible_clusters_are_told(options: dict[str, object], text: str) -> None:
    """A cluster that cannot be is one clear sentence."""
    with pytest.raises(MockError, match=text):
        MockCluster(**options)  # type: ignore[arg-type] # a table of options
