"""One port for gRPC and HTTP."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import grpc
import httpx
import pytest

import protocol as pb
from mockbroker import MockCluster

Scene = Callable[[MockCluster], Awaitable[None]]


def play(scene: Scene) -> None:
    """Plays a scene with one broker."""

    async def main() -> None:
        async with MockCluster(1, http=True) as cluster:
            await scene(cluster)

    asyncio.run(main())


async def apply(cluster: MockCluster) -> int:
    """The status of an Apply of nothing."""
    async with grpc.aio.insecure_channel(cluster.brokers[0].address) as channel:
        response = await pb.JournalStub(channel).Apply(pb.ApplyRequest(), timeout=5)
        return int(response.status)


async def ready(cluster: MockCluster) -> int:
    """The code of the ready page at the broker's endpoint."""
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(f"{cluster.brokers[0].endpoint}/debug/ready")).status_code


def test_one_port_serves_both() -> None:
    """The endpoint answers gRPC and HTTP, again after a restart at the same port."""

    async def scene(cluster: MockCluster) -> None:
        port = cluster.brokers[0].port
        for _ in range(2):
            assert await apply(cluster) == pb.Status.OK
            assert await ready(cluster) == 200
            await cluster.kill(0)
            with pytest.raises(OSError, match="refused"):
                socket.create_connection(("127.0.0.1", port), timeout=2).close()
            await cluster.restart(0)
            assert cluster.brokers[0].port == port

    play(scene)


@pytest.mark.parametrize("begun", [b"", b"P", b"PRI * HTTP/2", b"\x00\xff", b"GET /"])
def test_connections_that_stall_or_vanish_harm_nobody(begun: bytes) -> None:
    """A client that sends a part of a first line, and stays or goes, leaves the port in service."""

    async def scene(cluster: MockCluster) -> None:
        address = ("127.0.0.1", cluster.brokers[0].port)
        _, stalled = await asyncio.open_connection(*address)
        _, vanished = await asyncio.open_connection(*address)
        for writer in (stalled, vanished):
            writer.write(begun)
            await writer.drain()
        vanished.transport.abort()
        assert await apply(cluster) == pb.Status.OK
        assert await ready(cluster) == 200
        stalled.close()

    play(scene)


def test_a_preface_byte_by_byte_is_grpc() -> None:
    """A connection of HTTP/2 is told even where its preface comes one byte at a time."""

    async def scene(cluster: MockCluster) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", cluster.brokers[0].port)
        for byte in b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00":
            writer.write(bytes([byte]))
            await writer.drain()
        settings = await asyncio.wait_for(reader.readexactly(9), 5)
        assert settings[3] == 4
        writer.close()

    play(scene)


def test_large_content_passes_both_ways() -> None:
    """16 MiB go in and come out whole, past a reader that is slow to begin."""

    async def scene(cluster: MockCluster) -> None:
        spec = pb.JournalSpec(name="acme/front", replication=1)
        spec.fragment.length, spec.fragment.compression_codec = 1 << 20, pb.CompressionCodec.NONE
        spec.fragment.refresh_interval.FromSeconds(60)
        async with grpc.aio.insecure_channel(cluster.brokers[0].address) as channel:
            stub = pb.JournalStub(channel)
            await stub.Apply(pb.ApplyRequest(changes=[{"upsert": spec}]))
            requests = [
                pb.AppendRequest(journal=spec.name),
                *(pb.AppendRequest(content=bytes(1 << 20)) for _ in range(16)),
                pb.AppendRequest(),
            ]
            while (await stub.Append(iter(requests))).status != pb.Status.OK:  # noqa: ASYNC110 - no event tells of assignment
                await asyncio.sleep(0)
            read = stub.Read(pb.ReadRequest(journal=spec.name))
            assert sum([len(each.content) async for each in read]) == 16 << 20

    play(scene)
