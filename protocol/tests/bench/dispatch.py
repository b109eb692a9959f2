"""What dispatch costs: appends of 1 KiB over a dispatch channel and over gRPC's own.

    python -m protocol.tests.bench.dispatch [ADDRESS]

Rounds over either kind of channel come in pairs, of which now the one and now the other is
first, against the same broker and journals: a mock of its own, or the broker at ADDRESS.
Rounds are short and many, so that what else the machine does falls on both kinds alike.
Printed are appends per second, and the median ratio with its interval of 95 %.
"""

import argparse
import asyncio
import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import grpc.aio

from protocol import AppendRequest, JournalSpec, JournalStub, ReadRequest, Route
from protocol.client import SyncJournalClient
from protocol.dispatch import AioDispatchChannel, DispatchChannel, dispatch
from protocol.tests.client.conftest import spec, upsert

_CALLERS = 16
_APPENDS = 160
_ROUNDS = 200
"""Pairs: as many begin with the one kind as with the other."""
_WARM_UP = 10
"""Pairs that are not counted."""
_JOURNALS = [f"bench/journal-{index}" for index in range(_CALLERS)]


@contextmanager
def _broker(address: str | None) -> Iterator[str]:
    if address is not None:
        yield address
        return
    command = [sys.executable, "-m", "mockbroker", "serve", "--with-parent"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["brokers"][0]["address"]
        finally:
            process.terminate()


def _requests(journal: str) -> list[AppendRequest]:
    return [AppendRequest(journal=journal), AppendRequest(content=b"x" * 1024), AppendRequest()]


def _prepare(address: str) -> Route:
    """Makes the journals, and returns the route that they all have."""
    specs: list[JournalSpec] = [spec(journal) for journal in _JOURNALS]
    with SyncJournalClient.connect(address) as client:
        known = {journal.spec.name for journal in client.list("prefix=bench/").journals}
        client.apply([upsert(each) for each in specs if each.name not in known])
        for journal in _JOURNALS:
            client.append(journal, b"first")
    with grpc.insecure_channel(address) as channel:
        read = JournalStub(channel).Read(ReadRequest(journal=_JOURNALS[0]), timeout=10)
        route: Route = next(read).header.route
        read.cancel()
    return route


async def _aio_round(channel: Any, route: Route) -> float:
    stub = JournalStub(channel)

    async def caller(journal: str) -> None:
        for _ in range(_APPENDS // _CALLERS):
            with dispatch(route, primary_required=True):
                call = stub.Append(iter(_requests(journal)), timeout=60)
            await call

    begun = time.perf_counter()
    await asyncio.gather(*map(caller, _JOURNALS))
    return _APPENDS / (time.perf_counter() - begun)


def _blocking_round(channel: Any, route: Route, threads: ThreadPoolExecutor) -> float:
    stub = JournalStub(channel)

    def caller(journal: str) -> None:
        for _ in range(_APPENDS // _CALLERS):
            with dispatch(route, primary_required=True):
                stub.Append(iter(_requests(journal)), timeout=60)

    begun = time.perf_counter()
    list(threads.map(caller, _JOURNALS))
    return _APPENDS / (time.perf_counter() - begun)


def _ordered(plain: Any, ours: Any, turn: int) -> tuple[Any, Any]:
    """The two channels, each of them first in every other turn."""
    return (plain, ours) if turn % 2 else (ours, plain)


async def _measure_aio(address: str, route: Route) -> list[tuple[float, float]]:
    async with grpc.aio.insecure_channel(address) as plain, AioDispatchChannel(address) as ours:
        pairs = []
        for turn in range(_WARM_UP + _ROUNDS):
            pair = {each: await _aio_round(each, route) for each in _ordered(plain, ours, turn)}
            pairs.append((pair[plain], pair[ours]))
        return pairs[_WARM_UP:]


def _measure_blocking(address: str, route: Route) -> list[tuple[float, float]]:
    with (
        grpc.insecure_channel(address) as plain,
        DispatchChannel(address) as ours,
        ThreadPoolExecutor(_CALLERS) as threads,
    ):
        pairs = []
        for turn in range(_WARM_UP + _ROUNDS):
            order = _ordered(plain, ours, turn)
            pair = {each: _blocking_round(each, route, threads) for each in order}
            pairs.append((pair[plain], pair[ours]))
        return pairs[_WARM_UP:]


def _report(kind: str, rounds: list[tuple[float, float]]) -> None:
    plain = statistics.median(before for before, _ in rounds)
    ours = statistics.median(after for _, after in rounds)
    ratios = sorted(after / before for before, after in rounds)
    low, high = _interval(len(ratios))
    sys.stdout.write(
        f"{kind}: plain {plain:.0f}/s, dispatched {ours:.0f}/s, median ratio of"
        f" {len(ratios)} pairs {statistics.median(ratios):.3f}"
        f" ({ratios[low]:.3f} to {ratios[high]:.3f})\n"
    )


def _interval(count: int) -> tuple[int, int]:
    """Indices between which the median of `count` sorted values lies, 19 times of 20."""
    reach = 1.96 * math.sqrt(count) / 2
    return math.floor((count - 1) / 2 - reach), math.ceil((count - 1) / 2 + reach)


def main() -> None:
    """Measures, and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", nargs="?", help="host:port of a broker; a mock by default")
    with _broker(parser.parse_args().address) as address:
        route = _prepare(address)
        _report("asyncio", asyncio.run(_measure_aio(address, route)))
        _report("threads", _measure_blocking(address, route))


if __name__ == "__main__":
    main()
