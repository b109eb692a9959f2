"""Apply and List in any order, against a model."""

from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import protocol
from conformance import requirement
from conformance.broker import journals
from conformance.checks import assert_equal, assert_refused, assert_status, assert_true
from conformance.journal import Journal
from conformance.workspace import Workspace

EXAMPLES = settings(
    max_examples=6,
    deadline=None,
    database=None,
    derandomize=False,
    print_blob=False,
    report_multiple_bugs=False,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
"""Every field that decides is set: Hypothesis' own defaults differ where CI is set."""
TAILS = ("", "-b", "/b")
"""What the journals' names end with: each begins with the first of them."""
ABSENT = 5
"""A revision that no journal of a run has."""

Labels = tuple[tuple[str, str], ...]
Wanted = tuple[tuple[str, str, bool], ...]


class Entry(NamedTuple):
    """What List shows of a journal."""

    labels: Labels
    created: int
    modified: int


class Step(NamedTuple):
    """A change: of which journal, to which labels (None: its end), and at which revision."""

    journal: int
    labels: Labels | None
    expect: str


class Query(NamedTuple):
    """What a List includes and excludes: (name, value, whether that is a prefix)."""

    include: Wanted
    exclude: Wanted


VALUES = st.sampled_from(["a", "ab", "b"])
LABELS = st.sets(st.tuples(st.sampled_from(["env", "tag"]), VALUES), max_size=3).map(
    lambda labels: tuple(sorted(labels))
)
STEPS = st.builds(
    Step,
    journal=st.integers(0, len(TAILS) - 1),
    labels=st.none() | LABELS | LABELS,
    expect=st.sampled_from(["any", "none", "current", "current", "stale", "created", "later"]),
)
WANTED = st.dictionaries(
    st.tuples(st.sampled_from(["env", "tag"]), VALUES), st.booleans(), max_size=3
).map(lambda held: tuple((*label, prefix) for label, prefix in sorted(held.items())))
QUERIES = st.builds(Query, include=WANTED, exclude=st.just(()) | WANTED)


class Model:
    """The journals that there are."""

    def __init__(self, made: list[Journal]) -> None:
        self.made = made
        self.entries: dict[str, Entry] = {}

    def change(self, step: Step, *, alone: bool) -> Any:
        """The change of a step, such that it comes to something, or is known to conflict."""
        journal = self.made[step.journal]
        entry = self.entries.get(journal.name)
        expect = {"any": -1, "none": 0}.get(step.expect, ABSENT)
        if entry is not None:
            expect = {
                "current": entry.modified,
                "stale": entry.modified - 1,
                "created": entry.created,
                "later": entry.modified + 1,
            }.get(step.expect, expect)
        if step.labels is not None:
            return journal.upsert(expect=expect, labels=step.labels)
        # Deleting the absent may wait for something else to change, so it is never done alone.
        idle = expect == -1 and entry is None and alone
        expect = ABSENT if idle or expect == 0 else expect
        return protocol.ApplyRequest.Change(expect_mod_revision=expect, delete=journal.name)

    def holds(self, change: Any) -> bool:
        """Whether a change finds what it expects."""
        entry = self.entries.get(change.upsert.name or change.delete)
        return change.expect_mod_revision in {-1, entry.modified if entry else 0}

    def apply(self, change: Any, revision: int) -> None:
        """Takes a change at its revision."""
        before = self.entries.pop(change.upsert.name or change.delete, None)
        if not change.delete:
            labels = tuple((each.name, each.value) for each in change.upsert.labels.labels)
            created = before.created if before else revision
            self.entries[change.upsert.name] = Entry(labels, created, revision)

    def listed(self, query: Query) -> dict[str, Entry]:
        """What a List shows, in order."""
        return {
            name: entry
            for name, entry in sorted(self.entries.items())
            if all(_has(entry, query.include, each) for each in _names(query.include))
            and not any(_has(entry, query.exclude, each) for each in _names(query.exclude))
        }


def _names(wanted: Wanted) -> set[str]:
    return {name for name, _, _ in wanted}


def _has(entry: Entry, wanted: Wanted, name: str) -> bool:
    values = [value for held, value in entry.labels if held == name]
    return any(
        value.startswith(want) if prefix else value == want
        for wanted_name, want, prefix in wanted
        if wanted_name == name
        for value in values
    )


def _repeats_a_put(changes: list[Any]) -> bool:
    """Whether a journal that is upserted is named twice; deletions alone may repeat."""
    names = [each.upsert.name or each.delete for each in changes]
    return any(names.count(each.upsert.name) > 1 for each in changes if not each.delete)


def _perform(workspace: Workspace, model: Model, steps: list[Step]) -> None:
    alone = all(step.labels is None for step in steps)
    changes = [model.change(step, alone=alone) for step in steps]
    answer = workspace.apply(*changes)
    if _repeats_a_put(changes):
        assert_refused(answer)
    elif not all(map(model.holds, changes)):
        assert_status(answer, "ETCD_TRANSACTION_FAILED")
    else:
        revision = assert_status(answer, "OK").header.etcd.revision
        latest = max((each.modified for each in model.entries.values()), default=0)
        assert_true(revision > latest, f"a revision after {latest}", revision)
        for change in changes:
            model.apply(change, revision)


def _shown(workspace: Workspace, query: Query) -> dict[str, Entry]:
    answer = workspace.list(query.include, query.exclude)
    return {
        entry.spec.name: Entry(
            tuple((each.name, each.value) for each in entry.spec.labels.labels),
            entry.create_revision,
            entry.mod_revision,
        )
        for entry in journals(answer)
    }


@requirement("apply.agrees-with-model", "list.agrees-with-model")
@EXAMPLES
@given(
    turns=st.lists(
        st.tuples(st.lists(STEPS, min_size=1, max_size=4), QUERIES), min_size=4, max_size=8
    )
)
def test_model(workspace: Workspace, turns: list[tuple[list[Step], Query]]) -> None:
    """Each request ends as the model says, and each List shows what the model has."""
    workspace.clean()
    stem = workspace.name()
    model = Model([Journal(stem + tail, workspace.broker) for tail in TAILS])
    for steps, query in turns:
        _perform(workspace, model, steps)
        for each in (Query((), ()), query):
            shown = _shown(workspace, each)
            assert_equal(
                list(shown.items()), list(model.listed(each).items()), f"journals of {each}"
            )
