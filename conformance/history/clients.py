"""Clients that make calls at the same time, and record what comes of it."""

import itertools
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import protocol
from conformance import wait
from conformance.answer import Answer
from conformance.broker import Broker
from conformance.errors import NonconformanceError
from conformance.history.calls import AT_ONCE, AppendCall, Call, Ending, ReadCall, Start, Stop
from conformance.history.checker import check
from conformance.history.operation import (
    Append,
    Committed,
    Failed,
    Operation,
    Read,
    Refused,
    Registers,
    Seen,
    Unknown,
)
from conformance.journal import Journal, label_set, selector
from conformance.patience import PATIENCE
from conformance.stream import Stream

LINGER = 0.02
"""Seconds an append is held open: other calls of the same moment find it there."""
NO_TIME = 0.004
"""Seconds of a deadline that some calls make and some do not."""
SHORT = 0.05
"""Seconds of a read that waits for appends of the same moment."""
GIVEN_UP = {"OK", "DEADLINE_EXCEEDED", "CANCELLED"}
"""How a read ends that its client gives up: the broker may notice first, and end it well."""
SLOW = 0.8
"""Seconds after which an append may fail: brokers cut clients that stall for one (APPEND-066)."""
REGISTER = "owner"
BEYOND = 5
"""How far behind the head a read begins."""


@dataclass
class Record:
    """What is known of one journal: its operations so far, and the highest head told."""

    journal: Journal
    operations: list[Operation] = field(default_factory=list)
    head: int = 0

    def add(self, operation: Operation) -> None:
        """Notes an operation."""
        self.operations.append(operation)
        if isinstance(operation.outcome, Committed):
            self.head = max(self.head, operation.outcome.end)


class Clients:
    """Clients of a few new journals, asked through any of `brokers`."""

    def __init__(self, journals: Sequence[Journal], brokers: Sequence[Broker]) -> None:
        self.records = [Record(journal) for journal in journals]
        self.brokers = brokers
        self._clock = itertools.count()
        self._names = itertools.count()
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._tails: list[tuple[Record, Read, int, Stream]] = []

    def together(self, calls: Sequence[Call]) -> None:
        """Makes all `calls` at the same time, and returns when all are over."""
        for _ in self._pool.map(self.make, calls):
            pass

    def make(self, call: Call) -> None:
        """Makes one call and records it."""
        if isinstance(call, AppendCall):
            self._append(call)
        else:
            self._read(call)

    def tail(self, journal: int, broker: int) -> None:
        """Starts to read a journal from its begin as it grows, until `settle`."""
        record = self.records[journal]
        request = record.journal.read_request(0, block=True)
        started = next(self._clock)
        stream = self._through(broker).open("Read", request, timeout=60.0)
        stream.half_close()
        self._tails.append((record, Read(0, block=True), started, stream))

    def settle(self) -> None:
        """Ends all that is under way, and holds that each journal's history is right."""
        contents = [self._settled(record) for record in self.records]
        for record, read, started, stream in self._tails:
            stream.cancel()
            self._seen(record, read, started, stream.end())
        for record, content in zip(self.records, contents, strict=True):
            check(record.operations, content)

    def close(self) -> None:
        """Ends the clients."""
        for _, _, _, stream in self._tails:
            stream.cancel()
        self._pool.shutdown()

    def _settled(self, record: Record) -> bytes:
        """The content up to a last barrier, behind which nothing is under way any more."""
        self._append(AppendCall(self.records.index(record)))
        head = record.head
        answer = record.journal.read(0, end_offset=head, block=True) if head else None
        return answer.content if answer is not None else record.journal.content()

    def _append(self, call: AppendCall) -> None:
        record = self.records[call.journal]
        chunks = self._chunks(call.sizes)
        action = Append(
            b"".join(chunks),
            record.head if call.at_head else 0,
            (REGISTER, call.check) if call.check else None,
            (REGISTER, call.union) if call.union else None,
        )
        timeout = NO_TIME if call.ending is Ending.DEADLINE else PATIENCE.seconds
        requests = record.journal.append_requests(*chunks, **_parameters(action))
        started, began = next(self._clock), time.monotonic()
        with self._through(call.broker).open("Append", *requests, timeout=timeout) as stream:
            _finish(stream, call.ending)
            answer = stream.end()
        if answer.code == "DEADLINE_EXCEEDED" and call.ending is not Ending.DEADLINE:
            PATIENCE.lose()
        ended = next(self._clock)
        slow = time.monotonic() - began > SLOW
        outcome = _outcome(answer, call.ending, slow=slow)
        record.add(Operation(action, outcome, started, ended))

    def _read(self, call: ReadCall) -> None:
        record = self.records[call.journal]
        known = record.head
        offset = {Start.BEGIN: 0, Start.HEAD: known, Start.BEYOND: known + BEYOND}[call.start]
        end = known if call.stop is Stop.KNOWN and offset < known else 0
        block = call.stop in {Stop.DEADLINE, Stop.CANCEL} or end > 0
        request = record.journal.read_request(offset, block=block, end_offset=end)
        timeout = SHORT if block and not end else PATIENCE.seconds
        started = next(self._clock)
        broker = self._through(call.broker)
        with broker.open("Read", request, timeout=timeout) as stream:
            stream.half_close()
            if call.stop is Stop.CANCEL:
                wait.pause(LINGER)
                stream.cancel()
            answer = stream.end()
        if answer.code == "DEADLINE_EXCEEDED" and timeout != SHORT:
            PATIENCE.lose()
        self._seen(record, Read(offset, end, block=block), started, answer)

    def _seen(self, record: Record, read: Read, started: int, answer: Answer) -> None:
        ended = next(self._clock)
        permitted = {"OK"} if read.end or not read.block else GIVEN_UP
        if answer.code not in permitted:
            raise NonconformanceError(
                f"{read} to end {' or '.join(sorted(permitted))}", answer.code
            )
        record.add(Operation(read, seen(read, answer), started, ended))

    def _through(self, broker: int) -> Broker:
        return self.brokers[broker % len(self.brokers)]

    def _chunks(self, sizes: Sequence[int]) -> list[bytes]:
        """Chunks that tell of each of their bytes which append it belongs to."""
        tag = f"{next(self._names):08x}|".encode()
        whole = tag * (sum(sizes) // len(tag) + 1)
        ends = list(itertools.accumulate(sizes))
        return [whole[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def seen(read: Read, answer: Answer) -> Seen:
    """What a read was answered, held to be in order of offsets and without gaps."""
    position, heads, broker = read.offset, [], ""
    for message in answer.messages:
        if not message.content:
            heads.append(int(message.write_head))
            broker = broker or str(message.header.process_id)
        elif message.offset != position:
            raise NonconformanceError(f"content at {position}", f"content at {message.offset}")
        position += len(message.content)
    finished = answer.code == "OK" and (read.end > 0 or not read.block)
    return Seen(answer.content, tuple(heads), broker, finished=finished)


def _finish(stream: Stream, ending: Ending) -> None:
    if ending is Ending.LINGER:
        wait.pause(LINGER)
    if ending is Ending.CANCEL:
        stream.cancel()
        return
    if ending is not Ending.ABANDON:
        stream.send(protocol.AppendRequest())
    stream.half_close()
    if ending is Ending.CANCEL_LATE:
        stream.cancel()


def _outcome(
    answer: Answer, ending: Ending, *, slow: bool
) -> Committed | Refused | Failed | Unknown:
    """What an answer tells of the fate of its append."""
    if answer.code == "OK" and answer.messages:
        return _answered(answer)
    if ending in {Ending.ABANDON, Ending.CANCEL}:
        return Failed()
    if slow or ending in {Ending.CANCEL_LATE, Ending.DEADLINE}:
        return Unknown()
    raise NonconformanceError("an append that is whole to be answered", str(answer))


def _answered(answer: Answer) -> Committed | Refused:
    message = answer.message
    if answer.status == "OK":
        return Committed(message.commit.begin, message.commit.end, _pairs(message.registers))
    if answer.status in {"WRONG_APPEND_OFFSET", "REGISTER_MISMATCH"}:
        return Refused(answer.status, _pairs(message.registers))
    raise NonconformanceError("an append to be committed, or refused for its checks", str(answer))


def _pairs(registers: Any) -> Registers:
    return tuple((label.name, label.value) for label in registers.labels)


def _parameters(action: Append) -> dict[str, Any]:
    fields: dict[str, Any] = {"offset": action.offset} if action.offset else {}
    if action.check is not None:
        fields["check_registers"] = selector([action.check])
    if action.union is not None:
        fields["union_registers"] = label_set([action.union])
    return fields
