"""The dispatch channel of threads, over brokers that tell who they are."""

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from protocol import AppendRequest, JournalStub, ListRequest
from protocol.dispatch import DispatchChannel, Target, dispatch, target_of
from protocol.tests.dispatch.brokers import route_of, running

_TIMEOUT = 20  # seconds: longer than any of these calls takes on a busy machine


def _append(stub: JournalStub) -> str:
    response = stub.Append(iter([AppendRequest()]), timeout=_TIMEOUT)
    return str(response.header.process_id.suffix)


def _list(stub: JournalStub) -> str:
    (name,) = {r.header.process_id.suffix for r in stub.List(ListRequest(), timeout=_TIMEOUT)}
    return str(name)


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class _Opened:
    """Makes channels, and knows which targets were dialled and which are closed."""

    def __init__(self) -> None:
        self.dialled: list[str] = []
        self.closed: list[str] = []

    def __call__(self, target: Target) -> grpc.Channel:
        channel = grpc.insecure_channel(target.address)
        self.dialled.append(target.address)
        close = channel.close

        def closing() -> None:
            self.closed.append(target.address)
            close()

        channel.close = closing  # type: ignore[method-assign]
        return channel


def test_calls_go_where_they_are_dispatched() -> None:
    """Plain calls go to the default address, dispatched ones to primary, zone or process."""
    with running("a", "b", "b") as brokers:
        route = route_of(brokers, 1)
        with DispatchChannel(brokers[0].endpoint, zone="b") as channel:
            stub = JournalStub(channel)
            plain = _append(stub), _list(stub)
            with dispatch(route):
                near = _list(stub)
            with dispatch(route, primary_required=True):
                primary = _append(stub)
            with dispatch(route, member=route.members[2]):
                asked_for = _append(stub)
                with dispatch(None):
                    inner = _append(stub)

    assert plain == ("broker-0", "broker-0")
    assert near == "broker-1"
    assert primary == "broker-1"
    assert asked_for == "broker-2"
    assert inner == "broker-0"


def test_all_forms_of_a_call() -> None:
    """Futures, calls with their response, and positional settings are dispatched as well."""
    with running("a", "a") as brokers:
        route = route_of(brokers, 1)
        with DispatchChannel(brokers[0].endpoint) as channel:
            stub = JournalStub(channel)
            with dispatch(route, primary_required=True):
                later = stub.Append.future(iter([AppendRequest()]), _TIMEOUT)
                response, call = stub.Append.with_call(iter([AppendRequest()]), _TIMEOUT, None)

            assert later.result().header.process_id.suffix == "broker-1"
            assert response.header.process_id.suffix == "broker-1"
            assert call.code() is grpc.StatusCode.OK


def test_failing_member_is_passed_over_until_it_answers() -> None:
    """A member is passed over once a call to it broke, if another one can serve."""
    with running("a", "a") as brokers:
        route = route_of(brokers, 0)
        with DispatchChannel(brokers[1].endpoint) as channel:
            stub = JournalStub(channel)
            brokers[0].stop()
            with dispatch(route):
                with pytest.raises(grpc.RpcError) as caught:
                    _list(stub)
                second = _list(stub)
            brokers[0].start()
            with dispatch(route, primary_required=True):
                back = stub.Append(iter([AppendRequest()]), timeout=_TIMEOUT, wait_for_ready=True)

    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert second == "broker-1"
    assert back.header.process_id.suffix == "broker-0"


def test_default_address_is_waited_for() -> None:
    """A call to the default address waits until that can be reached."""
    with running("a") as brokers:
        (broker,) = brokers
        broker.stop()
        with DispatchChannel(broker.endpoint) as channel:
            stub = JournalStub(channel)
            call = stub.Append.future(iter([AppendRequest()]), timeout=_TIMEOUT)
            with pytest.raises(grpc.RpcError) as caught:
                stub.Append(iter([AppendRequest()]), timeout=_TIMEOUT, wait_for_ready=False)
            broker.start()

            assert call.result().header.process_id.suffix == "broker-0"
            assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


def test_connections_are_shared_and_idle_ones_closed() -> None:
    """One connection serves all who dial an address; the default one is never idle."""
    clock, opened = _Clock(), _Opened()
    with running("a", "b") as brokers:
        addresses = [target_of(broker.endpoint).address for broker in brokers]
        default = addresses[0]
        channel = DispatchChannel(default, connect=opened, idle_timeout=30, clock=clock)
        stub = JournalStub(channel)
        again = JournalStub(channel)
        for member in (0, 1, 1):
            with dispatch(route_of(brokers, member), primary_required=True):
                _append(stub)
                _append(again)
        _append(stub)
        clock.now = 29
        _append(stub)
        before = list(opened.closed)
        clock.now = 31
        _append(stub)
        channel.close()

    assert addresses == opened.dialled
    assert before == []
    assert opened.closed == [addresses[1], default]


def test_connection_in_use_is_not_idle() -> None:
    """A stream that goes on keeps its connection, however long nobody else uses it."""
    clock, opened = _Clock(), _Opened()
    with running("a", "b") as brokers:
        channel = DispatchChannel(brokers[0].endpoint, connect=opened, idle_timeout=30, clock=clock)
        stub = JournalStub(channel)
        with dispatch(route_of(brokers, 1), primary_required=True):
            stream = stub.List(ListRequest(), timeout=_TIMEOUT)
        next(stream)
        clock.now = 1000
        _append(stub)
        rest = list(stream)
        closed = list(opened.closed)
        channel.close()

    assert len(rest) == 1
    assert closed == []


def test_call_that_cannot_begin() -> None:
    """A call that gRPC refuses to make does not keep its connection from idling."""
    clock, opened = _Clock(), _Opened()
    with running("a", "b") as brokers:
        channel = DispatchChannel(brokers[0].endpoint, connect=opened, idle_timeout=30, clock=clock)
        stub = JournalStub(channel)
        with dispatch(route_of(brokers, 1), primary_required=True):
            for call in (stub.List, stub.Append, stub.Append.future):
                with pytest.raises(TypeError):
                    call(iter([]), nonsense=1)
        clock.now = 31
        _append(stub)
        closed = list(opened.closed)
        channel.close()

    assert closed == [target_of(brokers[1].endpoint).address]


def test_many_threads_share_one_channel() -> None:
    """Threads dispatch independently: the route of one is not the route of another."""
    with running("a", "b", "c") as brokers, DispatchChannel(brokers[0].endpoint) as channel:
        stub = JournalStub(channel)

        def call(index: int) -> bool:
            member = index % 3
            with dispatch(route_of(brokers, member), primary_required=True):
                return _append(stub) == f"broker-{member}"

        with ThreadPoolExecutor(8) as threads:
            right = list(threads.map(call, range(120)))

    assert all(right)


def test_closed_channel() -> None:
    """A closed channel takes no call."""
    channel = DispatchChannel("127.0.0.1:1")
    channel.close()

    with pytest.raises(ValueError, match="cannot call over a closed dispatch channel"):
        JournalStub(channel).List(ListRequest())


def test_connectivity_of_the_default_address() -> None:
    """Whoever watches the channel watches its default address."""
    with running("a") as brokers, DispatchChannel(brokers[0].endpoint) as channel:
        grpc.channel_ready_future(channel).result(timeout=_TIMEOUT)
