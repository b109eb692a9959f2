"""The engine: which rule gets which call."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbroker.faults import Cut, Engine, Match, Rule
from mockbroker.faults.rule import FaultError, Release
from mockbroker.rpc.interceptor import Call


def call(index: int = 1, **fields: Any) -> Call:
    """A call of an Append to a/b, unless said otherwise."""
    given: dict[str, Any] = {"rpc": "Append", "broker": 0, "journal": "a/b"} | fields
    return Call(index=index, **given)


def rule(*, times: int | None = None, seconds: float | None = None, **match: Any) -> Rule:
    """A rule that cuts what it gets."""
    return Rule(match=Match(**match), action=Cut(), name="cut", times=times, seconds=seconds)


@pytest.mark.parametrize(
    ("match", "wanted"),
    [
        ({}, True),
        ({"rpc": "Append"}, True),
        ({"rpc": "Read"}, False),
        ({"journal": "a/*"}, True),
        ({"journal": "*/b"}, True),
        ({"journal": "a"}, False),
        ({"journal": "A/*"}, False),
        ({"broker": 0}, True),
        ({"broker": 1}, False),
        ({"proxied": None}, True),
        ({"proxied": True}, False),
        ({"rpc": "Append", "journal": "b/*"}, False),
    ],
)
def test_a_rule_gets_calls_that_match_all_it_says(match: dict[str, Any], wanted: bool) -> None:
    """Selectors are and-ed; what is not given matches all."""
    engine = Engine()
    handle = engine.add(rule(**match))

    assert (engine.begin(call()) is not None) == wanted
    assert handle.hits == wanted


def test_calls_between_peers_are_left_alone_unless_wanted() -> None:
    """What a peer asks for its client is the client's one call; Replicate is the peers' own."""
    engine = Engine()
    client, peer = engine.add(rule(rpc="Append")), engine.add(rule(rpc="Append", proxied=True))
    replication = engine.add(rule(rpc="Replicate"))
    for one in (call(), call(proxied=True), call(rpc="Replicate", proxied=True)):
        engine.begin(one)

    assert (client.hits, peer.hits, replication.hits) == (1, 1, 1)


@pytest.mark.parametrize(("nth", "hit"), [(2, [2]), ((2, 3), [2, 3]), (None, [1, 2, 3, 4])])
def test_nth_counts_the_calls_that_match(nth: Any, hit: list[int]) -> None:
    """The nth call is counted among those the rule wants, from 1."""
    engine = Engine()
    handle = engine.add(rule(rpc="Append", nth=nth))
    for index in range(1, 5):
        engine.begin(call(rpc="Read"))
        engine.begin(call(index))

    assert [firing.call for firing in handle.firings] == hit


def test_the_first_rule_added_that_wants_a_call_gets_it() -> None:
    """Rules are asked in the order they were added, and one gets the call."""
    engine = Engine()
    first, second = engine.add(rule(times=1)), engine.add(rule())
    for _ in range(3):
        engine.begin(call())

    assert (first.hits, second.hits) == (1, 2)
    assert [(f.sequence, f.rule) for f in engine.log] == [(1, "cut"), (2, "cut"), (3, "cut")]


def test_a_removed_rule_gets_nothing_more() -> None:
    """Removing takes effect at once, and may be done twice."""
    engine = Engine()
    with engine.add(rule()) as handle:
        engine.begin(call())
    handle.remove()

    assert engine.begin(call()) is None
    assert handle.hits == 1


def test_a_rule_ends_with_its_time() -> None:
    """A rule of so many seconds gets nothing once they are over."""
    now = [0.0]
    engine = Engine(now=lambda: now[0])
    handle = engine.add(rule(seconds=2))
    for now[0] in (0.0, 1.9, 2.0):
        engine.begin(call())

    assert handle.hits == 2


@given(st.integers(), st.floats(0, 1), st.integers(1, 50))
def test_equal_seeds_give_equal_firings(seed: int, probability: float, calls: int) -> None:
    """Chance is a function of the seed and the order of calls."""

    def firings() -> list[int]:
        engine = Engine(seed)
        handle = engine.add(rule(probability=probability))
        for index in range(calls):
            engine.begin(call(index))
        return [firing.call for firing in handle.firings]

    assert firings() == firings()


@pytest.mark.parametrize(
    "broken",
    [
        {"rpc": "Nope"},
        {"nth": 0},
        {"nth": (3, 2)},
        {"probability": 1.5},
        {"times": 0},
        {"seconds": 0},
    ],
)
def test_a_rule_that_could_never_act_is_refused(broken: dict[str, Any]) -> None:
    """A rule that makes no sense is an error when it is made."""
    with pytest.raises(FaultError):
        rule(**broken)


def test_waiting_for_a_hit_that_does_not_come_times_out() -> None:
    """A fault that never fires is told, not waited for in vain."""
    handle = Engine().add(rule())

    with pytest.raises(TimeoutError):
        handle.wait(timeout=0.01)


def test_release_lets_go_of_those_who_wait_and_those_who_come() -> None:
    """A release holds until it is set, and never again."""

    async def scenario() -> None:
        release = Release()
        waiting = asyncio.ensure_future(release.wait())
        await asyncio.sleep(0)
        assert not waiting.done()
        release.set()
        await waiting
        await release.wait()

    asyncio.run(scenario())
