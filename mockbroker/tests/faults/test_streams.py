"""Faults of streams: late, hanging, or ending early."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import protocol as pb
from mockbroker import SyncMockCluster
from mockbroker.tests.faults.plain import CALLS, Client, Outcome, slowly


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
