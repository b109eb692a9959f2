"""Stores to test: in memory, in a directory, and in a bucket of a real S3 server."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from mockbroker.store import Store
from mockbroker.store.blocks import Blocks
from mockbroker.store.memory import Memory
from mockbroker.store.table import StoreTable

MOD_TIME = 1_700_000_000


async def chunks(*pieces: bytes) -> AsyncIterator[bytes]:
    """The content of a put, in these pieces."""
    for piece in pieces:
        yield piece


async def content_of(store: Store, path: str) -> bytes:
    """The whole object at `path`."""
    return b"".join([chunk async for chunk in store.get(path)])


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The address of an S3 server of this process, on a free port."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@pytest.fixture
def s3_store_url(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a store in an empty bucket, whose credentials stand in the environment."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    boto3 = pytest.importorskip("boto3")
    client = boto3.client("s3", endpoint_url=s3_endpoint, region_name="us-east-1")
    client.create_bucket(Bucket="bkt")
    for found in client.list_objects_v2(Bucket="bkt").get("Contents", []):
        client.delete_object(Bucket="bkt", Key=found["Key"])
    client.close()
    return f"s3://bkt/pre/fix/?endpoint={quote(s3_endpoint, safe='')}&region=us-east-1"


@pytest.fixture(params=["memory", "file", "s3"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store of each kind that `table` can open, ready and empty."""
    if request.param == "s3":
        return str(request.getfixturevalue("s3_store_url"))
    if request.param == "file":
        (tmp_path / "pre/fix").mkdir(parents=True)
    return "file:///pre/fix/"


@pytest.fixture
def table(request: pytest.FixtureRequest, tmp_path: Path) -> StoreTable:
    """A table of stores; its `file://` stores are files unless the test is about memory."""
    in_memory = "memory" in request.node.name
    memory = Memory(lambda: MOD_TIME, Blocks())
    return StoreTable(memory, None if in_memory else tmp_path)
