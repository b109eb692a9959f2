"""A call that stays open, driven message by message."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from google.protobuf.message import Message

import protocol
from conformance.answer import Answer
from conformance.errors import NonconformanceError
from conformance.patience import PATIENCE
from conformance.sides import Requests, Responses
from conformance.trace import Call, copied

STEADY = 0.2
"""Seconds between chunks of a client that sustains its append: five in a broker's second."""
CHUNK = bytes(32 << 10)
"""Content of such a chunk: twice the usual minimum rate."""


class Stream:
    """An open call. As a context manager, it is cancelled on leaving if it still runs."""

    def __init__(self, requests: Requests, responses: Responses, traced: Call) -> None:
        self._requests = requests
        self._responses = responses
        self._traced = traced
        self._arrivals: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._answer: Answer | None = None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cancel()

    def send(self, *messages: Message | bytes) -> None:
        """Sends messages, in order."""
        for message in messages:
            self._requests.send(message)

    @contextmanager
    def sustained(self) -> Iterator[list[bytes]]:
        """Sends content of an append all the time, lest the broker cut it as too slow.

        What was sent so far is in the list that it yields.
        """
        over = threading.Event()
        sent: list[bytes] = []

        def send() -> None:
            while not over.wait(STEADY):
                self.send(protocol.AppendRequest(content=CHUNK))
                sent.append(CHUNK)

        sender = threading.Thread(target=send)
        sender.start()
        try:
            yield sent
        finally:
            over.set()
            sender.join()

    def half_close(self) -> None:
        """Tells the broker that no request follows."""
        self._requests.half_close()

    def cancel(self) -> None:
        """Cancels the call if it still runs, and waits until it is over here."""
        if self._answer is None:
            self._traced.step("cancel")
        self._responses.cancel()
        self._requests.half_close()
        self._reader.join(PATIENCE.full)

    def next(self, within: float | None = None) -> Any:
        """The next response message.

        Raises:
            NonconformanceError: none came within `within` seconds, or the call ended.
        """
        arrival = self._awaited(PATIENCE.seconds if within is None else within)
        self._responses.check_cap()
        if arrival is None and within is None:
            PATIENCE.lose()
        if arrival is None or isinstance(arrival, Answer):
            got = str(arrival) if arrival else "silence"
            raise NonconformanceError(f"{self._traced.rpc} to send a further message", got)
        return arrival

    def silent(self, seconds: float) -> None:
        """Holds that nothing arrives, and the call does not end, for `seconds`."""
        if (arrival := self._awaited(seconds, unwanted=True)) is not None:
            got = str(arrival) if isinstance(arrival, Answer) else " ".join(str(arrival).split())
            raise NonconformanceError(f"{self._traced.rpc} to wait", got or "an empty message")

    def ended(self, within: float) -> bool:
        """Whether the call ends within `within` seconds."""
        return self._over(within)

    def end(self, within: float | None = None) -> Answer:
        """The whole answer, once the call has ended; messages taken by `next` are part of it.

        Raises:
            NonconformanceError: it did not end within `within` seconds.
        """
        over = self._over(PATIENCE.seconds if within is None else within)
        self._responses.check_cap()
        if not over:
            if within is None:
                PATIENCE.lose()
            raise NonconformanceError(f"{self._traced.rpc} to end", "a call that stays open")
        assert self._answer is not None  # noqa: S101 - it is over
        return self._answer

    def _over(self, within: float) -> bool:
        """Whether the call is over within `within` seconds; the step is noted."""
        self._reader.join(within)
        if self._answer is None:
            self._traced.step("stays", within)
        else:
            self._traced.step("end", self._answer.copy())
        return self._answer is not None

    def _awaited(self, seconds: float, *, unwanted: bool = False) -> Any:
        """What arrives within `seconds`, or None; the step is noted."""
        arrival = self._arrival(seconds)
        if arrival is None:
            self._traced.step("silent", seconds)
        elif isinstance(arrival, Answer) and unwanted:
            self._traced.step("early", (seconds, arrival.copy()))
        elif isinstance(arrival, Answer):
            self._traced.step("end", arrival.copy())
        else:
            self._traced.step("next", copied(arrival))
        return arrival

    def _arrival(self, seconds: float) -> Any:
        try:
            arrival = self._arrivals.get(timeout=seconds)
        except queue.Empty:
            return None
        if isinstance(arrival, Answer):
            self._arrivals.put(arrival)
        return arrival

    def _read(self) -> None:
        self._answer = self._responses.read(self._arrivals.put)
        self._arrivals.put(self._answer)
