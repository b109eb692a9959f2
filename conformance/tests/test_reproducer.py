"""Reproducers: short, alone, and true about the broker that they are run against."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.launch import LaunchPlan, launch
from conformance.reproducer import CALLS, command, script
from conformance.tests.command import conform
from conformance.trace import Call
from protocol import AppendRequest, ListRequest, ReadRequest, ReadResponse

PREFIX = "conformance/1-a/"
FAILURE = {
    "requirement": "area.one",
    "sentence": 'It """is\\ done.',
    "expected": "a",
    "got": "b\nc",
}


@pytest.fixture
def liar() -> Iterator[str]:
    """HOST:PORT of a mock whose commits begin one byte late."""
    launched = launch(LaunchPlan(lie="commit-begins-one-byte-late"))
    yield launched.spec.addresses[0]
    launched.stop()


def _run(path: Path, target: str) -> int:
    words = [sys.executable, str(path), target]
    return subprocess.run(words, capture_output=True, check=False).returncode


def _call(rpc: str, *requests: AppendRequest | ListRequest | ReadRequest) -> Call:
    call = Call(rpc, "127.0.0.1:1")
    for request in requests:
        call.sent(request)
    call.ended("OK", "")
    return call


def test_reproducer_tells_the_broken_broker_from_the_right_one(
    liar: str, mock: str, tmp_path: Path
) -> None:
    """The script of a failure ends 1 against the broker that failed, and 0 against a right one."""
    words = ("--target", liar, "--select", "append.commits-content")
    ended = conform("run", *words, folder=tmp_path)
    assert ended.code == 1, ended
    paths = sorted((tmp_path / "conformance-results.reproducers").glob("test-commit-*.py"))
    assert len(paths) == 1
    assert len(paths[0].read_text().splitlines()) <= 40
    assert str(paths[0].relative_to(tmp_path)) in ended.out
    assert [_run(paths[0], liar), _run(paths[0], mock)] == [1, 0]


def test_script_stays_short_and_compiles() -> None:
    """However many calls there were, a script has forty lines at most, and is Python."""
    calls = [_call("Append", AppendRequest(journal=f"{PREFIX}x")) for _ in range(50)]
    text = script(FAILURE, calls, PREFIX)
    assert text.count("('Append',") == CALLS
    assert len(text.splitlines()) <= 40
    assert "1-a" not in text
    compile(text, "reproducer", "exec")


@pytest.mark.parametrize("raw", [b"\xff\xff", b"\x22\x80\x80\x04" + bytes(65536)])
def test_no_script_of_what_nobody_could_read(raw: bytes) -> None:
    """Requests that are no messages, or far too large, give no script."""
    call = Call("Append", "127.0.0.1:1")
    call.sent(raw)
    assert script(FAILURE, [call], PREFIX) == ""


def test_large_answers_are_summed_up_in_no_time() -> None:
    """An answer of half a megabyte is as quickly told as any other."""
    call = _call("Read", ReadRequest(journal=f"{PREFIX}x"))
    call.received(ReadResponse(content=b"x" * (1 << 19)))
    assert "('Read'," in script(FAILURE, [call], PREFIX)


def test_grpcurl_line_of_a_unary_call() -> None:
    """A call of one request is told for grpcurl too, another is not."""
    line = command(_call("List", ListRequest(watch=True)), PREFIX)
    assert line.startswith("grpcurl -plaintext")
    assert '{"watch": true}' in line
    assert line.endswith("127.0.0.1:1 protocol.Journal/List")
    assert command(_call("Append", AppendRequest(), AppendRequest()), PREFIX) == ""
