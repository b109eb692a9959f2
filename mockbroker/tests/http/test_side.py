"""The HTTP side of a cluster: there at once, loaded when it is needed."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from mockbroker import MockCluster
from mockbroker.tests.http.scripted import Answer, request
from protocol import CompressionCodec, Duration, JournalSpec

KEYS = "c2VjcmV0"


def _spec(**fragment: Any) -> JournalSpec:
    settings = {"length": 1024, "compression_codec": CompressionCodec.NONE} | fragment
    return JournalSpec(
        name="acme/a",
        replication=1,
        fragment=JournalSpec.Fragment(refresh_interval=Duration(seconds=1), **settings),
    )


def _use(cluster: MockCluster, use: Callable[[MockCluster], Awaitable[None]]) -> None:
    async def run() -> None:
        async with cluster:
            await use(cluster)

    asyncio.run(run())


async def _ask(cluster: MockCluster, method: str, path: str, body: bytes | None = None) -> Answer:
    return await asyncio.to_thread(request, cluster.brokers[0].http, method, path, body)


async def _put(cluster: MockCluster, body: bytes) -> Answer:
    """Appends once a broker is assigned."""
    answer = await _ask(cluster, "PUT", "/acme/a", body)
    while answer.body.startswith("INSUFFICIENT_JOURNAL_BROKERS"):
        answer = await _ask(cluster, "PUT", "/acme/a", body)
    return answer


@pytest.mark.parametrize("keys", [None, KEYS])
def test_journals_are_written_and_read(keys: str | None) -> None:
    """A journal is appended to and read over HTTP, without a token also where one is demanded."""

    async def use(cluster: MockCluster) -> None:
        cluster.apply(_spec())
        assert (await _put(cluster, b"hello")).headers["x-commit-end"] == "5"
        read = await _ask(cluster, "GET", "/acme/a?offset=1")
        assert (read.code, read.body) == (206, "ello")
        assert read.headers["location"] == f"{cluster.brokers[0].endpoint}/acme/a"

    _use(MockCluster(auth_keys=keys), use)


def test_lists_need_a_token_where_one_is_demanded() -> None:
    """The JSON side asks for the token that the RPC asks for."""

    async def use(cluster: MockCluster) -> None:
        answer = await _ask(cluster, "POST", "/v1/journals/list", b"{}")
        assert answer.code == 401
        assert json.loads(answer.body)["error"]["grpcCode"] == 16

    _use(MockCluster(auth_keys=KEYS), use)


def test_a_restarted_broker_keeps_its_http_port() -> None:
    """Neither the kill nor the restart of a broker moves its HTTP side."""

    async def use(cluster: MockCluster) -> None:
        before = cluster.brokers[0].http
        assert (await _ask(cluster, "GET", "/debug/ready")).code == 200
        await cluster.kill(0)
        with pytest.raises(ConnectionRefusedError):
            await _ask(cluster, "GET", "/debug/ready")
        await cluster.restart(0)
        assert cluster.brokers[0].http == before
        assert (await _ask(cluster, "GET", "/debug/ready")).code == 200

    _use(MockCluster(), use)


def test_fragment_urls_can_be_fetched() -> None:
    """With `fragment_urls="http"`, the location of a persisted fragment answers its content."""

    async def use(cluster: MockCluster) -> None:
        cluster.apply(_spec(stores=["file:///"]))
        await _put(cluster, b"x" * 1025)
        await _put(cluster, b"y")
        location = ""
        while not location:
            read = await _ask(cluster, "HEAD", "/acme/a")
            location = read.headers.get("x-fragment-location", "")
        assert location.startswith(cluster.fragments + "/acme/a/")
        url = urlsplit(location)
        fetched = await asyncio.to_thread(
            request, cluster.fragments, "GET", f"{url.path}?{url.query}"
        )
        assert fetched.body == "x" * 1025

    _use(MockCluster(fragment_urls="http"), use)


def test_may_be_left_out() -> None:
    """A cluster without HTTP has no URL for it."""

    async def use(cluster: MockCluster) -> None:
        assert cluster.brokers[0].http == ""

    _use(MockCluster(http=False), use)


def test_costs_nothing_until_somebody_connects() -> None:
    """A running cluster has not imported the web libraries."""
    code = (
        "import asyncio, sys\n"
        "from mockbroker import MockCluster\n"
        "async def run():\n"
        "    async with MockCluster(fragment_urls='http'):\n"
        "        assert not {'uvicorn', 'starlette', 'obstore'} & set(sys.modules)\n"
        "asyncio.run(run())\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
