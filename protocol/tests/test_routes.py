"""Routes."""

from hypothesis import given
from hypothesis import strategies as st

from protocol import Route, routes, strategies, validate

IDS = st.tuples(st.sampled_from(["zone-a", "zone-b"]), st.sampled_from(["broker-1", "broker-2"]))


@given(st.lists(IDS, unique=True).map(sorted), st.data())
def test_the_route_of_sorted_assignments_is_valid(
    ids: list[tuple[str, str]], data: st.DataObject
) -> None:
    """The replica of slot 0 is primary; without it, none is."""
    slots = data.draw(st.permutations(range(1, len(ids) + 1)))
    shift = data.draw(st.integers(0, 1))
    route = routes.route_of(
        routes.Assignment(zone, suffix, slot - shift)
        for (zone, suffix), slot in zip(ids, slots, strict=True)
    )

    validate(route)
    assert route.primary == (slots.index(1) if ids and shift else -1)


@given(strategies.valid(Route))
def test_a_route_is_equivalent_to_itself_without_endpoints(route: Route) -> None:
    """Endpoints do not count, the primary and the members do."""
    other = Route(members=route.members, primary=route.primary)

    assert routes.equivalent(route, other)
    assert not routes.equivalent(route, None)
    other.primary += 1
    assert not routes.equivalent(route, other)
