"""Clusters that are made new, and put back as they were."""

import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

import protocol as pb
from mockbroker import SyncMockCluster
from mockbroker.errors import MockError
from mockbroker.tests.core.world import labels, spec

Status = pb.Status


@pytest.fixture
def cluster() -> Iterator[SyncMockCluster]:
    """Two brokers."""
    with SyncMockCluster(2) as cluster:
        yield cluster


@pytest.fixture
def stub(cluster: SyncMockCluster) -> Iterator[pb.JournalStub]:
    """Calls of the first broker."""
    with grpc.insecure_channel(cluster.brokers[0].address) as channel:
        yield pb.JournalStub(channel)


def append(stub: pb.JournalStub, content: bytes, **fields: object) -> pb.AppendResponse:
    """Appends, once the journal is assigned."""
    for _ in range(200):
        response: pb.AppendResponse = stub.Append(
            iter(
                [
                    pb.AppendRequest(journal="acme/a", **fields),  # type: ignore[arg-type] # a table
                    pb.AppendRequest(content=content),
                    pb.AppendRequest(),
                ]
            ),
            timeout=10,
        )
        if response.status == Status.OK:
            return response
        time.sleep(0.005)
    pytest.fail(f"not assigned: {response}")


def read(stub: pb.JournalStub, offset: int = 0) -> bytes:
    """Reads to the head."""
    request = pb.ReadRequest(journal="acme/a", offset=offset)
    return b"".join(each.content for each in stub.Read(request, timeout=10))


@pytest.mark.parametrize("stores", [(), ("file:///",)])
def test_a_restored_cluster_is_as_it_was(
    cluster: SyncMockCluster, stub: pb.JournalStub, stores: tuple[str, ...]
) -> None:
    """Content, registers and offsets come back, and what came later is gone; twice."""
    cluster.apply(spec(replication=2, stores=stores))
    append(stub, b"one", union_registers=labels(aa="1"))
    append(stub, b"two")
    snapshot = cluster.snapshot()

    for _ in range(2):
        append(stub, b"later", union_registers=labels(bb="2"))
        cluster.apply(spec("acme/later"))
        cluster.restore(snapshot)

        response = append(stub, b"!")
        assert (response.commit.begin, response.registers) == (6, labels(aa="1"))
        assert read(stub) == b"onetwo!"
        listed = [each.spec.name for page in stub.List(pb.ListRequest()) for each in page.journals]
        assert listed == ["acme/a"]


def test_a_snapshot_does_not_grow(cluster: SyncMockCluster, stub: pb.JournalStub) -> None:
    """Appends after a snapshot are no part of it, though they extend the same fragment."""
    cluster.apply(spec())
    append(stub, b"first")
    append(stub, b"open")
    snapshot = cluster.snapshot()
    append(stub, b"more")
    cluster.restore(snapshot)
    append(stub, b"!")
    assert read(stub) == b"firstopen!"


def test_a_reset_cluster_is_new(cluster: SyncMockCluster, stub: pb.JournalStub) -> None:
    """No journal, no file, no fault and no dead broker is left; revisions go on."""
    cluster.apply(spec(stores=("file:///",)))
    append(stub, b"one")
    append(stub, b"two")
    revision = cluster.cluster.etcd.revision
    cluster.fault("grpc-unavailable", rpc="List")
    cluster.kill(1)
    cluster.reset()

    assert [len(page.journals) for page in stub.List(pb.ListRequest())] == [0]
    assert all(node.running for node in cluster.brokers)
    assert not list(cluster.file_root.iterdir())
    assert cluster.cluster.etcd.revision > revision
    cluster.apply(spec(stores=("file:///",)))
    assert append(stub, b"new").commit.begin == 0


def test_a_waiting_reader_ends_with_a_reset(cluster: SyncMockCluster, stub: pb.JournalStub) -> None:
    """A read that blocks ends well when its journal is gone."""
    cluster.apply(spec())
    append(stub, b"one")
    reading = stub.Read(pb.ReadRequest(journal="acme/a", block=True), timeout=10)
    assert [next(reading).content, next(reading).content] == [b"", b"one"]
    cluster.reset()
    assert list(reading) == []


def test_state_on_disk_has_no_snapshots(tmp_path: Path) -> None:
    """A cluster with a data directory says so."""
    with (
        SyncMockCluster(data_dir=tmp_path) as cluster,
        pytest.raises(MockError, match="copy the directory"),
    ):
        cluster.snapshot()
