"""Clusters that are ended or killed, and started again on their directory."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from mockbroker import MockCluster
from mockbroker.errors import MockError
from protocol import (
    AppendRequest,
    AppendResponse,
    ApplyRequest,
    CompressionCodec,
    Duration,
    JournalSpec,
    JournalStub,
    LabelSet,
    ListRequest,
    ReadRequest,
    Status,
)

JOURNAL = "acme/kept"


def _spec(*stores: str, replication: int = 1, length: int = 1 << 20) -> JournalSpec:
    return JournalSpec(
        name=JOURNAL,
        replication=replication,
        fragment=JournalSpec.Fragment(
            length=length,
            compression_codec=CompressionCodec.NONE,
            stores=stores,
            refresh_interval=Duration(seconds=1),
        ),
    )


def _session(
    directory: Path, use: Callable[[Any, MockCluster], Awaitable[None]], **more: Any
) -> None:
    """Uses a cluster through one broker, then ends it without handing anything over."""

    async def run() -> None:
        async with (
            MockCluster(data_dir=directory, http=False, **more) as cluster,
            grpc.aio.insecure_channel(cluster.brokers[0].address) as channel,
        ):
            await use(JournalStub(channel), cluster)

    asyncio.run(run())


async def _append(stub: Any, content: bytes, **more: Any) -> AppendResponse:
    """Appends, once brokers are assigned."""
    while True:
        first = AppendRequest(journal=JOURNAL, **more)
        response = await stub.Append(iter([first, *_contents(content), AppendRequest()]))
        if response.status != Status.INSUFFICIENT_JOURNAL_BROKERS:
            assert response.status == Status.OK
            return response  # type: ignore[no-any-return]


def _contents(content: bytes) -> list[AppendRequest]:
    return [AppendRequest(content=content)] if content else []


async def _read(stub: Any) -> bytes:
    responses = [response async for response in stub.Read(ReadRequest(journal=JOURNAL))]
    return b"".join(response.content for response in responses)


async def _listed(stub: Any) -> list[tuple[str, int, int]]:
    return [
        (journal.spec.name, journal.create_revision, journal.mod_revision)
        async for response in stub.List(ListRequest())
        for journal in response.journals
    ]


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - files tell nobody that they change
        await asyncio.sleep(0.005)


def _size(directory: Path, pattern: str) -> int:
    return sum(path.stat().st_size for path in directory.glob(pattern) if path.is_file())


@pytest.mark.parametrize("brokers", [1, 3])
def test_goes_on_where_it_ended(tmp_path: Path, brokers: int) -> None:
    """Content, registers, journals and revisions are there again, and appends continue."""
    registers = LabelSet(labels=[{"name": "author", "value": "me"}])
    seen: dict[str, Any] = {}

    async def first(stub: Any, cluster: MockCluster) -> None:
        cluster.apply(_spec(replication=brokers))
        await _append(stub, b"one,", union_registers=registers)
        await _append(stub, b"two,")
        seen["listed"] = await _listed(stub)
        seen["ids"], seen["revision"] = cluster.etcd.ids, cluster.etcd.revision

    async def second(stub: Any, cluster: MockCluster) -> None:
        assert cluster.etcd.ids == seen["ids"]
        assert cluster.etcd.revision > seen["revision"]
        assert await _listed(stub) == seen["listed"]
        response = await _append(stub, b"three")
        assert (response.commit.begin, response.registers) == (8, registers)
        assert await _read(stub) == b"one,two,three"

    async def third(stub: Any, _cluster: MockCluster) -> None:
        assert (await _append(stub, b"")).commit.end == 13
        assert await _read(stub) == b"one,two,three"

    for use in (first, second, third):
        _session(tmp_path, use, brokers=brokers)


def test_what_stores_have_is_not_kept_twice(tmp_path: Path) -> None:
    """Content leaves the directory's journals when it is persisted, and is read from there."""

    async def first(stub: Any, cluster: MockCluster) -> None:
        cluster.apply(_spec("file:///", length=1024))
        await _append(stub, b"x" * 2000)
        await _append(stub, b"y" * 2000)
        await _until(lambda: _size(tmp_path, "fragments/**/*.raw") == 2000)
        await _until(lambda: _size(tmp_path, "journals/*/*") < 3000)

    async def second(stub: Any, _cluster: MockCluster) -> None:
        await _append(stub, b"z")
        assert await _read(stub) == b"x" * 2000 + b"y" * 2000 + b"z"

    _session(tmp_path, first)
    _session(tmp_path, second)


def test_deleted_journals_leave_nothing(tmp_path: Path) -> None:
    """A journal that is deleted is gone, and made anew it is empty."""

    async def first(stub: Any, cluster: MockCluster) -> None:
        cluster.apply(_spec())
        await _append(stub, b"old")
        ((_, _, revision),) = await _listed(stub)
        change = ApplyRequest.Change(delete=JOURNAL, expect_mod_revision=revision)
        await stub.Apply(ApplyRequest(changes=[change]))
        assert _size(tmp_path, "journals/*/*") == 0

    async def second(stub: Any, cluster: MockCluster) -> None:
        assert await _listed(stub) == []
        cluster.apply(_spec())
        assert (await _append(stub, b"new")).commit.begin == 0
        assert await _read(stub) == b"new"

    _session(tmp_path, first)
    _session(tmp_path, second)


def test_has_one_owner(tmp_path: Path) -> None:
    """A directory in use is refused in one sentence."""

    async def use(_stub: Any, _cluster: MockCluster) -> None:
        with pytest.raises(MockError, match="is in use by another process"):
            async with MockCluster(data_dir=tmp_path):
                pass

    _session(tmp_path, use)


@contextmanager
def _serving(directory: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    command = [sys.executable, "-c", "from mockbroker.cli import main; main()", "serve"]
    with subprocess.Popen(
        [*command, "--data-dir", str(directory)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            yield process, json.loads(process.stdout.readline())["brokers"][0]["address"]
        finally:
            process.kill()


def test_survives_kill_9_at_any_moment(tmp_path: Path) -> None:
    """After several kills amid appends, what was acknowledged is there, once and in order."""
    acknowledged = 0
    for round_ in range(3):
        with _serving(tmp_path) as (process, address):
            acknowledged = asyncio.run(_until_killed(process, address, acknowledged, round_))
    with _serving(tmp_path) as (process, address):
        asyncio.run(_check(address, acknowledged))
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


async def _until_killed(
    process: "subprocess.Popen[str]", address: str, acknowledged: int, round_: int
) -> int:
    async with grpc.aio.insecure_channel(address) as channel:
        stub = JournalStub(channel)
        if round_ == 0:
            change = ApplyRequest.Change(upsert=_spec("file:///", length=2048))
            await stub.Apply(ApplyRequest(changes=[change]))
        kept = (await _append(stub, b"")).commit.end // 8
        assert kept in {acknowledged, acknowledged + 1}
        number = kept
        asyncio.get_running_loop().call_later(0.4, process.kill)
        while True:
            try:
                await _append(stub, f"{number:7d}\n".encode())
            except grpc.aio.AioRpcError:
                return number
            number += 1


async def _check(address: str, acknowledged: int) -> None:
    async with grpc.aio.insecure_channel(address) as channel:
        stub = JournalStub(channel)
        await _append(stub, b"")
        lines = (await _read(stub)).split()
        assert [int(line) for line in lines] == list(range(len(lines)))
        assert len(lines) in {acknowledged, acknowledged + 1}
        assert acknowledged > 0
