"""Operations: diagnostic pages, and brokers that are told to exit."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import protocol
from conformance import READS, requirement, wait
from conformance.broker import Broker
from conformance.checks import assert_equal, assert_status, assert_true
from conformance.exchange import Reply, ask
from conformance.precondition import given
from conformance.stored import Shelf
from conformance.suites.conftest import Cluster
from conformance.target import Target
from conformance.workspace import Workspace
from protocol.codecs import decode
from protocol.fragments import parse_name

STAYS = 1.5
"""Seconds that a broker which may not leave is watched: one that may is gone in less."""
LEAVES_WITHIN = 60.0
"""Seconds for a broker to leave: it hands over first, and machines are loaded."""
SAMPLE = re.compile(r"[a-zA-Z_:][\w:]*(\{.*\})? [-+\w.]+( \d+)?")
"""A line of Prometheus' text form that holds a value."""

Clusters = Callable[..., Cluster]
Workspaces = Callable[[Target], Workspace]


def page(broker: Broker, path: str) -> Reply:
    """A diagnostic page."""
    return ask(broker, "GET", path)


@READS
@requirement("ops.ready-page")
def test_ready_page(brokers: tuple[Broker, ...]) -> None:
    """Every broker that serves says so."""
    for broker in brokers:
        reply = page(broker, "/debug/ready")
        assert_equal((reply.code, reply.body), (200, b""), "code and body")


@READS
@requirement("ops.metrics-page")
def test_metrics_page(broker: Broker) -> None:
    """The page holds typed families, and nothing that a scraper could not read."""
    page(broker, "/debug/ready")
    reply = page(broker, "/debug/metrics")
    assert_equal(reply.code, 200, f"the code of {reply}")
    assert_true(reply.headers.get("content-type", "").startswith("text/plain"), "plain text", reply)
    lines = reply.text.splitlines()
    assert_true(any(line.startswith("# TYPE ") for line in lines), "a typed family", reply)
    for line in lines:
        assert_true(line.startswith("#") or SAMPLE.fullmatch(line), "a sample", line)


@READS
@requirement("ops.debug-variables")
def test_variables_page(broker: Broker) -> None:
    """The page of variables holds JSON where it is served."""
    reply = page(broker, "/debug/vars")
    if reply.code == 200:
        assert_true(isinstance(json.loads(reply.body), dict), "an object", reply)


@requirement("ops.sole-broker-keeps-its-journals")
def test_a_sole_broker_stays(cluster: Clusters, workspace_of: Workspaces) -> None:
    """Told to exit it goes on serving its journal, and leaves once that is deleted."""
    made = cluster(brokers=1)
    journal = workspace_of(made.target).journal()
    journal.append(b"before").ok()
    made.control.terminate(0)
    end = time.monotonic() + STAYS
    while time.monotonic() < end:
        assert_status(journal.append(b"x"), "OK")
        assert_true(made.control.running(0), "the broker to stay", "it left")
    journal.delete().ok()
    wait.until(
        lambda: not made.control.running(0), "the broker to leave at last", within=LEAVES_WITHIN
    )


@requirement("ops.exit-hands-over", "ops.exit-persists-open-fragments")
def test_an_exit_hands_over_and_persists(cluster: Clusters, workspace_of: Workspaces) -> None:
    """When the only holder of a journal has left, its bytes are stored, and served by the other."""
    made = cluster(brokers=2)
    workspace = workspace_of(made.target)
    stores = {"stores": [made.target.store()], "refresh_interval": 1}
    journal = workspace.journal(fragment=stores, labels={"kept": "yes"})
    for chunk in (b"ke", b"pt"):  # the first write is a fragment of its own, and soon closed
        journal.append(chunk).ok()
    primary = made.target.brokers.index(journal.broker)
    journal.broker = made.target.brokers[1 - primary]
    made.control.terminate(primary)
    wait.until(
        lambda: not made.control.running(primary), "the broker to leave", within=LEAVES_WITHIN
    )
    root = Path(given(made.target.spec.file_root, "a file root"))
    assert_equal(stored(root, journal.name), b"kept", "stored")
    wait.until(lambda: journal.read(0).content == b"kept", "the other broker to serve every byte")
    entry = journal.shown()
    assert_equal(len(entry.route.members), 1, "members of the route")
    message = assert_status(workspace.appended(journal, b", and more"), "OK")
    assert_equal(message.commit.begin, len(b"kept"), "where the journal goes on")


@requirement("transport.open-streams-are-cut-at-hard-stop")
def test_open_streams_are_cut(cluster: Clusters) -> None:
    """A watch of a broker that exits is cut in the end, and the broker leaves."""
    made = cluster(brokers=1)
    request = protocol.ListRequest(watch=True)
    with made.target.broker.open("List", request, timeout=LEAVES_WITHIN) as stream:
        stream.half_close()
        stream.next()
        made.control.terminate(0)
        answer = stream.end(within=LEAVES_WITHIN)
    assert_equal(answer.code, "UNAVAILABLE", "the code of the watch")
    wait.until(lambda: not made.control.running(0), "the broker to leave", within=LEAVES_WITHIN)


def stored(root: Path, name: str) -> bytes:
    """The content of a journal's fragment files, in the order of their names."""
    content = b""
    files = Shelf(root, name).files()
    for path in (each for each in files if each.match("[0-9a-f]*-*-*")):
        codec = parse_name(name, path.name).compression_codec
        content += b"".join(decode(codec, [path.read_bytes()]))
    return content
