"""Health of stores."""

import pytest

import protocol as pb
from mockbroker.store import StoreFailedError
from mockbroker.tests.core.world import World

Status = pb.Status


def health(world: World, store: str = "file:///") -> pb.FragmentStoreHealthResponse:
    """The answer of the first broker."""
    request = pb.FragmentStoreHealthRequest(fragment_store=store)
    response: pb.FragmentStoreHealthResponse = world.unary("FragmentStoreHealth", request).response
    return response


def test_a_healthy_store() -> None:
    """A store that passes its check is OK, without a text."""
    response = health(World())
    assert (response.status, response.store_health_error) == (Status.OK, "")


@pytest.mark.parametrize("seconds", [0.05, 0.5])
def test_a_failing_store_is_checked_again(seconds: float) -> None:
    """A failure is told until a later check passes."""
    world = World()
    world.stores.broken["file:///"] = StoreFailedError("down")
    assert health(world).status == Status.FRAGMENT_STORE_UNHEALTHY
    assert health(world).store_health_error == "down"
    world.stores.broken.clear()
    world.advance(seconds)
    world.advance(1.1)
    assert health(world).status == Status.OK
