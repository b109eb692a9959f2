"""Reads: where they begin, when they wait, and why they end."""

import pytest

import protocol as pb
from mockbroker.core.access import Access
from mockbroker.tests.core.world import World, spec

Status = pb.Status
NOPE = 'zone:"zz" suffix:"nope" '
OURS = 'zone:"zone-0" suffix:"broker-0" '


@pytest.fixture
def world() -> World:
    """A journal `acme/a` that holds ten bytes in two fragments."""
    world = World()
    world.create(spec())
    world.append("acme/a", b"01234")
    world.append("acme/a", b"56789")
    return world


def stored(world: World, begin: int, end: int, *, age: float) -> None:
    """Puts a fragment of `x` into the store of `acme/h`."""
    name = f"acme/h/{begin:016x}-{end:016x}-{'0' * 40}.raw"
    world.stores.objects["file:///", name] = (b"x" * (end - begin), int(world.time - age))


@pytest.mark.parametrize(
    ("offset", "end", "content"),
    [(0, 0, b"0123456789"), (3, 0, b"3456789"), (0, 7, b"0123456"), (5, 5, b""), (10, 0, b"")],
)
def test_a_read_sends_what_lies_between_its_offsets(
    world: World, offset: int, end: int, content: bytes
) -> None:
    """A read sends exactly the bytes from its offset up to its end."""
    assert world.read("acme/a", offset, end_offset=end).content == content


def test_only_the_first_message_has_a_header(world: World) -> None:
    """Metadata comes before each fragment's content; the header comes once."""
    responses = world.read("acme/a").responses
    assert [each.HasField("header") for each in responses] == [True, False, False, False, False]
    assert [each.HasField("fragment") for each in responses] == [True, False, True, False, False]
    assert responses[-1].status == Status.OFFSET_NOT_YET_AVAILABLE


@pytest.mark.parametrize(("offset", "told"), [(-1, 10), (10, 10), (99, 99)])
def test_at_the_head_a_read_that_does_not_block_ends(world: World, offset: int, told: int) -> None:
    """The answer tells the offset asked for and the write head, and the stream ends."""
    task = world.read("acme/a", offset)
    assert (task.response.status, task.response.offset, task.response.write_head) == (
        Status.OFFSET_NOT_YET_AVAILABLE,
        told,
        10,
    )
    assert task.ended == (0, "")


def test_a_blocking_read_waits_without_a_word(world: World) -> None:
    """A read at the head that blocks sends nothing until content is committed."""
    task = world.read("acme/a", -1, block=True)
    assert not task.responses
    world.append("acme/a", b"new")
    assert task.content == b"new"
    assert task.responses[0].offset == 10
    assert task.ended is None


def test_a_blocking_read_ends_at_its_end(world: World) -> None:
    """It goes on over appends until its end offset."""
    task = world.read("acme/a", 8, end_offset=12, block=True)
    world.append("acme/a", b"ab")
    assert task.content == b"89ab"
    assert task.ended == (0, "")


def test_a_blocking_read_ends_when_the_journal_goes(world: World) -> None:
    """The deletion of its journal ends a read well."""
    task = world.read("acme/a", -1, block=True)
    world.unary(
        "Apply",
        pb.ApplyRequest(changes=[pb.ApplyRequest.Change(delete="acme/a", expect_mod_revision=-1)]),
    )
    world.advance(1)
    assert (task.responses, task.ended) == ([], (0, ""))


def test_a_blocking_read_ends_with_its_token(world: World) -> None:
    """The end of the caller's token ends a read well."""
    broker = world.brokers[0]
    broker.verifier = lambda _header, _capability, now: Access(expires=now + 3)
    task = world.read("acme/a", -1, block=True)
    world.advance(2.9)
    assert task.ended is None
    world.advance(0.2)
    assert task.ended == (0, "")


@pytest.mark.parametrize(
    ("offset", "age", "expected"),
    [
        (0, 0, (Status.OK, 50)),
        (60, 7 * 3600, (Status.OK, 100)),
        (60, 5 * 3600, (Status.OFFSET_NOT_YET_AVAILABLE, 60)),
    ],
)
def test_holes_are_jumped_before_old_fragments(
    offset: int, age: float, expected: tuple[int, int]
) -> None:
    """A hole before the first fragment, or before one older than six hours, is jumped."""
    world = World()
    stored(world, 50, 60, age=age)
    stored(world, 100, 110, age=age)
    world.create(spec("acme/h", stores=("file:///",)))
    first = world.read("acme/h", offset).responses[0]
    assert (first.status, first.offset) == expected


def test_stored_fragments_have_a_url_and_are_fetched() -> None:
    """A stored fragment's metadata has its URL; the broker fetches it unless told not to."""
    world = World()
    stored(world, 0, 10, age=100)
    world.create(spec("acme/h", stores=("file:///",)))
    task = world.read("acme/h")
    assert task.content == b"x" * 10
    assert task.responses[0].fragment_url.startswith("file:///acme/h/")

    alone = world.read("acme/h", do_not_proxy=True)
    assert (len(alone.responses), alone.ended) == (1, (0, ""))


def test_a_stored_fragment_that_vanished_is_an_error() -> None:
    """Where the object of an indexed fragment is gone, the read fails after its metadata."""
    world = World()
    stored(world, 0, 10, age=100)
    world.create(spec("acme/h", stores=("file:///",)))
    world.stores.objects.clear()
    task = world.read("acme/h")
    assert len(task.responses) == 1
    assert task.ended is not None
    assert task.ended[0] == 2


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"flags": 2}, Status.NOT_ALLOWED),
        ({"suspend": pb.JournalSpec.Suspend(level="FULL")}, Status.SUSPENDED),
    ],
)
def test_refusals_are_in_band(fields: dict[str, object], status: int) -> None:
    """A journal that may not be read is told by one message with a header."""
    world = World()
    world.create(spec(**fields))  # type: ignore[arg-type] # a table of fields
    task = world.read("acme/a")
    assert (task.response.status, task.ended) == (status, (0, ""))
    assert task.response.header.process_id.suffix == "broker-0"


def test_a_member_serves_and_another_broker_proxies() -> None:
    """A broker that is no member passes a read on, and the peer's answer back."""
    world = World(3)
    world.create(spec(replication=2))
    world.append("acme/a", b"x")
    answered = world.read("acme/a", broker=2).responses[0]
    assert answered.header.process_id.suffix in {"broker-0", "broker-1"}
    refused = world.read("acme/a", broker=2, do_not_proxy=True).response
    assert refused.status == Status.NOT_JOURNAL_BROKER
    assert list(refused.header.route.endpoints) == ["http://broker-0", "http://broker-1"]


def test_a_future_revision_is_waited_for(world: World) -> None:
    """A request whose header is of a later revision waits until it is seen."""
    header = pb.Header()
    header.CopyFrom(world.read("acme/a").responses[0].header)
    header.etcd.revision += 1
    task = world.read("acme/a", header=header)
    assert task.ended is None
    world.create(spec("acme/other"))
    assert task.content == b"0123456789"


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("cluster", "request Etcd ClusterId doesn't match our own (1 vs 7)"),
        ("process", f"request ProcessId doesn't match our own ({NOPE} vs {OURS})"),
    ],
)
def test_a_header_for_others_is_an_error(world: World, field: str, text: str) -> None:
    """A header of another cluster, or for another broker, is refused with the broker's text."""
    header = pb.Header()
    header.CopyFrom(world.read("acme/a").responses[0].header)
    if field == "cluster":
        header.etcd.cluster_id = 1
    else:
        header.process_id.CopyFrom(pb.ProcessSpec.ID(zone="zz", suffix="nope"))
    assert world.read("acme/a", header=header).ended == (2, text)
