"""Pipeline: what a primary sends to its replicas, seen by one that the suite plays."""

from collections.abc import Callable
from typing import Any

import pytest

import protocol
from conformance import requirement, wait
from conformance.answer import Answer
from conformance.checks import assert_equal, assert_refused, assert_status, assert_sum, assert_true
from conformance.journal import label_set
from conformance.launch import Launched
from conformance.replica import SUFFIX, Part, refuse
from conformance.target import Target
from conformance.workspace import Workspace

HELD = 0.3
"""Seconds an append must stay open while a replica's acknowledgement is due."""
LOOKS = 3
"""How often a test counts proposals: a broker's own barrier, once a minute, may be among them."""
AHEAD = 20
"""Revisions ahead that a replica claims to be, and that a test then makes: the few that other
journals make meanwhile do not get there."""


def is_proposal(request: Any) -> bool:
    """Whether a request proposes a fragment."""
    return bool(request.HasField("proposal"))


def has_content(request: Any) -> bool:
    """Whether a request carries content of an append."""
    return bool(request.HasField("content") and request.content)


def is_opening(request: Any) -> bool:
    """Whether a request is the first of its stream."""
    return bool(request.HasField("header"))


def span(request: Any) -> tuple[int, int]:
    """The offsets of a proposed fragment."""
    return request.proposal.begin, request.proposal.end


def ends_at(offset: int) -> Callable[[Any], bool]:
    """Tells proposals of fragments that end there."""
    return lambda request: is_proposal(request) and request.proposal.end == offset


@requirement("pipeline.opens-with-a-synchronising-proposal")
def test_a_stream_opens_with_the_primarys_state(part: Part) -> None:
    """The first request is addressed to the replica and proposes what the primary has."""
    first = part.conversation.await_request(lambda _: True, "an opening proposal")
    assert_equal(first.header.process_id, part.replica, "to whom the header is addressed")
    route = first.header.route
    ids = [(each.zone, each.suffix) for each in route.members]
    expected = sorted((each.zone, each.suffix) for each in (part.primary, part.replica))
    assert_equal(ids, expected, "the members of the route")
    assert_equal(route.members[route.primary], part.primary, "the primary of the route")
    assert_true(first.header.etcd.revision > 0, "a revision", first.header.etcd)
    assert_equal(first.proposal.journal, part.journal.name, "the journal of the proposal")
    assert_equal(first.deprecated_journal, part.journal.name, "the deprecated journal")
    assert_equal(span(first), (0, 0), "the fragment of an empty journal")
    assert_true(first.acknowledge, "an acknowledgement to be asked for", first)
    assert_true(first.HasField("registers"), "registers", first)


@requirement("pipeline.fans-content-out")
def test_chunks_pass_as_they_come(part: Part) -> None:
    """Each chunk is one request, its delta the bytes of the append before it."""
    before = part.synced()
    part.journal.append(b"one", b"four", b"x", b"y" * 300_000, b"z").ok()
    sent = [each for each in part.conversation.following(before) if has_content(each)]
    told = [(each.content[:4], len(each.content), each.content_delta) for each in sent]
    came = [
        (b"one", 3, 0),
        (b"four", 4, 3),
        (b"x", 1, 7),
        (b"yyyy", 300_000, 8),
        (b"z", 1, 300_008),
    ]
    assert_equal(told, came, "content, sizes and deltas")
    assert_true(not any(each.acknowledge for each in sent), "no acknowledgement asked", sent)


@requirement("pipeline.acknowledges-after-all-replicas")
def test_clients_wait_for_the_replica(part: Part) -> None:
    """The commit is proposed with sum and registers, and the client waits for its answer."""
    before = part.synced()
    part.conversation.hold()
    union = label_set({"owner": "one"})
    with part.journal.open_append(b"hello", union_registers=union) as stream:
        stream.send(protocol.AppendRequest())
        stream.half_close()
        proposal = part.conversation.await_request(ends_at(5), "the commit", after=before)
        stream.silent(HELD)
        part.conversation.release()
        assert_status(stream.end(), "OK")
    assert_equal(span(proposal), (0, 5), "the fragment proposed")
    assert_sum(proposal.proposal.sum, b"hello", "the sum of the whole fragment")
    assert_equal(proposal.registers, union, "the registers proposed")
    assert_true(proposal.acknowledge, "an acknowledgement to be asked for", proposal)


@requirement("pipeline.proposes-rolls-first")
def test_a_roll_precedes_the_content(part: Part) -> None:
    """Behind the first append of a journal a roll is due: it is proposed before the next one."""
    before = part.synced()
    for content in (b"first", b"second"):
        part.journal.append(content).ok()
    sent = part.conversation.following(before)
    first, second = (number for number, each in enumerate(sent) if has_content(each))
    rolls = [each for each in sent[first:second] if is_proposal(each) and span(each) == (5, 5)]
    assert_true(rolls, "a roll to [5, 5) between the contents", sent)
    asked = rolls[0].acknowledge
    assert_true(not asked, "no acknowledgement of the roll to be asked for", rolls[0])


@requirement("pipeline.proposes-rollback")
def test_an_aborted_append_is_rolled_back(part: Part) -> None:
    """Behind the content of an append that is given up stands the fragment as it was."""
    before = part.synced()
    assert_refused(part.journal.append(b"never", commit=False))
    content = part.conversation.await_request(has_content, "the content", after=before)
    behind = before + part.conversation.following(before).index(content)
    proposal = part.conversation.await_request(is_proposal, "the roll-back", after=behind)
    assert_equal(span(proposal), (0, 0), "the fragment proposed")
    assert_true(proposal.acknowledge, "an acknowledgement to be asked for", proposal)


@requirement("pipeline.proposes-rollback")
def test_an_append_given_up_at_once_is_rolled_back(part: Part) -> None:
    """An append that is given up before any content proposes the fragment as it was, too."""
    part.synced()
    part.journal.append(b"kept").ok()
    for _ in range(LOOKS):
        before = len(part.conversation.received)
        assert_refused(part.journal.append(commit=False))
        proposal = part.conversation.await_request(is_proposal, "a proposal", after=before)
        assert_equal(span(proposal)[1], len(b"kept"), "where the fragment proposed ends")


@requirement("pipeline.empty-append-is-a-barrier")
def test_a_barrier_asks_the_replica(part: Part) -> None:
    """An append without content is one acknowledged proposal, which the client waits for."""
    part.synced()
    looks = (_requests_of_a_barrier(part) for _ in range(LOOKS))
    one = [(True, 0, 0, True)]
    assert_true(any(told == one for told in looks), "one proposal", f"more, {LOOKS} times")


def _requests_of_a_barrier(part: Part) -> list[Any]:
    before = len(part.conversation.received)
    part.conversation.hold()
    with part.journal.open_append() as stream:
        stream.send(protocol.AppendRequest())
        stream.half_close()
        part.conversation.await_request(is_proposal, "the barrier", after=before)
        stream.silent(HELD)
        part.conversation.release()
        assert_status(stream.end(), "OK")
    sent = part.conversation.following(before)
    return [(is_proposal(each), *span(each), each.acknowledge) for each in sent]


@requirement("pipeline.refused-append-sends-nothing")
def test_refusals_stay_at_the_primary(part: Part) -> None:
    """Wrong offsets and failed checks of registers reach no replica."""
    part.synced()
    part.journal.append(b"abc", union_registers=label_set({"owner": "one"})).ok()
    looks = (_acknowledged_of_refusals(part) for _ in range(LOOKS))
    assert_true(1 in looks, "one acknowledged proposal, the barrier's", f"more, {LOOKS} times")


def _acknowledged_of_refusals(part: Part) -> int:
    """How many proposals ask for an acknowledgement as refused appends precede a barrier."""
    before = len(part.conversation.received)
    assert_status(part.journal.append(b"x", offset=99), "WRONG_APPEND_OFFSET")
    mismatch = {"include": label_set({"owner": "two"})}
    assert_status(part.journal.append(b"x", check_registers=mismatch), "REGISTER_MISMATCH")
    part.journal.append().ok()
    sent = part.conversation.following(before)
    assert_true(not any(has_content(each) for each in sent), "no content", sent)
    return sum(each.acknowledge for each in sent)


@requirement("pipeline.appends-are-pipelined")
def test_the_next_append_streams_meanwhile(part: Part) -> None:
    """While one commit awaits its acknowledgement the next append's content arrives."""
    before = part.synced()
    part.conversation.hold()
    with part.journal.open_append(b"first") as one:
        one.send(protocol.AppendRequest())
        one.half_close()
        part.conversation.await_request(ends_at(5), "the first commit", after=before)
        with part.journal.open_append(b"second") as two:
            two.send(protocol.AppendRequest())
            two.half_close()
            part.conversation.await_request(
                lambda each: each.content == b"second", "the second append's content", after=before
            )
            one.silent(0.0)
            part.conversation.release()
            commits = [assert_status(stream.end(), "OK").commit for stream in (one, two)]
    ranges = [(each.begin, each.end) for each in commits]
    assert_equal(ranges, [(0, 5), (5, 11)], "the commits")


@requirement("pipeline.adopts-a-replica-ahead")
@pytest.mark.parametrize("held", [{"owner": "ahead"}, {}], ids=["registers", "none"])
def test_a_replica_ahead_is_followed(part: Part, held: dict[str, str]) -> None:
    """The primary rolls to the end and the registers of a replica that has more, its own lost."""
    part.synced()
    own = label_set({"other": "primary", "owner": "primary"})
    part.journal.append(b"behind", union_registers=own).ok()
    part.conversation.hang_up()
    ahead = {"journal": part.journal.name, "begin": 400, "end": 500, "compression_codec": "NONE"}
    registers = label_set(held)
    mismatch = refuse("PROPOSAL_MISMATCH", fragment=ahead, registers=registers)
    agreed = part.conversation.answer

    def answer(request: Any) -> Any:
        return (mismatch if request.proposal.end < 500 else agreed)(request)

    part.conversation.answer = answer
    part.synced()
    adopted = part.conversation.await_request(ends_at(500), "the adopted end")
    assert_equal(span(adopted), (500, 500), "the fragment proposed")
    assert_equal(adopted.registers, registers, "the registers proposed")
    message = assert_status(part.journal.append(b"x"), "OK")
    assert_equal(message.commit.begin, 500, "where the journal goes on")
    assert_equal(message.registers, registers, "the registers afterwards")


@requirement("pipeline.rolls-for-an-empty-replica")
def test_an_empty_replica_gets_an_empty_fragment(part: Part) -> None:
    """Where a new stream's replica has nothing at the same end, the primary rolls to there."""
    part.synced()
    part.journal.append(b"a").ok()  # behind it a roll is due, which would hide the one awaited
    part.journal.append(b"hello").ok()
    empty = {"journal": part.journal.name, "begin": 6, "end": 6, "compression_codec": "NONE"}
    agreed = part.conversation.answer
    mismatch = refuse("PROPOSAL_MISMATCH", fragment=empty)

    def answer(request: Any) -> Any:
        return (mismatch if span(request) == (1, 6) else agreed)(request)

    part.conversation.answer = answer
    before = len(part.conversation.received)
    part.conversation.hang_up()
    wait.until(lambda: part.journal.append().status == "OK", "the primary to start anew")
    opening = part.conversation.await_request(is_opening, "a new opening", after=before)
    assert_equal(span(opening), (1, 6), "the fragment of the opening")
    rolled = [span(each) for each in part.conversation.following(before) if is_proposal(each)]
    assert_true((6, 6) in rolled, "a roll to [6, 6)", rolled)
    message = assert_status(part.journal.append(b"x"), "OK")
    assert_equal(message.commit.begin, 6, "where the journal goes on")


@requirement("pipeline.follows-a-newer-route")
def test_a_newer_route_is_awaited(part: Part, peer_workspace: Workspace) -> None:
    """Told of a later revision the primary waits for it, and then opens a stream anew."""
    agreed = part.conversation.answer
    wanted = peer_workspace.list().first.header.etcd.revision + AHEAD

    def answer(request: Any) -> Any:
        if not is_opening(request) or request.header.etcd.revision >= wanted:
            return agreed(request)
        later = protocol.Header(etcd=request.header.etcd, route=request.header.route)
        later.etcd.revision = wanted
        later.route.primary = 1 - later.route.primary
        return protocol.ReplicateResponse(status="WRONG_ROUTE", header=later)

    part.conversation.answer = answer
    part.conversation.release()
    with part.journal.open_append(b"abc") as stream:
        stream.send(protocol.AppendRequest())
        stream.half_close()
        stream.silent(HELD)
        for _ in range(AHEAD):
            peer_workspace.unmade().apply(expect=0).ok()
        assert_status(stream.end(), "OK")
    told = [
        each.header.etcd.revision for each in part.conversation.following(0) if is_opening(each)
    ]
    assert_true(max(told) >= wanted, f"an opening at {wanted} or later", told)


@requirement("pipeline.route-conflict-fails-the-append")
def test_a_route_conflict_fails_the_append(part: Part) -> None:
    """WRONG_ROUTE at the revision that the primary has itself ends the append."""

    def answer(request: Any) -> Any:
        same = protocol.Header(etcd=request.header.etcd)
        return protocol.ReplicateResponse(status="WRONG_ROUTE", header=same)

    part.conversation.answer = answer
    part.conversation.release()
    assert_refused(part.journal.append(b"abc"), "WRONG_ROUTE")


@requirement("pipeline.unexpected-sync-status-fails-the-append")
def test_another_status_of_an_opening_fails_the_append(part: Part) -> None:
    """JOURNAL_NOT_FOUND from a replica ends the append."""
    part.conversation.answer = refuse("JOURNAL_NOT_FOUND")
    part.conversation.release()
    assert_refused(part.journal.append(b"abc"), "JOURNAL_NOT_FOUND")


@requirement("pipeline.unexpected-commit-status-fails-the-append", "pipeline.poisoned-pipeline")
def test_a_refused_commit_fails_the_append(part: Part) -> None:
    """The client is told of the refusal; the primary's bytes stay, and so may the trouble."""
    part.synced()
    agreed = part.conversation.answer
    part.conversation.answer = refuse("PROPOSAL_MISMATCH")
    assert_refused(part.journal.append(b"abc"), "PROPOSAL_MISMATCH")
    part.conversation.answer = agreed
    assert_equal(part.journal.read(0).content, b"abc", "content at the primary")
    again = part.journal.append(b"def")
    assert_true(again.status == "OK" or again.code == "UNKNOWN", "OK or UNKNOWN", again)


@requirement("pipeline.unreachable-replica-fails-the-append")
def test_a_dead_replica_fails_appends(
    cluster: Callable[..., Any], workspace_of: Callable[[Target], Workspace]
) -> None:
    """With its replica gone, and its route still there, appends end UNAVAILABLE."""
    made = cluster(brokers=2)
    control: Launched = made.control
    workspace = workspace_of(made.target)
    journal = workspace.journal(replication=2)
    wait.until(lambda: journal.append().status == "OK", "a first append")
    other = next(
        index for index, each in enumerate(made.target.brokers) if each is not journal.broker
    )
    control.kill(other)
    answers: list[Answer] = [journal.append(b"x"), journal.append(b"x")]
    assert_equal([each.code for each in answers], ["UNAVAILABLE"] * 2, "how appends end")


@requirement("pipeline.advertises-consistency")
def test_the_first_append_is_later_than_its_route(workspace: Workspace) -> None:
    """Assigned and in step, the route is written down: the revision told has moved on twice."""
    journal = workspace.unmade()
    applied = journal.apply(expect=0).ok().header.etcd.revision
    workspace.assigned(journal)
    revision = workspace.appended(journal).ok().header.etcd.revision
    # One revision assigns the brokers, and another one tells that they are in step.
    assert_true(revision >= applied + 2, f"a revision of {applied + 2} or later", revision)


@requirement("append.replica-failure-passes-through")
def test_a_broken_replica_fails_the_append(part: Part) -> None:
    """An append whose replica breaks before it acknowledges ends with an error."""
    part.synced()

    def broken(_request: Any) -> Any:
        raise RuntimeError("the replica breaks")

    part.conversation.answer = broken
    answer = part.journal.append(b"perhaps")
    assert_true(answer.code != "OK", "the append to end with an error", answer)
    assert_refused(answer, SUFFIX, code=answer.code)
