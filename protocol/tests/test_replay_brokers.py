"""Brokers of a script: found by their part in a journal, and told by it."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import grpc
import pytest

import protocol
from protocol.replay import Telling
from protocol.replay.brokers import Brokers
from protocol.replay.cast import Cast, journal_of

JOURNAL = "a/journal"
IDS = [{"zone": "a", "suffix": f"broker-{number}"} for number in range(3)]
NUMBERS = {number: (each["zone"], each["suffix"]) for number, each in enumerate(IDS)}
PLACES = ("127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003")


def route(*members: int, primary: int) -> Any:
    """The route of some brokers by number, of which one is primary."""
    return protocol.Route(
        members=[IDS[each] for each in members],
        endpoints=[f"http://{PLACES[each]}" for each in members],
        primary=members.index(primary),
    )


class Broker(protocol.JournalServicer):
    """A broker that lists `routes` one after the other, the last one for ever."""

    def __init__(self, number: int, *routes: Any) -> None:
        self.number, self.routes = number, list(routes)

    def List(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802 - named by gRPC
        """Answers the journal under the next route."""
        told = self.routes.pop(0) if len(self.routes) > 1 else self.routes[0]
        entry = {"spec": {"name": JOURNAL}, "route": told}
        yield protocol.ListResponse(header={"process_id": IDS[self.number]}, journals=[entry])


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """What ends servers and channels."""
    with ExitStack() as stack:
        yield stack


def brokers_of(stack: ExitStack, *servicers: Broker) -> Brokers:
    """A script's brokers, of which each is served."""
    channels = []
    for each in servicers:
        server = grpc.server(ThreadPoolExecutor(2))
        protocol.add_JournalServicer_to_server(each, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        stack.callback(server.stop, None)
        channels.append(stack.enter_context(grpc.insecure_channel(f"127.0.0.1:{port}")))
    return Brokers(channels, list, "")


def test_parts_are_those_of_the_route() -> None:
    """The primary, the replicas in their order, and whoever is in no route."""
    cast = Cast.of(route(0, 2, primary=2), NUMBERS)
    assert cast == Cast(2, (0,), (1,))
    assert [cast.part(each) for each in range(3)] == [("replica", 0), ("other", 0), ("primary", 0)]
    assert [cast.broker(each) for each in ("primary", "replica", "other")] == [2, 0, 1]
    with pytest.raises(LookupError, match="no broker is replica 1"):
        cast.broker("replica", 1)


def test_a_primary_that_is_none_of_the_brokers_has_no_cast() -> None:
    """Nobody is to be called then."""
    assert Cast.of(protocol.Route(primary=-1), NUMBERS) is None
    assert Cast.of(route(2, primary=2), {0: ("a", "broker-0")}) is None


def test_the_route_is_awaited_that_all_brokers_list(stack: ExitStack) -> None:
    """Brokers that list other routes, or fewer members than were asked for, are asked again."""
    early, late = route(0, primary=0), route(0, 1, primary=1)
    brokers = brokers_of(stack, Broker(0, early, early, late), Broker(1, early, late))
    brokers.applied(protocol.JournalSpec(name=JOURNAL, replication=2))
    assert brokers.cast(JOURNAL) == Cast(1, (0,), ())
    assert brokers.ids == {0: ("a", "broker-0"), 1: ("a", "broker-1")}


def test_a_move_is_awaited(stack: ExitStack) -> None:
    """Who is who is asked once, until the journal is to have moved."""
    before, after = route(0, primary=0), route(1, primary=1)
    brokers = brokers_of(stack, *(Broker(each, before, before, after) for each in range(2)))
    assert brokers.cast(JOURNAL).primary == brokers.cast(JOURNAL).primary == 0
    assert brokers.moved(JOURNAL).primary == brokers.cast(JOURNAL).primary == 1


def test_a_broker_ends_when_nothing_listens() -> None:
    """An address at which nothing listens is that of a broker that ended."""
    brokers = Brokers([], list, "")
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        assert not brokers.ends(address, 0)
    assert brokers.ends(address, 0)


def told(at: int, primary: int) -> str:
    """A read of a journal with one replica, told by parts."""
    telling = Telling("conformance/1-20260101T000000/", PLACES)
    cast = Cast.of(route(primary, primary=primary), NUMBERS)
    assert cast is not None
    telling.assigned(JOURNAL, cast.labels(NUMBERS, PLACES))
    telling.called(PLACES[at], JOURNAL)
    header = {"process_id": IDS[at], "route": route(primary, primary=primary)}
    return telling.response("Read", protocol.ReadResponse(header=header))


def test_answers_are_told_by_parts() -> None:
    """Wherever a journal lies they read the same, unless somebody else answers."""
    assert told(0, 0) == told(2, 2)
    assert told(0, 0) != told(0, 2)


def test_an_unsorted_route_is_told_otherwise() -> None:
    """The order of members shows where it is wrong."""
    words = []
    for members in ((0, 1), (1, 0)):
        telling = Telling("conformance/1-20260101T000000/", PLACES)
        telling.assigned(JOURNAL, Cast(0, (1,), (2,)).labels(NUMBERS, PLACES))
        telling.called(PLACES[0], JOURNAL)
        header = {"route": route(*members, primary=0)}
        words.append(telling.response("Read", protocol.ReadResponse(header=header)))
    assert words[0] != words[1]


def test_requests_are_about_their_journal() -> None:
    """A proposal is, too; a List and bytes are about none."""
    assert journal_of(protocol.ReadRequest(journal=JOURNAL)) == JOURNAL
    assert journal_of(protocol.ReplicateRequest(proposal={"journal": JOURNAL})) == JOURNAL
    assert journal_of(protocol.ListRequest()) == journal_of(b"a") == ""
