"""Each example, run by its command against a mock cluster."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from protocol import JournalStub  # noqa: F401 - see that gRPC is there before any fork
from protocol.client import SyncJournalClient
from protocol.examples import append_file, lock, mirror, tail
from protocol.tests.client.conftest import content_of, spec

_JOURNAL = "an/example"


def _run(command: Any, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


@pytest.fixture
def address(mock_cluster: Any) -> str:
    """The address of a cluster that has the journal."""
    mock_cluster.apply(spec(_JOURNAL))
    return str(mock_cluster.brokers[0].endpoint)


@pytest.fixture
def client(address: str) -> Iterator[SyncJournalClient]:
    """A client of that cluster."""
    with SyncJournalClient.connect(address, timeout=20) as connected:
        yield connected


def test_append_file(address: str, client: SyncJournalClient, tmp_path: Path) -> None:
    """Files are appended whole, one after the other."""
    paths = [tmp_path / "one", tmp_path / "two"]
    for path in paths:
        path.write_text(f"content of {path.name}\n")

    result = _run(append_file.main, address, _JOURNAL, *map(str, paths))

    assert result.exit_code == 0
    assert result.output == f"{paths[0]}: 0 to 15\n{paths[1]}: 15 to 30\n"
    assert content_of(client.read(_JOURNAL)) == b"content of one\ncontent of two\n"


def test_tail(address: str, client: SyncJournalClient) -> None:
    """What is there is printed, and what is appended meanwhile."""
    client.append(_JOURNAL, b"before\n")
    command = [sys.executable, "-m", "protocol.examples.tail", address, _JOURNAL]
    with subprocess.Popen([*command, "--end-offset=13"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        client.append(_JOURNAL, b"after\n")
        second = process.stdout.readline()

    assert (first, second, process.returncode) == (b"before\n", b"after\n", 0)


def test_lock(address: str, client: SyncJournalClient) -> None:
    """A command runs under the lock, and the exit code is its own."""
    result = _run(lock.main, address, _JOURNAL, sys.executable, "-c", "raise SystemExit(7)")

    lines = content_of(client.read(_JOURNAL)).decode().splitlines()
    assert result.exit_code == 7
    assert [line.partition(" ")[2] for line in lines] == ["takes the lock", "gives the lock back"]


def test_lock_is_held_by_one(address: str, client: SyncJournalClient) -> None:
    """Of many who want the lock at once, each has it in turn."""
    held, most = 0, 0

    def hold(name: str) -> None:
        nonlocal held, most
        with lock.Lock(client, _JOURNAL, name):
            held += 1
            most = max(most, held)
            held -= 1

    threads = [threading.Thread(target=hold, args=(f"holder-{index}",)) for index in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    lines = content_of(client.read(_JOURNAL)).decode().splitlines()
    takers = [line.split()[0] for line in lines[::2]]
    assert [line.split()[0] for line in lines[1::2]] == takers
    assert sorted(takers) == [f"holder-{index}" for index in range(6)]
    assert most == 1


@pytest.mark.parametrize("lost", ["take", "give back"])
def test_lock_whose_answer_is_lost(
    mock_cluster: Any, client: SyncJournalClient, address: str, lost: str
) -> None:
    """The registers tell whether we hold the lock, if the broker's answer did not arrive."""
    held = lock.Lock(client, _JOURNAL, "us")
    with mock_cluster.fault("lost-ack", times=1, nth=1 if lost == "take" else 2) as handle:
        taken = held.try_to_take()
        held.give_back()

    assert handle.hits == 1
    assert taken
    assert not client.append(_JOURNAL, b"").registers.labels


def test_mirror(address: str, client: SyncJournalClient, second_cluster: Any) -> None:
    """Journals are copied as they are, and again only what was appended since."""
    target = second_cluster.brokers[0].endpoint
    client.append(_JOURNAL, b"0123456789" * 50_000)
    first = _run(mirror.main, address, target, f"name={_JOURNAL}")
    client.append(_JOURNAL, b"and more")
    second = _run(mirror.main, address, target, f"name={_JOURNAL}")

    with SyncJournalClient.connect(target, timeout=20) as copy:
        assert content_of(copy.read(_JOURNAL)) == b"0123456789" * 50_000 + b"and more"
    for result in (first, second):
        assert result.exit_code == 0
        assert _JOURNAL in result.output
        assert "mirrored 1 journals" in result.output


def test_mirror_whose_answer_is_lost(
    address: str, client: SyncJournalClient, second_cluster: Any
) -> None:
    """An append of unknown outcome is looked up, and nothing is copied twice."""
    client.append(_JOURNAL, b"0123456789" * 50_000)
    with second_cluster.fault("lost-ack", times=1) as handle:
        result = _run(mirror.main, address, second_cluster.brokers[0].endpoint, f"name={_JOURNAL}")

    with SyncJournalClient.connect(second_cluster.brokers[0].endpoint, timeout=20) as copy:
        assert content_of(copy.read(_JOURNAL)) == b"0123456789" * 50_000
    assert (result.exit_code, handle.hits) == (0, 1)


def test_mirror_of_a_gap(
    address: str, mock_cluster: Any, client: SyncJournalClient, second_cluster: Any
) -> None:
    """Content that the source no longer has cannot be mirrored, and this is said."""
    client.append(_JOURNAL, b"0123456789")
    with mock_cluster.fault("offset-jump", nth=2) as handle:
        result = _run(mirror.main, address, second_cluster.brokers[0].endpoint, f"name={_JOURNAL}")

    assert handle.hits == 1
    assert result.exit_code == 1
    assert result.output.endswith(f"Error: {_JOURNAL}: bytes 0 to 1 are gone\n")


@pytest.fixture
def second_cluster(mock_cluster: Any) -> Iterator[Any]:
    """Another cluster, with other ids."""
    with type(mock_cluster)(1, seed=1) as cluster:
        yield cluster


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (tail.main, ["no/such/journal"]),
        (append_file.main, ["no/such/journal", __file__]),
        (lock.main, ["no/such/journal", "true"]),
    ],
    ids=["tail", "append_file", "lock"],
)
def test_errors_are_one_sentence(address: str, command: Any, arguments: list[str]) -> None:
    """What cannot be done is told in one line, with the journal, and exit code 1."""
    result = _run(command, address, *arguments)

    assert result.exit_code == 1
    assert result.output == "Error: no/such/journal: JOURNAL_NOT_FOUND\n"
