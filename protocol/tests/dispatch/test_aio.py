"""The dispatch channel of asyncio, over brokers that tell who they are."""

import asyncio
from typing import Any

import grpc
import pytest

from protocol import AppendRequest, JournalStub, ListRequest
from protocol.dispatch import AioDispatchChannel, Target, dispatch
from protocol.tests.dispatch.brokers import Running, route_of, running

_TIMEOUT = 20  # seconds: longer than any of these calls takes on a busy machine


async def _append(stub: JournalStub, **settings: Any) -> str:
    response = await stub.Append(iter([AppendRequest()]), timeout=_TIMEOUT, **settings)
    return str(response.header.process_id.suffix)


async def _list(stub: JournalStub) -> str:
    call = stub.List(ListRequest(), timeout=_TIMEOUT)
    (name,) = {response.header.process_id.suffix async for response in call}
    return str(name)


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class _Opened:
    """Makes channels, and knows which targets were dialled, and what was closed."""

    def __init__(self) -> None:
        self.dialled: list[str] = []
        self.channels: list[grpc.aio.Channel] = []

    def __call__(self, target: Target) -> grpc.aio.Channel:
        self.dialled.append(target.address)
        self.channels.append(grpc.aio.insecure_channel(target.address))
        return self.channels[-1]

    def states(self) -> list[str]:
        return [channel.get_state().name for channel in self.channels]


def test_calls_go_where_they_are_dispatched() -> None:
    """Plain calls go to the default address, dispatched ones to primary, zone or process."""

    async def main(brokers: list[Running]) -> Any:
        route = route_of(brokers, 1)
        async with AioDispatchChannel(brokers[0].endpoint, zone="b") as channel:
            stub = JournalStub(channel)
            plain = await _append(stub), await _list(stub)
            with dispatch(route):
                near = await _list(stub)
            with dispatch(route, primary_required=True):
                primary = await _append(stub)
            with dispatch(route, member=route.members[2]):
                asked_for = await _append(stub)
            return plain, near, primary, asked_for

    with running("a", "b", "b") as brokers:
        plain, near, primary, asked_for = asyncio.run(main(brokers))

    assert plain == ("broker-0", "broker-0")
    assert near == "broker-1"
    assert primary == "broker-1"
    assert asked_for == "broker-2"


def test_place_is_settled_when_the_call_is_made() -> None:
    """A call that is awaited after its block goes where the block said."""

    async def main(brokers: list[Running]) -> Any:
        async with AioDispatchChannel(brokers[0].endpoint) as channel:
            stub = JournalStub(channel)
            with dispatch(route_of(brokers, 1), primary_required=True):
                call = stub.Append(iter([AppendRequest()]), timeout=_TIMEOUT)
            return (await call).header.process_id.suffix

    with running("a", "a") as brokers:
        assert asyncio.run(main(brokers)) == "broker-1"


def test_failing_member_is_passed_over_until_it_is_back() -> None:
    """A member whose connection broke is passed over until it is ready again."""

    async def main(brokers: list[Running]) -> Any:
        route = route_of(brokers, 0)
        async with AioDispatchChannel(brokers[1].endpoint) as channel:
            stub = JournalStub(channel)
            brokers[0].stop()
            with dispatch(route):
                with pytest.raises(grpc.aio.AioRpcError) as caught:
                    await _list(stub)
                second = await _list(stub)
                brokers[0].start()
                with dispatch(route, primary_required=True):
                    back = await _append(stub, wait_for_ready=True)
                third = await _list(stub)
            return caught.value.code(), second, back, third

    with running("a", "a") as brokers:
        code, second, back, third = asyncio.run(main(brokers))

    assert code is grpc.StatusCode.UNAVAILABLE
    assert (second, back, third) == ("broker-1", "broker-0", "broker-0")


def test_default_address_is_waited_for() -> None:
    """A call to the default address waits until that can be reached."""

    async def main(broker: Running) -> Any:
        broker.stop()
        async with AioDispatchChannel(broker.endpoint) as channel:
            stub = JournalStub(channel)
            waiting = asyncio.ensure_future(_append(stub))
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await _append(stub, wait_for_ready=False)
            broker.start()
            return await waiting, caught.value.code()

    with running("a") as brokers:
        assert asyncio.run(main(*brokers)) == ("broker-0", grpc.StatusCode.UNAVAILABLE)


def test_connections_are_shared_and_idle_ones_closed() -> None:
    """One connection serves all who dial an address, until it idles and is closed."""
    clock, opened = _Clock(), _Opened()

    async def main(brokers: list[Running]) -> Any:
        async with AioDispatchChannel(
            brokers[0].endpoint, connect=opened, idle_timeout=30, clock=clock
        ) as channel:
            stub = JournalStub(channel)
            for _ in range(3):
                await _append(stub)
                with dispatch(route_of(brokers, 1), primary_required=True):
                    await _append(stub)
            before = opened.states()
            clock.now = 31
            await _append(stub)
            await channel.close()
        return before

    with running("a", "b") as brokers:
        before = asyncio.run(main(brokers))
        dialled = [broker.endpoint.removeprefix("http://") for broker in brokers]

    assert dialled == opened.dialled
    assert before == ["READY", "READY"]
    assert opened.states() == ["SHUTDOWN", "SHUTDOWN"]


def test_connection_in_use_is_not_idle() -> None:
    """A stream that goes on keeps its connection, however long nobody else uses it."""
    clock = _Clock()

    async def main(brokers: list[Running]) -> Any:
        async with AioDispatchChannel(brokers[0].endpoint, idle_timeout=30, clock=clock) as channel:
            stub = JournalStub(channel)
            with dispatch(route_of(brokers, 1), primary_required=True):
                stream = stub.List(ListRequest(), timeout=_TIMEOUT)
            await stream.read()
            clock.now = 1000
            await _append(stub)
            return await stream.read()

    with running("a", "b") as brokers:
        assert asyncio.run(main(brokers)).header.process_id.suffix == "broker-1"


def test_call_that_cannot_begin() -> None:
    """A call that gRPC refuses to make does not keep its connection from idling."""
    clock, opened = _Clock(), _Opened()

    async def main(brokers: list[Running]) -> list[str]:
        async with AioDispatchChannel(
            brokers[0].endpoint, connect=opened, idle_timeout=30, clock=clock
        ) as channel:
            stub = JournalStub(channel)
            with (
                dispatch(route_of(brokers, 1), primary_required=True),
                pytest.raises(TypeError),
            ):
                stub.List(ListRequest(), nonsense=1)
            clock.now = 31
            await _append(stub)
            await asyncio.sleep(0)
            return opened.states()

    with running("a", "b") as brokers:
        assert asyncio.run(main(brokers)) == ["SHUTDOWN", "READY"]


def test_tasks_dispatch_independently() -> None:
    """The route of one task is not the route of another."""

    async def main(brokers: list[Running]) -> Any:
        async with AioDispatchChannel(brokers[0].endpoint) as channel:
            stub = JournalStub(channel)

            async def call(index: int) -> bool:
                with dispatch(route_of(brokers, index % 3), primary_required=True):
                    await asyncio.sleep(0)
                    return await _append(stub) == f"broker-{index % 3}"

            return await asyncio.gather(*map(call, range(60)))

    with running("a", "b", "c") as brokers:
        assert all(asyncio.run(main(brokers)))


def test_connectivity_of_the_default_address() -> None:
    """Whoever watches the channel watches its default address."""

    async def main(broker: Running) -> Any:
        async with AioDispatchChannel(broker.endpoint) as channel:
            state = channel.get_state(try_to_connect=True)
            await channel.wait_for_state_change(state)
            await channel.channel_ready()
            return channel.get_state()

    with running("a") as brokers:
        assert asyncio.run(main(*brokers)) is grpc.ChannelConnectivity.READY


def test_closed_channel() -> None:
    """A closed channel takes no call."""

    async def main() -> None:
        channel = AioDispatchChannel("127.0.0.1:1")
        await channel.close()
        JournalStub(channel).List(ListRequest())

    with pytest.raises(ValueError, match="cannot call over a closed dispatch channel"):
        asyncio.run(main())
