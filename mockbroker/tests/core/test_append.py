"""Appends: what is committed, what is refused, and what is rolled back."""

from typing import Any

import pytest

import protocol as pb
from mockbroker.core.actions import Event
from mockbroker.core.broker import Settings
from mockbroker.store import StoreFailedError
from mockbroker.tests.core.world import World, labels, spec
from protocol.fragments import sum_of
from protocol.releases import Release

Status = pb.Status
Control = pb.AppendRequest.Suspend


def world_of(*specs: pb.JournalSpec, brokers: int = 1) -> World:
    """A world with journals that are assigned."""
    world = World(brokers)
    world.create(*specs)
    return world


def begun(world: World, *content: bytes) -> Any:
    """An append of `acme/a` that has sent content, and not asked to commit."""
    chunks = [pb.AppendRequest(content=each) for each in content]
    return world.call("Append", world.brokers[0]).send(pb.AppendRequest(journal="acme/a"), *chunks)


def test_commit_tells_exactly_what_was_appended() -> None:
    """A commit spans the appended bytes, with their own sum."""
    world = world_of(spec())
    world.append("acme/a", b"first")
    response = world.append("acme/a", b"hel", b"lo").response

    assert response.status == Status.OK
    assert (response.commit.begin, response.commit.end) == (5, 10)
    assert response.commit.sum == sum_of(b"hello")
    assert response.total_chunks == 3
    assert world.read("acme/a").content == b"firsthello"


@pytest.mark.parametrize(
    ("requests", "text"),
    [
        ([Event.HALF_CLOSE], "append stream: unexpected EOF"),
        ([pb.AppendRequest(content=b"x"), Event.HALF_CLOSE], "append stream: unexpected EOF"),
        (
            [pb.AppendRequest(), pb.AppendRequest(content=b"x")],
            "append stream: expected EOF after empty Content chunk",
        ),
        ([pb.AppendRequest(journal="acme/a")], "append stream: expected Content chunk"),
        ([pb.AppendRequest(offset=3)], "append stream: unexpected Offset"),
    ],
)
def test_a_broken_stream_is_rolled_back(requests: list[Any], text: str) -> None:
    """A stream that breaks the rules ends with the broker's text, and leaves nothing."""
    world = world_of(spec())
    world.append("acme/a", b"kept")
    task = begun(world, b"lost").send(*requests)

    assert task.ended == (2, text)
    assert world.append("acme/a", b"!").response.commit.begin == 4
    assert world.read("acme/a").content == b"kept!"


def test_a_cancelled_append_is_rolled_back() -> None:
    """Content of a client that goes away is dropped, and the next append goes on."""
    world = world_of(spec())
    task = begun(world, b"lost")
    waiting = world.append("acme/a", b"next")
    assert not waiting.responses

    task.cancel()

    assert waiting.response.commit.begin == 0
    assert world.read("acme/a").content == b"next"


def test_uncommitted_content_is_invisible() -> None:
    """Readers see nothing of an append that is not committed."""
    world = world_of(spec())
    begun(world, b"not yet")
    assert [each.status for each in world.read("acme/a").responses] == [
        Status.OFFSET_NOT_YET_AVAILABLE
    ]


@pytest.mark.parametrize(
    ("offset", "status"),
    [
        (0, Status.OK),
        (5, Status.OK),
        (4, Status.WRONG_APPEND_OFFSET),
        (99, Status.WRONG_APPEND_OFFSET),
    ],
)
def test_an_explicit_offset_must_be_the_head(offset: int, status: int) -> None:
    """An offset other than 0 must be the one the append would go to."""
    world = world_of(spec())
    world.append("acme/a", b"12345")
    assert world.append("acme/a", b"x", offset=offset).response.status == status


def test_registers_are_checked_subtracted_and_united() -> None:
    """Registers change with a commit: first those subtracted, then those united."""
    world = world_of(spec())
    world.append("acme/a", b"x", union_registers=labels(aa="1", bb="2"))
    response = world.append(
        "acme/a",
        b"x",
        check_registers=pb.LabelSelector(include=labels(aa="1")),
        subtract_registers=labels(bb="2"),
        union_registers=labels(aa="9"),
    ).response
    assert response.registers == labels(aa="9")

    refused = world.append(
        "acme/a", b"x", check_registers=pb.LabelSelector(include=labels(aa="1"))
    ).response
    assert refused.status == Status.REGISTER_MISMATCH
    assert refused.registers == labels(aa="9")
    assert not refused.HasField("commit")


def test_registers_need_content() -> None:
    """A change of registers without content is an error, and changes nothing."""
    world = world_of(spec())
    task = world.append("acme/a", union_registers=labels(aa="1"))
    assert task.ended == (2, "append stream: register modification requires non-empty Append")
    assert world.append("acme/a", b"x").response.registers == labels()


@pytest.mark.parametrize(
    ("flags", "content", "status"),
    [
        (1, b"x", Status.NOT_ALLOWED),
        (1, b"", Status.OK),
        (2, b"x", Status.OK),
        (4, b"x", Status.OK),
    ],
)
def test_flags_bound_what_may_be_appended(flags: int, content: bytes, status: int) -> None:
    """A read-only journal takes zero-byte appends only."""
    world = world_of(spec(flags=flags))
    chunks = [content] if content else []
    assert world.append("acme/a", *chunks).response.status == status


def test_a_stalled_client_is_cut_off() -> None:
    """A client that sends nothing for a second is cut off, and its content dropped."""
    world = world_of(spec())
    task = begun(world, b"x")
    world.advance(0.9)
    assert task.ended is None
    world.advance(0.2)
    assert task.ended == (
        2,
        "append stream: client stream didn't sustain the minimum append data rate",
    )


def test_the_first_write_is_isolated() -> None:
    """The first fragment of a journal is closed, and persisted, before the second append."""
    world = world_of(spec(stores=("file:///",)))
    world.append("acme/a", b"first")
    world.append("acme/a", b"second")
    assert [content for content, _ in world.stores.objects.values()] == [b"first"]


def test_a_fragment_rolls_once_it_exceeds_its_length() -> None:
    """Appends are never split, so that a fragment overshoots its length by up to one."""
    world = world_of(spec(length=1024))
    world.append("acme/a", b"first")
    for _ in range(4):
        world.append("acme/a", b"x" * 700)
    spans = [
        (each.spec.begin, each.spec.end)
        for each in world.unary(
            "ListFragments", pb.FragmentsRequest(journal="acme/a")
        ).response.fragments
    ]
    assert spans == [(0, 5), (5, 1405), (1405, 2805)]


def test_a_store_ahead_of_the_spool_needs_an_explicit_offset() -> None:
    """With stored content beyond the spool an append says where to go on."""
    world = World()
    name = "00000000000000c8-00000000000000d2-" + "0" * 40 + ".raw"
    world.stores.objects["file:///", f"acme/a/{name}"] = (b"0123456789", 1000)
    world.create(spec(stores=("file:///",)))

    assert world.append("acme/a", b"x").response.status == Status.INDEX_HAS_GREATER_OFFSET
    assert world.append("acme/a", b"x", offset=205).response.status == Status.WRONG_APPEND_OFFSET
    assert world.append("acme/a", offset=210).response.commit.begin == 210
    assert world.append("acme/a", b"x").response.commit.end == 211


def test_suspension_of_an_empty_journal_is_full_and_resumed_by_an_append() -> None:
    """An empty journal is suspended fully; an append resumes it once it is assigned again."""
    world = world_of(spec(stores=("file:///",)))
    suspended = world.append("acme/a", suspend=Control.SUSPEND_IF_FLUSHED).response
    assert suspended.status == Status.SUSPENDED
    assert world.read("acme/a").response.status == Status.SUSPENDED
    assert not world.etcd.truth.assignments

    resumed = world.append("acme/a", b"x").response
    assert resumed.status in {Status.OK, Status.NO_JOURNAL_PRIMARY_BROKER}
    assert world.append("acme/a", b"x").response.status == Status.OK


def test_suspension_now_closes_the_open_fragment() -> None:
    """A journal with content is suspended partially, and all its content persisted."""
    world = world_of(spec(stores=("file:///",)))
    world.append("acme/a", b"data")
    assert world.append("acme/a", suspend=Control.SUSPEND_NOW).response.status == Status.SUSPENDED
    assert [content for content, _ in world.stores.objects.values()] == [b"data"]
    item = world.etcd.truth.items["acme/a"]
    assert (item.spec.suspend.level, item.spec.suspend.offset) == (1, 4)
    refused = world.append("acme/a", b"x", suspend=Control.SUSPEND_NO_RESUME).response
    assert refused.status == Status.SUSPENDED
    assert world.append("acme/a", b"x").response.status == Status.OK


@pytest.mark.parametrize(
    "requests",
    [[Event.HALF_CLOSE], [pb.AppendRequest(), pb.AppendRequest()], [pb.AppendRequest(offset=3)]],
)
def test_suspension_outranks_a_broken_stream(requests: list[Any]) -> None:
    """A journal that an append has suspended in part answers that, however its stream ends."""
    world = world_of(spec())
    world.append("acme/a", b"data")
    parameters = pb.AppendRequest(journal="acme/a", suspend=Control.SUSPEND_NOW)
    task = world.call("Append", world.brokers[0]).send(parameters, *requests)
    assert task.response.status == Status.SUSPENDED


def test_an_unhealthy_store_refuses_appends() -> None:
    """A store that was listed and then fails its checks refuses appends, and tells why."""
    world = World()
    world.stores.listable = True
    world.stores.broken["s3://bucket/"] = StoreFailedError("no credentials", fatal=True)
    world.create(spec(stores=("s3://bucket/",)))
    refused = world.append("acme/a", b"x").response
    assert refused.status == Status.FRAGMENT_STORE_UNHEALTHY
    assert refused.store_health_error == "fragment store s3://bucket/ unhealthy: no credentials"


def test_an_append_waits_for_the_first_listing() -> None:
    """Until the stores were listed once, appends wait."""
    world = World()
    world.stores.broken["file:///"] = StoreFailedError("down")
    world.create(spec(stores=("file:///",)))
    task = world.append("acme/a", b"x")
    assert task.ended is None

    world.stores.broken.clear()
    world.advance(0.5)
    assert task.ended is None
    world.advance(61)
    assert task.response.status == Status.OK


def test_a_missing_journal_is_told_before_content() -> None:
    """A journal that does not exist is told at once."""
    world = World()
    task = world.call("Append", world.brokers[0]).send(pb.AppendRequest(journal="acme/none"))
    assert task.response.status == Status.JOURNAL_NOT_FOUND


@pytest.mark.parametrize("broker", [0, 1, 2])
def test_any_broker_appends_for_its_client(broker: int) -> None:
    """An append through any broker is answered by the primary, once all replicas have it."""
    world = world_of(spec(replication=2), brokers=3)
    response = world.append("acme/a", b"x", broker=broker).response
    assert response.status == Status.OK
    assert response.header.process_id.suffix == "broker-0"
    for replica in (0, 1):
        assert world.read("acme/a", broker=replica, do_not_proxy=True).content == b"x"


def test_without_proxying_others_refuse() -> None:
    """A broker that is not the primary says so, and who is."""
    world = world_of(spec(replication=2), brokers=3)
    response = world.append("acme/a", b"x", broker=2, do_not_proxy=True).response
    assert response.status == Status.NOT_JOURNAL_PRIMARY_BROKER
    assert response.header.process_id.suffix == "broker-2"
    assert len(response.header.route.members) == 2


def test_too_few_replicas_refuse() -> None:
    """A journal with fewer replicas than desired takes no appends."""
    world = world_of(spec(replication=3), brokers=2)
    assert world.append("acme/a", b"x").response.status == Status.INSUFFICIENT_JOURNAL_BROKERS


def test_a_server_wide_rate_lowers_a_journals_own() -> None:
    """The brokers' maximum rate bounds the rate of journals that have one."""
    world = World(settings=Settings(max_append_rate=1000))
    world.create(spec(max_append_rate=1_000_000))
    task = world.append("acme/a", b"x" * 2000)
    assert not task.responses
    world.advance(1.1)
    assert task.response.delayed_chunks == 1


@pytest.mark.parametrize("automatic", [False, True])
def test_idle_journals_are_suspended_where_brokers_do_that(automatic: bool) -> None:
    """With auto-suspension a journal without content is suspended after fifteen quiet minutes."""
    world = World(settings=Settings(auto_suspend=automatic))
    world.create(spec())
    world.advance(14 * 60)
    assert not world.etcd.truth.items["acme/a"].spec.suspend.level
    world.advance(3 * 60)
    suspended = world.etcd.truth.items["acme/a"].spec.suspend.level
    assert suspended == (pb.JournalSpec.Suspend.Level.FULL if automatic else 0)


@pytest.mark.parametrize(
    ("release", "outcome"),
    [
        (Release.V0_101, (2, "Suspend: invalid Suspend variant (4)")),
        (Release.NEWEST, (0, "")),
    ],
)
def test_releases_differ_in_what_they_accept(release: Release, outcome: tuple[int, str]) -> None:
    """A zero-byte append that keeps the suspension is known to the newest release only."""
    world = World(settings=Settings(release=release))
    world.create(spec())
    assert world.append("acme/a", suspend=Control.SUSPEND_KEEP).ended == outcome


def test_the_newest_release_waits_for_a_wanted_revision() -> None:
    """`min_etcd_revision` is waited for; v0.101.0 does not know the field."""
    for release, waits in [(Release.V0_101, False), (Release.NEWEST, True)]:
        world = World(settings=Settings(release=release))
        world.create(spec())
        task = world.append("acme/a", b"x", min_etcd_revision=world.etcd.revision + 1)
        assert (task.ended is None) == waits
        world.create(spec("acme/b"))
        assert task.response.status == Status.OK
