"""HTTP: what queries, paths and bodies are taken for."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

import protocol
from conformance import requirement, wait
from conformance.checks import assert_equal, assert_status, unchanged
from conformance.exchange import Exchange, ask
from conformance.journal import Journal
from conformance.patience import PATIENCE
from conformance.suites.test_http import CONTENT, at, go, rest, results
from conformance.workspace import Workspace

WAITING = 0.2
"""Seconds after which a call is taken to wait: an answer takes some milliseconds."""


@pytest.fixture
def filled(workspace: Workspace) -> Journal:
    """A journal that holds CONTENT."""
    journal = workspace.journal()
    journal.append(CONTENT).ok()
    return journal


@requirement("http.query-is-read-leniently")
@pytest.mark.parametrize(
    ("query", "content"),
    [
        ("?OFFSET=6", b"world"),
        ("?offset=3&offset=6", b"world"),
        ("?offset=&block=", CONTENT),
        ("?block=true&block=0&offset=6", b"world"),
        ("?offset=%36", b"world"),
        ("?", CONTENT),
    ],
    ids=["case", "repeated", "empty", "repeated-truth", "escaped", "nothing"],
)
def test_lenient_query(filled: Journal, query: str, content: bytes) -> None:
    """Case does not count, of repeated arguments the last does, and empty ones do not."""
    reply = go(filled, query=query)
    assert_equal((reply.code, reply.body), (206, content), "code and content")


@requirement("http.query-is-read-leniently")
def test_truth_is_spelled_in_several_ways(filled: Journal) -> None:
    """A GET blocks where `block` is `on` as where it is `true`."""
    for truth in ("on", "1", "T", "TRUE"):
        head = filled.head()
        query = f"/{filled.name}?Block={truth}&offset={head}"
        with Exchange(filled.broker, "GET", query) as exchange:
            filled.append(b"more").ok()
            assert_equal(exchange.head().code, 206, "the code")


@requirement("http.path-is-decoded")
def test_escaped_path(filled: Journal) -> None:
    """Percent escapes name the same journal, to read from and to append to."""
    escaped = "".join(f"%{ord(char):02X}" if char in "jo-" else char for char in filled.name)
    got = ask(filled.broker, "GET", f"/{escaped}")
    assert_equal((got.code, got.body), (206, CONTENT), "code and content")
    assert_equal(ask(filled.broker, "PUT", f"/{escaped}", body=b"!").code, 204, "the code")
    assert_equal(filled.content(), CONTENT + b"!", "content")


@requirement("http.path-is-decoded")
def test_path_with_metadata(filled: Journal) -> None:
    """A metadata segment of the path is ignored."""
    got = ask(filled.broker, "GET", f"/{filled.name};meta")
    assert_equal((got.code, got.body), (206, CONTENT), "code and content")


@requirement("http.put-appends")
def test_put_in_chunks(filled: Journal) -> None:
    """A body that comes in chunks, of a length not told before, is appended whole."""
    host, _, port = at(filled.broker).rpartition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE.seconds) as connection:
        head = f"PUT /{filled.name} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head.encode() + b"5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n")
        assert_equal(connection.recv(12), b"HTTP/1.1 204", "how the answer begins")
    assert_equal(filled.content(), CONTENT + b"firstsecond", "content")


@requirement("http.put-appends")
def test_put_resumes(filled: Journal) -> None:
    """A PUT to a journal that is suspended in part resumes it, as other appends do."""
    assert_status(filled.append(suspend="SUSPEND_NOW"), "SUSPENDED")
    assert_equal(go(filled, "PUT", body=b"more").code, 204, "the code")
    assert_equal(filled.content(), CONTENT + b"more", "content")


@requirement("http.rest-reads")
def test_json_read_that_blocks(filled: Journal) -> None:
    """A read as JSON waits where it blocks, and ends at its end offset."""
    head = len(CONTENT)
    body = {"journal": filled.name, "offset": head, "endOffset": head + 4, "block": True}
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(rest, filled.broker, "Read", body)
        wait.pause(WAITING)
        filled.append(b"more").ok()
        told = results(reading.result())
    assert_equal([each["content"] for each in told], [None, "bW9yZQ=="], "content in base64")


@requirement("http.put-of-half-a-body-changes-nothing")
def test_put_of_half_a_body(filled: Journal) -> None:
    """What was sent of a body whose client goes away is not committed."""
    host, _, port = at(filled.broker).rpartition(":")
    with unchanged(filled):
        with socket.create_connection((host, int(port)), timeout=PATIENCE.seconds) as connection:
            head = f"PUT /{filled.name} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 10\r\n\r\n"
            connection.sendall(head.encode() + b"half!")
            wait.until(lambda: _is_busy(filled), "the PUT to hold up other appends")
        filled.append().ok()  # an append waits until the one before it is over


def _is_busy(journal: Journal) -> bool:
    """Whether an append has to wait, for longer than answers take."""
    requests = [*journal.append_requests(), protocol.AppendRequest()]
    return journal.broker.call("Append", *requests, timeout=WAITING).code == "DEADLINE_EXCEEDED"
