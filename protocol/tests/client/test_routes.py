"""The cache of routes: bounded, by revision, and for a time."""

from protocol import Header, ProcessSpec, Route
from protocol.client import RouteCache


def _route(suffix: str) -> Route:
    return Route(
        members=[ProcessSpec.ID(zone="a", suffix=suffix)], primary=0, endpoints=[f"http://{suffix}"]
    )


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_learns_from_headers() -> None:
    """The route of the newest header is known, whatever the order of their arrival."""
    cache = RouteCache(10, 60, _Clock())
    for revision, suffix in ((5, "five"), (7, "seven"), (6, "six")):
        cache.learn("a/b", Header(route=_route(suffix), etcd=Header.Etcd(revision=revision)))

    assert cache.get("a/b") == _route("seven")
    assert cache.get("a/b;meta") is None


def test_empty_route_forgets() -> None:
    """A route without members forgets the journal, unless it is an older one."""
    cache = RouteCache(10, 60, _Clock())
    cache.put("a/b", _route("five"), 5)
    cache.put("a/b", Route(primary=-1), 4)
    kept = cache.get("a/b")
    cache.put("a/b", Route(primary=-1), 6)

    assert kept == _route("five")
    assert cache.get("a/b") is None


def test_bounded() -> None:
    """Of more journals than it may hold, it forgets the one not used for longest."""
    cache = RouteCache(2, 60, _Clock())
    cache.put("one", _route("one"), 1)
    cache.put("two", _route("two"), 1)
    cache.get("one")
    cache.put("three", _route("three"), 1)

    assert [cache.get(name) is not None for name in ("one", "two", "three")] == [True, False, True]
    assert len(cache) == 2


def test_expires() -> None:
    """A route is believed for its time, and one of any revision replaces it afterwards."""
    clock = _Clock()
    cache = RouteCache(10, 60, clock)
    cache.put("a/b", _route("old"), 9)
    clock.now = 60
    expired = cache.get("a/b")
    cache.put("a/b", _route("new"), 1)

    assert expired is None
    assert cache.get("a/b") == _route("new")


def test_forgets() -> None:
    """A route that led nowhere is forgotten; forgetting twice does no harm."""
    cache = RouteCache(10, 60, _Clock())
    cache.put("a/b", _route("old"), 9)
    cache.forget("a/b")
    cache.forget("a/b")

    assert cache.get("a/b") is None
