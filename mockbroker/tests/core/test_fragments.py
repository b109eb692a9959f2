"""Fragments: listing, persisting, and the refresh from stores."""

import pytest

import protocol as pb
from mockbroker.core.broker import Settings
from mockbroker.store import StoreFailedError
from mockbroker.tests.core.world import World, spec

STORE = "file:///"


def listed(world: World, broker: int = 0, **fields: object) -> list[tuple[int, int, str]]:
    """Begin, end and store of the fragments of `acme/a`."""
    request = pb.FragmentsRequest(journal="acme/a", **fields)  # type: ignore[arg-type] # a table
    response = world.unary("ListFragments", request, broker).response
    return [
        (each.spec.begin, each.spec.end, each.spec.backing_store) for each in response.fragments
    ]


@pytest.fixture
def world() -> World:
    """A journal with a persisted fragment [0, 5) and a local one [5, 10)."""
    world = World()
    world.create(spec(stores=(STORE,)))
    world.append("acme/a", b"01234")
    world.append("acme/a", b"56789")
    return world


def test_local_fragments_give_way_to_stored_ones(world: World) -> None:
    """After a refresh the persisted fragment is the store's; the open one is local."""
    assert listed(world) == [(0, 5, ""), (5, 10, "")]
    world.advance(61)
    assert listed(world)[0] == (0, 5, STORE)


def test_a_rate_divides_the_refresh_interval() -> None:
    """Stores are listed as many times as often as the settings tell."""
    world = World(settings=Settings(refresh_rate=5))
    world.create(spec(stores=(STORE,)))
    world.append("acme/a", b"01234")
    world.append("acme/a", b"56789")
    world.advance(11)
    assert listed(world)[0] == (0, 5, "")
    world.advance(2)
    assert listed(world)[0] == (0, 5, STORE)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"begin_mod_time": 4_000_000_000}, [5]),
        ({"end_mod_time": 4_000_000_000}, [0]),
        ({"end_mod_time": 1000}, []),
        ({"page_limit": 1}, [0]),
        ({"next_page_token": 3}, [5]),
    ],
)
def test_bounds_and_pages(world: World, fields: dict[str, int], expected: list[int]) -> None:
    """Bounds of time keep local fragments only where there is no end; pages go by offset."""
    world.advance(61)
    world.append("acme/a")
    assert [begin for begin, _, _ in listed(world, **fields)] == expected


def test_urls_are_signed_on_demand(world: World) -> None:
    """Stored fragments have a signed URL where a lifetime is asked for."""
    world.advance(61)
    request = pb.FragmentsRequest(journal="acme/a", signatureTTL=pb.Duration(seconds=9))
    urls = [each.signed_url for each in world.unary("ListFragments", request).response.fragments]
    assert [url.endswith("?ttl=9") for url in urls] == [True, False]


def test_other_replicas_persist_what_the_primary_did_not() -> None:
    """A replica waits, and then persists a fragment whose primary died before it could."""
    world = World(2, settings=Settings(persist_delay=10))
    world.create(spec(replication=2, stores=(STORE,)))
    world.stores.broken[STORE] = StoreFailedError("down")
    world.stores.listable = True
    world.brokers[0].health.of(STORE).error = ""
    world.brokers[1].health.of(STORE).error = ""
    world.append("acme/a", b"01234")
    world.append("acme/a", b"56789")
    assert not world.stores.objects
    world.stores.broken.clear()
    world.advance(11)
    assert [content for content, _ in world.stores.objects.values()] == [b"01234"]


def test_the_flush_interval_closes_a_fragment() -> None:
    """Content of an earlier interval is closed and persisted by the pulse after it."""
    world = World()
    journal = spec(stores=(STORE,))
    journal.fragment.flush_interval.seconds = 60
    world.create(journal)
    world.append("acme/a", b"first")
    world.append("acme/a", b"second")
    world.advance(130)
    assert sorted(content for content, _ in world.stores.objects.values()) == [b"first", b"second"]


def test_the_postfix_of_a_path_is_evaluated() -> None:
    """A fragment is stored below the postfix its journal's template makes of it."""
    world = World()
    journal = spec(stores=(STORE,))
    journal.fragment.path_postfix_template = 'at={{ .Spool.FirstAppendTime.Format "2006" }}'
    world.create(journal)
    world.append("acme/a", b"first")
    world.append("acme/a", b"second")
    assert next(path for _, path in world.stores.objects).startswith("acme/a/at=2023/")
