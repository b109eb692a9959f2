"""Fragments: which appends begin a new one, against a model, and what outlives them."""

from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance import requirement
from conformance.checks import assert_equal, assert_refused, assert_status
from conformance.journal import Journal, label_set, selector
from conformance.stored import CODEC
from conformance.suites.test_model import EXAMPLES
from conformance.target import Target
from conformance.workspace import Workspace
from protocol.fragments import sum_of

LENGTHS = (2048, 1024)
"""Fragment length at first, and after a change. A broker's own barrier, which may come at any
time, closes nothing that a shorter length does not close as well."""
CODECS = ("NONE", "GZIP", "SNAPPY")
WAYS = ("plain", "offset", "union", "half", "wrong-offset", "mismatch")
"""How an append is made."""


class Step(NamedTuple):
    """An append of so many bytes, how it is made, and what is changed before."""

    size: int
    how: str
    codec: str
    shorter: bool


class Layout:
    """The fragments of a journal without stores: begin and codec of each, and its content."""

    def __init__(self) -> None:
        self.content = b""
        self.fragments: list[tuple[int, str]] = []
        self.length = LENGTHS[0]
        self.codec = CODECS[0]

    def stream(self, content: bytes) -> None:
        """Takes an append that gets as far as its content, of which so much is committed."""
        head = len(self.content)
        begin = self.fragments[-1][0] if self.fragments else 0
        # The first write of a journal is closed by the next append, all others by their length.
        if begin in {0, head} or head - begin > self.length:
            self.fragments = [each for each in self.fragments if each[0] < head]
            self.fragments.append((head, self.codec))
        self.content += content

    def told(self) -> list[Any]:
        """Span, codec and sum of each fragment that has content."""
        begins = [begin for begin, _ in self.fragments] + [len(self.content)]
        return [
            (begin, end, codec, sum_of(self.content[begin:end]))
            for (begin, codec), end in zip(self.fragments, begins[1:], strict=True)
            if begin < end
        ]


STEPS = st.builds(
    Step,
    size=st.sampled_from([0, 1, 400, 1000, 1023, 1024, 1025, 2047, 2048, 2049]),
    how=st.sampled_from(["plain", "plain", *WAYS]),
    codec=st.sampled_from([""] * 6 + list(CODECS)),
    shorter=st.sampled_from([False] * 3 + [True]),
)


def _change(journal: Journal, layout: Layout, step: Step, replicas: int) -> None:
    if step.codec or step.shorter:
        layout.codec = step.codec or layout.codec
        layout.length = LENGTHS[1] if step.shorter else layout.length
        fragment = {"length": layout.length, "compression_codec": layout.codec}
        journal.apply(replication=replicas, fragment=fragment).ok()


def _append(journal: Journal, layout: Layout, step: Step) -> None:
    """Makes the append, holds how it ends, and has the model take it."""
    content, head = bytes([step.size % 251]) * step.size, len(layout.content)
    chunks = [content] if content else []
    match step.how:
        case "wrong-offset":
            assert_status(journal.append(*chunks, offset=head + 1), "WRONG_APPEND_OFFSET")
            return
        case "mismatch":
            check = selector({"aa": "other"})
            assert_status(journal.append(*chunks, check_registers=check), "REGISTER_MISMATCH")
            return
        case "half":
            assert_refused(journal.append(*chunks, commit=False))
            layout.stream(b"")
            return
    fields: dict[str, Any] = {"offset": head if step.how == "offset" else 0}
    if step.how == "union" and content:
        fields["union_registers"] = label_set({"bb": "2"})
    commit = journal.append(*chunks, **fields).ok().commit
    layout.stream(content)
    codec = layout.fragments[-1][1]
    assert_equal(CODEC.Name(commit.compression_codec), codec, f"codec of the commit of {step}")


def _first(way: str) -> list[Step]:
    """Appends made in a way, after the first write and within a fragment; then longer ones."""
    small = [Step(100, how, "", shorter=False) for how in (way, "plain", way, "plain")]
    sizes = ((2049, False), (1, False), (1500, True), (1, False))
    return [*small, *(Step(size, "plain", "", shorter) for size, shorter in sizes)]


@requirement("fragments.layout-agrees-with-model")
@pytest.mark.parametrize("way", WAYS)
@settings(EXAMPLES, max_examples=2)
@given(steps=st.lists(STEPS, min_size=6, max_size=12))
def test_layout(workspace: Workspace, target: Target, way: str, steps: list[Step]) -> None:
    """New fragments begin where the model says and nowhere else, and registers outlive them.

    Every broker has a replica: a cluster that balances may give a journal others, and those
    begin with a new fragment.
    """
    replicas = len(target.brokers)
    journal = workspace.journal(replication=replicas, fragment={"length": LENGTHS[0]})
    layout = Layout()
    journal.append(b"first", union_registers=label_set({"aa": "1"})).ok()
    layout.stream(b"first")
    for step in [*_first(way), *steps]:
        _change(journal, layout, step, replicas)
        _append(journal, layout, step)
    listed = [each.spec for each in journal.fragments().ok().fragments]
    told = [(each.begin, each.end, CODEC.Name(each.compression_codec), each.sum) for each in listed]
    assert_equal(told, layout.told(), "spans, codecs and sums")
    assert_equal(journal.content(), layout.content, "content")
    registers = journal.append().ok().registers
    assert_equal(registers.labels[0].name, "aa", "a register of the first append")
