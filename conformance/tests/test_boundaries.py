"""The tables of boundaries, held against the rules of `protocol.validate`."""

from collections.abc import Iterable

import pytest

import protocol
from conformance.boundaries import BASES, NEWEST_ROWS, ROWS, Row, Subject, edited, resolved
from conformance.catalogue import load
from protocol.releases import Release
from protocol.validate import RULES

PRIMITIVES = ("VAL-TOKEN-", "VAL-PATHCOMP-")
"""Rules of which others are made: a broker's error names those others."""

HEADER = protocol.Header(
    process_id={"zone": "zone", "suffix": "broker"},
    route={"primary": -1},
    etcd={"cluster_id": 1, "member_id": 2, "revision": 3, "raft_term": 4},
)
SUBJECT = Subject("some/journal", "missing/journal", "other/journal", HEADER)


def messages(row: Row, values: tuple[object, ...]) -> list[protocol.ReadRequest]:
    """The base request of a row with each of `values`."""
    base = BASES[row.request].make(SUBJECT)
    name = SUBJECT.missing if row.request == "Replicate" else SUBJECT.journal
    return [edited(base, row.field, resolved(value, HEADER, name)) for value in values]


def told(rules: Iterable[str]) -> list[str]:
    """The rules that are not of the kind that others are made of."""
    return [rule for rule in rules if not rule.startswith(PRIMITIVES)]


@pytest.mark.parametrize("row", [*ROWS, *NEWEST_ROWS], ids=lambda row: row.id)
def test_rows_are_on_the_right_side(row: Row) -> None:
    """Values outside break just the cited rules, in words that name the field; others none."""
    release = Release.NEWEST if row in NEWEST_ROWS else Release.V0_101
    assert all(rule in RULES for rule in row.rules)
    protocol.validate(BASES[row.request].make(SUBJECT))
    for message in messages(row, row.inside):
        protocol.validate(message, release)
    for message in messages(row, row.outside):
        with pytest.raises(protocol.ValidationError) as refusal:
            protocol.validate(message, release)
        assert told(row.rules) == told(reversed(refusal.value.rules))
        assert row.named in str(refusal.value)


def test_rows_have_different_ids() -> None:
    """No two rows are called the same."""
    ids = [row.id for row in (*ROWS, *NEWEST_ROWS)]
    assert len(ids) == len(set(ids))


def test_the_catalogue_has_every_rule() -> None:
    """Each rule of validation is the source of one requirement, and none is made up."""
    entries = [each for each in load().values() if each.area == "validation"]
    assert [each.source for each in entries] == [(rule,) for rule in RULES]
