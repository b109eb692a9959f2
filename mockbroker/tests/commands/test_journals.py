"""The commands for people, at a scripted broker."""

import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mockbroker.commands.journals import journals
from mockbroker.tests.commands.scripted import ScriptedBroker, serving
from protocol import (
    AppendRequest,
    AppendResponse,
    ApplyResponse,
    CompressionCodec,
    Fragment,
    FragmentsResponse,
    Header,
    JournalSpec,
    LabelSet,
    ListResponse,
    ProcessSpec,
    ReadResponse,
    Route,
    Status,
)
from protocol.auth import Keys

HEADER = Header(etcd=Header.Etcd(revision=9), route=Route(primary=-1))
ROUTE = Route(
    members=[ProcessSpec.ID(zone="a", suffix="x"), ProcessSpec.ID(zone="b", suffix="y")],
    primary=1,
)
TREE = """
name: acme/
replication: 1
fragment: {length: 1024, compression_codec: NONE, refresh_interval: 1s}
children: [{name: acme/a}, {name: acme/b, revision: 7}, {name: acme/c, delete: true, revision: 8}]
"""


def _run(broker: ScriptedBroker, *arguments: str, content: str = "") -> Result:
    with serving(broker) as address:
        return CliRunner().invoke(journals, [*arguments, "--broker", address], input=content)


def _journal(name: str, **more: Any) -> ListResponse.Journal:
    spec = JournalSpec(
        name=name,
        replication=2,
        fragment=JournalSpec.Fragment(length=1024, compression_codec=CompressionCodec.GZIP),
        **more,
    )
    return ListResponse.Journal(spec=spec, mod_revision=3, create_revision=3, route=ROUTE)


def _listed(*names: str) -> list[ListResponse]:
    return [ListResponse(header=HEADER, journals=[_journal(name) for name in names])]


def _fragment(begin: int, end: int) -> Fragment:
    return Fragment(journal="acme/a", begin=begin, end=end, compression_codec=CompressionCodec.NONE)


def test_list_prints_a_table() -> None:
    """Journals stand in rows, with the primary apart from the other members."""
    result = _run(ScriptedBroker({"List": [_listed("acme/a", "acme/b")]}), "list")

    header, first, second = result.stdout.splitlines()
    assert header.split()[:3] == ["NAME", "REVISION", "RF"]
    assert first.split() == ["acme/a", "3", "2", "GZIP", "1024", "0s", "b/y", "a/x"]
    assert second.startswith("acme/b ")


def test_list_prints_every_response_as_json() -> None:
    """With --json, each response of the broker is a line."""
    broker = ScriptedBroker({"List": [[*_listed("acme/a"), *_listed("acme/b")]]})

    result = _run(broker, "list", "--json", "-l", "prefix=acme/")

    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["journals"][0]["spec"]["name"] for line in lines] == ["acme/a", "acme/b"]
    assert lines[0]["journals"][0]["mod_revision"] == "3"
    assert broker.asked[0][1].selector.include.labels[0].value == "acme/"


def test_list_prints_what_apply_takes() -> None:
    """The YAML of a listing, applied, asks for the journals as they were."""
    listed = _run(ScriptedBroker({"List": [_listed("acme/a", "acme/b")]}), "list", "--yaml")
    broker = ScriptedBroker({"Apply": [ApplyResponse(header=HEADER)]})
    text = listed.stdout.replace("  length: 1024", "  length: 1024\n  refresh_interval: 1s")

    result = _run(broker, "apply", content=text)

    assert (result.exit_code, result.stdout) == (0, "applied 2 changes at revision 9\n")
    (_, request), *_ = broker.asked
    assert [(c.upsert.name, c.expect_mod_revision) for c in request.changes] == [
        ("acme/a", 3),
        ("acme/b", 3),
    ]


def test_watch_shows_each_snapshot() -> None:
    """A watch prints a table whenever a snapshot is complete."""
    stream = [*_listed("acme/a"), ListResponse(), *_listed("acme/b"), ListResponse()]

    result = _run(ScriptedBroker({"List": [stream]}), "list", "--watch")

    assert result.stdout.count("NAME") == 2
    assert "acme/b" in result.stdout


def test_apply_sends_the_tree(tmp_path: Path) -> None:
    """Creations, changes and deletions of a file go in one request."""
    (tmp_path / "specs.yaml").write_text(TREE)
    broker = ScriptedBroker({"Apply": [ApplyResponse(header=HEADER)]})

    result = _run(broker, "apply", str(tmp_path / "specs.yaml"))

    assert result.exit_code == 0
    ((_, request),) = broker.asked
    assert [(c.upsert.name, c.delete, c.expect_mod_revision) for c in request.changes] == [
        ("acme/a", "", 0),
        ("acme/b", "", 7),
        ("", "acme/c", 8),
    ]


def test_apply_in_batches_and_dry() -> None:
    """Changes may be split over requests, or only shown."""
    broker = ScriptedBroker({"Apply": [ApplyResponse(header=HEADER)] * 2})

    assert _run(broker, "apply", "--max-txn-size", "2", content=TREE).exit_code == 0
    assert [len(request.changes) for _, request in broker.asked] == [2, 1]
    dry = _run(ScriptedBroker({}), "apply", "--dry-run", content=TREE)
    assert len(json.loads(dry.stdout)["changes"]) == 3


def test_append_sends_content_and_commit() -> None:
    """One append: its parameters, its content, and the empty message that commits."""
    committed = AppendResponse(header=HEADER, commit=_fragment(5, 10), registers=LabelSet())
    broker = ScriptedBroker({"Append": [committed]})

    result = _run(
        broker,
        *("append", "acme/a", "--offset", "5", "--check", "aa=1"),
        *("--set", "bb=2", "--unset", "cc="),
        content="hello",
    )

    assert result.stdout == "appended 5 bytes: [5, 10)\n"
    ((_, (first, content, commit)),) = broker.asked
    assert (first.journal, first.offset) == ("acme/a", 5)
    assert first.check_registers.include.labels[0].name == "aa"
    assert first.union_registers.labels[0].value == "2"
    assert first.subtract_registers.labels[0].name == "cc"
    assert (content.content, commit) == (b"hello", AppendRequest())


def test_append_tells_the_registers_of_a_mismatch() -> None:
    """A refusal by registers shows those that are there."""
    held = LabelSet(labels=[{"name": "aa", "value": "1"}])
    refused = AppendResponse(status=Status.REGISTER_MISMATCH, header=HEADER, registers=held)

    result = _run(ScriptedBroker({"Append": [refused]}), "append", "acme/a", content="x")

    assert result.exit_code == 1
    assert result.stderr == "Error: acme/a: REGISTER_MISMATCH (registers are aa=1)\n"


def test_read_writes_content_only() -> None:
    """Content goes to standard output as it is; a hole is told beside it."""
    stream = [
        ReadResponse(header=HEADER, fragment=_fragment(0, 5), write_head=60),
        ReadResponse(content=b"hello"),
        ReadResponse(offset=50, fragment=_fragment(50, 55), write_head=60),
        ReadResponse(offset=50, content=b"\x00\xff\n"),
        ReadResponse(status=Status.OFFSET_NOT_YET_AVAILABLE, offset=53, write_head=60),
    ]

    result = _run(ScriptedBroker({"Read": [stream]}), "read", "acme/a")

    assert (result.exit_code, result.stdout_bytes) == (0, b"hello\x00\xff\n")
    assert result.stderr == "no content at [5, 50)\n"


def test_read_goes_on_where_a_broker_ended() -> None:
    """A stream that ends early is asked for again, from where it ended, until nothing comes."""
    metadata = ReadResponse(header=HEADER, fragment=_fragment(0, 10), write_head=10)
    rest = ReadResponse(header=HEADER, offset=5, fragment=_fragment(0, 10), write_head=10)
    broker = ScriptedBroker(
        {
            "Read": [
                [metadata, ReadResponse(content=b"hello")],
                [rest, ReadResponse(offset=5, content=b"world")],
                [],
            ]
        }
    )

    result = _run(broker, "read", "acme/a")

    assert result.stdout == "helloworld"
    assert [request.offset for _, request in broker.asked] == [0, 5, 10]


def test_read_stops_at_the_end_asked_for() -> None:
    """With --end nothing is asked for again once it is reached."""
    stream = [
        ReadResponse(header=HEADER, offset=2, fragment=_fragment(0, 10), write_head=10),
        ReadResponse(offset=2, content=b"llo"),
    ]
    broker = ScriptedBroker({"Read": [stream]})

    result = _run(broker, "read", "acme/a", "--offset", "2", "--end", "5", "--json")

    assert len(broker.asked) == 1
    assert [json.loads(line).get("content") for line in result.stdout.splitlines()][1] == "bGxv"


def test_fragments_follow_pages() -> None:
    """All pages of all journals that have brokers are in one table."""
    suspended = _journal("acme/z", suspend={"level": JournalSpec.Suspend.FULL})
    pages = [
        FragmentsResponse(
            header=HEADER,
            fragments=[{"spec": _fragment(0, 5), "signed_url": "file:///x"}],
            next_page_token=5,
        ),
        FragmentsResponse(header=HEADER, fragments=[{"spec": _fragment(5, 9)}]),
    ]
    listed = [ListResponse(header=HEADER, journals=[_journal("acme/a"), suspended])]
    broker = ScriptedBroker({"List": [listed], "ListFragments": pages})

    result = _run(broker, "fragments", "-l", "prefix=acme/", "--url-ttl", "60", "--to", "99")

    _, first, second = (line.split() for line in result.stdout.splitlines())
    assert (first[:4], first[-1]) == (["acme/a", "0", "5", "NONE"], "file:///x")
    assert second[1:3] == ["5", "9"]
    asked = [request for rpc, request in broker.asked if rpc == "ListFragments"]
    assert [request.next_page_token for request in asked] == [0, 5]
    assert (asked[0].signatureTTL.seconds, asked[0].end_mod_time) == (60, 99)


@pytest.mark.parametrize(
    ("answers", "arguments"),
    [
        ({"List": [RuntimeError("no token")]}, ("list",)),
        ({"Apply": [ApplyResponse(status=Status.ETCD_TRANSACTION_FAILED)]}, ("apply",)),
        ({"Append": [AppendResponse(status=Status.JOURNAL_NOT_FOUND)]}, ("append", "acme/a")),
        ({"Read": [[ReadResponse(status=Status.JOURNAL_NOT_FOUND)]]}, ("read", "acme/a")),
        (
            {"List": [_listed("acme/a")], "ListFragments": [RuntimeError("x")]},
            ("fragments", "-l", "aa"),
        ),
    ],
)
def test_a_refusal_exits_1(answers: dict[str, Any], arguments: tuple[str, ...]) -> None:
    """What the broker refuses ends the command with one sentence."""
    result = _run(ScriptedBroker(answers), *arguments, content=TREE)

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("list", "-l", "a=(("), 'could not match "a=(("'),
        (("apply",), "line 1: "),
        (("read", "acme b"), "Journal: not a valid token (acme b)"),
        (("append", "acme/a", "--set", "x"), "'x' is not NAME=VALUE"),
        (("append", "acme/a", "/no/such/file"), "No such file"),
        (("list", "--auth-keys", "%"), "illegal base64"),
        (("list", "--broker", "http://%zz"), 'invalid URL escape "%zz"'),
        (("list", "--ca", "/no/such/file"), "does not exist"),
        (("nope",), "No such command"),
    ],
)
def test_wrong_use_exits_2(arguments: tuple[str, ...], text: str) -> None:
    """What cannot be used is told before any call."""
    result = CliRunner().invoke(journals, arguments, input="- x")

    assert result.exit_code == 2
    assert text in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [("list",), ("apply",), ("append", "acme/a"), ("read", "acme/a"), ("fragments", "-l", "aa")],
)
def test_an_absent_broker_exits_3(arguments: tuple[str, ...]) -> None:
    """Where nobody listens, the command names the address it tried."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"http://127.0.0.1:{free.getsockname()[1]}"

    result = CliRunner().invoke(journals, [*arguments, "--broker", address], input=TREE)

    assert result.exit_code == 3
    assert result.stderr.startswith(f"Error: cannot reach broker {address}: ")


def test_calls_are_signed() -> None:
    """Keys sign a token that grants what the call needs; a token is sent as it is."""
    broker = ScriptedBroker({"List": [_listed(), _listed()]})
    _run(broker, "list", "--auth-keys", "c2VjcmV0", "-l", "name=acme/a")
    _run(broker, "list", "--token", "mine")

    signed, given = broker.tokens
    claims = Keys.parse("c2VjcmV0").verify([signed], 2, now=time.time())
    assert claims.selector.include.labels[0].value == "acme/a"
    assert given == "Bearer mine"
