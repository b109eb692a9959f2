"""List and Read as JSON, by the words of a scripted broker."""

import json

import pytest

from mockbroker.tests.http.scripted import ScriptedBroker, ask, leave_early
from protocol import (
    CompressionCodec,
    Duration,
    Fragment,
    Header,
    JournalSpec,
    LabelSet,
    ListResponse,
    ReadResponse,
    Route,
    Status,
)

HEADER = Header(route=Route(primary=-1))
NOT_IMPLEMENTED = {"code": 12, "message": "Not Implemented", "details": []}
SPEC = JournalSpec(
    name="acme/a",
    replication=1,
    labels=LabelSet(labels=[{"name": "a", "value": "<b>"}]),
    fragment=JournalSpec.Fragment(
        length=1024,
        compression_codec=CompressionCodec.NONE,
        refresh_interval=Duration(seconds=90, nanos=500_000_000),
    ),
)
TOLD = {
    "status": "OK",
    "header": {
        "processId": {"zone": "", "suffix": ""},
        "route": {"members": [], "primary": -1, "endpoints": []},
        "etcd": {"clusterId": "0", "memberId": "0", "revision": "0", "raftTerm": "0"},
    },
    "journals": [
        {
            "spec": {
                "name": "acme/a",
                "replication": 1,
                "labels": {"labels": [{"name": "a", "value": "<b>", "prefix": False}]},
                "fragment": {
                    "length": "1024",
                    "compressionCodec": "NONE",
                    "stores": [],
                    "refreshInterval": "90.500s",
                    "retention": "0s",
                    "flushInterval": "0s",
                    "pathPostfixTemplate": "",
                },
                "flags": 0,
                "maxAppendRate": "0",
                "suspend": None,
            },
            "modRevision": "3",
            "route": {"members": [], "primary": -1, "endpoints": []},
            "createRevision": "0",
        }
    ],
}
"""How a response that lists SPEC is told."""


def test_lists_in_one_line_per_response() -> None:
    """HTTP-016: results are lowerCamelCase, defaults included, 64-bit numbers as strings."""
    listed = ListResponse.Journal(spec=SPEC, mod_revision=3, route=Route(primary=-1))
    responses = [ListResponse(header=HEADER, journals=[listed]), ListResponse()]
    broker = ScriptedBroker(listed=responses)

    answer = ask(
        broker,
        "POST",
        "/v1/journals/list",
        b'{"selector":{"include":{"labels":[{"name":"prefix","value":"a/"}]}},"nope":1}',
    )

    assert answer.code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["grpc-metadata-content-type"] == "application/grpc"
    first, second = answer.body.splitlines()
    assert "\\u003cb\\u003e" in first
    assert json.loads(first) == {"result": TOLD}
    assert json.loads(second)["result"]["journals"] == []
    assert broker.asked[0].selector.include.labels[0].value == "a/"


def test_reads_with_statuses_in_band() -> None:
    """HTTP-017: metadata, content and the final status are results alike."""
    fragment = Fragment(journal="acme/a", end=5, compression_codec=CompressionCodec.NONE)
    broker = ScriptedBroker(
        reads=[
            ReadResponse(header=HEADER, write_head=5, fragment=fragment),
            ReadResponse(content=b"hello"),
            ReadResponse(status=Status.OFFSET_NOT_YET_AVAILABLE, offset=5),
        ]
    )

    answer = ask(broker, "POST", "/v1/journals/read", b'{"journal":"acme/a","offset":"0"}')

    results = [json.loads(line)["result"] for line in answer.body.splitlines()]
    assert [result["content"] for result in results] == [None, "aGVsbG8=", None]
    assert [result["fragment"] is None for result in results] == [False, True, True]
    assert results[2]["status"] == "OFFSET_NOT_YET_AVAILABLE"
    assert list(results[0]) == [
        "status",
        "header",
        "offset",
        "writeHead",
        "fragment",
        "fragmentUrl",
        "content",
    ]


@pytest.mark.parametrize("body", [b"", b"{}", b"null"])
def test_an_empty_body_is_the_zero_request(body: bytes) -> None:
    """Nothing posted asks for everything."""
    broker = ScriptedBroker(listed=[ListResponse(header=HEADER)])

    assert ask(broker, "POST", "/v1/journals/list", body).code == 200
    assert broker.asked[0].ByteSize() == 0


@pytest.mark.parametrize("body", [b"{", b'{"journal":1}', b"\xff", b"[]"])
def test_refuses_what_is_not_the_request(body: bytes) -> None:
    """HTTP-018: a body that is not the request as JSON is 400."""
    answer = ask(ScriptedBroker(), "POST", "/v1/journals/read", body)

    assert answer.code == 400
    assert json.loads(answer.body) | {"message": ""} == {"code": 3, "message": "", "details": []}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/journals/list"),
        ("GET", "/v1/journals/read"),
        ("POST", "/v1/journals/list/"),
        ("POST", "/v1/journals/apply"),
        ("POST", "/v1/"),
    ],
)
def test_nothing_else_is_served(method: str, path: str) -> None:
    """HTTP-018: other verbs and paths below /v1/ are 501."""
    answer = ask(ScriptedBroker(), method, path)

    assert (answer.code, json.loads(answer.body)) == (501, NOT_IMPLEMENTED)


def test_an_error_before_the_first_response_has_its_code() -> None:
    """HTTP-018: an RPC that fails at once is told with the HTTP code of its gRPC code."""
    broker = ScriptedBroker(listed=[RuntimeError("Selector: bad")])  # type: ignore[list-item]

    answer = ask(broker, "POST", "/v1/journals/list", b"{}")

    assert (answer.code, answer.headers.get("content-length")) == (500, None)
    assert answer.body.endswith("}")
    assert json.loads(answer.body) == {
        "error": {
            "grpcCode": 2,
            "httpCode": 500,
            "message": "Selector: bad",
            "httpStatus": "Internal Server Error",
            "details": [],
        }
    }


def test_an_error_later_is_the_last_line() -> None:
    """An RPC that fails in between ends the answer with its error."""
    broker = ScriptedBroker(listed=[ListResponse(), RuntimeError("gone")])  # type: ignore[list-item]

    answer = ask(broker, "POST", "/v1/journals/list", b"{}")

    assert answer.code == 200
    assert [list(json.loads(line)) for line in answer.body.splitlines()] == [["result"], ["error"]]


def test_passes_the_token_on() -> None:
    """The caller's token is that of the RPC."""
    broker = ScriptedBroker(listed=[ListResponse()])
    ask(broker, "POST", "/v1/journals/list", b"", {"Authorization": "Bearer mine"})

    assert broker.tokens == ["Bearer mine"]


@pytest.mark.parametrize(("origin", "allowed"), [("http://a", True), ("http://b", False)])
def test_lets_pages_of_listed_origins_in(origin: str, allowed: bool) -> None:
    """HTTP-019: OPTIONS is 200; only a listed origin is told what it may do."""
    headers = {"Origin": origin}
    answer = ask(
        ScriptedBroker(), "OPTIONS", "/v1/journals/list", None, headers, allow_origins=("http://a",)
    )

    assert answer.code == 200
    assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)
    assert ("access-control-allow-methods" in answer.headers) == allowed


@pytest.mark.parametrize("listed", [[None], [ListResponse(), None]])
def test_a_watcher_that_leaves_ends_the_watch(listed: list[ListResponse]) -> None:
    """A watch ends with its client's connection."""
    leave_early(
        ScriptedBroker(listed=listed),
        b'POST /v1/journals/list HTTP/1.1\r\nHost: x\r\nContent-Length: 14\r\n\r\n{"watch":true}',
    )
