"""Append: a transaction of one client on one journal.

An append first *prepares*: it resolves the journal, owns its pipeline, has all replicas
agree on offset and registers, advertises that, and checks its preconditions; any change of
the route begins it anew. Then it *streams*: content goes to all replicas as it comes. At
last it *settles*: it proposes to commit what was streamed, or to roll it back, gives the
pipeline to the next append, and waits for the replicas' answers.

Modelled: proxying to the primary, suspension, registers, explicit offsets, flow control,
store health, roll rules, roll-back at every error and when the client goes away.
"""

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import protocol as pb
from mockbroker.core.access import Access
from mockbroker.core.actions import (
    AbortError,
    Action,
    Committed,
    Event,
    Proxy,
    Receive,
    Script,
    Send,
    Wait,
    acquire,
)
from mockbroker.core.conditions import Refusal, Roll, Suspend, check
from mockbroker.core.health import PATIENCE
from mockbroker.core.keyspace import Item, Put
from mockbroker.core.pipeline import Answers, Pipeline
from mockbroker.core.replica import Replica
from mockbroker.core.requests import checked, wanted_revision
from mockbroker.core.resolver import Resolution, Wanted, proxy, resolve
from mockbroker.core.stream import Stream
from mockbroker.core.sync import synchronize
from protocol.auth import Capability
from protocol.fragments import same_fragment
from protocol.journals import desired_replication, strip_meta

if TYPE_CHECKING:
    from mockbroker.core.broker import Broker
    from mockbroker.core.signal import Ticket

Level = pb.JournalSpec.Suspend.Level


def serve(broker: "Broker", authorization: str | None) -> Script:
    """Serves one Append call."""
    access = broker.access(authorization, Capability.APPEND)
    request = yield Receive()
    if request is Event.HALF_CLOSE:
        raise AbortError("EOF")
    if isinstance(request, memoryview):
        request = pb.AppendRequest(content=bytes(request))
    append = Append(broker, access, checked(broker, request))
    try:
        if (yield from append.prepare()):
            yield Send((yield from append.commit()))
        else:
            yield append.proxy()
    except Refusal as refusal:
        yield Send(append.refused(refusal))
    finally:
        append.release()


class Append:
    """One append, of a client or of the broker itself."""

    def __init__(self, broker: "Broker", access: Access, request: pb.AppendRequest) -> None:
        self._broker = broker
        self._access = access
        self._request = request
        self._resolved: Resolution | None = None
        self._owner: Replica | None = None
        self._turn: Ticket | None = None
        self._revision = wanted_revision(broker, request)
        self._roll: Roll | None = None

    @property
    def resolved(self) -> Resolution:
        """The last resolution."""
        if self._resolved is None:
            raise LookupError("the append is not resolved yet")
        return self._resolved

    @property
    def replica(self) -> Replica:
        """The replica whose pipeline this append owns."""
        if self._owner is None:
            raise LookupError("the append owns no pipeline")
        return self._owner

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline this append owns."""
        if self.replica.pipeline is None:
            raise LookupError("the pipeline is not started yet")
        return self.replica.pipeline

    def prepare(self) -> Generator[Action, Any, bool]:
        """Converges until content may be streamed; False where another broker is to do it.

        Raises:
            Refusal: The append is answered with a status.
            AbortError: It ends with an error.
        """
        while True:
            ready = yield from self._prepare_once()
            if ready is not None:
                return ready

    def commit(self) -> Generator[Action, Any, pb.AppendResponse]:
        """Streams what the client sends, and commits or rolls back.

        Raises:
            Refusal: It was rolled back, and is answered with a status.
            AbortError: It was rolled back, or its outcome is unknown.
        """
        self._roll_due()
        stream = Stream(self._broker, self.replica, self.pipeline, self._access.expires)
        try:
            yield from stream.receive(self._request, self.resolved)
        except GeneratorExit:
            self._settle(self.replica.spool.registers)
            raise
        except (AbortError, Refusal):
            answers = self._settle(self.replica.spool.registers)
            yield from answers.settle()
            raise
        registers = stream.registers(self._request)
        yield from self._settle(registers, self.replica.spool.next()).gather_ok()
        yield Committed()
        return pb.AppendResponse(
            header=self.resolved.header,
            commit=stream.fragment(),
            registers=registers,
            total_chunks=stream.total,
            delayed_chunks=stream.delayed,
        )

    def barrier(self) -> Script:
        """Appends nothing, of the broker's own accord, where this is the primary."""
        if not (yield from self.prepare()):
            return
        self._roll_due()
        spool = self.replica.spool
        yield from self._settle(spool.registers).gather_ok()

    def proxy(self) -> Proxy:
        """Hands the call over to the primary."""
        resolved = self.resolved
        journal = strip_meta(self._request.journal)
        return proxy(self._broker, resolved, self._request, journal, Capability.APPEND)

    def refused(self, refusal: Refusal) -> pb.AppendResponse:
        """Returns the answer to a refusal."""
        header = self.resolved.header
        response = pb.AppendResponse(status=refusal.status, header=header)
        if refusal.status == pb.Status.REGISTER_MISMATCH:
            response.registers.CopyFrom(self.replica.spool.registers)
        response.store_health_error = refusal.text
        return response

    def release(self) -> None:
        """Gives up the pipeline, where it is still owned."""
        if self._owner and self._turn:
            self._owner.turn.release(self._turn)
        self._owner = self._turn = self._roll = None

    def _prepare_once(self) -> Generator[Action, Any, bool | None]:
        """Goes as far as it can. None means to begin anew."""
        resolved = yield from self._resolve()
        if resolved.status == pb.Status.SUSPENDED and not self._request.suspend:
            self._suspend(Level.NONE, resolved.spec.suspend.offset)
        elif resolved.status:
            raise Refusal(resolved.status)
        elif not resolved.local:
            self.release()
            return False if self._is_replicated() else None
        elif resolved.replica is None:
            self._revision = resolved.header.etcd.revision + 1
        elif (yield from self._converge(resolved.replica)):
            return self._decide()
        return None

    def _converge(self, replica: Replica) -> Generator[Action, Any, bool]:
        """Owns the pipeline, and has all replicas agree; False where to begin anew."""
        return (
            (yield from self._own(replica))
            and (yield from self._synchronize())
            and not self._advertise()
            and self._is_replicated()
            and (yield from self._stores_ready(replica))
        )

    def _resolve(self) -> Generator[Action, Any, Resolution]:
        request = self._request
        wanted = Wanted(
            request.journal,
            self._access.selector,
            primary=True,
            proxy=not request.do_not_proxy,
            header=request.header if request.HasField("header") else None,
            revision=self._revision,
        )
        try:
            self._resolved = yield from resolve(self._broker, wanted)
        except AbortError as error:
            raise AbortError(f"resolve: {error.details}", error.code) from error
        return self.resolved

    def _own(self, replica: Replica) -> Generator[Action, Any, bool]:
        """Takes its turn at the replica's pipeline, and starts one where the route is new."""
        if self._owner is not replica:
            self.release()
            self._turn = yield from acquire(replica.turn, replica.invalidated)
            if self._turn is None:
                return False
            self._owner = replica
        if self.resolved.stale:
            return False
        pipeline = replica.pipeline
        if pipeline and (pipeline.broken or pipeline.route != self.resolved.route):
            pipeline.close()
            pipeline = None
        return pipeline is not None or (yield from self._start(replica))

    def _start(self, replica: Replica) -> Generator[Action, Any, bool]:
        ticket = yield from acquire(replica.spooling, replica.invalidated)
        if ticket is None:
            return False
        resolved = self.resolved
        replica.pipeline = Pipeline(self._broker, replica, ticket, resolved.route, resolved.header)
        self._roll = Roll(self._roll.to if self._roll and self._roll.now else 0)
        return True

    def _synchronize(self) -> Generator[Action, Any, bool]:
        """Has all replicas agree, where the pipeline is new or the offset has to move."""
        roll, self._roll = self._roll, None
        if roll is None or not roll.now:
            self._roll = roll
            return True
        revision = yield from synchronize(
            self._broker, self.replica, self.pipeline, self.resolved.spec, roll.to
        )
        self._revision = max(self._revision, revision)
        return revision == 0

    def _advertise(self) -> bool:
        """Writes the route into assignments that do not have it; True where any changed."""
        resolved, etcd = self.resolved, self._broker.etcd
        if all(each.route == resolved.route for each in resolved.assigned):
            return False
        if etcd.truth.assignments.get(self.replica.journal) == resolved.assigned:
            etcd.commit(Put(replace(each, route=resolved.route)) for each in resolved.assigned)
        self._revision = etcd.revision
        return True

    def _is_replicated(self) -> bool:
        """Whether there are as many replicas as desired; too many await the next revision."""
        resolved = self.resolved
        have = len(resolved.assigned)
        desired = desired_replication(resolved.spec, self._broker.settings.max_replication)
        if have < desired:
            raise Refusal(pb.Status.INSUFFICIENT_JOURNAL_BROKERS)
        if have > desired:
            self._revision = resolved.header.etcd.revision + 1
        return have == desired

    def _stores_ready(self, replica: Replica) -> Generator[Action, Any, bool]:
        """Awaits the first listing and a healthy first store at once; False where routes changed.

        A store that cannot be opened is never listed either: its health is what ends the wait.
        """
        stores = self.resolved.spec.fragment.stores
        checks = self._broker.health.of(stores[0]) if stores else None
        waited = 0
        while not self.resolved.stale:
            pending = [] if replica.index.refreshed else [replica.changed]
            if checks and checks.error != "":
                if checks.error and (checks.fatal or waited >= PATIENCE):
                    raise Refusal(
                        pb.Status.FRAGMENT_STORE_UNHEALTHY,
                        f"fragment store {stores[0]} unhealthy: {checks.error}",
                    )
                pending.append(checks.done)
            if not pending:
                return True
            yield Wait((*pending, replica.invalidated))
            waited += 1
        return False

    def _decide(self) -> bool | None:
        """Checks preconditions. None where a roll or a change of suspension comes first."""
        decision = check(self._request, self.resolved, self.replica, self._broker.now())
        match decision:
            case Roll(now=True):
                self._roll = decision
                return None
            case Roll():
                self._roll = decision
            case Suspend(level, offset, roll):
                self._roll = Roll(roll) if roll is not None else None
                self._suspend(level, offset)
                return None
        return True

    def _suspend(self, level: pb.JournalSpec.Suspend.Level, offset: int) -> None:
        """Changes the journal's suspension, unless the journal has changed meanwhile."""
        resolved, etcd = self.resolved, self._broker.etcd
        item = etcd.truth.items.get(resolved.spec.name)
        if item is not None and item is resolved.item:
            spec = pb.JournalSpec()
            spec.CopyFrom(item.spec)
            spec.suspend.CopyFrom(pb.JournalSpec.Suspend(level=level, offset=offset))
            etcd.commit([Put(Item.of(spec))])
        self._revision = etcd.revision

    def _roll_due(self) -> None:
        """Closes the fragment before content is streamed, where that is due."""
        spool = self.replica.spool
        proposal = spool.synchronizing_proposal(
            self.resolved.spec.fragment,
            now=self._broker.now(),
            roll_to=self._roll.to if self._roll else 0,
        )
        if not same_fragment(proposal, spool.fragment):
            self.pipeline.propose(proposal, spool.registers, acknowledge=False)

    def _settle(self, registers: pb.LabelSet, proposal: pb.Fragment | None = None) -> Answers:
        """Proposes to commit, or to roll back, and gives the pipeline to the next append."""
        pipeline = self.pipeline
        pipeline.propose(proposal or self.replica.spool.fragment, registers)
        answers = pipeline.expect()
        self.release()
        return answers
