"""The choice of a member, for every case of the routing table: zones, roles, health."""

from collections.abc import Callable, Iterator, Sequence

import pytest
from _pytest.mark import ParameterSet
from hypothesis import given
from hypothesis import strategies as st

from protocol import ProcessSpec, Route
from protocol.dispatch import DispatchError, Health, choose

Members = Sequence[tuple[str, str]]

_HEALTH = {
    "failing": Health.FAILING,
    "idle": Health.IDLE,
    "connecting": Health.CONNECTING,
    "ready": Health.READY,
}
_CHOICES = """
# members (zone:health, `-` has no endpoint)  | primary | any from zone a | primary required
                                              |   -1    |  default        |  default
a:idle                                        |    0    |  0              |  0
b:idle                                        |    0    |  0              |  0
b:failing                                     |    0    |  0              |  0
a:idle        b:idle                          |    1    |  0              |  1
b:idle        a:idle                          |    0    |  1              |  0
b:ready       a:idle                          |    0    |  1              |  0
b:ready       a:connecting                    |    0    |  1              |  0
b:ready       a:failing                       |    0    |  1              |  0
a:failing     b:ready                         |    1    |  0              |  1
b:ready       a:failing   a:idle              |    1    |  2              |  1
b:ready       a:failing   a:failing           |    2    |  1              |  2
a:idle        a:connecting                    |    0    |  1              |  0
a:connecting  a:ready                         |    0    |  1              |  0
a:idle        a:ready                         |    0    |  1              |  0
a:failing     a:idle                          |    0    |  1              |  0
a:failing     a:ready                         |    0    |  1              |  0
a:idle        a:idle      a:idle              |    2    |  0              |  2
a:ready       a:ready     a:failing           |    2    |  0              |  2
b:failing     c:idle                          |    0    |  1              |  0
b:idle        c:ready                         |    0    |  1              |  0
b:ready       c:ready                         |    1    |  0              |  1
b:connecting  c:idle      d:ready             |   -1    |  2              |  default
b:failing     c:failing   d:failing           |   -1    |  0              |  default
a:-           b:idle                          |    0    |  1              |  default
a:-           b:-                             |    1    |  default        |  default
b:failing     a:-                             |    0    |  0              |  0
a:failing     b:ready     a:failing           |    1    |  0              |  1
"""


def _cases() -> Iterator[ParameterSet]:
    for line in _CHOICES.strip().splitlines()[1:]:
        members, primary, anyone, required = (field.strip() for field in line.split("|"))
        yield pytest.param(
            [tuple(member.split(":")) for member in members.split()],
            int(primary),
            _index(anyone),
            _index(required),
            id=" ".join(members.split()) + f" primary {primary}",
        )


def _index(text: str) -> int | None:
    return None if text == "default" else int(text)


def _route(members: Members, primary: int = -1) -> Route:
    return Route(
        members=[
            ProcessSpec.ID(zone=zone, suffix=f"broker-{index}")
            for index, (zone, _) in enumerate(members)
        ],
        primary=primary,
        endpoints=[
            "" if health == "-" else f"http://broker-{index}"
            for index, (_, health) in enumerate(members)
        ],
    )


def _observed(members: Members) -> Callable[[str], Health]:
    table = {
        f"http://broker-{index}": _HEALTH[health]
        for index, (_, health) in enumerate(members)
        if health != "-"
    }
    return table.__getitem__


@pytest.mark.parametrize(("members", "primary", "anyone", "required"), list(_cases()))
def test_table(members: Members, primary: int, anyone: int | None, required: int | None) -> None:
    """Any member will do, or only the primary: each row of the table says who is called."""
    route, health = _route(members, primary), _observed(members)

    chosen = (
        choose(route, health, zone="a"),
        choose(route, health, zone="a", primary_required=True),
    )

    assert (anyone, required) == chosen


def test_asked_for_member() -> None:
    """A process that is asked for is taken, however it and the others are doing."""
    members = [("a", "ready"), ("b", "failing")]
    route = _route(members, 0)

    chosen = choose(
        route, _observed(members), zone="a", primary_required=True, member=route.members[1]
    )

    assert chosen == 1


def test_asked_for_member_without_endpoint() -> None:
    """A process that is asked for but cannot be dialled is reached by the default address."""
    route = _route([("a", "ready"), ("b", "-")], 0)

    assert choose(route, _observed([("a", "ready")]), member=route.members[1]) is None


def test_unknown_member() -> None:
    """Asking for a process that the route does not have is an error that names it."""
    with pytest.raises(DispatchError, match=r"process z#nobody is not in the route"):
        choose(
            _route([("a", "ready")], 0),
            _observed([("a", "ready")]),
            member=ProcessSpec.ID(zone="z", suffix="nobody"),
        )


def test_route_without_endpoints() -> None:
    """A route that lacks its endpoints leaves the default address."""
    route = _route([("a", "idle"), ("b", "idle")], 1)
    del route.endpoints[:]

    assert choose(route, lambda _: Health.READY, zone="a") is None
    assert choose(route, lambda _: Health.READY, primary_required=True) is None


def test_primary_out_of_range() -> None:
    """A primary that is no member leaves the default address."""
    route = _route([("a", "idle")], 7)

    assert choose(route, lambda _: Health.READY, primary_required=True) is None


_MEMBERS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([*_HEALTH, "-"])), max_size=6)


@given(members=_MEMBERS, zone=st.sampled_from("abcz"))
def test_no_better_member_is_left(members: Members, zone: str) -> None:
    """Nobody is preferred to the chosen member: by zone, by not failing, by state, by place."""
    order = ("failing", "idle", "connecting", "ready")
    chosen = choose(_route(members), _observed(members), zone=zone)
    ranks = {
        index: (place != zone, health == "failing", -order.index(health), index)
        for index, (place, health) in enumerate(members)
        if health != "-"
    }

    assert chosen == min(ranks, key=ranks.__getitem__, default=None)
