"""A cluster for the tests of faults, and a journal for each test."""

from collections.abc import Iterator
from itertools import count

import pytest

from mockbroker import SyncMockCluster
from mockbroker.tests.faults.plain import Client

_NUMBERS = count()


@pytest.fixture(scope="module")
def shared() -> Iterator[SyncMockCluster]:
    """One cluster for all tests of a module."""
    with SyncMockCluster(brokers=2) as cluster:
        yield cluster


@pytest.fixture
def cluster(shared: SyncMockCluster) -> Iterator[SyncMockCluster]:
    """A cluster of two brokers without faults."""
    yield shared
    shared.cluster.faults.clear()


@pytest.fixture
def client(cluster: SyncMockCluster) -> Iterator[Client]:
    """A client of the first broker."""
    found = Client(cluster.brokers[0].address)
    yield found
    found.close()


@pytest.fixture
def journal(client: Client) -> str:
    """A journal of one replica that holds two fragments: `hello ` and `world`."""
    name = f"acme/{next(_NUMBERS)}/one"
    client.create(name)
    assert client.append(name, b"hello ").code == "OK"
    assert client.append(name, b"world").code == "OK"
    return name
