"""Appends that are answered while they are still written, through whatever is between."""

from collections import Counter
from http.client import HTTPConnection
from urllib.parse import urlsplit

from mockbroker import SyncMockCluster
from mockbroker.tests.faults.plain import Client

OFTEN = 60
"""Enough tries for writes to cross the answer in some of them."""


def test_the_gateway_tells_the_answer() -> None:
    """A PUT that the broker refuses at once is told why, every time."""
    seen: Counter[bytes] = Counter()
    with SyncMockCluster() as cluster:
        address = urlsplit(cluster.brokers[0].http).netloc
        for _ in range(OFTEN):
            connection = HTTPConnection(address, timeout=10)
            connection.request("PUT", "/acme/none", b"x")
            seen[connection.getresponse().read()] += 1
            connection.close()

    assert seen == {b"JOURNAL_NOT_FOUND\n": OFTEN}


def test_a_proxy_tells_the_answer() -> None:
    """An append refused by the primary is answered alike by a broker between."""
    seen: Counter[str] = Counter()
    with SyncMockCluster(brokers=2) as cluster:
        clients = [Client(node.address) for node in cluster.brokers]
        clients[0].create("acme/one")
        between = clients[1 - cluster.primary_of("acme/one")]
        for _ in range(OFTEN):
            seen[between.append("acme/one", *[b"x"] * 9, offset=77).status] += 1
        for client in clients:
            client.close()

    assert seen == {"WRONG_APPEND_OFFSET": OFTEN}
