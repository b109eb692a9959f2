"""What the end of a call means, as a table: RPC by outcome."""

from itertools import islice

import pytest

from protocol import AppendResponse, Fragment, ReadResponse, Status
from protocol.client import CallError, FragmentFetchError, FragmentSchemeError, ResponseError
from protocol.client.errors import (
    ClientError,
    InsufficientBrokersError,
    NoPrimaryError,
    RegisterMismatchError,
    StatusError,
    StoreUnhealthyError,
    status_error,
)
from protocol.client.outcomes import Verdict, changed_nothing, delays, verdict_of

_TABLE = """
outcome                        Read     Append   List     Apply
JOURNAL_NOT_FOUND              FEW      FINAL    FINAL    FINAL
NO_JOURNAL_PRIMARY_BROKER      LASTING  LASTING  FINAL    FINAL
NOT_JOURNAL_PRIMARY_BROKER     LASTING  LASTING  FINAL    FINAL
NOT_JOURNAL_BROKER             LASTING  LASTING  FINAL    FINAL
INSUFFICIENT_JOURNAL_BROKERS   LASTING  LASTING  FINAL    FINAL
OFFSET_NOT_YET_AVAILABLE       FINAL    FINAL    FINAL    FINAL
WRONG_ROUTE                    FINAL    FINAL    FINAL    FINAL
PROPOSAL_MISMATCH              FINAL    FINAL    FINAL    FINAL
ETCD_TRANSACTION_FAILED        FINAL    FINAL    FINAL    FINAL
NOT_ALLOWED                    FINAL    FINAL    FINAL    FINAL
WRONG_APPEND_OFFSET            FINAL    FINAL    FINAL    FINAL
INDEX_HAS_GREATER_OFFSET       FINAL    FINAL    FINAL    FINAL
REGISTER_MISMATCH              FINAL    FINAL    FINAL    FINAL
SUSPENDED                      FINAL    FINAL    FINAL    FINAL
FRAGMENT_STORE_UNHEALTHY       FINAL    FINAL    FINAL    FINAL
UNAVAILABLE                    LASTING  LASTING  LASTING  LASTING
DEADLINE_EXCEEDED              LASTING  FINAL    LASTING  FINAL
INTERNAL                       LASTING  LASTING  LASTING  LASTING
UNKNOWN                        FEW      FINAL    FINAL    FINAL
CANCELLED                      LASTING  LASTING  LASTING  LASTING
ABORTED                        LASTING  LASTING  LASTING  LASTING
DATA_LOSS                      FEW      FINAL    FEW      FINAL
RESOURCE_EXHAUSTED             FINAL    FINAL    FINAL    FINAL
PERMISSION_DENIED              FINAL    FINAL    FINAL    FINAL
UNIMPLEMENTED                  FINAL    FINAL    FINAL    FINAL
response                       FEW      FINAL    FEW      FINAL
fetch                          FEW      -        -        -
scheme                         FINAL    -        -        -
"""


def _rows() -> list[tuple[str, str, str]]:
    header, *rows = (line.split() for line in _TABLE.strip().splitlines())
    return [
        (row[0], rpc, verdict)
        for row in rows
        for rpc, verdict in zip(header[1:], row[1:], strict=True)
        if verdict != "-"
    ]


def _error(outcome: str) -> ClientError:
    if outcome in Status.keys():  # noqa: SIM118 - an enum, not a dict
        return status_error(ReadResponse(status=outcome))
    return {
        "response": ResponseError("broken"),
        "fetch": FragmentFetchError("gone", fragment=Fragment(), url="http://x"),
        "scheme": FragmentSchemeError("odd", fragment=Fragment(), url="odd://x"),
    }.get(outcome) or CallError(outcome, "")


@pytest.mark.parametrize(("outcome", "rpc", "verdict"), _rows())
def test_table(outcome: str, rpc: str, verdict: str) -> None:
    """Each outcome of each RPC allows further attempts, or a few, or none."""
    assert verdict_of(rpc, _error(outcome)) is Verdict[verdict]


@pytest.mark.parametrize(
    ("code", "details", "nothing"),
    [
        ("UNAVAILABLE", "failed to connect to all addresses; last error: refused", True),
        ("UNAVAILABLE", "last error: all SubConns are in TransientFailure", True),
        ("UNAVAILABLE", "Socket closed", False),
        ("UNAVAILABLE", "recvmsg:Connection reset by peer", False),
        ("UNKNOWN", "append stream: unexpected EOF", True),
        ("UNKNOWN", "resolve: resolver has stopped serving local replicas", True),
        ("UNKNOWN", 'recv from zone:"z" suffix:"peer" : unexpected EOF', False),
        ("INTERNAL", "boom", False),
        ("DEADLINE_EXCEEDED", "Deadline Exceeded", False),
        ("CANCELLED", "", False),
        ("UNAUTHENTICATED", "token is expired", True),
        ("RESOURCE_EXHAUSTED", "received message larger than max", True),
    ],
)
def test_what_surely_changed_nothing(code: str, details: str, nothing: bool) -> None:
    """Named refusals and connections never made had no effect; of others nobody knows."""
    assert nothing is changed_nothing(CallError(code, details))


def test_delays() -> None:
    """Attempts follow in 50 ms twice, 100 ms twice, a second twice, and then 5 seconds."""
    assert list(islice(delays(), 9)) == [0.05, 0.05, 0.1, 0.1, 1.0, 1.0, 5.0, 5.0, 5.0]


def test_statuses_have_types() -> None:
    """A status is an error of its own type, which tells status, journal, and registers."""
    response = AppendResponse(status=Status.REGISTER_MISMATCH)
    response.registers.labels.add(name="owner", value="me")
    error = status_error(response, journal="a/journal")

    assert isinstance(error, RegisterMismatchError)
    assert error.registers.labels[0].value == "me"
    assert (error.journal, error.status) == ("a/journal", Status.REGISTER_MISMATCH)
    assert str(error) == "a/journal: REGISTER_MISMATCH"
    assert error.header is None


def test_store_health_is_told() -> None:
    """Why a store is unhealthy stands in the error's text."""
    error = status_error(
        AppendResponse(status=Status.FRAGMENT_STORE_UNHEALTHY, store_health_error="no bucket")
    )

    assert isinstance(error, StoreUnhealthyError)
    assert str(error) == "FRAGMENT_STORE_UNHEALTHY: no bucket"


def test_unknown_status() -> None:
    """A status of another release is an error as well."""
    error = status_error(ReadResponse(status=99))  # type: ignore[arg-type] # of no release

    assert type(error) is StatusError
    assert str(error) == "unknown status 99"


def test_statuses_are_distinct() -> None:
    """Statuses which call for the same treatment are still different types."""
    assert not issubclass(NoPrimaryError, InsufficientBrokersError)
