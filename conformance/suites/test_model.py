"""Appends, reads, registers and suspensions in any order, against a model."""

from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import protocol
from conformance import requirement
from conformance.answer import Answer
from conformance.checks import assert_equal, assert_refused, assert_status
from conformance.journal import Journal, label_set, normalized, selector
from conformance.workspace import Workspace
from protocol.fragments import sum_of

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
SUSPENDING = ("SUSPEND_IF_FLUSHED", "SUSPEND_NOW")


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
    suspend: str


class Model:
    """What a journal holds: content, registers of one value each, and its suspension.

    Its content is never stored, so that it is suspended in part, at an offset, or not at all.
    """

    def __init__(self) -> None:
        self.content = b""
        self.registers: Labels = {}
        self.suspend = ("NONE", 0)

    def offset(self, kind: str) -> int:
        """The offset that a step of this kind names."""
        head = len(self.content)
        return {"none": 0, "head": head, "below": max(0, head - 1), "above": head + 1}[kind]

    def append(self, step: Step) -> str:
        """Takes a step, and returns the status, or UNKNOWN for a refusal."""
        if refusal := self._refusal(step):
            return refusal
        content = b"".join(step.chunks)
        if content and step.suspend in SUSPENDING:
            return "NOT_ALLOWED"
        if step.suspend in SUSPENDING and self.suspend[0] == "PARTIAL":
            return "SUSPENDED"
        changes = step.union is not None or step.subtract is not None
        if not step.commit or (changes and not content):
            return "UNKNOWN"
        self.content += content
        for name, value in (step.subtract or {}).items():
            if self.registers.get(name) == value:
                del self.registers[name]
        self.registers.update(step.union or {})
        return "OK"

    def _refusal(self, step: Step) -> str:
        """The status that refuses a step before its content is looked at, if any does."""
        if self.registers and not self._meets(step):
            return "REGISTER_MISMATCH"
        if self.offset(step.offset) not in {0, len(self.content)}:
            return "WRONG_APPEND_OFFSET"
        return "SUSPENDED" if self._is_suspended(step.suspend) else ""

    def _is_suspended(self, suspend: str) -> bool:
        """Changes the suspension as asked, and tells whether that alone refuses the append."""
        is_active = self.suspend[0] == "NONE"
        if suspend == "SUSPEND_RESUME" and not is_active:
            self.suspend = ("NONE", len(self.content))
        if suspend == "SUSPEND_NOW" and is_active:
            self.suspend = ("PARTIAL", len(self.content))
        return suspend == "SUSPEND_NO_RESUME" and not is_active

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
    suspend=st.sampled_from(["SUSPEND_RESUME"] * 4 + ["SUSPEND_NO_RESUME", *SUSPENDING]),
)


def _perform(journal: Journal, model: Model, step: Step) -> Answer:
    fields: dict[str, Any] = {"offset": model.offset(step.offset), "suspend": step.suspend}
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


def _answer(journal: Journal, status: str, head: int, step: Step, registers: Labels) -> Any:
    """The whole answer to a step, but for its header, to a journal whose head was `head`."""
    answer = protocol.AppendResponse(status=status)
    if status in {"OK", "REGISTER_MISMATCH"}:
        answer.registers.CopyFrom(_set(registers))
    if status == "OK":
        content = b"".join(step.chunks)
        answer.commit.journal = journal.name
        answer.commit.begin, answer.commit.end = head, head + len(content)
        answer.commit.sum.CopyFrom(sum_of(content))
        answer.commit.compression_codec = protocol.CompressionCodec.NONE
        answer.total_chunks = len(step.chunks) + 1
    return normalized(answer)


@requirement("append.agrees-with-model")
@EXAMPLES
@given(steps=st.lists(STEPS, min_size=4, max_size=14))
def test_model(workspace: Workspace, steps: list[Step]) -> None:
    """Each append of a sequence over two journals ends as the model says, and leaves as much."""
    pairs = [(workspace.journal(), Model()), (workspace.journal(), Model())]
    for each in steps:
        journal, model = pairs[each.journal]
        # A suspension of nothing is a full one, from which a journal returns by and by.
        step = each if model.content else each._replace(suspend="SUSPEND_RESUME")
        answer, head = _perform(journal, model, step), len(model.content)
        expected = model.append(step)
        if expected == "UNKNOWN":
            assert_refused(answer)
            continue
        message = normalized(assert_status(answer, expected))
        message.ClearField("header")
        whole = _answer(journal, expected, head, step, model.registers)
        assert_equal(message, whole, f"the answer to {step}")
    for journal, model in pairs:
        suspend = journal.shown().spec.suspend
        level = protocol.JournalSpec.Suspend.Level.Name(suspend.level)
        assert_equal((level, suspend.offset), model.suspend, "suspension")
        assert_equal(journal.content(), model.content, "content")
        assert_equal(_registers(journal.append().ok()), model.registers, "registers")
