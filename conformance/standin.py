"""A primary played by the suite: it replicates to a broker in the place of one that it killed.

A killed broker's lease runs on for seconds, and so does the route that names it as primary. In
that time the suite takes its part toward the other replica.
"""

import time
from dataclasses import dataclass
from typing import Any

import protocol
from conformance import wait
from conformance.answer import Answer
from conformance.broker import Broker
from conformance.control import Control
from conformance.errors import NonconformanceError
from conformance.journal import Journal, spec_of
from conformance.stream import Stream
from conformance.target import Target
from conformance.validity import assert_valid
from conformance.workspace import Workspace
from protocol.fragments import sum_of

JOURNALS = 16
"""Journals of one stage, enough for the tests of its lifetime."""
LIFETIME = 2.5
"""Seconds after the kill in which stand-ins are handed out: well within every launcher's lease."""


@dataclass(frozen=True)
class StandIn:
    """The primary's part toward one replica of one journal.

    Attributes:
        journal: The journal, asked through the replica.
        header: What the primary sends with its first message.
    """

    journal: Journal
    header: Any

    @property
    def replica(self) -> Broker:
        """The broker that is replicated to."""
        return self.journal.broker

    def proposal(
        self,
        begin: int,
        end: int | None = None,
        content: bytes = b"",
        *,
        first: bool = False,
        acknowledge: bool = True,
        codec: str = "NONE",
        registers: Any = (),
        **fields: Any,
    ) -> Any:
        """A proposal of the fragment `[begin, end)`, by default an empty one, over `content`."""
        fragment = protocol.Fragment(
            journal=self.journal.name,
            begin=begin,
            end=begin if end is None else end,
            compression_codec=codec,
        )
        if content:
            fragment.sum.CopyFrom(sum_of(content))
        return protocol.ReplicateRequest(
            header=self.header if first else None,
            proposal=fragment,
            registers=labels(registers),
            acknowledge=acknowledge,
            **fields,
        )

    def content(self, content: bytes, delta: int = 0) -> Any:
        """A chunk of content, behind `delta` bytes already streamed."""
        return protocol.ReplicateRequest(content=content, content_delta=delta)

    def open(self, *requests: Any) -> Stream:
        """An open stream to the replica."""
        return self.replica.open("Replicate", *requests)

    def call(self, *requests: Any) -> Answer:
        """How a stream of these requests ends."""
        return self.replica.call("Replicate", *requests)

    def synced(self, begin: int = 0, registers: Any = ()) -> Stream:
        """An open stream whose opening proposal, empty at `begin`, was acknowledged with OK."""
        stream = self.open(self.proposal(begin, first=True, registers=registers))
        acknowledged(stream)
        return stream


def labels(pairs: Any) -> Any:
    """A LabelSet of (name, value) pairs."""
    return protocol.LabelSet(labels=[{"name": name, "value": value} for name, value in pairs])


def acknowledged(stream: Stream, status: str = "OK") -> Any:
    """The next response of a stream, which is valid and has `status`."""
    response = stream.next()
    assert_valid(response)
    got = protocol.Status.Name(response.status)
    if got != status:
        raise NonconformanceError(f"Replicate to answer {status}", str(response))
    return response


class Stage:
    """A private cluster of two brokers, of which the primary of all journals was killed."""

    def __init__(self, target: Target, control: Control, run_id: str) -> None:
        workspace = Workspace(target, run_id, "stage::standin")
        made = [workspace.unmade() for _ in range(JOURNALS)]
        specs = [spec_of(each.name, replication=2) for each in made]
        workspace.apply(*(protocol.ApplyRequest.Change(upsert=spec) for spec in specs)).ok()
        entries = [workspace.assigned(each, replicas=2) for each in made]
        primary = entries[0].route.members[entries[0].route.primary]
        ids = [broker.process_id() for broker in target.brokers]
        dead = ids.index(primary)
        replica = target.brokers[1 - dead]
        self.control, self.dead = control, dead
        self._ready = [
            StandIn(Journal(journal.name, replica), _opening(journal, ids[1 - dead]))
            for journal, entry in zip(made, entries, strict=True)
            if entry.route.members[entry.route.primary] == primary
        ]
        control.kill(dead)
        self._killed = time.monotonic()
        _await_free(self._ready[0])

    @property
    def spent(self) -> bool:
        """Whether no stand-in should be taken from here any more."""
        return not self._ready or time.monotonic() > self._killed + LIFETIME

    def take(self) -> StandIn:
        """A stand-in for a journal that no test had yet."""
        return self._ready.pop()


def _opening(journal: Journal, replica: Any) -> Any:
    """The header of a primary that has just synchronised its replicas, by an empty append."""
    answer = wait.until(lambda: _appended(journal), "an append to synchronise the replicas")
    header = protocol.Header()
    header.CopyFrom(answer.message.header)
    header.process_id.CopyFrom(replica)
    return header


def _appended(journal: Journal) -> Any:
    answer = journal.append()
    return answer if answer.status == "OK" else None


def _await_free(standin: StandIn) -> None:
    """Returns once the replica has noticed that its primary's streams are gone."""

    def look() -> bool:
        with standin.open(standin.proposal(0, first=True)) as stream:
            stream.half_close()
            return stream.end().code == "OK"

    wait.until(look, "the replica to be free of its primary")
