"""Append: registers, which are compared and set with content."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import protocol
from conformance import requirement
from conformance.answer import Answer
from conformance.checks import assert_equal, assert_refused, assert_status, unchanged
from conformance.journal import Journal, label_set, selector
from conformance.workspace import Workspace

RACERS = 6


def _registers(answer: Answer) -> list[tuple[str, str]]:
    return [(label.name, label.value) for label in answer.ok().registers.labels]


def _now(journal: Journal) -> list[tuple[str, str]]:
    return _registers(journal.append())


def _with(workspace: Workspace, labels: Any) -> Journal:
    journal = workspace.journal()
    journal.append(b"x", union_registers=label_set(labels)).ok()
    return journal


@requirement("append.unites-registers")
def test_union(workspace: Workspace) -> None:
    """United registers are answered, and last."""
    journal = workspace.journal()
    pairs = [("aa", "1"), ("bb", "2")]
    assert_equal(_registers(journal.append(b"x", union_registers=label_set(pairs))), pairs, "now")
    assert_equal(_now(journal), pairs, "registers afterwards")
    assert_equal(
        _registers(journal.append(b"x", union_registers=label_set({"ab": "3"}))),
        [("aa", "1"), ("ab", "3"), ("bb", "2")],
        "registers with another name",
    )


@requirement("append.unites-registers")
def test_large_union(workspace: Workspace) -> None:
    """Many registers at once, of long values and of none, are kept whole and in order."""
    pairs = [(f"name-{number:02d}", "v" * (number * 40)) for number in range(24)]
    journal = _with(workspace, pairs)
    assert_equal(_now(journal), pairs, "registers")


@requirement("append.union-replaces-same-name")
def test_union_of_same_name(workspace: Workspace) -> None:
    """A united name loses its former values; other names keep theirs."""
    journal = _with(workspace, [("aa", "1"), ("aa", "2"), ("bb", "3")])
    answer = journal.append(b"x", union_registers=label_set({"aa": "9"}))
    assert_equal(_registers(answer), [("aa", "9"), ("bb", "3")], "registers")


@requirement("append.unites-registers")
@pytest.mark.parametrize("field", ["union_registers", "subtract_registers"])
def test_empty_set(workspace: Workspace, field: str) -> None:
    """An empty set of registers, united or subtracted, changes nothing."""
    before = [("aa", "1"), ("bb", "2")]
    journal = _with(workspace, before)
    fields: dict[str, Any] = {field: protocol.LabelSet()}
    answer = journal.append(b"x", **fields)
    assert_equal(_registers(answer), before, "registers")
    assert_equal(_now(journal), before, "registers afterwards")


@requirement("append.registers-hold-several-values")
def test_several_values(workspace: Workspace) -> None:
    """A name united with several values has all of them."""
    values = [("cc", str(value)) for value in range(1, 8)]
    journal = _with(workspace, values)
    assert_equal(_now(journal), values, "registers")


@requirement("append.subtract-needs-all-values")
def test_subtract(workspace: Workspace) -> None:
    """Only a register whose values are all given is removed."""
    before = [("bb", "1"), ("cc", "1"), ("cc", "2")]
    journal = _with(workspace, before)
    for labels in ([("cc", "1")], [("bb", "zzz")]):
        answer = journal.append(b"x", subtract_registers=label_set(labels))
        assert_equal(_registers(answer), before, f"registers less {labels}")
    answer = journal.append(b"x", subtract_registers=label_set([("cc", "1"), ("cc", "2")]))
    assert_equal(_registers(answer), [("bb", "1")], "registers less all values of cc")


@requirement("append.subtract-needs-all-values")
def test_subtract_several(workspace: Workspace) -> None:
    """Of several registers subtracted at once each is removed whose values are all given."""
    journal = _with(workspace, HELD)
    less = [("aa", "1"), ("bb", "other"), ("cc", "1"), ("cc", "2"), ("dd", ""), ("ee", "1")]
    answer = journal.append(b"x", subtract_registers=label_set(less))
    assert_equal(_registers(answer), [("bb", "value")], "registers")
    assert_equal(_now(journal), [("bb", "value")], "registers afterwards")


@requirement("append.subtracts-before-union")
def test_subtract_beside_union(workspace: Workspace) -> None:
    """What is removed and not united is gone, whatever is united beside it."""
    journal = _with(workspace, {"aa": "9", "bb": "1"})
    answer = journal.append(
        b"x", subtract_registers=label_set({"aa": "9"}), union_registers=label_set({"cc": "2"})
    )
    assert_equal(_registers(answer), [("bb", "1"), ("cc", "2")], "registers")
    assert_equal(_now(journal), [("bb", "1"), ("cc", "2")], "registers afterwards")


@requirement("append.subtracts-before-union")
def test_subtract_and_union(workspace: Workspace) -> None:
    """What is both removed and united is there afterwards."""
    journal = _with(workspace, {"aa": "9", "bb": "1"})
    answer = journal.append(
        b"x",
        subtract_registers=label_set({"aa": "9", "bb": "1"}),
        union_registers=label_set({"aa": "10", "bb": "1"}),
    )
    assert_equal(_registers(answer), [("aa", "10"), ("bb", "1")], "registers")


CHECKS: list[tuple[str, Any, Any, bool]] = [
    ("value", {"aa": "1"}, {}, True),
    ("other-value", {"aa": "2"}, {}, False),
    ("any-value", {"aa": ""}, {}, True),
    ("other-name", {"zz": ""}, {}, False),
    ("name-in-capitals", {"AA": "1"}, {}, False),
    ("value-in-capitals", {"bb": "VALUE"}, {}, False),
    ("excluded-in-capitals", {}, {"AA": "1", "bb": "VALUE"}, True),
    ("alternatives", {"aa": ["0", "1", "2"]}, {}, True),
    ("all-names", {"aa": "1", "bb": "1"}, {}, False),
    ("prefix", [("bb", "val", True)], {}, True),
    ("excluded-name", {}, {"bb": ""}, False),
    ("excluded-value", {}, {"aa": "1"}, False),
    ("other-excluded", {}, {"aa": "2", "zz": ""}, True),
    ("first-of-values", {"cc": "1"}, {}, True),
    ("last-of-values", {"cc": "2"}, {}, True),
    ("none-of-values", {"cc": "3"}, {}, False),
    ("prefix-of-values", [("cc", "2", True)], {}, True),
    ("excluded-of-values", {}, {"cc": "2"}, False),
    ("empty-value", {"dd": ""}, {}, True),
    ("other-prefix", [("bb", "lue", True)], {}, False),
    ("last-excluded-value", {}, {"bb": ["other", "value"]}, False),
    ("excluded-prefix", {}, [("bb", "val", True)], False),
    ("included-and-excluded", {"aa": "1"}, {"bb": "value"}, False),
    ("last-name-excluded", {}, {"aa": "2", "bb": "x", "dd": ""}, False),
]
HELD = [("aa", "1"), ("bb", "value"), ("cc", "1"), ("cc", "2"), ("dd", "")]
"""Registers that are checked."""


@requirement("append.checks-registers")
@pytest.mark.parametrize(
    ("include", "exclude", "met"), [case[1:] for case in CHECKS], ids=[case[0] for case in CHECKS]
)
@pytest.mark.parametrize("offset", [0, 1], ids=["anywhere", "at-head"])
def test_check(workspace: Workspace, include: Any, exclude: Any, met: bool, offset: int) -> None:
    """A check that registers meet commits; another is answered with them, and changes nothing."""
    journal = _with(workspace, HELD)
    fields = {"check_registers": selector(include, exclude), "offset": offset}
    union = label_set({"aa": "7"})
    if met:
        assert_equal(_registers(journal.append(**fields)), HELD, "registers of a mere check")
        answer = journal.append(b"y", union_registers=union, **fields)
        assert_equal(_registers(answer), [("aa", "7"), *HELD[1:]], "registers")
        return
    with unchanged(journal):
        answers = [journal.append(**fields), journal.append(b"y", union_registers=union, **fields)]
    for answer in answers:
        message = assert_status(answer, "REGISTER_MISMATCH")
        shown = [(label.name, label.value) for label in message.registers.labels]
        assert_equal(shown, HELD, "registers with the refusal")
    assert_equal(_now(journal), HELD, "registers afterwards")


@requirement("append.empty-registers-meet-any-check")
def test_check_of_nothing(workspace: Workspace) -> None:
    """A journal without registers commits whatever is checked; with some, it does not."""
    journal = workspace.journal()
    check = selector({"nope": "x"})
    assert_status(journal.append(b"x", check_registers=check), "OK")
    journal.append(b"x", union_registers=label_set({"aa": "1"})).ok()
    assert_status(journal.append(b"x", check_registers=check), "REGISTER_MISMATCH")


@requirement("append.mismatch-outranks-offset")
def test_mismatch_and_offset(workspace: Workspace) -> None:
    """With both wrong, the registers are told; with them right, the offset."""
    journal = _with(workspace, {"aa": "1"})
    wrong, right = selector({"aa": "2"}), selector({"aa": "1"})
    with unchanged(journal):
        answer = journal.append(b"y", offset=100, check_registers=wrong)
        assert_status(answer, "REGISTER_MISMATCH")
        answer = journal.append(b"y", offset=100, check_registers=right)
        assert_status(answer, "WRONG_APPEND_OFFSET")


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("union", {"union_registers": label_set({"bb": "2"})}),
    ("subtract", {"subtract_registers": label_set({"aa": "1"})}),
    ("empty-union", {"union_registers": protocol.LabelSet()}),
]


@requirement("append.registers-need-content")
@pytest.mark.parametrize("fields", [each[1] for each in CHANGES], ids=[each[0] for each in CHANGES])
def test_change_without_content(workspace: Workspace, fields: dict[str, Any]) -> None:
    """A change of registers without content is refused; with content it commits."""
    journal = _with(workspace, {"aa": "1"})
    with unchanged(journal):
        text = "append stream: register modification requires non-empty Append"
        assert_refused(journal.append(**fields), "register", text=text)
    assert_equal(_now(journal), [("aa", "1")], "registers afterwards")
    assert_status(journal.append(b"y", **fields), "OK")


@requirement("append.roll-back-keeps-registers")
def test_roll_back(workspace: Workspace) -> None:
    """An append without commit intent leaves registers; committed, it changes them."""
    journal = _with(workspace, {"aa": "1"})
    union = label_set({"aa": "2", "bb": "2"})
    with unchanged(journal):
        assert_refused(journal.append(b"y", commit=False, union_registers=union))
    assert_equal(_now(journal), [("aa", "1")], "registers after the roll-back")
    answer = journal.append(b"y", union_registers=union)
    assert_equal(_registers(answer), [("aa", "2"), ("bb", "2")], "registers after the commit")


@requirement("append.reports-registers-unchanged")
def test_report(workspace: Workspace) -> None:
    """An append that changes no register answers them, whatever it has, also after rolls."""
    journal = workspace.journal(fragment={"length": 1024})
    journal.append(b"x", union_registers=label_set({"aa": "1"})).ok()
    for chunks in ((), (b"y",), (b"y" * 2048,), (b"y",), ()):
        answer = journal.append(*chunks)
        assert_equal(_registers(answer), [("aa", "1")], "registers")


CHANGED: dict[str, dict[str, Any]] = {
    "labels": {"labels": {"env": "prod"}},
    "flags": {"flags": protocol.JournalSpec.O_RDWR},
    "rate": {"max_append_rate": 1 << 30},
    "fragments": {"fragment": {"length": 4096, "compression_codec": "SNAPPY"}},
}


@requirement("append.reports-registers-unchanged", "append.accepts-offset-at-head")
@pytest.mark.parametrize("changes", CHANGED.values(), ids=CHANGED)
def test_changed_spec(workspace: Workspace, changes: dict[str, Any]) -> None:
    """A changed specification leaves a journal's registers and head."""
    journal = _with(workspace, HELD)
    journal.apply(**changes).ok()
    answer = workspace.appended(journal, b"y", offset=1)
    assert_equal(_registers(answer), HELD, "registers")
    assert_equal(answer.ok().commit.begin, 1, "begin of the commit")


@requirement("append.register-race-has-one-winner")
def test_race(workspace: Workspace) -> None:
    """Of appends that race to take a register over, one commits."""
    journal = _with(workspace, {"owner": "nobody"})
    free = selector({"owner": "nobody"})

    def take(racer: int) -> Answer:
        union = label_set({"owner": f"racer-{racer}"})
        return journal.append(b"y", check_registers=free, union_registers=union)

    with ThreadPoolExecutor(RACERS) as pool:
        answers = list(pool.map(take, range(RACERS)))
    statuses = sorted(answer.status for answer in answers)
    assert_equal(statuses, ["OK"] + ["REGISTER_MISMATCH"] * (RACERS - 1), "statuses")
    winner = next(each for each, answer in enumerate(answers) if answer.status == "OK")
    assert_equal(_now(journal), [("owner", f"racer-{winner}")], "registers")


INVALID: list[tuple[str, dict[str, Any], tuple[str, ...], str]] = [
    (
        "unsorted-union",
        {"union_registers": label_set([("zz", "1"), ("aa", "1")])},
        ("UnionRegisters", "sorted order"),
        "UnionRegisters: Labels not in unique, sorted order (index 1; label name aa <= zz)",
    ),
    (
        "prefix-in-union",
        {"union_registers": label_set([("aa", "1", True)])},
        ("UnionRegisters.Labels[0]", "Prefix"),
        "UnionRegisters.Labels[0]: Prefix may not be set outside of a LabelSelector",
    ),
    (
        "unsorted-subtract",
        {"subtract_registers": label_set([("zz", "1"), ("aa", "1")])},
        ("SubtractRegisters", "sorted order"),
        "SubtractRegisters: Labels not in unique, sorted order (index 1; label name aa <= zz)",
    ),
    (
        "unsorted-check",
        {"check_registers": protocol.LabelSelector(include=label_set([("zz", "1"), ("aa", "1")]))},
        ("CheckRegisters.Include", "sorted order"),
        "CheckRegisters.Include: Labels not in unique, sorted order (index 1; label name aa <= zz)",
    ),
    (
        "short-name",
        {"union_registers": label_set([("a", "1")])},
        ("UnionRegisters.Labels[0].Name",),
        "UnionRegisters.Labels[0].Name: invalid length (1; expected 2 <= length <= 64)",
    ),
]


@requirement("append.validates-registers")
@pytest.mark.parametrize(
    ("fields", "names", "text"), [case[1:] for case in INVALID], ids=[case[0] for case in INVALID]
)
def test_invalid(
    workspace: Workspace, fields: dict[str, Any], names: tuple[str, ...], text: str
) -> None:
    """Malformed registers are refused by name, and neither content nor registers change."""
    journal = _with(workspace, {"aa": "1"})
    with unchanged(journal):
        assert_refused(journal.append(b"y", **fields), *names, text=text)
    assert_equal(_now(journal), [("aa", "1")], "registers afterwards")
    assert_status(journal.append(b"y", union_registers=label_set({"aa": "1"})), "OK")
