"""A replica played by the suite: a server that primaries replicate to, and that tests script.

Until a test takes a journal, the replica leaves its primary waiting for the first answer.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import grpc

import protocol
from conformance import wait
from conformance.control import Control
from conformance.errors import NonconformanceError
from conformance.journal import Journal, spec_of
from conformance.target import Target
from conformance.workspace import Workspace

ZONE, SUFFIX = "suite", "played-replica"
JOURNALS = 24
"""Journals of one stage, more than there are tests of it."""
LIMIT = 1000
"""Replicas that the played member takes: no allocator spares it for want of room."""
THREADS = 4 * JOURNALS
"""Streams that may be open at once."""

Answer = Callable[[Any], Any]
"""What the replica answers to a proposal that wants to be acknowledged."""


@dataclass(frozen=True)
class Received:
    """A message of a primary: on which of its streams of the journal, and what."""

    stream: int
    request: Any


class Conversation:
    """What one journal's primary has sent, and what it is answered."""

    def __init__(self) -> None:
        self.answer: Answer = agree
        self._received: list[Received] = []
        self._streams = 0
        self._open = threading.Event()
        self._hang_ups: list[Callable[[], None]] = []

    @property
    def received(self) -> list[Received]:
        """All messages so far."""
        return list(self._received)

    def hold(self) -> None:
        """Answers nothing until `release`."""
        self._open.clear()

    def release(self) -> None:
        """Answers what waits, and all that follows."""
        self._open.set()

    def hang_up(self) -> None:
        """Ends the streams that are open."""
        for end in self._hang_ups:
            end()

    def following(self, count: int) -> list[Any]:
        """The requests behind the first `count`, which may be none."""
        return [each.request for each in self._received[count:]]

    def await_request(self, fits: Callable[[Any], bool], what: str, after: int = 0) -> Any:
        """The first request behind `after` others that fits, once it is there."""

        def look() -> Any:
            return next((each for each in self.following(after) if fits(each)), None)

        return wait.until(look, f"the primary to send {what}")

    def begin(self, hang_up: Callable[[], None]) -> int:
        """Notes a new stream, and returns its number."""
        self._hang_ups.append(hang_up)
        self._streams += 1
        return self._streams - 1

    def note(self, stream: int, request: Any) -> None:
        """Notes a request."""
        self._received.append(Received(stream, request))

    def answered(self, request: Any) -> Any:
        """The answer to a proposal, once answers are given."""
        self._open.wait()
        return self.answer(request)


def agree(_request: Any) -> Any:
    """The answer of a replica that is in step."""
    return protocol.ReplicateResponse()


def refuse(status: str, **fields: Any) -> Answer:
    """Answers a status, with the replica's own fragment or registers."""
    return lambda _request: protocol.ReplicateResponse(status=status, **fields)


class Replica(protocol.JournalServicer):
    """The server. It signs its first answer of a stream with the header that it was sent.

    `proxied` holds the requests that brokers passed on to it.
    """

    def __init__(self) -> None:
        self.id = protocol.ProcessSpec.ID(zone=ZONE, suffix=SUFFIX)
        self._conversations: dict[str, Conversation] = {}
        self.proxied: list[Any] = []
        self._lock = threading.Lock()
        self._server = grpc.server(ThreadPoolExecutor(THREADS))
        protocol.add_JournalServicer_to_server(self, self._server)
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def stop(self) -> None:
        """Ends all streams."""
        for each in self._conversations.values():
            each.release()
        self._server.stop(None).wait()

    def of(self, journal: str) -> Conversation:
        """The conversation about a journal."""
        with self._lock:
            return self._conversations.setdefault(journal, Conversation())

    def Replicate(self, requests: Iterator[Any], context: Any) -> Iterator[Any]:  # noqa: ARG002, N802 - named by gRPC
        """Notes what comes, and answers as the journal's conversation says."""
        first = next(requests, None)
        if first is None:
            return
        conversation = self.of(first.proposal.journal)
        due: queue.SimpleQueue[Any] = queue.SimpleQueue()
        stream = conversation.begin(lambda: due.put(None))

        def read() -> None:
            conversation.note(stream, first)
            due.put(first)
            try:
                for request in requests:
                    conversation.note(stream, request)
                    if request.acknowledge:
                        due.put(request)
            except Exception:  # noqa: BLE001 - gRPC raises a bare one where the stream was cut
                due.put(None)
                return
            due.put(None)

        threading.Thread(target=read, daemon=True).start()
        while (request := due.get()) is not None:
            response = conversation.answered(request)
            if request.HasField("header"):
                response.header.CopyFrom(self._signed(request.header, response.header))
            yield response
            if response.status not in {protocol.Status.OK, protocol.Status.PROPOSAL_MISMATCH}:
                return

    def Append(self, requests: Iterator[Any], context: Any) -> Any:  # noqa: ARG002, N802 - named by gRPC
        """Notes the parameters of an append that was proxied here, and refuses it."""
        self.proxied.append(next(requests))
        return protocol.AppendResponse(status=protocol.Status.NOT_ALLOWED)

    def Read(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: ARG002, N802 - named by gRPC
        """Notes a read that was proxied here, and refuses it."""
        self.proxied.append(request)
        yield protocol.ReadResponse(status=protocol.Status.NOT_ALLOWED)

    def ListFragments(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - named by gRPC
        """Notes a listing that was proxied here, and refuses it."""
        self.proxied.append(request)
        return protocol.FragmentsResponse(status=protocol.Status.NOT_ALLOWED)

    def _signed(self, sent: Any, wanted: Any) -> Any:
        header = protocol.Header()
        header.CopyFrom(sent)
        header.process_id.CopyFrom(self.id)
        for field, value in wanted.ListFields():
            getattr(header, field.name).CopyFrom(value)
        return header


@dataclass(frozen=True)
class Part:
    """The replica's part of one journal: the journal at its primary, and the conversation."""

    journal: Journal
    primary: Any
    replica: Any
    conversation: Conversation

    def synced(self) -> int:
        """Agrees to the opening proposal; returns how many requests there were by then."""
        self.conversation.release()
        wait.until(lambda: self.journal.append().status == "OK", "the replicas to be in step")
        return len(self.conversation.received)


class PeerStage:
    """A private broker, whose journals have their second replica at the suite."""

    def __init__(self, target: Target, control: Control, run_id: str) -> None:
        self.target = target
        workspace = Workspace(target, run_id, "stage::peer")
        made = [workspace.unmade() for _ in range(JOURNALS)]
        specs = [spec_of(each.name, replication=2) for each in made]
        workspace.apply(*(protocol.ApplyRequest.Change(upsert=spec) for spec in specs)).ok()
        for journal in made:
            workspace.assigned(journal, replicas=1)
        self.replica = Replica()
        control.join(ZONE, SUFFIX, f"http://127.0.0.1:{self.replica.port}", limit=LIMIT)
        primary = target.broker.process_id()
        self._ready = [
            Part(journal, primary, self.replica.id, self.replica.of(journal.name))
            for journal in made
            if self._is_primary(workspace.assigned(journal, replicas=2), primary)
        ]

    @staticmethod
    def _is_primary(entry: Any, primary: Any) -> bool:
        return bool(entry.route.members[entry.route.primary] == primary)

    def take(self) -> Part:
        """The part of a journal that no test had yet."""
        if not self._ready:
            raise NonconformanceError("primaries to stay where they were", "none did")
        return self._ready.pop()
