"""Scenario files: what they may say, and where an error is."""

from pathlib import Path

import pytest

from mockbroker.faults import (
    Cut,
    Delay,
    Error,
    Match,
    Mutate,
    Rule,
    Status,
    Truncate,
)
from mockbroker.faults.catalogue import CATALOGUE, make
from mockbroker.faults.scenario import ScenarioError, load_scenario, read_scenario


def rule(text: str) -> Rule:
    """The only rule of a scenario whose rule is `text`."""
    (found,) = read_scenario(f"rules:\n  - {text}\n").rules
    return found


def test_rules_are_read_in_order_with_all_they_say() -> None:
    """A rule has what its keys say, and the seed is the file's."""
    scenario = read_scenario(
        """
seed: 7
rules:
  - name: flaky
    rpc: Append
    journal: acme/*
    broker: 1
    proxied: false
    nth: [2, 4]
    probability: 0.5
    times: 3
    seconds: 1.5
    action: {error: {code: UNAVAILABLE, details: gone}}
  - fault: lost-ack
"""
    )

    assert scenario.seed == 7
    assert scenario.rules == (
        Rule(
            name="flaky",
            match=Match(
                rpc="Append",
                journal="acme/*",
                broker=1,
                proxied=False,
                nth=(2, 4),
                probability=0.5,
            ),
            action=Error(code="UNAVAILABLE", details="gone"),
            times=3,
            seconds=1.5,
        ),
        Rule(name="lost-ack", match=Match(rpc="Append"), action=make("lost-ack")),
    )


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("action: {status: NOT_ALLOWED}", Status(status="NOT_ALLOWED")),
        ("action: {status: 99}", Status(status=99)),
        ("action: {status: {status: SUSPENDED}}", Status(status="SUSPENDED")),
        ("action: {delay: 0.5}", Delay(seconds=0.5)),
        ("action: {truncate: 10}", Truncate(bytes=10)),
        ("action: cut", Cut()),
        ("action: {cut: {at: after-commit, code: OK}}", Cut(at="after-commit", code="OK")),
        (
            "action: {mutate: {message: 1, set: {header.route.primary: -1}}}",
            Mutate(message=1, set={"header.route.primary": -1}),
        ),
        ("{fault: latency, with: {seconds: 2, each: true}}", Delay(seconds=2, each=True)),
    ],
)
def test_actions_by_name(text: str, action: object) -> None:
    """An action is named, with its fields, or with the one that matters most."""
    assert rule(text).action == action


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("rulez: []", "1:1", "unknown key 'rulez'"),
        ("rules: 3", "1:8", "`rules` is a list"),
        ("rules:\n  - rpcs: Append\n    action: cut", "2:5", "unknown key 'rpcs'"),
        ("rules:\n  - rpc: Append", "2:5", "either an `action` or a `fault`"),
        ("rules:\n  - rpc: Append\n    action: explode", "3:13", "unknown action 'explode'"),
        ("rules:\n  - rpc: Appendd\n    action: cut", "2:5", "no RPC is called 'Appendd'"),
        ("rules:\n  - action: {cut: {att: start}}", "2:20", "unknown key 'att'"),
        ("rules:\n  - action: {cut: {at: nowhere}}", "2:19", "no call is cut at 'nowhere'"),
        ("rules:\n  - action: {error: {code: MEH}}", "2:21", "no gRPC code is called 'MEH'"),
        ("rules:\n  - action: {status: NO}", "2:22", "no status is called"),
        ("rules:\n  - action: {delay: soon}", "2:21", "`seconds` cannot be 'soon'"),
        ("rules:\n  - fault: lost-akc", "2:12", "no fault is called 'lost-akc'"),
        ("rules:\n  - {fault: lost-ack, with: {x: 1}}", "2:29", "does not take x"),
        ("rules:\n  - {nth: 0, action: cut}", "2:5", "no call is the 0 one"),
        ("rules:\n  - {nth: [1], action: cut}", "2:11", "a first and a last one"),
        ("rules:\n  - {times: 0, action: cut}", "2:5", "never acts"),
        ("rules:\n  - {times: soon, action: cut}", "2:13", "`times` is int, not 'soon'"),
        ("rules:\n  - {broker: true, action: cut}", "2:14", "`broker` is int, not True"),
        ("rules:\n  - {rpc: List, rpc: List, action: cut}", "2:17", "given twice"),
        ("rules:\n  - {action: {cut: {}, drop: {}}}", "2:14", "is one action"),
        ("rules:\n  - [", "2:6", ""),
    ],
)
def test_an_error_says_where_it_is(text: str, place: str, message: str) -> None:
    """What a file must not say is an error with file, line and column."""
    with pytest.raises(ScenarioError) as caught:
        read_scenario(text, "faults.yaml")

    assert caught.value.place == f"faults.yaml:{place}" or not message
    assert message in str(caught.value)


def test_an_unknown_key_is_told_its_nearest() -> None:
    """A misspelt key comes with the one that was probably meant."""
    with pytest.raises(ScenarioError) as caught:
        rule("{jurnal: a/b, action: cut}")

    assert caught.value.hint == "did you mean 'journal'?"


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    """A missing file is a ScenarioError that names it."""
    with pytest.raises(ScenarioError, match=r"none\.yaml: cannot be read"):
        load_scenario(tmp_path / "none.yaml")


def test_an_empty_file_has_no_rules(tmp_path: Path) -> None:
    """Nothing said is nothing done."""
    (tmp_path / "empty.yaml").write_text("")

    assert load_scenario(tmp_path / "empty.yaml").rules == ()


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_every_fault_of_the_catalogue_is_a_rule(name: str) -> None:
    """Each class of faults can be named in a file as it is."""
    assert rule(f"fault: {name}").name == name
