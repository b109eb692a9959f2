"""The client of threads, step by step, against `grpc_testing`'s double of a channel."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import grpc_testing
import pytest

from protocol import (
    AppendResponse,
    ApplyResponse,
    CompressionCodec,
    Fragment,
    Header,
    ListResponse,
    ReadResponse,
    Status,
)
from protocol.client import (
    CallError,
    NotAllowedError,
    OutcomeUnknownError,
    ResponseError,
    SyncJournalClient,
    WrongOffsetError,
)
from protocol.fragments import sum_of
from protocol.wire.service import METHODS, SERVICE

_HEADER = Header(etcd=Header.Etcd(cluster_id=1, member_id=1, revision=7, raft_term=1))
_HEADER.process_id.zone, _HEADER.process_id.suffix = "zone", "suffix"
_HEADER.route.primary = -1


class _Method:
    """What the double asks of a method's descriptor: its name, and its service's."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.containing_service = self
        self.full_name = SERVICE


class _Channel:
    """The double, whose callables know neither `wait_for_ready` nor callbacks."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel

    def __getattr__(self, kind: str) -> Callable[..., Any]:
        make = getattr(self._channel, kind)
        return lambda *args, **settings: _Callable(make(*args, **settings))


class _Callable:
    def __init__(self, callable_: Any) -> None:
        self._callable = callable_

    def __call__(self, request: Any, **settings: Any) -> Any:
        settings.pop("wait_for_ready")
        return self._callable(request, **settings)

    def future(self, request: Any, **settings: Any) -> Any:
        settings.pop("wait_for_ready")
        return _Future(self._callable.future(request, **settings))


class _Future:
    """The double's future, which cannot tell that it is done before somebody waits for it."""

    def __init__(self, future: Any) -> None:
        self._future = future
        self._callback: Callable[[Any], None] = lambda _: None

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        self._callback = callback

    def result(self) -> Any:
        try:
            return self._future.result()
        finally:
            self._callback(self)


class _Broker:
    """Plays the broker of one call after another.

    Attributes:
        client: The client, all of whose sleeps take no time.
        slept: For how many seconds it was to sleep.
    """

    def __init__(self) -> None:
        self._channel = grpc_testing.channel([], grpc_testing.strict_real_time())
        self._threads = ThreadPoolExecutor(1)
        self.slept: list[float] = []
        channel: Any = _Channel(self._channel)
        self.client = SyncJournalClient(
            channel, sleep=self.slept.append, timeout=60, random=lambda: 0.5, clock=self._clock
        )

    def _clock(self) -> float:
        return sum(self.slept)

    def doing(self, work: Callable[[], Any]) -> "Future[Any]":
        """Has the client work in a thread of its own."""
        return self._threads.submit(work)

    def take(self, rpc: str) -> Any:
        """The next call, and its request if it has just one."""
        method = METHODS[rpc]
        take = getattr(self._channel, f"take_{method.kind}")
        taken = take(_Method(rpc))
        return taken if method.client_streams else (taken[2], taken[1])

    def close(self) -> None:
        """Waits for the client's thread."""
        self._threads.shutdown()


@pytest.fixture
def broker() -> Iterator[_Broker]:
    """A broker to be played, and its client."""
    played = _Broker()
    yield played
    played.close()


@contextmanager
def _append(broker: _Broker, **response: Any) -> Iterator[list[Any]]:
    """Plays an append to its end; yields its messages."""
    _, call = broker.take("Append")
    messages = [call.take_request() for _ in range(3)]
    call.requests_closed()
    yield messages
    call.terminate(AppendResponse(header=_HEADER, **response), (), grpc.StatusCode.OK, "")


def _committed(content: bytes) -> dict[str, Any]:
    commit = Fragment(
        journal="a/journal",
        end=len(content),
        sum=sum_of(content),
        compression_codec=CompressionCodec.NONE,
    )
    return {"commit": commit, "registers": {}}


def test_messages_of_an_append(broker: _Broker) -> None:
    """An append is its parameters, content, an empty message, and the end of requests."""
    result = broker.doing(lambda: broker.client.append("a/journal", b"content", offset=3))
    with _append(broker, **_committed(b"content")) as (parameters, content, intent):
        pass

    assert (parameters.journal, parameters.offset) == ("a/journal", 3)
    assert content.content == b"content"
    assert intent.ByteSize() == 0
    assert result.result().commit.end == 7


def test_append_waits_out_a_missing_primary(broker: _Broker) -> None:
    """A refused append is made again, after the delays that all clients keep."""
    result = broker.doing(lambda: broker.client.append("a/journal", b"content"))
    for _ in range(3):
        with _append(broker, status=Status.NO_JOURNAL_PRIMARY_BROKER):
            pass
    with _append(broker, **_committed(b"content")):
        pass

    assert result.result().status == Status.OK
    assert broker.slept == [0.05, 0.05, 0.1]


def test_append_is_final_once_refused(broker: _Broker) -> None:
    """A status that would not change ends the append."""
    result = broker.doing(lambda: broker.client.append("a/journal", b"content", offset=9))
    with _append(broker, status=Status.WRONG_APPEND_OFFSET):
        pass

    with pytest.raises(WrongOffsetError):
        result.result()
    assert broker.slept == []


def test_append_of_unknown_outcome(broker: _Broker) -> None:
    """A call that breaks after the intent to commit was taken leaves the outcome open."""
    result = broker.doing(lambda: broker.client.append("a/journal", b"content"))
    _, call = broker.take("Append")
    for _ in range(3):
        call.take_request()
    call.terminate(None, (), grpc.StatusCode.UNAVAILABLE, "Socket closed")

    with pytest.raises(OutcomeUnknownError):
        result.result()


def test_commit_of_something_else(broker: _Broker) -> None:
    """A commit must have the length and the sum of what was sent."""
    for committed, problem in ((b"conten", "6 bytes of 7"), (b"CONTENT", "SHA-1")):
        result = broker.doing(lambda: broker.client.append("a/journal", b"content"))
        with _append(broker, **_committed(committed)):
            pass
        with pytest.raises(OutcomeUnknownError, match=problem):
            result.result()


def test_read_resumes(broker: _Broker) -> None:
    """A read that ends before its time goes on where it was."""
    result = broker.doing(lambda: [c.content for c in broker.client.read("a/journal", 10)])
    fragment = Fragment(journal="a/journal", end=20, compression_codec=CompressionCodec.NONE)
    offsets = []
    for offset, content in ((10, b"abcd"), (14, b"efghij")):
        call, request = broker.take("Read")
        offsets.append(request.offset)
        call.send_response(
            ReadResponse(header=_HEADER, offset=offset, write_head=20, fragment=fragment)
        )
        call.send_response(ReadResponse(offset=offset, content=content))
        call.terminate((), grpc.StatusCode.OK, "")
    call, request = broker.take("Read")
    call.send_response(
        ReadResponse(
            status=Status.OFFSET_NOT_YET_AVAILABLE, header=_HEADER, offset=20, write_head=20
        )
    )
    call.terminate((), grpc.StatusCode.OK, "")

    assert result.result() == [b"abcd", b"efghij"]
    assert [*offsets, request.offset] == [10, 14, 20]


def test_read_of_a_broker_that_tells_nothing(broker: _Broker) -> None:
    """Streams which end without a word are begun anew a few times, and then reported."""
    result = broker.doing(lambda: list(broker.client.read("a/journal")))
    for _ in range(5):
        call, _ = broker.take("Read")
        call.terminate((), grpc.StatusCode.OK, "")

    with pytest.raises(ResponseError, match="the broker told nothing"):
        result.result()
    assert broker.slept == [0.05, 0.05, 0.1, 0.1]


def test_watch_resumes(broker: _Broker) -> None:
    """A watch that ends is begun anew with the header of what it yielded last."""
    listings = broker.client.watch()
    first = broker.doing(lambda: next(listings))
    call, request = broker.take("List")
    call.send_response(ListResponse(header=_HEADER))
    call.send_response(ListResponse())
    fresh, revision = not request.HasField("watch_resume"), first.result().revision
    second = broker.doing(lambda: next(listings))
    call.terminate((), grpc.StatusCode.OK, "")
    call, request = broker.take("List")
    call.terminate((), grpc.StatusCode.DATA_LOSS, "peer says no")
    call, again = broker.take("List")
    call.terminate((), grpc.StatusCode.PERMISSION_DENIED, "enough")

    with pytest.raises(CallError, match="PERMISSION_DENIED: enough"):
        second.result()
    assert (fresh, revision) == (True, 7)
    assert request.watch_resume == again.watch_resume == _HEADER


def test_apply_has_a_deadline(broker: _Broker) -> None:
    """An apply that cannot be answered is repeated until its time is over."""
    result = broker.doing(lambda: broker.client.apply([], timeout=1.0))
    for _ in range(5):
        call, _ = broker.take("Apply")
        details = "failed to connect to all addresses"
        call.terminate(None, (), grpc.StatusCode.UNAVAILABLE, details)

    with pytest.raises(CallError, match="failed to connect"):
        result.result()
    assert broker.slept == [0.05, 0.05, 0.1, 0.1]


def test_apply(broker: _Broker) -> None:
    """An apply of nothing is made, and has no results."""
    result = broker.doing(lambda: broker.client.apply([]))
    call, _ = broker.take("Apply")
    call.terminate(ApplyResponse(header=_HEADER), (), grpc.StatusCode.OK, "")

    assert result.result() == []


def test_apply_is_refused(broker: _Broker) -> None:
    """A status that means nothing for an apply is an error at once."""
    result = broker.doing(lambda: broker.client.apply([]))
    call, _ = broker.take("Apply")
    response = ApplyResponse(status=Status.NOT_ALLOWED, header=_HEADER)
    call.terminate(response, (), grpc.StatusCode.OK, "")

    with pytest.raises(NotAllowedError):
        result.result()


def test_write_head_of_a_broker_that_tells_nothing(broker: _Broker) -> None:
    """The write head is asked for again when a broker tells nothing."""
    result = broker.doing(lambda: broker.client.write_head("a/journal"))
    call, _ = broker.take("Read")
    call.terminate((), grpc.StatusCode.OK, "")
    call, request = broker.take("Read")
    call.send_response(
        ReadResponse(
            status=Status.OFFSET_NOT_YET_AVAILABLE, header=_HEADER, offset=20, write_head=20
        )
    )
    call.terminate((), grpc.StatusCode.OK, "")

    assert result.result() == 20
    assert (request.offset, request.metadata_only) == (-1, True)


def test_listing_of_a_broker_that_tells_nothing(broker: _Broker) -> None:
    """A listing must have a message, even if it is empty."""
    result = broker.doing(broker.client.list)
    for _ in range(5):
        call, _ = broker.take("List")
        call.terminate((), grpc.StatusCode.OK, "")

    with pytest.raises(ResponseError, match="the broker told nothing"):
        result.result()


def test_watch_that_ends_within_a_listing(broker: _Broker) -> None:
    """A listing which is not ended is not yielded."""
    listings = broker.client.watch()
    first = broker.doing(lambda: next(listings))
    call, _ = broker.take("List")
    call.send_response(ListResponse(header=_HEADER))
    call.terminate((), grpc.StatusCode.OK, "")
    call, request = broker.take("List")
    call.send_response(ListResponse(header=_HEADER))
    call.send_response(ListResponse())

    assert first.result().journals == ()
    assert not request.HasField("watch_resume")
    assert broker.slept == [0.05]
