"""The content of an append, as the client streams it."""

import hashlib
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import protocol as pb
from mockbroker.core.actions import AbortError, Action, Event, Receive, Script, Wait
from mockbroker.core.conditions import Control, Level, Refusal
from mockbroker.core.pipeline import Pipeline
from mockbroker.core.replica import Replica
from mockbroker.core.resolver import Resolution
from protocol.errors import ValidationError
from protocol.fragments import sum_from_digest
from protocol.journals import may_write
from protocol.labels import subtract, union
from protocol.releases import Release
from protocol.validate import validate

if TYPE_CHECKING:
    from mockbroker.core.broker import Broker

SUSPENDING = (Control.SUSPEND_IF_FLUSHED, Control.SUSPEND_NOW)
EMPTY_ONLY = (*SUSPENDING, Control.SUSPEND_KEEP)
"""Controls of suspension that go with no content."""


class Stream:
    """One client's content on its way into a pipeline.

    Attributes:
        total: Chunks received, the empty one that asks to commit among them.
        delayed: Chunks that flow control held back.
    """

    def __init__(
        self, broker: "Broker", replica: Replica, pipeline: Pipeline, expires: float | None
    ) -> None:
        self._broker = broker
        self._replica = replica
        self._pipeline = pipeline
        self._expires = expires
        self._summer = hashlib.sha1(usedforsecurity=False)
        spool = replica.spool.fragment
        self._fragment = pb.Fragment(
            journal=spool.journal,
            begin=spool.end,
            end=spool.end,
            compression_codec=spool.compression_codec,
        )
        self.total = 0
        self.delayed = 0

    def receive(self, request: pb.AppendRequest, resolved: Resolution) -> Script:
        """Streams until the client has asked to commit and half-closed.

        Raises:
            AbortError: The client broke the protocol, or was too slow.
            Refusal: Content was not allowed.
        """
        self._start(resolved.spec)
        allowed = may_write(resolved.spec.flags) and request.suspend not in EMPTY_ONLY
        suspended = request.suspend in SUSPENDING and resolved.spec.suspend.level == Level.PARTIAL
        try:
            yield from self._receive(resolved, allowed=allowed)
        except AbortError as error:
            if not suspended:
                raise
            raise Refusal(pb.Status.SUSPENDED) from error
        if suspended:
            raise Refusal(pb.Status.SUSPENDED)
        modifies = request.HasField("union_registers") or request.HasField("subtract_registers")
        if modifies and self._fragment.begin == self._fragment.end:
            raise AbortError("append stream: register modification requires non-empty Append")

    def _receive(self, resolved: Resolution, *, allowed: bool) -> Script:
        while content := (yield from self._next()):
            if not allowed:
                raise Refusal(pb.Status.NOT_ALLOWED)
            yield from self._pace(len(content), resolved)
            yield from self._pipeline.write(content)
            self._summer.update(content)
            self._fragment.end += len(content)
        yield from self._end()

    def fragment(self) -> pb.Fragment:
        """The commit: what was appended, with its own sum."""
        self._fragment.sum.CopyFrom(sum_from_digest(self._summer.digest()))
        return self._fragment

    def registers(self, request: pb.AppendRequest) -> pb.LabelSet:
        """The registers the append leaves."""
        registers = self._replica.spool.registers
        if request.HasField("subtract_registers"):
            registers = subtract(registers, request.subtract_registers)
        if request.HasField("union_registers"):
            registers = union(request.union_registers, registers)
        return registers

    def _start(self, spec: pb.JournalSpec) -> None:
        settings = self._broker.settings
        rate = spec.max_append_rate
        if settings.max_append_rate and rate:
            rate = min(rate, settings.max_append_rate)
        self._replica.flow.start(settings.min_append_rate, rate, self._broker.now())

    def _next(self) -> Generator[Action, Any, bytes | memoryview]:
        """Returns the next chunk; empty where the client asks to commit."""
        event = yield from self._event()
        if event is Event.HALF_CLOSE:
            raise AbortError("append stream: unexpected EOF")
        if isinstance(event, memoryview):
            return event
        _check_chunk(event, self._broker.settings.release)
        if not event.content:
            self.total, self.delayed = self._counted(0)
        content: bytes = event.content
        return content

    def _end(self) -> Script:
        if (yield from self._event()) is not Event.HALF_CLOSE:
            raise AbortError("append stream: expected EOF after empty Content chunk")

    def _event(self) -> Generator[Action, Any, Any]:
        deadlines = (self._replica.flow.underflow, self._expires)
        deadline = min((each for each in deadlines if each is not None), default=None)
        event = yield Receive(deadline)
        if event is Event.TIMEOUT:
            raise AbortError(
                "append stream: client stream didn't sustain the minimum append data rate"
            )
        return event

    def _pace(self, length: int, resolved: Resolution) -> Script:
        """Waits until the journal may take a chunk, or its route is about to change."""
        flow, now = self._replica.flow, self._broker.now()
        ready = flow.take(length, now)
        while self._broker.now() < ready:
            yield Wait((self._replica.invalidated,), ready)
            if resolved.stale:
                flow.lift(self._broker.now())
                break
        self.total, self.delayed = flow.total, flow.delayed

    def _counted(self, length: int) -> tuple[int, int]:
        flow = self._replica.flow
        flow.take(length, self._broker.now())
        return flow.total, flow.delayed


def _check_chunk(request: pb.AppendRequest, release: Release) -> None:
    try:
        validate(request, release)
    except ValidationError as error:
        raise AbortError(f"append stream: {error}") from error
    if request.journal:
        raise AbortError("append stream: expected Content chunk")
