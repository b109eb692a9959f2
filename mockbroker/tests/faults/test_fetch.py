"""Faults of fragments fetched by their URLs, as a plain HTTP client sees them."""

import gzip
import http.client
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from mockbroker import SyncMockCluster
from mockbroker.tests.faults.plain import Client

CONTENT = b"x" * 1024


@dataclass
class Fetched:
    """What came of a GET."""

    code: int
    headers: dict[str, str]
    body: bytes
    broken: bool = False


def get(url: str) -> Fetched:
    """Fetches `url` and follows nothing."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.headers.items()}
        try:
            return Fetched(response.status, headers, response.read())
        except http.client.IncompleteRead as error:
            return Fetched(response.status, headers, error.partial, broken=True)
    finally:
        connection.close()


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[SyncMockCluster, Client]]:
    """A cluster that serves its fragments, one of which is persisted."""
    with SyncMockCluster(fragment_urls="http") as cluster:
        client = Client(cluster.brokers[0].address)
        client.create("acme/kept", stores=["file:///"], length=1024, refresh="1s")
        for _ in range(3):
            assert client.append("acme/kept", CONTENT).code == "OK"
        while not client.read("acme/kept", metadata_only=True).first.fragment_url:
            pass
        yield cluster, client
        client.close()


@pytest.fixture
def url(served: tuple[SyncMockCluster, Client]) -> Iterator[str]:
    """The URL of the fragment."""
    cluster, client = served
    yield client.read("acme/kept", metadata_only=True).first.fragment_url
    cluster.cluster.faults.clear()


@pytest.fixture
def cluster(served: tuple[SyncMockCluster, Client]) -> SyncMockCluster:
    """The cluster."""
    return served[0]


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("url-404", [404, 404]),
        ("url-403", [403, 403]),
        ("clock-skew-url", [403, 200]),
        ("url-500-flaky", [500, 500, 200]),
    ],
)
def test_refusals(cluster: SyncMockCluster, url: str, name: str, codes: list[int]) -> None:
    """The fetch is refused with the code; the journal's reads are not."""
    with cluster.fault(name, journal="acme/*"):
        assert [get(url).code for _ in codes] == codes

    fetched = get(url)
    assert (fetched.code, fetched.body, fetched.broken) == (200, CONTENT, False)


def test_short(cluster: SyncMockCluster, url: str) -> None:
    """The body ends before its length, with an error."""
    with cluster.fault("url-short", parameters={"bytes": 100}):
        fetched = get(url)

    assert (fetched.broken, fetched.body) == (True, CONTENT[:100])


def test_long(cluster: SyncMockCluster, url: str) -> None:
    """The body goes on after the fragment's last byte."""
    with cluster.fault("url-long", parameters={"extra": 7}):
        assert get(url).body == CONTENT + bytes(7)


def test_corrupt(cluster: SyncMockCluster, url: str) -> None:
    """The body begins with another byte."""
    with cluster.fault("url-corrupt-codec"):
        assert get(url).body == bytes([ord("x") ^ 0xFF]) + CONTENT[1:]


def test_content_encoding(cluster: SyncMockCluster, url: str) -> None:
    """The body is compressed, and says so."""
    with cluster.fault("url-content-encoding"):
        fetched = get(url)

    assert fetched.headers["content-encoding"] == "gzip"
    assert gzip.decompress(fetched.body) == CONTENT


def test_partial_content_and_redirects(cluster: SyncMockCluster, url: str) -> None:
    """206 comes with the whole content, a redirect with a place."""
    with cluster.fault("url-206-redirect"):
        partial = get(url)
    with cluster.fault("url-206-redirect", parameters={"location": "http://127.0.0.1:1/"}):
        redirect = get(url)

    assert (partial.code, partial.body) == (206, CONTENT)
    assert (redirect.code, redirect.headers["location"]) == (302, "http://127.0.0.1:1/")


def test_a_fetch_of_another_journal_is_left_alone(cluster: SyncMockCluster, url: str) -> None:
    """A rule wants fetches of the fragments of its journal only, and no rule of RPCs wants any."""
    with cluster.fault("url-404", journal="other/*") as other, cluster.fault("grpc-unavailable"):
        assert get(url).code == 200

    assert other.hits == 0


def test_a_scheme_that_nobody_knows(served: tuple[SyncMockCluster, Client], url: str) -> None:
    """The URL that a read tells of cannot be fetched."""
    cluster, client = served
    with cluster.fault("url-unsupported-scheme"):
        read = client.read("acme/kept", metadata_only=True)

    assert read.first.fragment_url == "memory:///fragment"
