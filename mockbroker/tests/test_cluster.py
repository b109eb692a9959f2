"""The life of a cluster, as tests of clients use it."""

import asyncio
from collections.abc import Iterator

import grpc
import pytest

import protocol as pb
from mockbroker import MockCluster, SyncMockCluster
from mockbroker.errors import MockError
from mockbroker.tests.core.world import spec

Status = pb.Status
pytest_plugins = ["pytester"]


@pytest.fixture
def cluster() -> Iterator[SyncMockCluster]:
    """Three brokers and a journal of two."""
    with SyncMockCluster(3, lease=30) as cluster:
        cluster.apply(spec(replication=2))
        yield cluster


def append(cluster: SyncMockCluster, broker: int, content: bytes = b"x") -> pb.AppendResponse:
    """One append through a broker."""
    chunks = [pb.AppendRequest(content=content)] if content else []
    requests = [pb.AppendRequest(journal="acme/a"), *chunks, pb.AppendRequest()]
    with grpc.insecure_channel(cluster.brokers[broker].address) as channel:
        response: pb.AppendResponse = pb.JournalStub(channel).Append(iter(requests), timeout=10)
    return response


def settled(cluster: SyncMockCluster, broker: int = 0) -> pb.AppendResponse:
    """Appends once the journal takes appends."""
    cluster.settle()
    response = append(cluster, broker)
    assert response.status == Status.OK
    return response


def test_it_is_an_async_context_manager() -> None:
    """Brokers accept calls within the context, and refuse them after it."""

    async def used() -> str:
        async with MockCluster(2) as cluster:
            address = cluster.brokers[1].address
            async with grpc.aio.insecure_channel(address) as channel:
                responses = [each async for each in pb.JournalStub(channel).List(pb.ListRequest())]
            assert responses[0].header.process_id.suffix == "broker-1"
        return address

    with grpc.insecure_channel(asyncio.run(used())) as channel, pytest.raises(grpc.RpcError):
        list(pb.JournalStub(channel).List(pb.ListRequest(), timeout=5))


def test_the_fixture(pytester: pytest.Pytester) -> None:
    """`mock_cluster` runs as many brokers as its marker says."""
    pytester.makepyfile(
        """
        import pytest

        def test_one(mock_cluster):
            assert len(mock_cluster.brokers) == 1

        @pytest.mark.mock_cluster(brokers=3)
        def test_three(mock_cluster):
            assert len(mock_cluster.brokers) == 3
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_a_moved_primary_answers(cluster: SyncMockCluster) -> None:
    """The broker that a journal is moved to becomes its primary, without loss."""
    settled(cluster)
    head = append(cluster, 0).commit.end
    cluster.move_primary("acme/a", 2)
    response = settled(cluster)
    assert response.header.process_id.suffix == "broker-2"
    assert response.commit.begin == head


def test_an_assigned_journal_stays_with_its_brokers(cluster: SyncMockCluster) -> None:
    """A journal that is assigned by hand has just these members."""
    cluster.assign("acme/a", [2, 1])
    response = settled(cluster)
    members = [each.suffix for each in response.header.route.members]
    assert (members, response.header.route.primary) == (["broker-1", "broker-2"], 1)
    assert cluster.primary_of("acme/a") == 2


def test_an_added_broker_takes_part(cluster: SyncMockCluster) -> None:
    """A broker that joins is a member of new journals where others are at work."""
    cluster.add_broker("zone-9")
    cluster.apply(spec("acme/wide", replication=4))
    cluster.settle()
    held = cluster.cluster.etcd.truth.assignments["acme/wide"]
    assert cluster.brokers[3].id in {each.id for each in held}
    assert cluster.brokers[3].id.zone == "zone-9"


def test_a_lagging_broker_does_not_know_what_is_new(cluster: SyncMockCluster) -> None:
    """A broker that sees changes late answers from the past until it is told the revision."""
    cluster.lag(1, 30)
    cluster.apply(spec("acme/new"))
    with grpc.insecure_channel(cluster.brokers[1].address) as channel:
        read = pb.JournalStub(channel).Read(pb.ReadRequest(journal="acme/new"), timeout=10)
        assert next(iter(read)).status == Status.JOURNAL_NOT_FOUND
        cluster.lag(1, 0)
        read = pb.JournalStub(channel).Read(pb.ReadRequest(journal="acme/new"), timeout=10)
        assert next(iter(read)).status == Status.OFFSET_NOT_YET_AVAILABLE


def test_two_primaries_do_not_both_commit(cluster: SyncMockCluster) -> None:
    """A primary whose lease ended unseen cannot commit: its replica follows another now."""
    head = settled(cluster).commit.end
    old = cluster.split_brain("acme/a")
    new = settled(cluster, 1 if old != 1 else 2)
    assert new.commit.begin == head
    assert new.header.process_id != cluster.brokers[old].id.message
    requests = [pb.AppendRequest(journal="acme/a", do_not_proxy=True), pb.AppendRequest()]
    with (
        grpc.insecure_channel(cluster.brokers[old].address) as channel,
        pytest.raises(grpc.RpcError),
    ):
        pb.JournalStub(channel).Append(iter(requests), timeout=1)


def test_a_dead_primary_is_replaced_when_its_lease_ends(cluster: SyncMockCluster) -> None:
    """Until then appends are UNAVAILABLE; then a replica goes on at the right offset."""
    head = settled(cluster).commit.end
    dead = cluster.primary_of("acme/a")
    other = (dead + 1) % 3
    cluster.kill(dead)
    with pytest.raises(grpc.RpcError) as failed:
        append(cluster, other)
    assert failed.value.code() == grpc.StatusCode.UNAVAILABLE
    cluster.expire_lease(dead)
    assert settled(cluster, other).commit.begin == head


def test_what_is_not_there_is_told(cluster: SyncMockCluster) -> None:
    """A journal without primary, and a broker without lease, are one clear sentence."""
    with pytest.raises(MockError, match="acme/none has no primary"):
        cluster.primary_of("acme/none")
    cluster.kill(2)
    cluster.expire_lease(2)
    with pytest.raises(MockError, match="broker 2 has no lease"):
        cluster.move_primary("acme/a", 2)


def test_it_settles_where_it_can(cluster: SyncMockCluster) -> None:
    """Too few brokers are no reason to wait; a dead member is, until its lease ends."""
    cluster.apply(spec("acme/wide", replication=5))
    cluster.settle()
    assert len(cluster.cluster.etcd.truth.assignments["acme/wide"]) == 3
    cluster.kill(0)
    cluster.apply(spec("acme/more", replication=3))
    with pytest.raises(TimeoutError):
        cluster.settle(timeout=0.2)
    cluster.expire_lease(0)
    cluster.settle()
