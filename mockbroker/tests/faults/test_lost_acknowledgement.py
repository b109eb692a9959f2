"""A lost acknowledgement, as a plain client sees it."""

import grpc
import pytest

from mockbroker import SyncMockCluster
from mockbroker.faults import Cut
from mockbroker.faults.cuts import Point
from mockbroker.tests.faults.plain import Client

BEFORE: list[Point] = ["start", "content", "before-commit"]


def test_cut_after_commit_the_bytes_are_readable_once(
    cluster: SyncMockCluster, client: Client, journal: str
) -> None:
    """The append fails, though it was committed: its bytes are there, once."""
    with cluster.fault("lost-ack", journal=journal) as fault:
        assert client.append(journal, b"lost?").code == "UNAVAILABLE"

    assert fault.hits == 1
    assert client.read(journal).content == b"hello worldlost?"


@pytest.mark.parametrize("at", BEFORE)
def test_cut_before_commit_the_bytes_never_appear(
    cluster: SyncMockCluster, client: Client, journal: str, at: Point
) -> None:
    """The append fails and was rolled back: nothing of it is ever read."""
    with cluster.fault(rpc="Append", journal=journal, action=Cut(at=at)) as fault:
        assert client.append(journal, b"never").code == "UNAVAILABLE"

    assert fault.hits == 1
    assert client.read(journal).content == b"hello world"
    assert client.append(journal, b"!").first.commit.begin == len(b"hello world")


def test_a_retry_after_a_lost_acknowledgement_writes_twice(
    cluster: SyncMockCluster, client: Client, journal: str
) -> None:
    """An append is at least once: who repeats it without a check has it twice."""
    cluster.fault("lost-ack", journal=journal, nth=1)

    codes = [client.append(journal, b"again").code for _ in range(2)]

    assert codes == ["UNAVAILABLE", "OK"]
    assert client.read(journal).content == b"hello worldagainagain"


def test_an_explicit_offset_makes_the_retry_safe(
    cluster: SyncMockCluster, client: Client, journal: str
) -> None:
    """With the offset it expects, the repeated append finds that the first one succeeded."""
    cluster.fault("lost-ack", journal=journal, nth=1)
    head = len(b"hello world")

    client.append(journal, b"once", offset=head)

    assert client.append(journal, b"once", offset=head).status == "WRONG_APPEND_OFFSET"
    assert client.read(journal).content == b"hello worldonce"


def test_an_apply_cut_after_commit_is_applied(cluster: SyncMockCluster, client: Client) -> None:
    """The change stands, though the answer was lost."""
    cluster.fault(rpc="Apply", action=Cut(at="after-commit"))

    with pytest.raises(grpc.RpcError, match="cut by a fault rule"):
        client.create("lost/apply")

    assert [j.spec.name for j in client.list("lost/").first.journals] == ["lost/apply"]
