"""Several brokers: what a proxying broker passes on is the request, whole."""

from pathlib import Path
from typing import Any

import pytest

import protocol
from conformance import requirement, wait
from conformance.answer import Answer
from conformance.broker import Broker
from conformance.checks import assert_equal, assert_true
from conformance.journal import Journal, label_set, normalized, selector
from conformance.replica import PeerStage
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


def held_by_replica(workspace: Workspace, replica: Any) -> Journal:
    """A journal of one replica, which is the one that the suite plays."""

    def look() -> Journal | None:
        journal = workspace.journal(assigned=False)
        members = list(workspace.assigned(journal).route.members)
        return journal if members == [replica] else None

    return wait.until(look, "a journal to be given to the replica")


@requirement("header.proxied-append-names-primary")
def test_a_proxied_append_is_addressed(peer_stage: PeerStage, peer_workspace: Workspace) -> None:
    """The primary gets the parameters as they were, with a header addressed to it."""
    journal = held_by_replica(peer_workspace, peer_stage.replica.id)
    full = protocol.AppendRequest(
        journal=journal.name,
        offset=5,
        check_registers=selector({"aa": "1"}, {"bb": "2"}),
        union_registers=label_set({"owner": "one"}),
        subtract_registers=label_set({"owner": ["one", "two"]}),
        suspend="SUSPEND_NOW",
    )
    for request in (full, protocol.AppendRequest(journal=journal.name)):
        ends = [request, *(protocol.AppendRequest(content=each) for each in (b"content", b""))]
        assert_equal(journal.broker.call("Append", *ends).status, "NOT_ALLOWED", "status")
        sent = peer_stage.replica.proxied[-1]
        assert_equal(sent.header.process_id, peer_stage.replica.id, "to whom it is addressed")
        assert_passed_on(sent, request, peer_stage.replica.id)


@requirement("header.proxied-read-names-nobody")
def test_a_proxied_read_is_addressed_to_nobody(
    peer_stage: PeerStage, peer_workspace: Workspace
) -> None:
    """The member gets a read or a listing as it was, with a header that names no process."""
    journal = held_by_replica(peer_workspace, peer_stage.replica.id)
    name = journal.name
    requests = (
        protocol.ReadRequest(journal=name, offset=7, end_offset=9, begin_mod_time=11),
        protocol.ReadRequest(journal=name, offset=-1, block=True),
        protocol.ReadRequest(journal=name, metadata_only=True),
        protocol.FragmentsRequest(
            journal=name,
            begin_mod_time=3,
            end_mod_time=5,
            next_page_token=7,
            page_limit=9,
            signatureTTL={"seconds": 11, "nanos": 13},
        ),
    )
    for request in requests:
        rpc = "Read" if isinstance(request, protocol.ReadRequest) else "ListFragments"
        assert_equal(journal.broker.call(rpc, request).status, "NOT_ALLOWED", "status")
        sent = peer_stage.replica.proxied[-1]
        assert_equal(sent.header.process_id, protocol.ProcessSpec.ID(), "to whom it is addressed")
        assert_passed_on(sent, request, peer_stage.replica.id)


def assert_passed_on(sent: Any, request: Any, member: Any) -> None:
    """Holds that what was sent on is the request, but for a header with the route of `member`."""
    assert_routed(sent.header, member)
    rest = type(sent)()
    rest.CopyFrom(sent)
    rest.ClearField("header")
    assert_equal(normalized(rest), request, "the request as passed on")


def assert_routed(header: Any, member: Any) -> None:
    """Holds that a header has the route of its only member, and a revision."""
    assert_equal(list(header.route.members), [member], "members of the route")
    assert_equal(len(header.route.endpoints), 1, "how many endpoints there are")
    assert_true(header.etcd.revision > 0 and header.etcd.cluster_id, "a state of etcd", header)
