"""Every fault of the catalogue, as a plain client sees it."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import protocol as pb
from mockbroker import SyncMockCluster
from mockbroker.faults.catalogue import CATALOGUE
from mockbroker.tests.faults.plain import Client, Outcome, slowly

HEAD = len(b"hello world")


def spec(name: str, replication: int = 1) -> Any:
    """A change that creates a journal."""
    found = pb.JournalSpec(name=name, replication=replication)
    found.fragment.length = 1 << 20
    found.fragment.compression_codec = pb.CompressionCodec.NONE
    found.fragment.refresh_interval.FromSeconds(60)
    return pb.ApplyRequest.Change(upsert=found)


CALLS: dict[str, Callable[[Client, str], Outcome]] = {
    "List": lambda client, journal: client.list(journal[:-3]),
    "Apply": lambda client, journal: client.apply(spec(f"{journal}/new")),
    "Read": lambda client, journal: client.read(journal),
    "Append": lambda client, journal: client.append(journal, b"more"),
    "ListFragments": lambda client, journal: client.fragments(journal),
    "FragmentStoreHealth": lambda client, journal: client.health("file:///"),
}

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
    """A replica's answer is lost: the append fails, though its bytes are there."""
    name = f"{journal}/two"
    fault = cluster.fault("partial-commit", journal=name, nth=1)
    client.apply(spec(name, replication=2))
    while (outcome := client.append(name, b"perhaps")).code == "OK":
        assert outcome.status in {"NO_JOURNAL_PRIMARY_BROKER", "INSUFFICIENT_JOURNAL_BROKERS"}

    assert fault.hits == 1
    assert client.read(name).content == b"perhaps"


def hanging(cluster: SyncMockCluster, call: Callable[[], Outcome], name: str, **rule: Any) -> Any:
    """Makes a call under a fault that never answers; returns it with the means to go on."""
    outcomes: list[Outcome] = []
    fault = cluster.fault(name, **rule)
    thread = threading.Thread(target=lambda: outcomes.append(call()))
    thread.start()
    fault.wait()
    return fault, thread, outcomes


HANGS = {
    "apply-hang": "Apply",
    "stalled-stream": "Read",
    "append-backpressure": "Append",
    "revision-lag": "Read",
}


@pytest.mark.parametrize("name", HANGS)
def test_hangs_until_the_rule_is_removed(
    cluster: SyncMockCluster, client: Client, journal: str, name: str
) -> None:
    """Nothing comes while the rule is in place; the call goes on when it is removed."""
    rpc = HANGS[name]
    call = CALLS[rpc]
    fault, thread, outcomes = hanging(cluster, lambda: call(client, journal), name, rpc=rpc)

    thread.join(0.05)
    assert thread.is_alive()
    fault.remove()
    thread.join(10)
    assert outcomes[0].code == "OK"


@pytest.mark.parametrize("name", HANGS)
def test_a_hanging_call_ends_at_its_deadline(
    cluster: SyncMockCluster, client: Client, journal: str, name: str
) -> None:
    """A caller's deadline ends what the broker never answers."""
    client.timeout = 0.2
    with cluster.fault(name, rpc=HANGS[name]):
        outcome = CALLS[HANGS[name]](client, journal)
    client.timeout = 10

    assert outcome.code == "DEADLINE_EXCEEDED"
    assert client.append(journal).code == "OK"


def test_latency(cluster: SyncMockCluster, client: Client, journal: str) -> None:
    """The answer comes so much later, and is the same."""
    cluster.fault("latency", rpc="Read", parameters={"seconds": 0.1})
    began = time.monotonic()

    assert client.read(journal).content == b"hello world"
    assert time.monotonic() - began >= 0.1


def test_throttle(cluster: SyncMockCluster, client: Client, journal: str) -> None:
    """The response counts chunks that were delayed."""
    cluster.fault("throttle", parameters={"chunks": 3})

    assert client.append(journal, b"!").first.delayed_chunks == 3


ENDS = {
    "reset": ("UNAVAILABLE", 1),
    "eof-early": ("OK", 2),
    "token-expiry-eof": ("OK", 1),
    "demotion-eof": ("OK", 0),
}


@pytest.mark.parametrize("name", ENDS)
def test_streams_end_early(
    cluster: SyncMockCluster, client: Client, journal: str, name: str
) -> None:
    """The stream ends after so many messages, the blocking one too."""
    code, messages = ENDS[name]
    with cluster.fault(name, rpc="Read"):
        outcomes = [client.read(journal), client.read(journal, block=True)]

    assert [(o.code, len(o.messages)) for o in outcomes] == [(code, messages)] * 2


def test_truncated_content(cluster: SyncMockCluster, client: Client, journal: str) -> None:
    """The stream ends OK within a fragment."""
    with cluster.fault("truncated-content", parameters={"bytes": 8}):
        outcome = client.read(journal)

    assert (outcome.code, outcome.content) == ("OK", b"hello wo")
    assert client.read(journal, 8).content == b"rld"


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


def test_watches_break(cluster: SyncMockCluster, client: Client, journal: str) -> None:
    """A watch breaks, ends, or never gets on in revision."""
    with cluster.fault("watch-reset"):
        broken = client.list(journal[:-3], watch=True)
    with cluster.fault("watch-eof"):
        ended = client.list(journal[:-3], watch=True)
    cluster.fault("watch-revision-stuck")

    assert (broken.code, len(broken.messages)) == ("UNAVAILABLE", 1)
    assert (ended.code, len(ended.messages)) == ("OK", 2)
    assert client.list().first.header.etcd.revision == 1


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


def test_an_append_is_answered_while_it_is_written(
    cluster: SyncMockCluster, client: Client, journal: str
) -> None:
    """The status is there though the client has not half-closed."""
    gate = threading.Event()
    requests = [pb.AppendRequest(journal=journal), pb.AppendRequest(content=b"x")]
    cluster.fault("early-append-response")

    outcome = client.append_raw(slowly([*requests, pb.AppendRequest()], gate))
    gate.set()

    assert outcome.status == "NOT_ALLOWED"


def test_no_append_response(cluster: SyncMockCluster, client: Client, journal: str) -> None:
    """The append is committed, and nothing is said of it."""
    cluster.fault("no-append-response")

    assert client.append(journal, b"!").messages == [pb.AppendResponse()]
    assert client.read(journal).content == b"hello world!"


def test_every_fault_is_shown() -> None:
    """No fault of the catalogue is without a test that shows it."""
    tests = Path(__file__).parent.glob("test_*.py")
    source = "".join(test.read_text(encoding="utf-8") for test in tests)

    assert [name for name in CATALOGUE if f'"{name}"' not in source] == []
