"""Fragments listed by either client, of a mock cluster that fails on purpose."""

from typing import Any

import pytest

from protocol import ValidationError
from protocol.client import JournalNotFoundError, ResponseError, SuspendedError
from protocol.tests.client.conftest import JOURNAL, spec


@pytest.fixture
def three(client: Any, mock_cluster: Any) -> str:
    """A journal of three fragments."""
    mock_cluster.apply(spec(length=1024))
    for _ in range(3):
        client.append(JOURNAL, b"x" * 2000)
    return JOURNAL


def _spans(client: Any, **options: Any) -> list[tuple[int, int]]:
    fragments = client.list_fragments(JOURNAL, **options)
    return [(fragment.spec.begin, fragment.spec.end) for fragment in fragments]


@pytest.mark.parametrize("page_limit", [0, 1, 2, 3])
def test_pages(client: Any, three: str, page_limit: int) -> None:
    """All fragments come, in whatever pages the broker tells them."""
    assert _spans(client, page_limit=page_limit) == [(0, 2000), (2000, 4000), (4000, 6000)]


def test_empty_page(client: Any, mock_cluster: Any, three: str) -> None:
    """A page without fragments is not the last if there is a token for the next."""
    with mock_cluster.fault("frag-empty-page") as handle:
        assert _spans(client)[-1] == (4000, 6000)
    assert handle.hits == 1


@pytest.mark.parametrize("fault", ["frag-token-loop", "frag-token-regress"])
def test_pages_that_do_not_go_on(client: Any, mock_cluster: Any, three: str, fault: str) -> None:
    """Tokens must grow from page to page, lest the listing goes on for ever."""
    with mock_cluster.fault(fault), pytest.raises(ResponseError, match="page token 1 follows"):
        _spans(client, page_limit=1)


def test_faults(client: Any, mock_cluster: Any, three: str) -> None:
    """What passes is waited out, and what stays is an error."""
    with mock_cluster.fault("grpc-unavailable", rpc="ListFragments", times=2):
        assert len(_spans(client)) == 3
    with mock_cluster.fault("suspended-full", rpc="ListFragments"), pytest.raises(SuspendedError):
        _spans(client)


def test_no_such_journal(client: Any) -> None:
    """A journal that is not found for a while is not there."""
    with pytest.raises(JournalNotFoundError):
        list(client.list_fragments("no/such/journal"))


def test_invalid_request(client: Any) -> None:
    """A request that breaks a rule is never sent."""
    with pytest.raises(ValidationError, match="invalid SignatureTTL"):
        list(client.list_fragments(JOURNAL, signature_ttl=0.0))
