"""Appends, reads and registers in any order, against a model."""

from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from conformance import requirement
from conformance.answer import Answer
from conformance.checks import assert_equal, assert_refused, assert_status
from conformance.journal import Journal, label_set, selector
from conformance.workspace import Workspace

NAMES = ("aa", "bb")
VALUES = ("1", "2")
EXAMPLES = settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.generate],
    database=None,
    derandomize=False,
    print_blob=False,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
"""Every field that decides is set: Hypothesis' own defaults differ where CI is set. Failures
are not shrunk: against a broker that takes minutes, and the calls are small and told anyway."""

Labels = dict[str, str]


class Step(NamedTuple):
    """An append: to which of the journals, with what, and under which conditions."""

    journal: int
    chunks: tuple[bytes, ...]
    offset: str
    include: Labels | None
    exclude: Labels | None
    union: Labels | None
    subtract: Labels | None
    commit: bool


class Model:
    """What a journal holds: content, and registers of one value each."""

    def __init__(self) -> None:
        self.content = b""
        self.registers: Labels = {}

    def offset(self, kind: str) -> int:
        """The offset that a step of this kind names."""
        head = len(self.content)
        return {"none": 0, "head": head, "below": max(0, head - 1), "above": head + 1}[kind]

    def append(self, step: Step) -> str:
        """Takes a step, and returns the status, or UNKNOWN for a refusal."""
        offset, content = self.offset(step.offset), b"".join(step.chunks)
        if self.registers and not self._meets(step):
            return "REGISTER_MISMATCH"
        if offset not in {0, len(self.content)}:
            return "WRONG_APPEND_OFFSET"
        changes = step.union is not None or step.subtract is not None
        if not step.commit or (changes and not content):
            return "UNKNOWN"
        self.content += content
        for name, value in (step.subtract or {}).items():
            if self.registers.get(name) == value:
                del self.registers[name]
        self.registers.update(step.union or {})
        return "OK"

    def _meets(self, step: Step) -> bool:
        included = all(
            name in self.registers and value in {"", self.registers[name]}
            for name, value in (step.include or {}).items()
        )
        return included and not any(
            name in self.registers and value in {"", self.registers[name]}
            for name, value in (step.exclude or {}).items()
        )


def _labels(values: tuple[str, ...]) -> st.SearchStrategy[Labels | None]:
    return st.none() | st.dictionaries(st.sampled_from(NAMES), st.sampled_from(values), max_size=2)


STEPS = st.builds(
    Step,
    journal=st.integers(0, 1),
    chunks=st.lists(st.binary(min_size=1, max_size=6), max_size=3).map(tuple),
    offset=st.sampled_from(["none", "none", "head", "below", "above"]),
    include=_labels((*VALUES, "")),
    exclude=_labels((*VALUES, "")),
    union=_labels(VALUES),
    subtract=_labels(VALUES),
    commit=st.sampled_from([True, True, True, False]),
)


def _perform(journal: Journal, model: Model, step: Step) -> Answer:
    fields: dict[str, Any] = {"offset": model.offset(step.offset)}
    if step.include is not None or step.exclude is not None:
        fields["check_registers"] = selector(step.include or {}, step.exclude or {})
    if step.union is not None:
        fields["union_registers"] = _set(step.union)
    if step.subtract is not None:
        fields["subtract_registers"] = _set(step.subtract)
    return journal.append(*step.chunks, commit=step.commit, **fields)


def _set(labels: Labels) -> Any:
    return label_set(sorted(labels.items()))


def _registers(message: Any) -> Labels:
    return {label.name: label.value for label in message.registers.labels}


@requirement("append.agrees-with-model")
@EXAMPLES
@given(steps=st.lists(STEPS, min_size=4, max_size=14))
def test_model(workspace: Workspace, steps: list[Step]) -> None:
    """Each append of a sequence over two journals ends as the model says, and leaves as much."""
    pairs = [(workspace.journal(), Model()), (workspace.journal(), Model())]
    for step in steps:
        journal, model = pairs[step.journal]
        answer, head = _perform(journal, model, step), len(model.content)
        expected = model.append(step)
        if expected == "UNKNOWN":
            assert_refused(answer)
            continue
        message = assert_status(answer, expected)
        if expected == "OK":
            commit = (message.commit.begin, message.commit.end)
            assert_equal(commit, (head, len(model.content)), "range of the commit")
        if expected != "WRONG_APPEND_OFFSET":
            assert_equal(_registers(message), model.registers, "registers")
    for journal, model in pairs:
        assert_equal(journal.content(), model.content, "content")
        assert_equal(_registers(journal.append().ok()), model.registers, "registers")
