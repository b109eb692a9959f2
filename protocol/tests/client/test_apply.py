"""Applies by either client, to a mock cluster that fails on purpose."""

from typing import Any

import pytest

from protocol import ApplyRequest, ValidationError
from protocol.client import (
    ApplyConflictError,
    CallError,
    ChangeResult,
    OutcomeUnknownError,
    TransactionFailedError,
)
from protocol.tests.client.conftest import spec, upsert


def _delete(name: str, revision: int) -> ApplyRequest.Change:
    return ApplyRequest.Change(delete=name, expect_mod_revision=revision)


def test_results(client: Any) -> None:
    """Each change has a result, which tells the revision of what it made."""
    created = client.apply([upsert(spec("a/one")), upsert(spec("a/two"))])
    revision = created[0].mod_revision
    changed = client.apply([upsert(spec("a/one"), revision), _delete("a/two", revision)])
    (listed,) = client.list().journals

    assert created == [ChangeResult("a/one", revision), ChangeResult("a/two", revision)]
    assert changed == [ChangeResult("a/one", listed.mod_revision), ChangeResult("a/two", 0)]
    assert listed.mod_revision > revision


def test_conflicts(client: Any) -> None:
    """If a journal is elsewhere than expected, nothing is changed, and each result tells where."""
    (created,) = client.apply([upsert(spec("a/one"))])

    with pytest.raises(ApplyConflictError) as caught:
        client.apply([upsert(spec("a/one")), upsert(spec("a/two")), upsert(spec("a/six"), -1)])

    assert caught.value.results == [
        ChangeResult("a/one", created.mod_revision, conflict=True),
        ChangeResult("a/two", 0),
        ChangeResult("a/six", 0),
    ]
    assert len(client.list().journals) == 1


def test_refusal_of_the_store(client: Any) -> None:
    """What etcd refuses was not made, and nobody doubts it."""
    with pytest.raises(CallError, match="duplicate key"):
        client.apply([upsert(spec("a/one"), -1), upsert(spec("a/one"), -1)])


def test_conflict_without_a_listing(client: Any, mock_cluster: Any) -> None:
    """If the revisions cannot be had, the conflict is told without them."""
    client.apply([upsert(spec("a/one"))])
    with mock_cluster.fault("not-allowed", rpc="List"), pytest.raises(TransactionFailedError):
        client.apply([upsert(spec("a/one"))])


def test_invalid_changes(client: Any) -> None:
    """Changes that break a rule are never sent."""
    with pytest.raises(ValidationError, match="invalid Replication"):
        client.apply([upsert(spec("a/one", replication=-1))])


def test_refused_connection(client: Any, mock_cluster: Any) -> None:
    """What never reached a broker is sent again."""
    with mock_cluster.fault("grpc-unavailable", rpc="Apply", times=2) as handle:
        (created,) = client.apply([upsert(spec("a/one"), -1)])

    assert handle.hits == 2
    assert created.mod_revision > 0


def test_broken_connection(client: Any, mock_cluster: Any) -> None:
    """What a broker may have done already is done again only if that cannot do it twice."""
    details = {"details": "Socket closed"}
    with (
        mock_cluster.fault("grpc-unavailable", rpc="Apply", parameters=details, times=1),
        pytest.raises(OutcomeUnknownError, match="may or may not have been made") as caught,
    ):
        client.apply([upsert(spec("a/one"), -1)])
    with mock_cluster.fault("grpc-unavailable", rpc="Apply", parameters=details, times=1):
        (created,) = client.apply([upsert(spec("a/two"))])

    assert isinstance(caught.value.__cause__, CallError)
    assert created.journal == "a/two"


def test_lost_answer(client: Any, mock_cluster: Any) -> None:
    """If changes were made, and the answer was lost, a conflict with them leaves it open."""
    with (
        mock_cluster.fault("reset", rpc="Apply", parameters={"messages": 0}, times=1),
        pytest.raises(OutcomeUnknownError),
    ):
        client.apply([upsert(spec("a/one"))])

    assert len(client.list().journals) == 1


def test_no_answer(client: Any, mock_cluster: Any) -> None:
    """A broker that never answers is given up at the deadline."""
    with mock_cluster.fault("apply-hang"), pytest.raises(OutcomeUnknownError, match="DEADLINE"):
        client.apply([upsert(spec("a/one"))], timeout=0.2)
