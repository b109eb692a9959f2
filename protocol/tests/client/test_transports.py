"""What both transports make of how calls end."""

import asyncio
from typing import Any

import grpc
import grpc.aio
import pytest

from protocol import AppendRequest, ListRequest
from protocol.client import CallError
from protocol.client.aio import AioTransport
from protocol.client.blocking import BlockingTransport, complete
from protocol.client.transport import Terms
from protocol.tests.dispatch.brokers import Running, running

_TERMS = Terms(timeout=20)


async def _appended(transport: Any) -> Any:
    upload = transport.upload("Append", _TERMS)
    await upload.write(AppendRequest())
    return await upload.finish()


def _by_asyncio(broker: Running) -> Any:
    async def main() -> Any:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{broker.port}") as channel:
            return await _appended(AioTransport(channel))

    return asyncio.run(main())


def _by_threads(broker: Running) -> Any:
    with grpc.insecure_channel(f"127.0.0.1:{broker.port}") as channel:
        return complete(_appended(BlockingTransport(channel)))


@pytest.mark.parametrize("append", [_by_asyncio, _by_threads])
@pytest.mark.parametrize("code", ["CANCELLED", "UNAVAILABLE", "DATA_LOSS"])
def test_codes(append: Any, code: str) -> None:
    """However a broker ends a call, it is a `CallError` with the code's name."""
    with running("a") as (broker,):
        broker.broker.append_code = grpc.StatusCode[code]
        with pytest.raises(CallError) as caught:
            append(broker)

    assert caught.value.code == code


@pytest.mark.parametrize("append", [_by_asyncio, _by_threads])
def test_responses(append: Any) -> None:
    """What a broker responds is returned."""
    with running("a") as (broker,):
        assert append(broker).header.process_id.suffix == "broker-0"


def test_our_own_cancellation_passes() -> None:
    """A task that is cancelled while it waits for a broker ends as cancelled."""

    async def main(broker: Running) -> bool:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{broker.port}") as channel:
            reading = asyncio.ensure_future(_reading(channel))
            await asyncio.sleep(0)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            return reading.cancelled()

    with running("a") as (broker,):
        assert asyncio.run(main(broker))


async def _reading(channel: grpc.aio.Channel) -> None:
    stream = AioTransport(channel).download("List", ListRequest(), _TERMS)
    while await stream.read() is not None:
        pass


def test_coroutines_that_suspend() -> None:
    """The blocking client refuses to run what would have to be waited for."""
    with pytest.raises(RuntimeError, match="a coroutine of the blocking client suspended"):
        complete(asyncio.sleep(0))
