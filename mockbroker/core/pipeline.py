"""The replication pipeline: the primary's Replicate streams to the other members of a route.

A pipeline lives for one route. It owns the replica's spool, to which it applies every
request as the peers do. Appends own its sending side one after the other; what the peers
answer is read in the same order, so that one append may stream while another awaits acks.
"""

from collections import deque
from typing import TYPE_CHECKING

import protocol as pb
from mockbroker.core.actions import AbortError, Script, Wait
from mockbroker.core.ids import BrokerId
from mockbroker.core.peer import PeerStream
from mockbroker.core.replica import Replica
from mockbroker.core.signal import Signal, Ticket
from protocol.text import compact_text

if TYPE_CHECKING:
    from mockbroker.core.broker import Broker

WINDOW = 4 << 20
"""Bytes a peer may be behind before content waits for it."""


class Answers:
    """One answer of every peer.

    Attributes:
        of: The answers, with who gave them.
        failure: Why a peer gave none.
        ready: Whether all have answered or failed.
        arrived: Fires then.
    """

    def __init__(self, pipeline: "Pipeline") -> None:
        self._pipeline = pipeline
        self.of: list[tuple[BrokerId, pb.ReplicateResponse]] = []
        self.failure: AbortError | None = None
        self.ready = False
        self.arrived = Signal()

    def gather(self) -> Script:
        """Waits until they are ready. Raises `AbortError` where a peer has failed."""
        yield from self.settle()
        if self.failure:
            raise self.failure

    def settle(self) -> Script:
        """Waits until they are ready, whatever they are."""
        while not self.ready:
            yield Wait((self.arrived,))

    def gather_ok(self) -> Script:
        """Waits until they are ready. Raises `AbortError` where one is not OK."""
        yield from self.gather()
        for id_, answer in self.of:
            if answer.status != pb.Status.OK:
                self._pipeline.broken = True
                raise AbortError(
                    f"recv from {id_}: unexpected !OK response: {compact_text(answer)}"
                )


class Pipeline:
    """Replication of one journal along one route.

    Attributes:
        route: Members and primary it was built for.
        header: Header of the opening requests, without process id.
        broken: A peer has failed; the next append needs another pipeline.
    """

    def __init__(
        self,
        broker: "Broker",
        replica: Replica,
        spooling: Ticket,
        route: tuple[tuple[BrokerId, ...], int],
        header: pb.Header,
    ) -> None:
        self.route = route
        self._broker = broker
        self._replica = replica
        self._spooling = spooling
        self.header = header
        self._expected: deque[Answers] = deque()
        self._opened = False
        self._closed = False
        self.broken = False
        self._streams = [
            PeerStream(each, endpoint, replica.journal)
            for each, endpoint in zip(route[0], header.route.endpoints, strict=True)
            if each != broker.id
        ]
        for stream in self._streams:
            stream.incoming.listen(self._collect)
            broker.host.dial(stream)

    def propose(
        self, proposal: pb.Fragment, registers: pb.LabelSet, *, acknowledge: bool = True
    ) -> None:
        """Proposes to all peers, and applies the proposal here."""
        if self._streams:
            self._scatter_proposal(proposal, registers, acknowledge=acknowledge)
        self._replica.propose(proposal, registers, self._broker.now())

    def write(self, content: bytes | memoryview) -> Script:
        """Sends content to all peers and buffers it here; waits for peers too far behind."""
        if self._streams:
            delta = self._replica.spool.delta
            request = pb.ReplicateRequest(content=bytes(content), content_delta=delta)
            self._scatter(request.SerializeToString())
        self._replica.spool.write(content)
        for stream in self._streams:
            while stream.backlog > WINDOW and not stream.ended:
                yield Wait((stream.incoming,))

    def expect(self) -> "Answers":
        """Returns the next answer of every peer, to come in the order of acknowledged proposals."""
        answers = Answers(self)
        self._expected.append(answers)
        self._collect()
        return answers

    def sever(self) -> None:
        """Cuts the connections to all peers."""
        for stream in self._streams:
            stream.sever()

    def close(self) -> None:
        """Rolls back, gives up the spool and half-closes the streams. It is not used again."""
        if self._closed:
            return
        self._closed = True
        self._replica.roll_back(self._broker.now())
        self._replica.spooling.release(self._spooling)
        if self._replica.pipeline is self:
            self._replica.pipeline = None
        for stream in self._streams:
            stream.half_close()

    def _collect(self) -> None:
        """Hands complete rounds of answers to whoever expects them."""
        self.broken = self.broken or any(stream.ended for stream in self._streams)
        while self._expected and all(each.inbox or each.ended for each in self._streams):
            answers = self._expected.popleft()
            for stream in self._streams:
                if stream.inbox:
                    answers.of.append((stream.id, stream.inbox.popleft()))
                else:
                    answers.failure = answers.failure or stream.failure()
            answers.ready = True
            answers.arrived.fire()

    def _scatter_proposal(
        self, proposal: pb.Fragment, registers: pb.LabelSet, *, acknowledge: bool
    ) -> None:
        request = pb.ReplicateRequest(
            proposal=proposal, registers=registers, acknowledge=acknowledge
        )
        if self._opened:
            self._scatter(request.SerializeToString())
            return
        self._opened = True
        request.deprecated_journal = self._replica.journal
        request.header.CopyFrom(self.header)
        for stream in self._streams:
            request.header.process_id.CopyFrom(stream.id.message)
            stream.send(request.SerializeToString())

    def _scatter(self, request: bytes) -> None:
        for stream in self._streams:
            stream.send(request)
