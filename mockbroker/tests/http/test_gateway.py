"""Journals as HTTP resources, by the words of a scripted broker."""

import hashlib
from typing import Any

import pytest

from mockbroker.tests.http.scripted import ScriptedBroker, ask, leave_early, raw
from protocol import (
    AppendResponse,
    CompressionCodec,
    Fragment,
    Header,
    LabelSet,
    ProcessSpec,
    ReadResponse,
    Route,
    Status,
)
from protocol.fragments import sum_of

ENDPOINT = "http://127.0.0.1:9780"
ROUTE_TOKEN = 'members:<zone:"a" suffix:"b" > endpoints:"http://127.0.0.1:9780" '
ROUTED = Header(
    route=Route(members=[ProcessSpec.ID(zone="a", suffix="b")], primary=0, endpoints=[ENDPOINT])
)
UNROUTED = Header(route=Route(primary=-1))


def _fragment(begin: int, content: bytes, **more: object) -> Fragment:
    return Fragment(
        journal="acme/a",
        begin=begin,
        end=begin + len(content),
        sum=sum_of(content),
        compression_codec=CompressionCodec.NONE,
        **more,  # type: ignore[arg-type]
    )


def _read_of(content: bytes, **more: object) -> list[ReadResponse]:
    fragment = _fragment(0, content, **more)
    metadata = ReadResponse(header=ROUTED, write_head=len(content), fragment=fragment)
    return [
        metadata,
        ReadResponse(content=content),
        ReadResponse(
            status=Status.OFFSET_NOT_YET_AVAILABLE, offset=len(content), write_head=len(content)
        ),
    ]


def _committed(content: bytes) -> AppendResponse:
    return AppendResponse(header=ROUTED, commit=_fragment(7, content), registers=LabelSet())


def test_reads_content_with_headers() -> None:
    """HTTP-001: content comes chunked under 206, with range, fragment, head and route."""
    broker = ScriptedBroker(reads=_read_of(b"hello world"))

    answer = ask(broker, "GET", "/acme/a?offset=0")

    assert (answer.code, answer.body) == (206, "hello world")
    assert answer.headers | {"date": ""} == {
        "date": "",
        "content-range": "bytes 0-9223372036854775807/9223372036854775807",
        "content-type": "text/plain; charset=utf-8",
        "location": f"{ENDPOINT}/acme/a",
        "trailer": "X-Close-Error",
        "transfer-encoding": "chunked",
        "x-fragment-name": "0000000000000000-000000000000000b-"
        f"{hashlib.sha1(b'hello world', usedforsecurity=False).hexdigest()}.raw",
        "x-route-token": ROUTE_TOKEN.rstrip(),
        "x-write-head": "11",
    }


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (_read_of(b"x")[-1:], "OFFSET_NOT_YET_AVAILABLE"),
        ([], "broker terminated RPC"),
        ([RuntimeError("lost it")], "rpc error: code = Unknown desc = lost it"),
        ([ReadResponse(offset=50, write_head=60, fragment=_fragment(50, b"x"))], "offset jump"),
    ],
)
def test_says_in_a_trailer_why_content_ended(last: list[ReadResponse], reason: str) -> None:
    """HTTP-003: the trailer after the last chunk tells why the stream ended."""
    broker = ScriptedBroker(reads=[*_read_of(b"hello")[:2], *last])

    said = raw(broker, b"GET /acme/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    body = said.partition(b"\r\n\r\n")[2]
    assert body.lower() == (
        b"5\r\nhello\r\n0\r\nx-close-error: " + reason.encode().lower() + b"\r\n\r\n"
    )


def test_serves_http_1_0_without_chunks_and_trailer() -> None:
    """HTTP-020: an old client reads until the connection closes."""
    said = raw(ScriptedBroker(reads=_read_of(b"hello")), b"GET /acme/a HTTP/1.0\r\n\r\n")

    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 206 ")
    assert b"trailer" not in head.lower()
    assert b"chunked" not in head.lower()
    assert body == b"hello"


def test_head_has_headers_and_no_body() -> None:
    """HTTP-002, HTTP-004: HEAD asks for metadata; a persisted fragment tells where it lies."""
    broker = ScriptedBroker(reads=_read_of(b"hello", mod_time=1_700_000_000)[:1])
    broker.reads[0].fragment_url = "file:///acme/a/x.raw"

    answer = ask(broker, "HEAD", "/acme/a?offset=3")

    assert (answer.code, answer.body) == (206, "")
    assert answer.headers["x-fragment-location"] == "file:///acme/a/x.raw"
    assert answer.headers["x-fragment-last-modified"] == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert not {"trailer", "transfer-encoding", "content-length"} & set(answer.headers)
    assert broker.asked[0].metadata_only
    assert broker.asked[0].offset == 3


def test_an_offset_jump_at_the_start_is_told_by_the_range() -> None:
    """HTTP-006: a read that starts after a hole continues behind it."""
    jumped = ReadResponse(header=ROUTED, offset=50, write_head=55, fragment=_fragment(50, b"hello"))
    broker = ScriptedBroker(reads=[jumped, ReadResponse(offset=50, content=b"hello")])

    answer = ask(broker, "GET", "/acme/a")

    assert (answer.code, answer.body) == (206, "hello")
    assert answer.headers["content-range"].startswith("bytes 50-")


def test_tells_bytes_from_text() -> None:
    """Content with control characters is no text."""
    answer = ask(ScriptedBroker(reads=_read_of(b"\x00\x01")), "GET", "/acme/a")

    assert answer.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (Status.JOURNAL_NOT_FOUND, 404),
        (Status.INSUFFICIENT_JOURNAL_BROKERS, 503),
        (Status.OFFSET_NOT_YET_AVAILABLE, 416),
        (Status.NOT_ALLOWED, 500),
        (Status.SUSPENDED, 500),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_read_refusals(status: Status, code: int, method: str) -> None:
    """HTTP-005, HTTP-007, HTTP-008: a refusal has a code, and the status as its line."""
    broker = ScriptedBroker(reads=[ReadResponse(status=status, header=UNROUTED, write_head=11)])

    answer = ask(broker, method, "/acme/a?offset=-1")

    line = Status.Name(status) + "\n"
    assert (answer.code, answer.body) == (code, line if method == "GET" else "")
    assert answer.headers["content-length"] == str(len(line))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-write-head"] == "11"
    assert "x-route-token" not in answer.headers


def test_appends_the_body() -> None:
    """HTTP-009: the body is one append, answered by 204 and where it was committed."""
    broker = ScriptedBroker(appended=_committed(b"hello"))

    answer = ask(broker, "PUT", "/acme/a;meta", b"hello")

    assert (answer.code, answer.body) == (204, "")
    assert answer.headers | {"date": ""} == {
        "date": "",
        "location": f"{ENDPOINT}/acme/a;meta",
        "x-commit-begin": "7",
        "x-commit-end": "12",
        "x-commit-sha1-sum": hashlib.sha1(b"hello", usedforsecurity=False).hexdigest(),
        "x-route-token": ROUTE_TOKEN.rstrip(),
        "x-write-head": "12",
    }
    first, content, commit = broker.asked[0]
    assert (first.journal, content.content, commit.content) == ("acme/a;meta", b"hello", b"")


def test_an_empty_body_is_an_empty_append() -> None:
    """HTTP-010: nothing but the commit follows the first message."""
    broker = ScriptedBroker(appended=_committed(b""))

    assert ask(broker, "PUT", "/acme/a", b"").code == 204
    assert len(broker.asked[0]) == 2


def test_append_refusals() -> None:
    """HTTP-011: whatever refuses an append is 500 and its status."""
    refused = AppendResponse(status=Status.JOURNAL_NOT_FOUND, header=UNROUTED)

    answer = ask(ScriptedBroker(appended=refused), "PUT", "/acme/a", b"hello")

    assert (answer.code, answer.body) == (500, "JOURNAL_NOT_FOUND\n")


@pytest.mark.parametrize(
    ("method", "path", "text"),
    [
        ("GET", "/acme/a?offset=-2", "invalid Offset (-2; expected -1 <= Offset <= MaxInt64)"),
        ("GET", "/acme/a?foo=1", 'schema: invalid path "foo"'),
        ("PUT", "/acme/a?offset=3", 'schema: invalid path "offset"'),
        ("GET", "/bad%20name", "Journal: not a valid token (bad name)"),
        ("PUT", "/bad%20name", "Journal: not a valid token (bad name)"),
        ("GET", "/", "Journal: invalid length (0; expected 4 <= length <= 512)"),
        ("GET", "/acme/%zz", 'invalid URL escape "%zz"'),
        ("GET", "/acme%20%ff", "Journal: not a valid token (acme \xff)"),
        ("GET", "http://host/a%20b/c", "Journal: not a valid token (a b/c)"),
        ("POST", "/acme/a", "unknown method: POST"),
        ("CONNECT", "host:1", "unknown method: CONNECT"),
        ("DELETE", "/acme/a", "unknown method: DELETE"),
    ],
)
def test_bad_requests(method: str, path: str, text: str) -> None:
    """HTTP-012, HTTP-013: what cannot be asked is 400, and the broker is not asked."""
    broker = ScriptedBroker()

    answer = ask(broker, method, path, b"x" if method == "PUT" else None)

    assert (answer.code, answer.body) == (400, text + "\n")
    assert broker.asked == []


def test_asks_nothing_of_the_server_as_a_whole() -> None:
    """A request for `*` is refused."""
    assert ask(ScriptedBroker(), "OPTIONS", "*").code == 400


def test_the_location_is_escaped() -> None:
    """Journals of any letters can be followed."""
    broker = ScriptedBroker(reads=_read_of(b"x"))

    answer = ask(broker, "GET", "/acme/%C3%A4;x%3D1")

    assert answer.headers["location"] == f"{ENDPOINT}/acme/%C3%A4;x=1"
    assert broker.asked[0].journal == "acme/ä;x=1"


def test_nothing_can_be_appended_to_no_journal() -> None:
    """A PUT to the root is no bad request, but fails."""
    answer = ask(ScriptedBroker(), "PUT", "/", b"x")

    assert (answer.code, answer.body) == (500, "expected Request.Journal\n")


def test_an_error_of_the_broker_is_told() -> None:
    """An RPC that fails is 500, with the text that a Go client prints."""
    answer = ask(ScriptedBroker(reads=[RuntimeError("no luck")]), "GET", "/acme/a")

    assert (answer.code, answer.body) == (500, "rpc error: code = Unknown desc = no luck\n")


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/web//one?block=1", "/web/one?block=1"),
        ("/web/./one/", "/web/one/"),
        ("/../web", "/web"),
        ("/.hid%20den//x", "/.hid%20den/x"),
        ("//", "/"),
        ("//%ff/?a=<", "/%FF/?a=<"),
        ("/v1", "/v1/"),
    ],
)
def test_redirects_to_the_clean_path(path: str, location: str) -> None:
    """HTTP-015: a path with empty or relative parts is redirected."""
    answer = ask(ScriptedBroker(), "GET", path)

    assert (answer.code, answer.headers["location"]) == (307, location)


@pytest.mark.parametrize(
    ("method", "kind", "length"),
    [
        ("GET", "text/html; charset=utf-8", "43"),
        ("HEAD", "text/html; charset=utf-8", None),
        ("PUT", None, "0"),
    ],
)
def test_a_redirect_has_a_text_for_readers_only(
    method: str, kind: str | None, length: str | None
) -> None:
    """HTTP-015: only a GET is redirected with a text, and a PUT without its kind."""
    headers = ask(ScriptedBroker(), method, "/acme//a").headers

    assert (headers.get("content-type"), headers.get("content-length")) == (kind, length)


def test_signs_its_own_calls() -> None:
    """AUTH-022: where a broker has keys, the gateway signs; the client needs no token."""
    asked = []

    def authorize(rpc: str, request: Any) -> str:
        asked.append((rpc, request.journal))
        return "Bearer ours"

    broker = ScriptedBroker(reads=_read_of(b"x"), appended=_committed(b"x"))
    ask(broker, "GET", "/acme/a", authorize=authorize)
    ask(broker, "PUT", "/acme/a", b"x", {"Authorization": "Bearer x"}, authorize=authorize)
    ask(broker, "GET", "/acme/a", None, {"Authorization": "Bearer theirs"})

    assert broker.tokens == ["Bearer ours", "Bearer ours", "Bearer theirs"]
    assert asked == [("Read", "acme/a"), ("Append", "acme/a")]


def test_is_ready() -> None:
    """`/debug/ready` is 200 and empty."""
    answer = ask(ScriptedBroker(), "GET", "/debug/ready")

    assert (answer.code, answer.body) == (200, "")


def test_tells_metrics() -> None:
    """`/debug/metrics` is in Prometheus' text form."""
    answer = ask(ScriptedBroker(), "GET", "/debug/metrics")

    assert answer.code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4; charset=utf-8")
    assert "# TYPE mockbroker_http_requests_total counter\n" in answer.body


@pytest.mark.parametrize("reads", [[None], [*_read_of(b"hello")[:2], None]])
def test_a_reader_that_leaves_ends_the_read(reads: list[ReadResponse]) -> None:
    """HTTP-014: a read that waits for content ends with its client's connection."""
    leave_early(ScriptedBroker(reads=reads), b"GET /acme/a?block=true HTTP/1.1\r\nHost: x\r\n\r\n")


def test_a_writer_that_leaves_ends_the_append() -> None:
    """An append that the broker has not answered ends with its client's connection."""
    leave_early(
        ScriptedBroker(appended=None),
        b"PUT /acme/a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx",
    )
