"""Both clients by one interface, over the cluster of `mock_cluster`."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from protocol import ApplyRequest, CompressionCodec, Duration, JournalSpec
from protocol.client import JournalClient, SyncJournalClient

JOURNAL = "a/journal"


class Driven:
    """A `JournalClient` whose calls block: each one runs the event loop until it ends."""

    def __init__(self, address: str, **settings: Any) -> None:
        self._runner = asyncio.Runner()
        self._client = self._runner.run(self._connected(address, settings))

    async def _connected(self, address: str, settings: Any) -> JournalClient:
        return JournalClient.connect(address, **settings)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name in {"read", "watch", "list_fragments"}:
            return lambda *args, **options: self._iterate(method(*args, **options))
        return lambda *args, **options: self._runner.run(method(*args, **options))

    def _iterate(self, generator: Any) -> Iterator[Any]:
        async def following() -> Any:
            return await anext(generator, None)

        try:
            while (value := self._runner.run(following())) is not None:
                yield value
        finally:
            self._runner.run(generator.aclose())

    def close(self) -> None:
        """Closes the client and its loop."""
        self._runner.run(self._client.close())
        self._runner.close()


@pytest.fixture(params=["asyncio", "threads"])
def connect(request: pytest.FixtureRequest, mock_cluster: Any) -> Iterator[Callable[..., Any]]:
    """Makes clients of either kind, of the cluster's first broker unless told otherwise."""
    clients = []

    def make(address: str = "", **settings: Any) -> Any:
        kind = Driven if request.param == "asyncio" else SyncJournalClient.connect
        settings = {"timeout": 20.0, "random": lambda: 0.5, **settings}
        clients.append(kind(address or mock_cluster.brokers[0].endpoint, **settings))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(connect: Callable[..., Any]) -> Any:
    """A client of either kind."""
    return connect()


def spec(name: str = JOURNAL, *, replication: int = 1, **fragment: Any) -> JournalSpec:
    """A valid specification, with no store unless `fragment` names some."""
    return JournalSpec(
        name=name,
        replication=replication,
        fragment=JournalSpec.Fragment(
            **{
                "length": 1 << 20,
                "compression_codec": CompressionCodec.NONE,
                "refresh_interval": Duration(seconds=1),
                "flush_interval": Duration(seconds=60),
                **fragment,
            }
        ),
    )


def upsert(spec: JournalSpec, expect_mod_revision: int = 0) -> ApplyRequest.Change:
    """The change that creates a journal, or replaces one."""
    return ApplyRequest.Change(upsert=spec, expect_mod_revision=expect_mod_revision)


@pytest.fixture
def journal(mock_cluster: Any) -> str:
    """A journal that the cluster has, assigned to as many brokers as there are."""
    mock_cluster.apply(spec(replication=len(mock_cluster.brokers)))
    return JOURNAL


def content_of(chunks: Iterator[Any]) -> bytes:
    """What a read brings, each chunk of which follows the one before."""
    content, at = b"", None
    for chunk in chunks:
        assert at in {None, chunk.offset}
        content += chunk.content
        at = chunk.end
    return content
