"""Several brokers: what a proxying broker passes on is the request, whole."""

from pathlib import Path
from typing import Any

import pytest

from conformance import requirement
from conformance.answer import Answer
from conformance.broker import Broker
from conformance.checks import assert_equal
from conformance.journal import Journal, label_set, selector
from conformance.stored import Shelf, filled_journal
from conformance.target import Target
from conformance.workspace import Workspace

TEN = b"0123456789"
TIMES = (100, 200, 300)
"""Modification times of the stored files, in seconds since the epoch."""
WAITING = 0.4
"""Seconds of silence that tell waiting from answering: an answer takes some milliseconds."""

READS: dict[str, dict[str, Any]] = {
    "offset": {"offset": 15},
    "head": {"offset": -1},
    "beyond-head": {"offset": 99},
    "end-offset": {"offset": 5, "end_offset": 12},
    "blocking-to-end-offset": {"end_offset": 30, "block": True},
    "metadata-only": {"metadata_only": True},
    "begin-time": {"begin_mod_time": 201},
}
LISTINGS: dict[str, dict[str, Any]] = {
    "begin-time": {"begin_mod_time": 200},
    "end-time": {"end_mod_time": 200},
    "page-limit": {"page_limit": 2},
    "page-token": {"next_page_token": 10},
    "signed": {"signatureTTL": {"seconds": 60}},
}
APPENDS: tuple[tuple[bytes, dict[str, Any]], ...] = (
    (b"abc", {"union_registers": label_set({"aa": "1", "bb": "2"})}),
    (b"def", {"subtract_registers": label_set({"aa": "1"})}),
    (b"ghi", {"check_registers": selector({"bb": "2"})}),
    (b"xyz", {"check_registers": selector({"bb": "3"})}),
    (b"xyz", {"offset": 4}),
    (b"jkl", {"offset": 9}),
    (b"xyz", {"suspend": "SUSPEND_NOW"}),
    (b"", {"suspend": "SUSPEND_IF_FLUSHED"}),
    (b"", {"suspend": "SUSPEND_NOW"}),
    (b"xyz", {"suspend": "SUSPEND_NO_RESUME"}),
    (b"mno", {}),
)
"""Content and parameters of appends to a new journal, one after the other."""


@pytest.fixture
def stored(
    workspace: Workspace, target: Target, file_root: Path, brokers: tuple[Broker, ...]
) -> Journal:
    """A journal of one replica over three stored fragments of ten bytes."""

    def fill(shelf: Shelf) -> None:
        for number, mod_time in enumerate(TIMES):
            shelf.put(number * 10, TEN, mod_time=mod_time)

    return filled_journal(workspace, target, file_root, fill)


def _bodies(answer: Answer) -> list[Any]:
    """The code, and the messages without what tells who answered."""
    bodies = []
    for message in answer.messages:
        body = type(message).FromString(message.SerializeToString())
        body.ClearField("header")
        bodies.append(body)
    return [answer.code, *bodies]


@requirement("read.proxying-keeps-the-request")
@pytest.mark.parametrize("fields", READS.values(), ids=READS)
def test_proxied_parameters(workspace: Workspace, stored: Journal, fields: dict[str, Any]) -> None:
    """A read with a parameter brings through another broker what it brings at the member."""
    direct = stored.read(**fields)
    for broker in workspace.others(stored):
        assert_equal(_bodies(stored.read(broker=broker, **fields)), _bodies(direct), "messages")


@requirement("read.proxying-keeps-the-request")
def test_proxied_block(workspace: Workspace, stored: Journal) -> None:
    """A read that blocks does so through another broker too, and goes on with new content."""
    for broker in workspace.others(stored):
        head = stored.head()
        with Journal(stored.name, broker).open_read(head) as stream:
            stream.silent(WAITING)
            stored.append(TEN, offset=head).ok()
            assert_equal((stream.next().offset, stream.next().content), (head, TEN), "content")


@requirement("list-fragments.proxying-keeps-the-request")
@pytest.mark.parametrize("fields", LISTINGS.values(), ids=LISTINGS)
def test_proxied_listing(workspace: Workspace, stored: Journal, fields: dict[str, Any]) -> None:
    """A listing with a parameter holds through another broker what it holds at the member."""
    direct = stored.fragments(**fields)
    for broker in workspace.others(stored):
        proxied = Journal(stored.name, broker).fragments(**fields)
        assert_equal(_bodies(proxied), _bodies(direct), "the listing")


@requirement("append.others-proxy")
def test_proxied_append(workspace: Workspace, brokers: tuple[Broker, ...]) -> None:
    """Appends of every parameter end through another broker as they end at the primary."""
    outcomes = []
    for elsewhere in (False, True):
        journal = workspace.journal()
        broker = workspace.others(journal)[0] if elsewhere else journal.broker
        outcomes.append([_outcome(journal, broker, *each) for each in APPENDS])
    for (content, fields), direct, proxied in zip(APPENDS, *outcomes, strict=True):
        assert_equal(proxied, direct, f"what an append of {content!r} with {fields} brings")


def _outcome(journal: Journal, broker: Broker, content: bytes, fields: dict[str, Any]) -> Any:
    chunks = filter(None, [content[:1], content[1:]])
    message = journal.append(*chunks, broker=broker, **fields).message
    commit = (message.commit.begin, message.commit.end, message.commit.sum.part1)
    labels = [(label.name, label.value) for label in message.registers.labels]
    return message.status, commit, labels, message.total_chunks
