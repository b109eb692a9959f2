"""Synchronisation of a pipeline: all replicas agree on fragment and registers."""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import protocol as pb
from mockbroker.core.actions import AbortError, Action
from mockbroker.core.ids import BrokerId
from mockbroker.core.pipeline import Pipeline
from mockbroker.core.replica import Replica
from protocol.routes import equivalent
from protocol.text import compact_text

if TYPE_CHECKING:
    from mockbroker.core.broker import Broker


class _Round:
    """What the answers to one synchronising proposal come to."""

    def __init__(self, header: pb.Header, end: int) -> None:
        self._header = header
        self._end = end
        self.roll_to = 0
        self.registers: pb.LabelSet | None = None
        self.revision = 0

    def take(self, id_: BrokerId, answer: pb.ReplicateResponse) -> None:
        """Takes one peer's answer. Raises `AbortError` where it can't be reconciled."""
        match answer.status:
            case pb.Status.OK:
                return
            case pb.Status.WRONG_ROUTE:
                self._take_route(id_, answer.header)
            case pb.Status.PROPOSAL_MISMATCH:
                self._take_fragment(id_, answer)
            case _:
                raise AbortError(f"recv from {id_}: unexpected Status: {compact_text(answer)}")

    def _take_route(self, id_: BrokerId, header: pb.Header) -> None:
        newer = header.etcd.revision > self._header.etcd.revision
        if not newer or equivalent(header.route, self._header.route):
            raise AbortError(f"recv from {id_}: unexpected WRONG_ROUTE: {compact_text(header)}")
        self.revision = max(self.revision, header.etcd.revision)

    def _take_fragment(self, id_: BrokerId, answer: pb.ReplicateResponse) -> None:
        theirs = answer.fragment
        if theirs.end > self._end:
            if theirs.end > self.roll_to:
                self.roll_to, self.registers = theirs.end, answer.registers
        elif theirs.end == self._end and theirs.begin == theirs.end:
            self.roll_to = max(self.roll_to, theirs.end)
        else:
            raise AbortError(
                f"recv from {id_}: unexpected PROPOSAL_MISMATCH: "
                f"{compact_text(theirs)}, {compact_text(answer.registers)}"
            )


def synchronize(
    broker: "Broker", replica: Replica, pipeline: Pipeline, spec: pb.JournalSpec, roll_to: int
) -> Generator[Action, Any, int]:
    """Proposes until all replicas agree, rolling forward to the greatest offset of any.

    Returns 0, or a revision to read through where a peer knows a newer route; the pipeline
    is closed then. Raises `AbortError`, and closes it, where a peer fails or disagrees.
    """
    registers = replica.spool.registers
    while True:
        proposal = replica.spool.synchronizing_proposal(
            spec.fragment, now=broker.now(), roll_to=roll_to
        )
        pipeline.propose(proposal, registers)
        try:
            answered = yield from _round(pipeline, replica.spool.fragment.end)
        except AbortError as error:
            pipeline.close()
            raise AbortError(f"gatherSync: {error.details}", error.code) from error
        except GeneratorExit:
            pipeline.close()
            raise
        if answered.revision:
            pipeline.close()
            return answered.revision
        if not answered.roll_to:
            return 0
        roll_to, registers = answered.roll_to, answered.registers or registers


def _round(pipeline: Pipeline, end: int) -> Generator[Action, Any, _Round]:
    answers = pipeline.expect()
    yield from answers.gather()
    answered = _Round(pipeline.header, end)
    for id_, answer in answers.of:
        answered.take(id_, answer)
    return answered
