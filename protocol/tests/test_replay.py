"""Replays: answers are told alike from run to run, and scripts end by what they are answered."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest

import protocol
from protocol.replay import Telling, mark

RUN = "conformance/1-20260101T000000/"
SCRIPT = """
from protocol.replay import Replay

with Replay({address!r}, width=len({run!r})) as again:
    answers = again.call("List", {{"selector": {{}}}}, told={told!r})
    {more}
"""


def header(revision: int, cluster: int = 7, suffix: str = "one") -> Any:
    """A header of a broker."""
    etcd = {"cluster_id": cluster, "revision": revision}
    return {"process_id": {"zone": "a", "suffix": suffix}, "etcd": etcd}


def told(messages: list[Any], rpc: str = "Apply", place: str = "127.0.0.1:9001") -> str:
    """Messages in words, by a fresh telling."""
    return Telling(RUN, [place]).answer(rpc, "OK", "", messages)


def applied(*headers: Any) -> list[Any]:
    """Responses of Apply."""
    return [protocol.ApplyResponse(header=each) for each in headers]


def test_ids_and_revisions_are_told_by_their_order() -> None:
    """Other ids and revisions read the same where they equal and follow each other alike."""
    assert told(applied(header(5), header(9), header(5))) == told(
        applied(header(70, 8, "two"), header(71, 8, "two"), header(70, 8, "two"))
    )


@pytest.mark.parametrize(
    "others",
    [
        applied(header(5), header(5)),
        applied(header(9), header(5)),
        applied(header(5), header(9, 8)),
        applied(header(5), header(9, suffix="two")),
        applied(header(5), header(0)),
    ],
)
def test_other_orders_are_told_otherwise(others: list[Any]) -> None:
    """A revision that repeats or falls, or an id that changes, reads otherwise."""
    assert told(applied(header(5), header(9))) != told(others)


def test_revisions_of_a_read_are_bounds() -> None:
    """What others did meanwhile does not show in the header of a List."""
    first, later = (protocol.ListResponse(header=header(each)) for each in (5, 6))
    assert told([first], "List") == told([later], "List")


def test_names_and_places_are_told_alike() -> None:
    """The run's prefix and the addresses of its brokers have fixed words."""
    text = f"{RUN}x at http://127.0.0.1:9001, not http://127.0.0.1:9002"
    assert (
        Telling(RUN, ["127.0.0.1:9001"]).text(text) == "@/x at http://place0, not http://elsewhere"
    )


def test_the_id_of_a_run_is_told_alike() -> None:
    """Also where a path has it below another prefix."""
    words = {
        Telling(f"conformance/{run}/", []).text(f"/conformance//{run}/journal")
        for run in ("1-20260101T000000", "2-20270101T000000")
    }
    assert words == {"/conformance//@id@/journal"}


def test_the_broker_that_answers_is_here() -> None:
    """A route that names other endpoints for the same brokers is told otherwise."""
    places = ["127.0.0.1:9001", "127.0.0.1:9002"]
    members = [{"suffix": "one"}, {"suffix": "two"}]
    words = []
    for endpoints in (places, places[::-1]):
        route = {"members": members, "endpoints": [f"http://{each}" for each in endpoints]}
        telling = Telling(RUN, places)
        telling.called(places[0])
        words.append(telling.response("Read", protocol.ReadResponse(header={"route": route})))
    assert words[0] != words[1]
    assert "http://here, http://place0" in words[0]


def test_content_and_times() -> None:
    """Content is told by its sum; a time by whether it is near."""
    reads = [protocol.ReadResponse(content=each) for each in (b"abc", b"abd", b"ab")]
    assert len({told([each], "Read") for each in reads}) == len(reads)
    old, ancient = (
        protocol.ReadResponse(fragment={"mod_time": each})
        for each in (1_600_000_000, 1_000_000_000)
    )
    assert told([old], "Read") == told([ancient], "Read")


class Lists(protocol.JournalServicer):
    """A broker that lists one journal below the prefix that it is asked for."""

    def List(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802 - named by gRPC
        """Answers one journal."""
        yield protocol.ListResponse(journals=[{"spec": {"name": "a/journal"}, "mod_revision": 4}])


@pytest.fixture
def address() -> Iterator[str]:
    """HOST:PORT of a broker that lists."""
    server = grpc.server(ThreadPoolExecutor(4))
    protocol.add_JournalServicer_to_server(Lists(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()


def _ends(folder: Path, address: str, told: str, more: str = "pass") -> int:
    script = folder / "script.py"
    script.write_text(SCRIPT.format(address=address, run=RUN * 3, told=told, more=more))
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=False,
    )
    return done.returncode


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("pass", 1),
        ("answers[0].journals[0].spec", 1),
        ("answers[0].journals[1].spec", 0),
        ("again.open('List', {'watch': True}, done=True).silent(0.1)", 0),
        ("again.put('~/x', b'content')", 2),
    ],
)
def test_scripts_end_by_the_answers(tmp_path: Path, address: str, more: str, code: int) -> None:
    """1 where all is as it was, 0 where anything is not, and 2 where something is to be given."""
    answer = protocol.ListResponse(journals=[{"spec": {"name": "a/journal"}, "mod_revision": 9}])
    assert _ends(tmp_path, address, mark(told([answer], "List")), more) == code
    assert _ends(tmp_path, address, "other", more) == 0
