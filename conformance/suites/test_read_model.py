"""Read and ListFragments: any parameters over fragments of all kinds, against a model."""

import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import protocol
from conformance import requirement
from conformance.answer import Answer, status_name
from conformance.checks import assert_equal, assert_status, assert_true
from conformance.journal import Journal
from conformance.stored import Shelf, filled_journal
from conformance.suites.test_model import EXAMPLES
from conformance.target import Target
from conformance.workspace import Workspace
from protocol.fragments import sum_of

NOT_YET = "OFFSET_NOT_YET_AVAILABLE"
TO_COME = 1 << 40
"""A time, in seconds since the epoch, that no modification reaches."""
STORED = (
    (50, 60, "NONE", "", 100),
    (60, 70, "GZIP", "kind=a/hour=1", 300),
    (100, 110, "SNAPPY", "kind=b", 200),
    (110, 120, "ZSTANDARD", "", 400),
    (200, 210, "NONE", "kind=b", 0),
)
"""Begin, end, codec, postfix and modification time (0 is now) of each stored fragment."""
LOCAL = (210, 215, 222)
"""Where the appends to the local fragment begin and end; it lies at the end of the store."""
HEAD = LOCAL[-1]
CONTENT = Random(7).randbytes(HEAD)
"""What the journal holds, and what it would hold in its holes."""
EDGES = sorted({edge for begin, end, *_ in STORED for edge in (begin, end)} | set(LOCAL))
OFFSETS = st.sampled_from(sorted({0, *(edge + step for edge in EDGES for step in (-1, 0, 1))}))
TIMES = st.sampled_from([0, 0, 100, 101, 200, 201, 300, 301, 400, 401, TO_COME])


class Span(NamedTuple):
    """A fragment as both RPCs tell it, and whether a read runs over a hole before it."""

    told: Any
    is_old: bool

    @property
    def is_stored(self) -> bool:
        """Whether it lies in the store."""
        return bool(self.told.backing_store)

    def is_before(self, bound: int) -> bool:
        """Whether it lies in the store since before `bound`."""
        return self.is_stored and self.told.mod_time < bound


@dataclass(frozen=True)
class Model:
    """What a journal answers, from what its fragments are."""

    spans: tuple[Span, ...]

    def read(self, asked: Any) -> list[Any]:
        """What a read that does not wait is told, as `_told` tells it."""
        told: list[Any] = []
        at, end = HEAD if asked.offset == -1 else asked.offset, asked.end_offset
        while True:
            at, span = self._locate(at, asked.begin_mod_time)
            if span is None:
                told.append((NOT_YET, at, HEAD, None, False, not told))
                return told
            told.append(("OK", at, HEAD, span.told, span.is_stored, not told))
            done = asked.metadata_only or (asked.do_not_proxy and span.is_stored)
            if done or (end and at >= end):
                return told
            stop = min(span.told.end, end) if end else span.told.end
            told.append((at, CONTENT[at:stop]))
            at = stop
            if end and at >= end:
                return told

    def _locate(self, at: int, begin_time: int) -> tuple[int, Span | None]:
        """Where a read at an offset goes on, and in which fragment, if there is one."""
        for number, span in enumerate(self.spans):
            if span.told.end <= at:
                continue
            if at < span.told.begin:
                if not span.is_stored or not (number == 0 or span.is_old):
                    break
                at = span.told.begin
            if not span.is_before(begin_time):
                return at, span
            at = span.told.end
        return at, None

    def page(self, asked: Any) -> tuple[list[Any], int]:
        """The fragments of a page with whether each is signed, and the page's token."""
        page: list[Any] = []
        for span in self.spans:
            if span.told.begin < asked.next_page_token:
                continue
            if asked.page_limit and len(page) == asked.page_limit:
                return page, span.told.begin
            late = asked.end_mod_time and not 0 < span.told.mod_time <= asked.end_mod_time
            if not late and not span.is_before(asked.begin_mod_time):
                page.append((span.told, span.is_stored and asked.HasField("signatureTTL")))
        return page, 0


def _told(answer: Answer) -> list[Any]:
    """The messages of a read: what each announces, and content that follows, joined."""
    told: list[Any] = []
    for message in answer.messages:
        if message.HasField("content"):
            bare = protocol.ReadResponse(offset=message.offset, content=message.content)
            assert_equal(message, bare, "a content message of offset and content")
            assert_true(message.content, "content that is not empty", message)
            before, content = told[-1] if told and len(told[-1]) == 2 else (None, b"")
            if before is not None and before + len(content) == message.offset:
                told[-1] = (before, content + message.content)
            else:
                told.append((message.offset, message.content))
            continue
        fragment = message.fragment if message.HasField("fragment") else None
        url, header = bool(message.fragment_url), bool(message.header.process_id.suffix)
        status = status_name(message.status)
        told.append((status, message.offset, message.write_head, fragment, url, header))
    return told


def _fragment(journal: str, begin: int, end: int, codec: str, **stored: Any) -> Any:
    return protocol.Fragment(
        journal=journal,
        begin=begin,
        end=end,
        sum=sum_of(CONTENT[begin:end]),
        compression_codec=codec,
        **stored,
    )


@pytest.fixture
def filled(workspace: Workspace, target: Target, file_root: Path) -> tuple[Journal, Model]:
    """A journal with holes, over stored fragments of all kinds and a local one."""
    now, store = int(time.time()), target.store()

    def fill(shelf: Shelf) -> None:
        for begin, end, codec, postfix, at in STORED:
            content = CONTENT[begin:end]
            shelf.put(begin, content, codec=codec, postfix=postfix, mod_time=at or now)

    journal = filled_journal(workspace, target, file_root, fill, compression_codec="GZIP")
    assert_status(journal.append(offset=LOCAL[0]), "OK")
    for begin, end in pairwise(LOCAL):
        journal.append(CONTENT[begin:end]).ok()
    spans = [
        Span(
            _fragment(
                journal.name,
                begin,
                end,
                codec,
                path_postfix=postfix,
                mod_time=at or now,
                backing_store=store,
            ),
            is_old=at > 0,
        )
        for begin, end, codec, postfix, at in STORED
    ]
    local = Span(_fragment(journal.name, LOCAL[0], HEAD, "GZIP"), is_old=False)
    return journal, Model((*spans, local))


READS = st.builds(
    lambda offset, length, **fields: {
        "offset": offset,
        "end_offset": 0 if length is None else offset + length,
        **fields,
    },
    offset=st.just(-1) | OFFSETS,
    length=st.none() | st.sampled_from([1, 5, 10, 15, 60, 160]),
    block=st.booleans(),
    begin_mod_time=TIMES,
    metadata_only=st.sampled_from([False, False, True]),
    do_not_proxy=st.sampled_from([False, False, True]),
)
PAGES = st.builds(
    lambda bounds, **fields: {
        "begin_mod_time": bounds[0],
        "end_mod_time": bounds[1] if bounds[1] >= bounds[0] else 0,
        **fields,
    },
    bounds=st.tuples(TIMES, TIMES),
    page_limit=st.integers(0, 4),
    next_page_token=st.just(0) | OFFSETS,
    do_not_proxy=st.booleans(),
    signatureTTL=st.sampled_from([None, {"seconds": 60}, {"nanos": 1_000_000}]),
)


@requirement("read.agrees-with-model")
@settings(EXAMPLES, max_examples=4)
@given(reads=st.lists(READS, min_size=16, max_size=16))
def test_read_model(filled: tuple[Journal, Model], reads: list[dict[str, Any]]) -> None:
    """A read of any parameters is told what the model says, message by message.

    It blocks only where the model says that it ends by itself.
    """
    journal, model = filled
    for fields in reads:
        expected = model.read(journal.read_request(**fields))
        fields["block"] &= expected[-1][0] != NOT_YET
        answer = journal.read(**fields)
        assert_equal(answer.code, "OK", f"code of a read of {fields}")
        assert_equal(_told(answer), expected, f"what a read of {fields} is told")


@requirement("list-fragments.agrees-with-model")
@settings(EXAMPLES, max_examples=3)
@given(pages=st.lists(PAGES, min_size=12, max_size=12))
def test_list_fragments_model(filled: tuple[Journal, Model], pages: list[dict[str, Any]]) -> None:
    """A listing of any parameters holds the fragments that the model says, whole, and its token."""
    journal, model = filled
    for fields in pages:
        request = protocol.FragmentsRequest(journal=journal.name, **fields)
        message = journal.fragments(**fields).ok()
        listed = [(each.spec, bool(each.signed_url)) for each in message.fragments]
        got = (listed, message.next_page_token)
        assert_equal(got, model.page(request), f"the listing of {fields}")
        assert_true(message.header.route.members, "a routed header", message.header)
