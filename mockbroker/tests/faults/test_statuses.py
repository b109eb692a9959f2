"""Faults that answer a status or an error."""

import pytest

import protocol as pb
from mockbroker import SyncMockCluster
from mockbroker.tests.faults.plain import CALLS, Client, creation

UNSETTLED = {"NO_JOURNAL_PRIMARY_BROKER", "INSUFFICIENT_JOURNAL_BROKERS"}
STATUSES = {
    "insufficient-brokers": ("Append", "INSUFFICIENT_JOURNAL_BROKERS"),
    "no-primary": ("Append", "NO_JOURNAL_PRIMARY_BROKER"),
    "not-primary": ("Append", "NOT_JOURNAL_PRIMARY_BROKER"),
    "not-broker": ("Read", "NOT_JOURNAL_BROKER"),
    "suspended-full": ("Read", "SUSPENDED"),
    "resume-no-primary": ("Append", "NO_JOURNAL_PRIMARY_BROKER"),
    "suspended-no-resume": ("Append", "SUSPENDED"),
    "register-mismatch": ("Append", "REGISTER_MISMATCH"),
    "wrong-append-offset": ("Append", "WRONG_APPEND_OFFSET"),
    "index-greater-offset": ("Append", "INDEX_HAS_GREATER_OFFSET"),
    "store-unhealthy": ("Append", "FRAGMENT_STORE_UNHEALTHY"),
    "etcd-txn-failed": ("Apply", "ETCD_TRANSACTION_FAILED"),
    "handoff-blindness": ("Read", "OFFSET_NOT_YET_AVAILABLE"),
    "onya-wh-behind": ("Read", "OFFSET_NOT_YET_AVAILABLE"),
    "early-append-response": ("Append", "NOT_ALLOWED"),
}


@pytest.mark.parametrize("name", STATUSES)
def test_statuses(cluster: SyncMockCluster, client: Client, journal: str, name: str) -> None:
    """The status comes alone, with a true header, and nothing that was asked is done."""
    rpc, status = STATUSES[name]
    with cluster.fault(name) as fault:
        outcome = CALLS[rpc](client, journal)

    assert (outcome.code, outcome.status, len(outcome.messages)) == ("OK", status, 1)
    assert outcome.first.header.etcd.revision > 0
    assert fault.hits == 1
    assert client.read(journal).content == b"hello world"
    assert not client.list(f"{journal}/").first.journals


@pytest.mark.parametrize("name", ["status-override", "not-allowed"])
@pytest.mark.parametrize("rpc", CALLS)
def test_any_rpc_answers_a_status(
    cluster: SyncMockCluster, client: Client, journal: str, rpc: str, name: str
) -> None:
    """A status can be had of every RPC; it does nothing then."""
    with cluster.fault(name, rpc=rpc):
        outcome = CALLS[rpc](client, journal)

    assert (outcome.status, len(outcome.messages)) == ("NOT_ALLOWED", 1)
    assert outcome.first.header.process_id.suffix
    assert client.read(journal).content == b"hello world"


def test_unknown_status(cluster: SyncMockCluster, client: Client, journal: str) -> None:
    """A status that no version knows arrives as its number."""
    cluster.fault("status-unknown-enum", rpc="Read")

    assert client.read(journal).status == "99"


def test_transient_not_found(cluster: SyncMockCluster, client: Client, journal: str) -> None:
    """The journal is not found twice, then it is there."""
    cluster.fault("transient-not-found", rpc="Read", journal=journal)

    statuses = [client.read(journal).status for _ in range(3)]

    assert statuses == ["JOURNAL_NOT_FOUND", "JOURNAL_NOT_FOUND", "OK"]


def test_register_mismatch_tells_the_registers(
    cluster: SyncMockCluster, client: Client, journal: str
) -> None:
    """The refusal carries the registers as they are."""
    union = pb.LabelSet(labels=[pb.Label(name="author", value="me")])
    client.append(journal, b"!", union_registers=union)
    cluster.fault("register-mismatch", journal=journal)

    assert client.append(journal, b"?").first.registers == union


ERRORS = {
    "grpc-unavailable": ("*", "UNAVAILABLE"),
    "grpc-unknown-text": ("*", "UNKNOWN"),
    "grpc-unauthenticated": ("*", "UNAUTHENTICATED"),
    "wrong-cluster": ("*", "UNKNOWN"),
    "wrong-process-id": ("*", "UNKNOWN"),
    "grpc-resource-exhausted": ("Append", "RESOURCE_EXHAUSTED"),
    "grpc-internal": ("Append", "INTERNAL"),
    "append-underflow": ("Append", "UNKNOWN"),
    "primary-failover-mid-append": ("Append", "UNAVAILABLE"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(cluster: SyncMockCluster, client: Client, journal: str, name: str) -> None:
    """The call fails with the code and a text, and has changed nothing."""
    wanted, code = ERRORS[name]
    for rpc in CALLS if wanted == "*" else [wanted]:
        with cluster.fault(name, rpc=rpc):
            outcome = CALLS[rpc](client, journal)
        assert (outcome.code, outcome.messages) == (code, [])
        assert outcome.details
    assert client.read(journal).content == b"hello world"
    assert not client.list(f"{journal}/").first.journals


def test_two_errors_though_both_were_committed(
    cluster: SyncMockCluster, client: Client, journal: str
) -> None:
    """Two appends fail, the third succeeds, and all three are there."""
    cluster.fault("double-error", journal=journal)

    codes = [client.append(journal, byte).code for byte in (b"1", b"2", b"3")]

    assert codes == ["UNKNOWN", "UNKNOWN", "OK"]
    assert client.read(journal).content == b"hello world123"


def test_lost_ack(cluster: SyncMockCluster, client: Client, journal: str) -> None:
    """The append is committed and not acknowledged."""
    cluster.fault("lost-ack", journal=journal)

    assert client.append(journal, b"!").code == "UNAVAILABLE"
    assert client.read(journal).content == b"hello world!"


def test_partial_commit(cluster: SyncMockCluster, client: Client, journal: str) -> None:
    """A replica's answer is lost: the append fails, though its bytes are there.

    Where the primary looked for its replica before the append came, that stream was cut instead.
    """
    for name in (f"{journal}/{number}" for number in range(20)):
        fault = cluster.fault("partial-commit", journal=name, nth=1)
        client.apply(creation(name, replication=2))
        outcome = client.append(name, b"perhaps")
        while outcome.code == "OK" and outcome.status in UNSETTLED:
            outcome = client.append(name, b"perhaps")
        assert fault.hits == 1
        if outcome.code != "OK":
            break

    assert "EOF" in outcome.details
    assert client.read(name).content == b"perhaps"
