"""Clients that append and read all the time, whatever becomes of the brokers meanwhile."""

import itertools
import random
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

import protocol
from conformance import wait
from conformance.answer import Answer
from conformance.broker import Broker
from conformance.errors import NonconformanceError
from conformance.history.checker import check
from conformance.history.clients import seen
from conformance.history.operation import (
    Append,
    Committed,
    Operation,
    Read,
    Refused,
    Seen,
    Unknown,
)
from conformance.journal import Journal

MEMBERS = 3
"""Clients at work: enough for appends to overlap."""
PACE = 0.03
"""Seconds between the calls of one client: enough appends to tell, few enough to judge."""
PATIENCE = 3.0
"""Seconds after which a client gives up on a call: a dead broker may leave it without answer."""
PROGRESS = 20
"""Commits after which the journal is taken to work again."""


class Crew:
    """Clients of one new journal, at work while the crew is a context.

    Each call goes through a broker that `seed` chooses, and is made once: none is repeated.
    """

    def __init__(self, journal: Journal, brokers: Sequence[Broker], seed: int) -> None:
        self._journal = journal
        self._brokers = brokers
        self._clock = itertools.count()
        self._over = threading.Event()
        self._operations: list[Operation] = []
        self._errors: list[NonconformanceError] = []
        self._threads = [
            threading.Thread(target=self._work, args=(name, random.Random(f"{seed} {name}")))
            for name in range(MEMBERS)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def await_progress(self, within: float) -> None:
        """Returns when further appends were committed."""
        wanted = self._commits() + PROGRESS
        wait.until(lambda: self._commits() >= wanted, "appends to be committed", within=within)

    def judge(self, within: float) -> None:
        """Holds that the answers fit together, once all content can be read."""
        if self._errors:
            raise self._errors[0]
        barrier = wait.until(lambda: self._each(self._barrier), "a last barrier", within=within)
        head = barrier.message.commit.end
        content = wait.until(
            lambda: self._each(lambda broker: self._whole(broker, head)),
            f"all {head} bytes to be read",
            within=within,
        )
        check(self._operations, content, crashes=True)

    def _each(self, ask: Callable[[Broker], Any]) -> Any:
        return next((found for broker in self._brokers if (found := ask(broker))), None)

    def _barrier(self, broker: Broker) -> Answer | None:
        answer = self._journal.append(broker=broker)
        return answer if answer.status == "OK" else None

    def _whole(self, broker: Broker, head: int) -> bytes | None:
        content = self._journal.read(0, broker=broker).content
        return content if len(content) == head else None

    def _commits(self) -> int:
        return sum(isinstance(each.outcome, Committed) for each in list(self._operations))

    def _work(self, name: int, choices: random.Random) -> None:
        for number in itertools.count():
            if self._over.wait(PACE):
                return
            broker = choices.choice(self._brokers)
            try:
                if choices.random() < 0.7:
                    self._append(broker, f"<{name}.{number}>".encode())
                else:
                    self._read(broker)
            except NonconformanceError as error:
                self._errors.append(error)
                return

    def _append(self, broker: Broker, content: bytes) -> None:
        started = next(self._clock)
        stream = broker.open(
            "Append",
            *self._journal.append_requests(content),
            protocol.AppendRequest(),
            timeout=PATIENCE,
        )
        stream.half_close()
        answer = stream.end(within=2 * PATIENCE)
        outcome = _outcome(answer)
        self._operations.append(Operation(Append(content), outcome, started, next(self._clock)))

    def _read(self, broker: Broker) -> None:
        read = Read(0)
        started = next(self._clock)
        answer = broker.call("Read", self._journal.read_request(0), timeout=PATIENCE)
        outcome: Seen = seen(read, answer)
        self._operations.append(Operation(read, outcome, started, next(self._clock)))


def _outcome(answer: Answer) -> Committed | Refused | Unknown:
    if answer.code != "OK" or not answer.messages:
        return Unknown()
    if answer.status != "OK":
        return Refused(answer.status)
    return Committed(answer.message.commit.begin, answer.message.commit.end)
