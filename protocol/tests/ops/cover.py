"""Ops about cover sets and the fragment index."""

from collections.abc import Iterable
from typing import NamedTuple

from protocol.cover import CoverSet
from protocol.index import FragmentIndex
from protocol.tests.ops import op
from protocol.tests.ops.validation import error_of
from protocol.tests.ops.vector import Vector
from protocol.wire.messages import Fragment, Status

RECORDED_AT = 1_760_000_000
"""Around when the vectors were made: fragments of theirs are decades older or newer."""


class Span(NamedTuple):
    """An entry of the vectors: offsets, and a tag that tells it from others."""

    begin: int
    end: int
    tag: int
    journal: str = "a/journal"


def _cover_set(spans: Iterable[tuple[int, int, int]]) -> CoverSet[Span]:
    return CoverSet(Span(*span) for span in spans)


def _adds(vector: Vector) -> list[Span]:
    journals = vector.input.get("journals", [])
    return [
        *(Span(*span) for span in vector.input.get("adds", [])),
        *(Span(0, 1, 0, journal) for journal in journals),
    ]


def _listed(cover: CoverSet[Span]) -> list[list[int]]:
    return [[span.begin, span.end, span.tag] for span in cover]


@op("cover_set_add")
def check_add(vector: Vector) -> None:
    """Spans are added as recorded, with the defect of the recorded broker if asked for.

    Where the defect didn't show, the right set is the same.
    """
    spans = _adds(vector)
    if not vector.ok:
        assert error_of(lambda: [CoverSet(spans[:1]).add(span) for span in spans[1:]])
        return
    reference: CoverSet[Span] = CoverSet(reference_defects=True)
    right: CoverSet[Span] = CoverSet()

    for cover in (reference, right):
        updated = [cover.add(span) for span in spans]
        if cover is reference or not vector.out.get("invariant_violated"):
            assert updated == vector.out["updated"]
            assert _listed(cover) == vector.out["set"]
            assert cover.begin_offset == vector.out["begin_offset"]
            assert cover.end_offset == vector.out["end_offset"]


@op("cover_set_longest_overlap")
def check_longest_overlap(vector: Vector) -> None:
    """Offsets are found, or not, where recorded."""
    cover = _cover_set(vector.input["set"])

    found = [[offset, *cover.longest_overlap(offset)] for offset in vector.input["offsets"]]

    assert found == vector.out


@op("cover_set_difference")
def check_difference(vector: Vector) -> None:
    """What one set has and another doesn't cover is as recorded."""
    difference = _cover_set(vector.input["a"]).difference(_cover_set(vector.input["b"]))

    assert _listed(difference) == vector.out


@op("index_query")
def check_query(vector: Vector) -> None:
    """A query of the index comes to the recorded status, offset and fragment."""
    index = FragmentIndex()
    spans = vector.input["fragments_begin_end_modtime"]
    fragments = [
        Fragment(journal="a/journal", begin=begin, end=end, mod_time=mod_time)
        for begin, end, mod_time in spans
    ]
    index.refresh(fragment for fragment in fragments if fragment.mod_time)
    for fragment in fragments:
        if not fragment.mod_time:
            index.commit(fragment, None)

    found = index.query(
        vector.input["offset"],
        begin_mod_time=vector.input["begin_mod_time"],
        block=vector.input["block"],
        now=RECORDED_AT,
    )

    told = {
        "status": Status.Name(found.status),
        "offset": found.offset,
        "write_head": found.write_head,
    }
    if found.entry is not None:
        told["fragment"] = [found.entry.begin, found.entry.end]
    assert told == vector.out
