"""Faults of messages: what a response says, and how it is divided."""

from collections.abc import Callable

import pytest

import protocol as pb
from mockbroker import SyncMockCluster
from mockbroker.tests.faults.plain import Client, Outcome

HEAD = len(b"hello world")


def test_throttle(cluster: SyncMockCluster, client: Client, journal: str) -> None:
    """The response counts chunks that were delayed."""
    cluster.fault("throttle", parameters={"chunks": 3})

    assert client.append(journal, b"!").first.delayed_chunks == 3


def test_max_message(cluster: SyncMockCluster, client: Client, journal: str) -> None:
    """A message above the client's limit fails at the client."""
    cluster.fault("max-message")

    assert client.list().code == "RESOURCE_EXHAUSTED"


def test_routes(cluster: SyncMockCluster, client: Client, journal: str) -> None:
    """Routes without endpoints, without a primary, and of brokers that are gone."""
    with cluster.fault("stale-route", rpc="Read"):
        stale = client.read(journal).first.header.route
    with cluster.fault("route-without-endpoints", rpc="Read"):
        bare = client.read(journal).first.header.route
    with cluster.fault("route-no-primary", rpc="Append"):
        headless = client.append(journal).first.header.route

    assert (stale.members[0].suffix, list(stale.endpoints)) == ("gone", ["http://127.0.0.1:1"])
    assert (len(bare.members), list(bare.endpoints)) == (1, [])
    assert (len(headless.members), headless.primary) == (1, -1)


def metadata(outcome: Outcome) -> list[tuple[int, int, int]]:
    """Offset, begin and end of each fragment a read told of."""
    return [
        (m.offset, m.fragment.begin, m.fragment.end)
        for m in outcome.messages
        if m.HasField("fragment")
    ]


READS: dict[str, Callable[[Outcome], bool]] = {
    "offset-jump": lambda o: metadata(o)[0][0] == 1,
    "offset-regression": lambda o: metadata(o)[1][0] == 0,
    "content-gap": lambda o: next(m.offset for m in o.messages if m.content) == 1,
    "overlap-fragments": lambda o: metadata(o)[1] == (6, 5, HEAD),
    "header-on-later-message": lambda o: o.messages[1].header.process_id.suffix == "late",
    "metadata-inconsistent": lambda o: o.first.write_head == 0 < o.first.fragment.end,
    "empty-content-message": lambda o: (
        o.messages[1].HasField("content") and not o.messages[1].content
    ),
    "ok-without-fragment": lambda o: o.status == "OK" and not o.first.HasField("fragment"),
    "sha-mismatch": lambda o: o.content == bytes([ord("h") ^ 0xFF]) + b"ello world",
}


@pytest.mark.parametrize("name", READS)
def test_payload_of_reads(
    cluster: SyncMockCluster, client: Client, journal: str, name: str
) -> None:
    """A read says what no honest broker does; the next one is honest."""
    with cluster.fault(name) as fault:
        assert READS[name](client.read(journal))

    assert fault.hits == 1
    assert not READS[name](client.read(journal))


def test_onya_with_a_write_head_behind(
    cluster: SyncMockCluster, client: Client, journal: str
) -> None:
    """The write head is below the offset that is not yet available."""
    cluster.fault("onya-wh-behind")

    assert client.read(journal, 5).first.write_head == 0


def test_list_in_many_messages(cluster: SyncMockCluster, client: Client, journal: str) -> None:
    """One journal per message; only the first has the header's content."""
    prefix = f"{journal}/many/"
    client.create(*(f"{prefix}{i}" for i in range(3)))
    with cluster.fault("list-multipage"):
        outcome = client.list(prefix)

    assert [len(m.journals) for m in outcome.messages] == [1, 1, 1]
    assert [m.header.etcd.revision > 0 for m in outcome.messages] == [True, False, False]


def test_list_with_an_empty_continuation(
    cluster: SyncMockCluster, client: Client, journal: str
) -> None:
    """A listing that is no watch has a message without journals."""
    cluster.fault("list-empty-continuation")

    assert [len(m.journals) for m in client.list(journal[:-3]).messages] == [1, 0]


def test_list_of_an_invalid_spec(cluster: SyncMockCluster, client: Client, journal: str) -> None:
    """A listed journal does not validate."""
    cluster.fault("list-invalid-spec")
    (listed,) = client.list(journal[:-3]).first.journals

    assert (listed.spec.replication, listed.mod_revision) == (0, 0)


def test_pages_of_fragments(cluster: SyncMockCluster, client: Client, journal: str) -> None:
    """Tokens repeat or fall back, pages are empty, fragments overlap."""
    with cluster.fault("frag-token-loop"):
        tokens = [client.fragments(journal).first.next_page_token for _ in range(2)]
    with cluster.fault("frag-empty-page", parameters={"token": 5}):
        pages = [client.fragments(journal).first for _ in range(2)]
    with cluster.fault("frag-token-regress"):
        ends = [client.fragments(journal).first.next_page_token for _ in range(3)]
    with cluster.fault("frag-overlaps"):
        first, second = client.fragments(journal).first.fragments

    assert tokens == [1, 1]
    assert [(len(p.fragments), p.next_page_token) for p in pages] == [(0, 5), (2, 0)]
    assert ends == [0, 1, 0]
    assert first.spec.end > second.spec.begin


def test_commits(cluster: SyncMockCluster, client: Client, journal: str) -> None:
    """A response without its commit, and one whose commit is longer than what was sent."""
    with cluster.fault("commit-missing"):
        missing = client.append(journal, b"!")
    with cluster.fault("commit-wrong-span"):
        longer = client.append(journal, b"!").first.commit

    assert (missing.status, missing.first.HasField("commit")) == ("OK", False)
    assert longer.end - longer.begin == 2
    assert client.read(journal).content == b"hello world!!"


def test_no_append_response(cluster: SyncMockCluster, client: Client, journal: str) -> None:
    """The append is committed, and nothing is said of it."""
    cluster.fault("no-append-response")

    assert client.append(journal, b"!").messages == [pb.AppendResponse()]
    assert client.read(journal).content == b"hello world!"
