"""One call that is made again, message by message."""

import queue
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import grpc

from protocol.replay.cast import journal_of
from protocol.replay.deadline import code_of
from protocol.wire.messages import Status
from protocol.wire.service import METHODS

if TYPE_CHECKING:
    from protocol.replay.replay import Replay

PATIENCE = 10.0
"""Seconds that an answer is waited for."""
_END = object()


class Stream:
    """An open call of a `Replay`; what it brings is told to that.

    Its deadline is a time of the monotonic clock.
    """

    def __init__(
        self,
        replay: "Replay",
        rpc: str,
        call: Any,
        requests: "Requests",
        *,
        deadline: float,
        place: str,
    ) -> None:
        self.messages: list[Any] = []
        self._code = ""
        self._deadline = deadline
        self._replay = replay
        self._rpc, self._place, self._journal = rpc, place, ""
        self._call = call
        self._requests = requests
        self._arrivals: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._over = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def send(self, *requests: Any) -> None:
        """Sends further requests."""
        for request in requests:
            message = self._replay.message(self._rpc, request)
            self._journal = self._journal or journal_of(message)
            self._requests.put(message)

    def half_close(self) -> None:
        """Tells that no request follows."""
        self._requests.put(_END)

    def cancel(self) -> None:
        """Cancels the call."""
        self._call.cancel()
        self.half_close()
        self._reader.join(PATIENCE)

    def next(self, told: str) -> Any:
        """The next response, held against how it was told."""
        arrival = self._arrival(PATIENCE)
        text = "silence" if arrival is None else "the end"
        self._replay.telling.called(self._place, self._journal)
        if arrival not in (None, _END):
            text = self._replay.telling.response(self._rpc, arrival)
        self._replay.hold(self._rpc, text, told)
        return arrival

    def silent(self, seconds: float) -> None:
        """Holds that nothing comes for `seconds`, as nothing came."""
        arrival = self._arrival(min(seconds, PATIENCE))
        self._replay.hold(self._rpc, "silence" if arrival is None else "an answer", "silence")

    def end(self, told: str) -> list[Any]:
        """All responses once the call has ended, held against how they were told."""
        self._replay.hold(self._rpc, self.outcome(), told)
        return self.messages

    def early(self, seconds: float, told: str) -> None:
        """Holds that the call ends within some seconds in which it should not, as it did."""
        text = self.outcome() if self._over.wait(seconds) else "open"
        self._replay.hold(self._rpc, text, told)

    def status(self) -> str:
        """The status of the last response, or the code without one, once the call has ended."""
        self.outcome()
        last = self.messages[-1] if self.messages else None
        return str(Status.Name(last.status) if last is not None else self._code)

    def stays(self, seconds: float) -> None:
        """Holds that the call does not end within `seconds`, as it did not."""
        ended = self._over.wait(min(seconds, PATIENCE))
        self._replay.hold(self._rpc, "the end" if ended else "open", "open")

    def outcome(self) -> str:
        """How the call ended, in words."""
        if not self._over.wait(2 * PATIENCE):
            return "open"
        details = self._call.details() or ""
        self._replay.telling.called(self._place, self._journal)
        return self._replay.telling.answer(self._rpc, self._code, details, self.messages)

    def _arrival(self, within: float) -> Any:
        try:
            arrival = self._arrivals.get(timeout=within)
        except queue.Empty:
            return None
        if arrival is _END:
            self._arrivals.put(_END)
        return arrival

    def _read(self) -> None:
        try:
            for message in self._call:
                self.messages.append(message)
                self._arrivals.put(message)
        except grpc.RpcError:
            pass  # the code tells
        self._code = code_of(self._call, left=self._deadline - time.monotonic())
        self._over.set()
        self._arrivals.put(_END)


class Requests:
    """The requests of a call, an iterator that waits for the next one."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def put(self, request: Any) -> None:
        """Sends a request."""
        self._queue.put(request)

    def __iter__(self) -> Iterator[Any]:
        """Yields each request once it is put."""
        while (request := self._queue.get()) is not _END:
            yield request


def begin(channel: grpc.Channel, rpc: str, requests: Requests, **options: Any) -> Any:
    """A call under way, over requests that are messages or bytes."""
    method = METHODS.get(rpc)
    stub = channel.stream_stream(
        method.path if method else rpc,
        request_serializer=lambda each: (
            each if isinstance(each, bytes) else each.SerializeToString()
        ),
        response_deserializer=method.response.FromString if method else None,
    )
    return stub(iter(requests), **options)
