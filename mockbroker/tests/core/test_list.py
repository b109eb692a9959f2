"""Listings and watches."""

import pytest

import protocol as pb
from mockbroker.core.broker import Settings
from mockbroker.core.keyspace import Delete
from mockbroker.tests.core.task import Task
from mockbroker.tests.core.world import World, labels, spec
from protocol.releases import Release

INCLUDE = pb.LabelSelector


def names(task: Task) -> list[list[str]]:
    """Names of the journals of each response."""
    return [[each.spec.name for each in response.journals] for response in task.responses]


@pytest.fixture
def world() -> World:
    """Three journals."""
    world = World()
    world.create(
        spec("acme/b", labels=labels(env="prod")),
        spec("acme/a", labels=labels(env="dev")),
        spec("other/c"),
    )
    return world


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (INCLUDE(), ["acme/a", "acme/b", "other/c"]),
        (INCLUDE(include=labels(env="prod")), ["acme/b"]),
        (INCLUDE(exclude=labels(env="")), ["other/c"]),
        (INCLUDE(include=labels(name="acme/a")), ["acme/a"]),
        (INCLUDE(include=labels(prefix="acme/")), ["acme/a", "acme/b"]),
        (INCLUDE(include=labels(name="other/c", prefix="acme/")), ["acme/a", "acme/b", "other/c"]),
        (INCLUDE(include=labels(name="acme/none")), []),
    ],
)
def test_selectors(world: World, selector: pb.LabelSelector, expected: list[str]) -> None:
    """A listing has what its selector matches, in order of name."""
    assert names(world.unary("List", pb.ListRequest(selector=selector))) == [expected]


def test_pages(world: World) -> None:
    """A snapshot larger than a message goes on in messages without header."""
    world.brokers[0].settings = Settings(release=Release.NEWEST)
    world.create(*(spec(f"other/{index:02}") for index in range(40)))
    task = world.unary("List", pb.ListRequest())
    assert [len(each) for each in names(task)] == [25, 18]
    assert [each.header.etcd.revision > 0 for each in task.responses] == [True, False]


def test_a_watch_announces_matches_only(world: World) -> None:
    """A watch sends a snapshot and an empty message at each change of what it matches."""
    watch = world.unary(
        "List", pb.ListRequest(selector=INCLUDE(include=labels(prefix="acme/")), watch=True)
    )
    world.create(spec("other/d"))
    assert names(watch) == [["acme/a", "acme/b"], []]
    world.create(spec("acme/d"))
    assert names(watch)[2:] == [["acme/a", "acme/b", "acme/d"], []]
    world.etcd.commit([Delete(world.etcd.truth.items["acme/a"])])
    world.settle()
    assert names(watch)[4:] == [["acme/b", "acme/d"], []]
    assert watch.ended is None


def test_a_resumed_watch_waits_for_a_later_revision(world: World) -> None:
    """A watch that resumes at the present sends nothing until the next change."""
    header = world.unary("List", pb.ListRequest()).response.header
    watch = world.unary("List", pb.ListRequest(watch=True, watch_resume=header))
    assert not watch.responses
    world.create(spec("acme/d"))
    assert "acme/d" in names(watch)[0]


def test_a_lagging_broker_lists_what_it_has_seen() -> None:
    """A broker whose view lags lists the past, and catches up in time."""
    world = World(2)
    world.mirrors[1].set_lag(5)
    world.create(spec())
    assert names(world.unary("List", pb.ListRequest(), 1)) == [[]]
    world.advance(5.1)
    assert names(world.unary("List", pb.ListRequest(), 1)) == [["acme/a"]]
