"""Connections between brokers: how long they may take to be made."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import grpc

import protocol as pb
from mockbroker.rpc.peers import Channels
from protocol import JournalStub

HELD = 0.3
"""Seconds for which a busy machine keeps a connection waiting, six times gRPC's first pause."""


@contextlib.asynccontextmanager
async def _broker() -> AsyncIterator[str]:
    server = grpc.aio.server()
    pb.add_JournalServicer_to_server(pb.JournalServicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield f"127.0.0.1:{port}"
    await server.stop(None)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.closing(writer):
        while data := await reader.read(1 << 16):
            writer.write(data)


@contextlib.asynccontextmanager
async def _held_up(address: str) -> AsyncIterator[str]:
    host, _, port = address.partition(":")

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(HELD)
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        await asyncio.gather(_pipe(reader, far_writer), _pipe(far_reader, writer))

    server = await asyncio.start_server(relay, "127.0.0.1")
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


def test_a_slow_peer_is_waited_for() -> None:
    """A call that does not wait for readiness outlasts a connection that is slow to be made."""

    async def code() -> grpc.StatusCode:
        async with _broker() as address, _held_up(address) as endpoint:
            channels = Channels()
            call = JournalStub(channels.of(endpoint)).List(pb.ListRequest(), timeout=10)
            ended: grpc.StatusCode = await call.code()
            await channels.aclose()
            return ended

    assert asyncio.run(code()) is grpc.StatusCode.UNIMPLEMENTED
