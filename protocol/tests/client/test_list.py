"""Lists and watches by either client, of a mock cluster that fails on purpose."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from protocol import Status
from protocol.client import CallError, ClientError, Listing, NotAllowedError, ResponseError
from protocol.selectors import SelectorError
from protocol.tests.client.conftest import spec, upsert


def _names(listing: Listing) -> list[str]:
    return [journal.spec.name for journal in listing.journals]


@pytest.fixture
def three(mock_cluster: Any) -> list[str]:
    """The names of three journals."""
    names = ["a/one", "a/two", "b/three"]
    mock_cluster.apply(*map(spec, names))
    return names


def test_selectors(client: Any, three: list[str]) -> None:
    """What is listed is what a selector matches, and an empty one matches all."""
    assert _names(client.list()) == three
    assert _names(client.list("name=a/two")) == ["a/two"]
    assert _names(client.list("prefix=a/")) == ["a/one", "a/two"]
    assert _names(client.list("name=none/such")) == []


def test_not_a_selector(client: Any) -> None:
    """Text that is no selector is refused here."""
    with pytest.raises(SelectorError):
        client.list("a = = b")


def test_pages(client: Any, mock_cluster: Any, three: list[str]) -> None:
    """A listing may come in any number of messages."""
    with mock_cluster.fault("list-multipage") as handle:
        assert _names(client.list()) == three
        assert _names(next(client.watch())) == three
    assert handle.hits == 2


@pytest.mark.parametrize(
    ("fault", "times"), [("grpc-unavailable", 3), ("reset", 1), ("list-empty-continuation", 1)]
)
def test_faults_that_pass(
    client: Any, mock_cluster: Any, three: list[str], fault: str, times: int
) -> None:
    """What passes is waited out."""
    with mock_cluster.fault(fault, rpc="List", times=times) as handle:
        assert _names(client.list()) == three
    assert handle.hits == times


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("not-allowed", NotAllowedError),
        ("status-unknown-enum", ClientError),
        ("list-invalid-spec", ResponseError),
        ("list-empty-continuation", ResponseError),
        ("grpc-unknown-text", CallError),
        ("max-message", CallError),
    ],
)
def test_faults_that_stay(
    client: Any, mock_cluster: Any, three: list[str], fault: str, error: type[ClientError]
) -> None:
    """What stays is an error, after a few attempts at most."""
    with mock_cluster.fault(fault, rpc="List") as handle, pytest.raises(error):
        client.list()
    assert handle.hits <= 5


def test_watch(client: Any, connect: Callable[..., Any], three: list[str]) -> None:
    """A watch yields what matches now, and again when that changes."""
    listings = client.watch("prefix=a/")
    first = next(listings)
    connect().apply([upsert(spec("a/zero"))])
    second = next(listings)
    listings.close()

    assert (_names(first), _names(second)) == (["a/one", "a/two"], ["a/one", "a/two", "a/zero"])
    assert second.revision > first.revision


@pytest.mark.parametrize(
    "fault", [("watch-reset", {"messages": 2}), ("watch-eof", {}), ("reset", {"messages": 1})]
)
def test_watch_resumes(
    client: Any,
    connect: Callable[..., Any],
    mock_cluster: Any,
    three: list[str],
    fault: tuple[str, dict[str, int]],
) -> None:
    """A watch that breaks, within a listing or after it, goes on after what it yielded."""
    name, parameters = fault
    with mock_cluster.fault(name, rpc="List", parameters=parameters, times=1) as handle:
        listings = client.watch()
        first = next(listings)
        connect().apply([upsert(spec("z/four"))])
        second = next(listings)
        listings.close()

    assert handle.hits == 1
    assert (_names(first), _names(second)) == (three, [*three, "z/four"])


def test_watch_whose_revision_stays(client: Any, mock_cluster: Any, three: list[str]) -> None:
    """Listings must be of later revisions, each than the one before."""
    with mock_cluster.fault("watch-revision-stuck"):
        listings = client.watch()
        first = next(listings)
        mock_cluster.apply(spec("z/four"))
        with pytest.raises(ResponseError, match="a listing of revision 1 follows one of 1"):
            next(listings)

    assert first.revision == 1


def test_errors_of_listings_tell_their_status(client: Any, mock_cluster: Any) -> None:
    """The error of a status tells it, and the header."""
    with mock_cluster.fault("not-allowed", rpc="List"), pytest.raises(NotAllowedError) as caught:
        client.list()

    assert caught.value.status == Status.NOT_ALLOWED
    assert caught.value.header is not None
    assert list(islice(caught.value.header.route.members, 1)) == []
