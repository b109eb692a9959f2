"""HTTP: journals as resources, and List and Read as JSON."""

import json
import socket
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

import protocol
from conformance import requirement
from conformance.broker import Broker
from conformance.checks import assert_equal, assert_true, only, unchanged
from conformance.exchange import Exchange, Reply, ask
from conformance.journal import Journal
from conformance.patience import PATIENCE
from conformance.precondition import given
from conformance.stored import Shelf, filled_journal, sha1
from conformance.suites.test_append_stored import ZEROS
from conformance.target import Target
from conformance.workspace import Workspace

CONTENT = b"hello world"
QUIET = 0.4
"""Seconds a GET that blocks must say nothing."""
END = (1 << 63) - 1
AT_HEAD = "OFFSET_NOT_YET_AVAILABLE"
Flags = protocol.JournalSpec.Flag


@pytest.fixture
def filled(workspace: Workspace) -> Journal:
    """A journal that holds CONTENT."""
    journal = workspace.journal()
    journal.append(CONTENT).ok()
    return journal


def at(broker: Broker) -> str:
    """HOST:PORT of a broker's HTTP side."""
    return given(broker.http, "a broker with an HTTP side")


def go(
    journal: Journal, method: str = "GET", query: str = "", body: bytes = b"", **headers: str
) -> Reply:
    """The response to a request for the journal."""
    target = f"/{journal.name}{query}"
    return ask(journal.broker, method, target, headers=headers.items(), body=body)


def rest(broker: Broker, rpc: str, body: Any, method: str = "POST") -> Reply:
    """The response of a JSON route; a `body` of bytes is sent as it is."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = [("Content-Type", "application/json"), *broker.authorization(rpc)]
    route = f"/v1/journals/{rpc.lower()}"
    return ask(broker, method, route, headers=headers, body=sent)


def results(reply: Reply) -> list[Any]:
    """The results of a JSON stream, one a line."""
    assert_equal(reply.code, 200, f"the code of {reply}")
    lines = [parsed(line) for line in reply.body.splitlines()]
    assert_true(all("result" in each for each in lines), "results", reply)
    return [each["result"] for each in lines]


def parsed(text: bytes) -> dict[str, Any]:
    """An object of JSON."""
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    assert_true(isinstance(value, dict), "an object of JSON", text)
    found: dict[str, Any] = value
    return found


def assert_refusal(reply: Reply, code: int, text: str) -> None:
    """Holds the code of a response, and that its body names the reason."""
    assert_equal(reply.code, code, f"the code of {reply}")
    assert_true(text in reply.text, f"a body with {text}", reply)


def assert_headers(journal: Journal, reply: Reply, offset: int, head: int) -> None:
    """Holds the headers that come with content from `offset` on."""
    fragment = journal.fragments().first.fragments[-1].spec
    sum_ = b"".join(
        part.to_bytes(size)
        for part, size in zip(
            (fragment.sum.part1, fragment.sum.part2, fragment.sum.part3), (8, 8, 4), strict=True
        )
    ).hex()
    member = journal.read(-1).first.header.route
    assert_equal(reply.code, 206, f"the code of {reply}")
    assert_equal(
        reply.headers.get("content-range", ""), f"bytes {offset}-{END}/{END}", "Content-Range"
    )
    assert_equal(reply.headers.get("x-write-head", ""), str(head), "X-Write-Head")
    name = f"{fragment.begin:016x}-{fragment.end:016x}-{sum_}"
    told = reply.headers.get("x-fragment-name", "")
    assert_true(told.startswith(name), f"a fragment name of {name}", reply)
    endpoint = member.endpoints[member.primary]
    assert_equal(reply.headers.get("location", ""), f"{endpoint}/{journal.name}", "Location")
    token = reply.headers.get("x-route-token", "")
    assert_true(member.members[member.primary].suffix in token, "a token of the route", token)


@requirement("http.get-streams-content", "http.close-error-trailer")
@pytest.mark.parametrize("offset", [0, 6])
def test_get(filled: Journal, offset: int) -> None:
    """GET streams what follows its offset in chunks, and tells in a trailer why it ends."""
    reply = go(filled, query=f"?offset={offset}")
    assert_headers(filled, reply, offset, len(CONTENT))
    assert_equal(reply.body, CONTENT[offset:], "content")
    assert_equal(reply.headers.get("transfer-encoding"), "chunked", "Transfer-Encoding")
    assert_equal(reply.headers.get("trailer"), "X-Close-Error", "Trailer")
    assert_equal(reply.trailers, {"x-close-error": AT_HEAD}, "trailers")


@requirement("http.get-streams-content", "http.close-error-trailer")
def test_get_of_several_fragments(filled: Journal) -> None:
    """GET from within an earlier fragment goes on through later ones, and tells the write head."""
    filled.append(b", and").ok()
    filled.append(b" more").ok()
    whole = CONTENT + b", and more"
    reply = go(filled, query="?offset=2")
    assert_equal(reply.body, whole[2:], "content")
    assert_equal(reply.headers.get("x-write-head", ""), str(len(whole)), "X-Write-Head")
    assert_equal(reply.headers.get("content-range", ""), f"bytes 2-{END}/{END}", "Content-Range")
    assert_equal(reply.trailers, {"x-close-error": AT_HEAD}, "trailers")


@requirement("http.get-streams-content", "http.head-has-no-body")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_location(workspace: Workspace, target: Target, method: str) -> None:
    """Whichever broker is asked, and whoever is the primary, the location is the primary's."""
    for _ in target.brokers:
        journal = workspace.journal(replication=len(target.brokers))
        workspace.appended(journal, CONTENT).ok()
        route = workspace.assigned(journal, replicas=None).route
        for broker in target.brokers:
            place = f"{route.endpoints[route.primary]}/{journal.name}"
            reply = go(Journal(journal.name, broker), method)
            assert_equal(reply.headers.get("location", ""), place, f"Location by {broker.address}")


@requirement("http.stored-fragment-headers", "http.jump-shows-in-content-range")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_stored_content(workspace: Workspace, target: Target, file_root: Path, method: str) -> None:
    """Stored content behind a hole is served from its fragment's begin, and says where it lies."""
    journal = filled_journal(
        workspace, target, file_root, lambda shelf: shelf.put(50, CONTENT, mod_time=1_500_000_000)
    )
    name = Shelf(file_root, journal.name).files()[0].name
    reply = go(journal, method, "?offset=0")
    assert_equal(reply.code, 206, f"the code of {reply}")
    assert_equal(reply.headers.get("content-range", ""), f"bytes 50-{END}/{END}", "Content-Range")
    assert_equal(reply.headers.get("x-fragment-name", ""), name, "X-Fragment-Name")
    modified = reply.headers.get("x-fragment-last-modified", "")
    assert_equal(modified, "Fri, 14 Jul 2017 02:40:00 GMT", "X-Fragment-Last-Modified")
    where = reply.headers.get("x-fragment-location", "")
    assert_true(where.endswith(f"/{journal.name}/{name}"), f"a location of {name}", where)
    assert_equal(reply.body, CONTENT if method == "GET" else b"", "the body")


@requirement("http.head-has-no-body")
def test_head(filled: Journal) -> None:
    """HEAD answers what GET does, without its body."""
    reply = go(filled, "HEAD", "?offset=3")
    assert_headers(filled, reply, 3, len(CONTENT))
    assert_equal(reply.body, b"", "the body")


@requirement("http.read-at-head-is-416")
@pytest.mark.parametrize("offset", [len(CONTENT), -1, 1000])
def test_get_at_the_head(filled: Journal, offset: int) -> None:
    """GET and HEAD at the write head, and beyond it, are not satisfiable."""
    for method, text in (("GET", AT_HEAD), ("HEAD", "")):
        reply = go(filled, method, query=f"?offset={offset}")
        assert_refusal(reply, 416, text)
        assert_equal(reply.headers.get("x-write-head", ""), str(len(CONTENT)), "X-Write-Head")


@requirement("http.missing-journal-is-404")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_missing_journal(workspace: Workspace, method: str) -> None:
    """A missing journal is not found."""
    reply = go(workspace.unmade(), method)
    assert_equal(reply.code, 404, "the code")
    assert_equal(reply.text, "JOURNAL_NOT_FOUND" if method == "GET" else "", "the body")


@requirement("http.refused-read-is-500")
def test_refused_read(workspace: Workspace) -> None:
    """GET of a journal that may only be written is an error with the status' name."""
    assert_refusal(go(workspace.journal(flags=Flags.O_WRONLY)), 500, "NOT_ALLOWED")


@requirement("http.put-appends", "http.put-of-nothing")
def test_put(filled: Journal) -> None:
    """PUT commits its body behind what is there, and PUT of nothing commits nothing."""
    large = b"0123456789" * 20_000
    for body in (b"more of it", large, ZEROS, b""):
        begin = filled.head()
        reply = go(filled, "PUT", body=body)
        assert_equal(reply.code, 204, f"the code of {reply}")
        assert_equal(reply.headers.get("x-commit-begin", ""), str(begin), "X-Commit-Begin")
        assert_equal(reply.headers.get("x-commit-end", ""), str(begin + len(body)), "X-Commit-End")
        assert_equal(reply.headers.get("x-commit-sha1-sum", ""), sha1(body), "X-Commit-SHA1-Sum")
        assert_equal(reply.headers.get("x-write-head", ""), str(begin + len(body)), "X-Write-Head")
        assert_true(
            reply.headers.get("location", "").endswith(f"/{filled.name}"), "its place", reply
        )
        assert_true(reply.headers.get("x-route-token", ""), "a route token", reply)
    assert_equal(filled.content(), CONTENT + b"more of it" + large + ZEROS, "content")


@requirement("http.refused-put-is-500")
def test_refused_put(workspace: Workspace) -> None:
    """PUT to a missing journal, and to one that may only be read, is an error."""
    assert_refusal(go(workspace.unmade(), "PUT", body=b"x"), 500, "JOURNAL_NOT_FOUND")
    read_only = workspace.journal(flags=Flags.O_RDONLY)
    with unchanged(read_only):
        assert_refusal(go(read_only, "PUT", body=b"x"), 500, "NOT_ALLOWED")


@requirement("http.bad-query-is-400")
@pytest.mark.parametrize(
    ("method", "query", "text"),
    [
        ("GET", "?offset=-2", "invalid Offset (-2; expected -1 <= Offset <= MaxInt64)"),
        ("GET", "?offset=zz", 'schema: error converting value for "offset"'),
        ("GET", "?block=zz", 'schema: error converting value for "block"'),
        ("GET", "?foo=1", 'schema: invalid path "foo"'),
        ("GET", "?offset=0&endOffset=5", 'schema: invalid path "endOffset"'),
        ("PUT", "?offset=3", 'schema: invalid path "offset"'),
    ],
    ids=["range", "number", "truth", "unknown", "another-name", "put"],
)
def test_bad_query(filled: Journal, method: str, query: str, text: str) -> None:
    """A query argument that is unknown or malformed is refused by its name."""
    exact = filled.read().exact_texts
    name = query.rpartition("&")[2].strip("?").partition("=")[0]
    with unchanged(filled):
        reply = go(filled, method, query, b"x" if method == "PUT" else b"")
        assert_equal(reply.code, 400, f"the code of {reply}")
        assert_true(name.lower() in reply.text.lower(), f"a body that names {name}", reply)
        assert_true(not exact or reply.text == text, f"the body {text!r}", reply)


@requirement("http.other-methods-are-400")
@pytest.mark.parametrize("method", ["POST", "DELETE", "OPTIONS"])
def test_other_methods(filled: Journal, method: str) -> None:
    """A journal takes no other method, and nothing comes of it."""
    with unchanged(filled):
        assert_refusal(go(filled, method, body=b"x"), 400, method)


@requirement("http.blocking-get-waits")
@pytest.mark.parametrize("offset", [len(CONTENT), -1])
def test_blocking_get(filled: Journal, offset: int) -> None:
    """GET that blocks at the head answers with what is appended next, as it comes."""
    query = f"/{filled.name}?block=true&offset={offset}"
    with Exchange(filled.broker, "GET", query) as exchange:
        exchange.silent(QUIET)
        for part in (b"first", b"second"):
            filled.append(part).ok()
            if part == b"first":
                assert_equal(exchange.head().code, 206, "the code")
            assert_equal(exchange.data(len(part)), part, "content")


@requirement("http.unclean-path-redirects")
def test_unclean_path(filled: Journal) -> None:
    """A path with a doubled slash leads to the clean one, and keeps its query."""
    clean = f"/{filled.name}?offset=6"
    reply = ask(filled.broker, "GET", clean.replace("/", "//", 2).replace("//", "/", 1))
    assert_true(reply.code in {301, 307, 308}, "a redirection", reply)
    assert_true(reply.headers.get("location", "").endswith(clean), f"a location of {clean}", reply)


@requirement("http.rest-lists")
def test_json_list(filled: Journal) -> None:
    """List as JSON: names in camel case, defaults told, numbers of 64 bits as strings."""
    label = {"name": "name", "value": filled.name}
    answered = rest(filled.broker, "List", {"selector": {"include": {"labels": [label]}}})
    result = only(results(answered), "result")
    assert_equal(result["status"], "OK", "the status")
    assert_equal(result["header"]["route"]["primary"], -1, "the primary of the header")
    entry = only(result["journals"], "journal")
    listed = filled.shown()
    assert_equal(entry["spec"]["name"], filled.name, "the name")
    assert_equal(entry["spec"]["fragment"]["length"], str(listed.spec.fragment.length), "length")
    assert_equal(entry["spec"].get("maxAppendRate"), "0", "a default of 64 bits")
    assert_equal(entry["spec"]["fragment"].get("pathPostfixTemplate"), "", "a default of text")
    assert_equal(entry["modRevision"], str(listed.mod_revision), "the revision")
    assert_equal(entry["route"]["endpoints"], list(listed.route.endpoints), "endpoints")


@requirement("http.rest-lists")
def test_json_list_selects(workspace: Workspace) -> None:
    """A JSON selector includes and excludes, and what is unknown in it is ignored."""
    kept, dropped = (workspace.journal(labels={"env": env}) for env in ("prod", "test"))
    include = {"labels": [{"name": "prefix", "value": workspace.prefix}]}
    exclude = {"labels": [{"name": "env", "value": "test", "unknown": 1}]}
    body = {"selector": {"include": include, "exclude": exclude}, "unknown": {"a": [1]}}
    result = only(results(rest(kept.broker, "List", body)), "result")
    names = [entry["spec"]["name"] for entry in result["journals"]]
    assert_equal(names, [kept.name], f"journals without {dropped.name}")


@requirement("http.rest-reads")
@pytest.mark.parametrize("end", ["end_offset", "endOffset"])
def test_json_read_of_a_range(filled: Journal, end: str) -> None:
    """Fields may have the names of the schema or those of JSON, and 64 bits be text or number."""
    body = {"journal": filled.name, "offset": "2", end: 5}
    told = [
        (each["offset"], each["content"]) for each in results(rest(filled.broker, "Read", body))
    ]
    assert_equal(told, [("2", None), ("2", "bGxv")], "offsets, and content in base64")


@requirement("http.rest-reads")
def test_json_read(filled: Journal, workspace: Workspace) -> None:
    """Read as JSON: a stream of results that ends in a status; of a missing journal, one."""
    first, content, last = results(rest(filled.broker, "Read", {"journal": filled.name}))
    assert_equal(first["status"], "OK", "the status")
    assert_equal(first["writeHead"], str(len(CONTENT)), "the write head")
    assert_equal(first.get("fragmentUrl"), "", "the URL, which is empty")
    assert_equal(content["content"], "aGVsbG8gd29ybGQ=", "content in base64")
    assert_equal(last["status"], AT_HEAD, "the last status")
    filled.append(bytes(range(256))).ok()
    whole = results(rest(filled.broker, "Read", {"journal": filled.name, "offset": len(CONTENT)}))
    assert_equal(whole[1]["content"], b64encode(bytes(range(256))).decode(), "bytes in base64")
    missing = {"journal": workspace.unmade().name}
    result = only(results(rest(filled.broker, "Read", missing)), "result")
    assert_equal(result["status"], "JOURNAL_NOT_FOUND", "the status")


@requirement("http.rest-errors")
def test_json_errors(filled: Journal) -> None:
    """A refused request, bad JSON, another verb and another route: each has its code."""
    broker = filled.broker
    bad = {"selector": {"include": {"labels": [{"name": "prefix", "value": "a"}]}}}
    refused = rest(broker, "List", bad)
    assert_equal(refused.code, 500, f"the code of {refused}")
    error = parsed(refused.body).get("error")
    code = error.get("grpcCode") if isinstance(error, dict) else error
    assert_equal(code, 2, "the gRPC code of the error")
    garbled = rest(broker, "List", b"{nonsense")
    assert_equal(garbled.code, 400, f"the code of {garbled}")
    assert_equal(rest(broker, "List", b"", "GET").code, 501, "the code of another verb")
    assert_equal(rest(broker, "Append", {}).code, 501, "the code of another route")


@requirement("http.http10-is-served")
def test_http_1_0(filled: Journal) -> None:
    """An HTTP/1.0 GET gets its content unchunked, up to the connection's end."""
    host, _, port = at(filled.broker).rpartition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE.seconds) as connection:
        connection.sendall(f"GET /{filled.name} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        got = b""
        while part := connection.recv(1 << 16):
            got += part
    head, _, body = got.partition(b"\r\n\r\n")
    assert_true(b" 206 " in head.split(b"\r\n")[0], "code 206", head)
    assert_true(b"chunked" not in head.lower(), "a body without chunks", head)
    assert_equal(body, CONTENT, "the body")
