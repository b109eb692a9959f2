"""Validation: of several faults of a request, the first in the order of the contract is told."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

import protocol
from conformance import requirement
from conformance.answer import Answer
from conformance.boundaries.row import edited
from conformance.checks import assert_equal, assert_refused, assert_true
from conformance.journal import label_set, selector, spec_of
from conformance.target import Target
from conformance.workspace import Workspace

ABSENT = "conformance/validation-order/no-such-journal"
"""A journal that nobody makes."""
UNSORTED = label_set([("bb", "1"), ("aa", "1")])
WRONG_HEADER = protocol.Header(route={"primary": 0})
SPEC = "changes.0.upsert"
Fault = tuple[str, Any]

VALID: dict[str, Any] = {
    "Read": protocol.ReadRequest(journal=ABSENT),
    "Append": protocol.AppendRequest(journal=ABSENT),
    "ListFragments": protocol.FragmentsRequest(journal=ABSENT),
    "List": protocol.ListRequest(selector=selector({"name": ABSENT})),
    "Apply": protocol.ApplyRequest(
        changes=[
            protocol.ApplyRequest.Change(upsert=spec_of(ABSENT), expect_mod_revision=1 << 60),
            protocol.ApplyRequest.Change(delete=ABSENT, expect_mod_revision=1 << 60),
        ]
    ),
}
FAULTS: dict[str, tuple[Fault, ...]] = {
    "Read": (("header", WRONG_HEADER), ("journal", "/"), ("offset", -2), ("end_offset", -1)),
    "Append": (
        ("header", WRONG_HEADER),
        ("journal", "/"),
        ("offset", -1),
        ("content", b"x"),
        ("check_registers", {"exclude": UNSORTED}),
        ("union_registers", UNSORTED),
        ("subtract_registers", UNSORTED),
        ("suspend", 9),
    ),
    "ListFragments": (
        ("header", WRONG_HEADER),
        ("journal", "/"),
        ("end_mod_time", -1),
        ("next_page_token", -1),
        ("page_limit", -1),
        ("signatureTTL", protocol.Duration()),
    ),
    "List": (("selector.include", UNSORTED), ("selector.exclude", UNSORTED)),
    "Apply": (
        (f"{SPEC}.name", "/"),
        (f"{SPEC}.replication", 6),
        (f"{SPEC}.labels", UNSORTED),
        (f"{SPEC}.fragment.length", 1),
        (f"{SPEC}.fragment.compression_codec", 9),
        (f"{SPEC}.fragment.stores", ["file:///a/", "/"]),
        (f"{SPEC}.fragment.refresh_interval", protocol.Duration()),
        (f"{SPEC}.fragment.flush_interval", protocol.Duration(seconds=1)),
        (f"{SPEC}.fragment.path_postfix_template", "{{.Nope}}"),
        (f"{SPEC}.flags", 3),
        (f"{SPEC}.max_append_rate", -1),
        (f"{SPEC}.suspend", {"offset": -1}),
        ("changes.0.expect_mod_revision", -2),
        ("changes.1.delete", "/"),
        ("changes.1.expect_mod_revision", -2),
    ),
}
"""What may be wrong with a request, in the order in which it is looked at."""


def neighbours() -> Iterator[Any]:
    """Each two faults that follow each other."""
    for rpc, faults in FAULTS.items():
        for first, second in pairwise(faults):
            yield pytest.param(rpc, first, second, id=f"{rpc}-{first[0]}-{second[0]}".lower())


def _sent(target: Target, rpc: str, *faults: Fault) -> Answer:
    request = VALID[rpc]
    for field, value in faults:
        request = edited(request, field, value)
    return target.broker.call(rpc, request)


@requirement("transport.first-fault-is-told")
@pytest.mark.parametrize(("rpc", "first", "second"), list(neighbours()))
def test_the_first_fault_is_told(
    workspace: Workspace, rpc: str, first: Fault, second: Fault
) -> None:
    """A request with two faults is refused in the words that the first one alone is refused in."""
    alone, other = (_sent(workspace.target, rpc, each) for each in (first, second))
    both = _sent(workspace.target, rpc, first, second)
    for answer in (alone, other, both):
        assert_refused(answer)
    assert_true(alone.details != other.details, "two faults to be told in different words", other)
    assert_equal(both.details, alone.details, "what is told of both faults")
