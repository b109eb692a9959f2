"""`mockbroker serve`, as a process of its own."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import pytest

import protocol as pb

COMMAND = [sys.executable, "-m", "mockbroker", "serve"]


@contextmanager
def served(*options: str) -> Iterator[tuple["subprocess.Popen[str]", dict[str, Any]]]:
    """A process that serves, and its line."""
    with subprocess.Popen([*COMMAND, *options], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def test_the_line_tells_brokers_that_accept_calls() -> None:
    """The one line on stdout names every broker, and each of them answers."""
    with served("--brokers", "3", "--zone", "aa", "--zone", "bb", "--zone", "cc") as (
        process,
        line,
    ):
        assert (line["ready"], line["pid"]) == (True, process.pid)
        assert [each["id"]["zone"] for each in line["brokers"]] == ["aa", "bb", "cc"]
        for broker in line["brokers"]:
            with grpc.insecure_channel(broker["address"]) as channel:
                responses = list(pb.JournalStub(channel).List(pb.ListRequest(), timeout=10))
            assert responses[0].header.process_id.suffix == broker["id"]["suffix"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number: int) -> None:
    """It ends with 0 although a watch is open, and says nothing more."""
    with served() as (process, line):
        channel = grpc.insecure_channel(line["brokers"][0]["address"])
        watch = pb.JournalStub(channel).List(pb.ListRequest(watch=True))
        next(watch)
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
        with pytest.raises(grpc.RpcError):
            list(watch)
        channel.close()


def test_it_ends_with_its_parent() -> None:
    """With `--with-parent` it ends when the process that started it is gone."""
    parent = f"""
import subprocess, sys
child = subprocess.Popen({[*COMMAND, "--with-parent"]!r}, stdout=subprocess.PIPE, text=True)
print(child.stdout.readline(), end="", flush=True)
"""
    ended = subprocess.run(
        [sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True, check=True, timeout=30
    )
    address = json.loads(ended.stdout)["brokers"][0]["address"]
    assert any(_refuses(address) for _ in range(100))


def _refuses(address: str) -> bool:
    with grpc.insecure_channel(address) as channel:
        try:
            list(pb.JournalStub(channel).List(pb.ListRequest(), timeout=5))
        except grpc.RpcError:
            return True
    time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--brokers", "10"], "10 is not in the range 1<=x<=9"),
        (["--zone", "a", "--zone", "b"], "1 brokers need as many zones and ports"),
        (["--auth-key", "???"], "failed to decode key at index 0"),
        (["--tls-cert", __file__], "TLS takes a certificate and its key"),
        (["--faults", "/nowhere.yaml"], "does not exist"),
    ],
)
def test_bad_options_are_one_clear_sentence(options: list[str], text: str) -> None:
    """What it cannot do is told, with exit code 2 and no traceback."""
    ended = subprocess.run(
        [*COMMAND, *options], capture_output=True, text=True, check=False, timeout=30
    )
    assert ended.returncode == 2
    assert text in ended.stderr
    assert "Traceback" not in ended.stderr
