"""Replicate streams, the pipeline, and what happens as routes change."""

from typing import Any

import pytest

import protocol as pb
from mockbroker.core.actions import Event
from mockbroker.core.moves import assigned, promoted
from mockbroker.tests.core.task import Task
from mockbroker.tests.core.world import World, labels, spec
from protocol.fragments import sum_of

Status = pb.Status


@pytest.fixture
def world() -> World:
    """Two brokers, and a journal of both; broker 0 is the primary but never calls."""
    world = World(2, allocating=False)
    world.etcd.commit(assigned(world.etcd.truth, "acme/a", [each.id for each in world.brokers]))
    world.brokers[0].host = _Mute(world)
    world.create(spec(replication=2))
    return world


class _Mute:
    """A host whose broker runs nothing and calls nobody."""

    def __init__(self, world: World) -> None:
        self.now = world.now

    def spawn(self, script: Any) -> None:
        """Forgets the script."""
        script.close()

    def dial(self, stream: Any) -> None:
        """Leaves the stream unanswered."""


def proposal(begin: int, end: int, content: bytes = b"", codec: int = 1) -> pb.Fragment:
    """A fragment of `acme/a`."""
    return pb.Fragment(
        journal="acme/a",
        begin=begin,
        end=end,
        sum=sum_of(content) if content else None,
        compression_codec=codec,  # type: ignore[arg-type] # a number of the enum
    )


def opening(world: World, fragment: pb.Fragment, **fields: Any) -> pb.ReplicateRequest:
    """The first request of the primary's stream."""
    replica = world.brokers[1]
    header = world.unary("Read", pb.ReadRequest(journal="acme/a"), 1).response.header
    assert header.process_id == replica.id.message
    return pb.ReplicateRequest(
        header=header, proposal=fragment, registers=labels(), acknowledge=True, **fields
    )


def stream(world: World, *requests: Any) -> Task:
    """A Replicate stream to the replica."""
    return world.call("Replicate", world.brokers[1]).send(*requests)


def test_content_is_silent_until_it_is_committed(world: World) -> None:
    """Content gets no answer and cannot be read; the commit gets one, and it can."""
    task = stream(world, opening(world, proposal(0, 0)), pb.ReplicateRequest(content=b"hello"))
    assert [each.status for each in task.responses] == [Status.OK]
    assert not world.read("acme/a", broker=1).content

    commit = pb.ReplicateRequest(
        proposal=proposal(0, 5, b"hello"), registers=labels(aa="1"), acknowledge=True
    )
    task.send(commit, Event.HALF_CLOSE)
    assert [each.HasField("header") for each in task.responses] == [True, False]
    assert task.ended == (0, "")
    assert world.read("acme/a", broker=1).content == b"hello"


@pytest.mark.parametrize(
    ("later", "status", "told"),
    [
        (proposal(10, 10), Status.OK, None),
        (proposal(10, 20), Status.PROPOSAL_MISMATCH, (20, 20)),
        (proposal(0, 7, b"wrong"), Status.PROPOSAL_MISMATCH, (7, 7)),
    ],
)
def test_proposals_roll_or_mismatch(
    world: World, later: pb.Fragment, status: int, told: tuple[int, int] | None
) -> None:
    """An empty proposal beyond the spool rolls it; one with content it lacks is a mismatch."""
    task = stream(
        world,
        opening(world, proposal(0, 0)),
        pb.ReplicateRequest(proposal=later, registers=labels(), acknowledge=True),
    )
    answer = task.responses[1]
    assert answer.status == status
    if told:
        assert (answer.fragment.begin, answer.fragment.end) == told


def test_what_is_not_committed_is_dropped_with_the_stream(world: World) -> None:
    """A stream that ends leaves the replica as it was last committed."""
    stream(
        world, opening(world, proposal(0, 0)), pb.ReplicateRequest(content=b"x"), Event.HALF_CLOSE
    )
    again = stream(world, opening(world, proposal(0, 0)), Event.HALF_CLOSE)
    assert again.response.status == Status.OK


def test_a_second_stream_waits_for_the_first(world: World) -> None:
    """Streams of one journal take turns."""
    first = stream(world, opening(world, proposal(0, 0)))
    second = stream(world, opening(world, proposal(0, 0)))
    assert not second.responses
    first.send(Event.HALF_CLOSE)
    assert second.response.status == Status.OK


def test_a_waiting_stream_resolves_again(world: World) -> None:
    """A stream that waits is refused once the route has changed; the open one goes on."""
    first = stream(world, opening(world, proposal(0, 0)))
    second = stream(world, opening(world, proposal(0, 0)))
    world.etcd.commit(promoted(world.etcd.truth, "acme/a", world.brokers[1].id))
    world.settle()
    assert second.response.status == Status.WRONG_ROUTE
    commit = pb.ReplicateRequest(proposal=proposal(9, 9), registers=labels(), acknowledge=True)
    assert first.send(commit).responses[-1].status == Status.OK


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"acknowledge": False}, "expected Acknowledge with Header"),
        ({"header": None}, "expected first ReplicateRequest to have Header"),
    ],
)
def test_the_first_request_opens_the_stream(
    world: World, change: dict[str, Any], text: str
) -> None:
    """The first request has a header, and asks for an answer."""
    request = opening(world, proposal(0, 0))
    for field, value in change.items():
        request.ClearField(field)
        if value:
            setattr(request, field, value)
    assert stream(world, request).ended == (2, text)


def test_a_wrong_delta_ends_the_stream(world: World) -> None:
    """Content that does not continue what is buffered is an error."""
    task = stream(
        world,
        opening(world, proposal(0, 0)),
        pb.ReplicateRequest(content=b"x", content_delta=5),
    )
    assert task.ended == (2, "invalid ContentDelta (5; expected 0)")


def test_the_primary_adopts_a_replica_that_is_ahead() -> None:
    """The journal goes on at the greatest offset of any replica, with its registers."""
    world = World(3, allocating=False)
    ids = [each.id for each in world.brokers]
    world.etcd.commit(assigned(world.etcd.truth, "acme/a", ids[:2]))
    world.create(spec(replication=2))
    world.append("acme/a", b"12345", union_registers=labels(aa="1"))

    world.etcd.commit(assigned(world.etcd.truth, "acme/a", [ids[2], ids[1]]))
    world.settle()

    response = world.append("acme/a", b"!").response
    assert (response.status, response.commit.begin) == (Status.OK, 5)
    assert response.registers == labels(aa="1")
    assert response.header.process_id.suffix == "broker-2"


def test_a_broken_peer_fails_one_append_and_the_next_goes_on() -> None:
    """An append whose replica breaks is an error; the next one has a new pipeline."""
    world = World(2)
    world.create(spec(replication=2))
    task = world.call("Append", world.brokers[0])
    task.send(pb.AppendRequest(journal="acme/a"), pb.AppendRequest(content=b"x"))
    pipeline = world.brokers[0].replicas["acme/a"].pipeline
    assert pipeline is not None
    pipeline._streams[0].end(14, "gone")
    task.send(pb.AppendRequest(), Event.HALF_CLOSE)

    text = 'recv from zone:"zone-1" suffix:"broker-1" : rpc error: code = Unavailable desc = gone'
    assert task.ended == (14, text)


def test_the_route_is_advertised_once_replicas_agree() -> None:
    """Once all replicas agree, every assignment's value tells the route."""
    world = World(3)
    world.create(spec(replication=3))
    held = world.etcd.truth.assignments["acme/a"]
    route = tuple(each.id for each in world.brokers), 0
    assert [each.route for each in held] == [route] * 3


def test_a_broker_that_leaves_hands_over_without_loss() -> None:
    """Content and registers survive the move of a journal from broker to broker."""
    world = World(3)
    world.create(spec(replication=2, stores=("file:///",)))
    world.append("acme/a", b"abc", union_registers=labels(aa="1"))
    world.etcd.expire(world.brokers[0].id)
    world.settle()

    response = world.append("acme/a", b"def", broker=2).response
    assert (response.status, response.commit.begin) == (Status.OK, 3)
    assert response.registers == labels(aa="1")
    assert world.read("acme/a", broker=1).content == b"abcdef"
