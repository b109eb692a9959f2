"""Synchronisation of a pipeline, against peers that answer as they are told."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import protocol as pb
from mockbroker.core.moves import assigned
from mockbroker.core.peer import PeerStream
from mockbroker.tests.core.task import Task
from mockbroker.tests.core.world import World, labels, spec

Status = pb.Status
Answer = Callable[[pb.ReplicateRequest], pb.ReplicateResponse]
PEER = 'zone:"zone-1" suffix:"broker-1" '


class Played:
    """A host whose peers are played: each acknowledged request gets the next answer, then OK.

    Attributes:
        requests: What the peer was sent.
        streams: The streams that were opened.
        silent: Whether peers of new streams say nothing.
    """

    def __init__(self, world: World, *answers: Answer) -> None:
        self.requests: list[pb.ReplicateRequest] = []
        self.streams: list[PeerStream] = []
        self.silent = False
        self._world = world
        self._answers: Iterator[Answer] = iter(answers)

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._world.now()

    def spawn(self, script: Any) -> None:
        """Runs nothing of the broker's own but the listing of its stores."""
        if script.gi_code.co_name == "refresh":
            self._world.spawn(script)
        else:
            script.close()

    def dial(self, stream: PeerStream) -> None:
        """Plays the peer."""
        self.streams.append(stream)
        if self.silent:
            return

        def carry() -> None:
            while stream.outbox:
                encoded = stream.outbox.popleft()
                if encoded is None:
                    stream.end(0)
                    return
                request = pb.ReplicateRequest.FromString(encoded)
                self.requests.append(request)
                stream.taken(encoded)
                if request.acknowledge:
                    stream.arrive(next(self._answers, _agree)(request))

        stream.outgoing.listen(carry)
        carry()


def _agree(_request: pb.ReplicateRequest) -> pb.ReplicateResponse:
    return pb.ReplicateResponse()


def mismatch(begin: int, end: int, **registers: str) -> Answer:
    """A peer that has another fragment."""

    def answer(_request: pb.ReplicateRequest) -> pb.ReplicateResponse:
        fragment = pb.Fragment(journal="acme/a", begin=begin, end=end, compression_codec="NONE")
        return pb.ReplicateResponse(
            status=Status.PROPOSAL_MISMATCH, fragment=fragment, registers=labels(**registers)
        )

    return answer


def wrong_route(later: int) -> Answer:
    """A peer that knows another route, of a revision so much later."""

    def answer(request: pb.ReplicateRequest) -> pb.ReplicateResponse:
        header = pb.Header()
        header.CopyFrom(request.header)
        header.etcd.revision += later
        header.route.primary = -1
        return pb.ReplicateResponse(status=Status.WRONG_ROUTE, header=header)

    return answer


def refused(_request: pb.ReplicateRequest) -> pb.ReplicateResponse:
    """A peer that does not know the journal."""
    return pb.ReplicateResponse(status=Status.JOURNAL_NOT_FOUND)


def appended(*answers: Answer, content: bytes = b"x") -> tuple[World, Played, Task]:
    """An append at the primary of a journal of two brokers, the other one played."""
    world = World(2, allocating=False)
    ids = [each.id for each in world.brokers]
    host = Played(world, *answers)
    world.brokers[0].host = host
    world.etcd.commit(assigned(world.etcd.truth, "acme/a", ids))
    world.create(spec(replication=2))
    return world, host, world.append("acme/a", content)


def test_the_pipeline_opens_with_a_header_and_then_streams() -> None:
    """Sync, content and commit go to the peer as a real primary sends them."""
    _, host, task = appended()
    assert task.response.status == Status.OK
    sync, content, commit = host.requests
    assert sync.header.process_id.suffix == "broker-1"
    assert (sync.deprecated_journal, sync.acknowledge) == ("acme/a", True)
    assert (content.content, content.content_delta, content.acknowledge) == (b"x", 0, False)
    assert (commit.proposal.end, commit.acknowledge) == (1, True)
    assert not commit.HasField("header")


def test_a_peer_that_is_ahead_is_followed() -> None:
    """The journal goes on at the peer's end, with the peer's registers."""
    _, host, task = appended(mismatch(400, 500, aa="1"))
    assert task.response.commit.begin == 500
    assert task.response.registers == labels(aa="1")
    again = host.requests[1]
    assert (again.proposal.begin, again.proposal.end) == (500, 500)
    assert again.registers == labels(aa="1")


def test_a_peer_with_an_empty_fragment_at_the_same_end_is_joined() -> None:
    """The primary closes its own fragment, so that the peer can take part."""
    world, host, task = appended(content=b"12345")
    assert task.response.status == Status.OK
    host.streams[0].end(14, "gone")
    host._answers = iter([mismatch(5, 5)])
    assert world.append("acme/a", b"6").response.commit.begin == 5
    assert any(
        (each.proposal.begin, each.proposal.end) == (5, 5)
        for each in host.requests
        if each.HasField("proposal")
    )


def test_a_peer_with_a_newer_route_is_waited_for() -> None:
    """The append waits for the revision that the peer has seen, and then begins anew."""
    world, host, task = appended(wrong_route(1))
    assert task.ended is None
    world.create(spec("acme/other"))
    assert task.response.status == Status.OK
    assert len(host.streams) == 2


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (wrong_route(0), f"gatherSync: recv from {PEER}: unexpected WRONG_ROUTE: "),
        (refused, f"gatherSync: recv from {PEER}: unexpected Status: status:JOURNAL_NOT_FOUND"),
        (mismatch(-9, -5), f"gatherSync: recv from {PEER}: unexpected PROPOSAL_MISMATCH: "),
    ],
)
def test_a_peer_that_disagrees_fails_the_append(answer: Answer, text: str) -> None:
    """What can't be reconciled is an error with the primary's text; the next append recovers."""
    world, _, task = appended(answer)
    assert task.ended is not None
    assert task.ended[0] == 2
    assert task.ended[1].startswith(text)
    assert world.append("acme/a", b"x").response.status == Status.OK


def test_a_peer_that_refuses_a_commit_fails_the_append() -> None:
    """The error tells what the peer said; a new pipeline serves the next append."""
    world, host, task = appended(_agree, mismatch(0, 0))
    text = f"recv from {PEER}: unexpected !OK response: status:PROPOSAL_MISMATCH "
    assert task.ended is not None
    assert task.ended[1].startswith(text)
    assert world.append("acme/a", b"x").response.status == Status.OK
    assert len(host.streams) == 2


def test_an_append_that_is_given_up_while_it_synchronises_leaves_no_pipeline() -> None:
    """The next append has a pipeline that is synchronised."""
    world = World(2, allocating=False)
    world.brokers[0].host = host = Played(world)
    host.silent = True
    world.etcd.commit(assigned(world.etcd.truth, "acme/a", [each.id for each in world.brokers]))
    world.create(spec(replication=2))
    world.append("acme/a", b"x").cancel()
    host.silent = False
    assert world.append("acme/a", b"y").response.commit.begin == 0
