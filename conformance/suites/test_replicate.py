"""Replicate: how streams open, and in whose name."""

from typing import Any

import pytest

import protocol
from conformance import requirement
from conformance.broker import Broker
from conformance.checks import assert_equal, assert_refused, assert_status, assert_true
from conformance.standin import StandIn, acknowledged
from conformance.target import Target
from conformance.workspace import Workspace
from protocol.fragments import sum_of

QUIET = 0.3
"""Seconds a replica must say nothing where it has nothing to answer."""


@requirement("replicate.first-message-needs-header")
@pytest.mark.parametrize("kind", ["proposal", "content"])
def test_the_first_message_needs_a_header(standin: StandIn, kind: str) -> None:
    """A proposal without a header, and content at once, are refused; with a header it is not."""
    first = {"proposal": standin.proposal(0), "content": standin.content(b"replicated")}[kind]
    answer = standin.call(first)
    assert_refused(answer, "Header", text="expected first ReplicateRequest to have Header")
    assert_equal(standin.call(standin.proposal(0, first=True)).code, "OK", "the code")


@requirement("replicate.header-needs-acknowledge")
def test_a_header_wants_an_acknowledgement(standin: StandIn) -> None:
    """A first proposal that asks for no answer is refused."""
    answer = standin.call(standin.proposal(0, first=True, acknowledge=False))
    assert_refused(answer, "Acknowledge", text="expected Acknowledge with Header")


@requirement("replicate.refuses-empty-request")
def test_an_empty_message_is_refused(standin: StandIn) -> None:
    """A message with nothing in it is refused."""
    answer = standin.call(protocol.ReplicateRequest())
    assert_refused(answer, "Content", "Proposal", text="expected Content or Proposal")


@requirement("replicate.empty-stream-is-an-error")
def test_a_stream_without_messages_is_an_error(standin: StandIn) -> None:
    """Half-closing at once ends the stream with an error."""
    assert_refused(standin.call(), text="EOF")


@requirement("replicate.initial-sync-is-acknowledged")
def test_the_opening_proposal_is_acknowledged(standin: StandIn) -> None:
    """The first answer has a header of the replica, and further ones have none."""
    with standin.open(standin.proposal(0, first=True)) as stream:
        first = acknowledged(stream)
        assert_equal(first.header.process_id, standin.header.process_id, "who answered")
        assert_equal(list(first.header.route.members), list(standin.header.route.members), "route")
        for registers, status in (((), "OK"), ((("aa", "1"),), "PROPOSAL_MISMATCH")):
            stream.send(standin.proposal(0, registers=registers))
            later = acknowledged(stream, status)
            assert_true(not later.HasField("header"), "no header later on", later)


@requirement("replicate.one-stream-at-a-time")
def test_a_second_stream_waits_for_the_first(standin: StandIn) -> None:
    """While one stream is open another one is silent; then it is answered."""
    with standin.synced() as first, standin.open(standin.proposal(0, first=True)) as second:
        second.silent(QUIET)
        first.half_close()
        first.end()
        acknowledged(second)


@requirement("replicate.wrong-route-is-answered")
@pytest.mark.parametrize("change", ["members", "alone", "another", "primary", "zone", "suffix"])
def test_another_route_is_answered_with_the_right_one(standin: StandIn, change: str) -> None:
    """A header of other members, or another primary, gets WRONG_ROUTE and the replica's route."""
    request = standin.proposal(0, first=True)
    route = request.header.route
    if change == "members":
        del route.members[0], route.endpoints[0]
        route.primary = 0
    elif change == "alone":
        index = 1 - route.primary
        del route.members[index], route.endpoints[index]
        route.primary = 0
    elif change == "another":
        route.members.add(zone="zz", suffix="another")
        route.endpoints.append("")
    elif change == "primary":
        route.primary = 1 - route.primary
    else:
        last = route.members[-1]
        setattr(last, change, f"{getattr(last, change)}-other")
    message = assert_status(standin.call(request), "WRONG_ROUTE")
    assert_equal(list(message.header.route.members), list(standin.header.route.members), "route")


@requirement("replicate.endpoints-are-not-compared")
def test_a_route_without_endpoints_is_the_same_route(standin: StandIn) -> None:
    """A header whose route has no endpoints is taken."""
    request = standin.proposal(0, first=True)
    del request.header.route.endpoints[:]
    assert_status(standin.call(request), "OK")


@requirement("replicate.older-revision-is-accepted")
def test_an_older_revision_is_taken(standin: StandIn) -> None:
    """A header of revision 1 with the same route is taken."""
    request = standin.proposal(0, first=True)
    request.header.etcd.revision = 1
    assert_status(standin.call(request), "OK")


@requirement("header.rest-is-not-compared", "replicate.endpoints-are-not-compared")
def test_only_some_of_a_header_is_compared(standin: StandIn) -> None:
    """A header with another member id and raft term, and other endpoints, is taken."""
    request = standin.proposal(0, first=True)
    request.header.etcd.member_id ^= 1
    request.header.etcd.raft_term += 5
    for index in range(len(request.header.route.endpoints)):
        request.header.route.endpoints[index] = f"http://host-{index}.example:1"
    answer = standin.call(request)
    assert_equal(assert_status(answer, "OK").header.etcd, standin.header.etcd, "etcd as told")


@requirement("replicate.future-revision-waits")
def test_a_future_revision_is_waited_for(standin: StandIn) -> None:
    """A header of a revision far ahead is not answered."""
    request = standin.proposal(0, first=True)
    request.header.etcd.revision += 10_000_000
    with standin.open(request) as stream:
        stream.silent(QUIET)


@requirement("replicate.refuses-foreign-header")
def test_a_header_for_somebody_else_is_refused(standin: StandIn) -> None:
    """Another process id and another cluster id are each refused by name."""
    request = standin.proposal(0, first=True)
    request.header.process_id.suffix += "-other"
    assert_refused(standin.call(request), "ProcessId")
    request = standin.proposal(0, first=True)
    own = request.header.etcd.cluster_id
    request.header.etcd.cluster_id = 7
    text = f"request Etcd ClusterId doesn't match our own (7 vs {own})"
    assert_refused(standin.call(request), "ClusterId", text=text)


@requirement("replicate.accepts-empty-process-id")
def test_a_header_for_nobody_is_taken(standin: StandIn) -> None:
    """A header without a process id is taken."""
    request = standin.proposal(0, first=True)
    request.header.process_id.Clear()
    assert_status(standin.call(request), "OK")


@requirement("replicate.unknown-journal")
def test_a_journal_that_does_not_exist_is_not_found(workspace: Workspace, broker: Broker) -> None:
    """The stream is answered once, under a header, and ends."""
    request = protocol.ReplicateRequest(
        header=workspace.list().first.header,
        proposal={"journal": workspace.name(), "compression_codec": "NONE"},
        acknowledge=True,
    )
    message = assert_status(broker.call("Replicate", request), "JOURNAL_NOT_FOUND")
    assert_true(message.header.etcd.revision > 0, "a header", message)


@requirement("replicate.non-member-refuses")
def test_a_broker_without_the_journal_refuses(workspace: Workspace, target: Target) -> None:
    """A broker that does not hold the journal answers NOT_JOURNAL_BROKER in its own name."""
    journal = workspace.journal()
    member = workspace.assigned(journal).route.members[0]
    for broker in target.brokers:
        header = broker.call("List", protocol.ListRequest()).first.header
        if header.process_id == member:
            continue
        request = protocol.ReplicateRequest(
            header=header,
            proposal={"journal": journal.name, "compression_codec": "NONE"},
            acknowledge=True,
        )
        message = assert_status(broker.call("Replicate", request), "NOT_JOURNAL_BROKER")
        assert_equal(message.header.process_id, header.process_id, "who refused")


MALFORMED = [
    pytest.param(
        {"deprecated_journal": "other/journal"}, "DeprecatedJournal", id="deprecated-journal"
    ),
    pytest.param({"content": b"x"}, "Content", id="content"),
    pytest.param({"content_delta": 3}, "ContentDelta", id="content-delta"),
]


@requirement("replicate.refuses-malformed-messages")
@pytest.mark.parametrize(("fields", "named"), MALFORMED)
def test_malformed_proposals_are_refused(
    workspace: Workspace, broker: Broker, fields: dict[str, str | bytes | int], named: str
) -> None:
    """A proposal with a field that does not belong there is refused by that field."""
    request = protocol.ReplicateRequest(
        header=workspace.list().first.header,
        proposal={"journal": workspace.name(), "compression_codec": "NONE"},
        acknowledge=True,
        **fields,  # type: ignore[arg-type]
    )
    assert_refused(broker.call("Replicate", request), named)


LATER: tuple[tuple[dict[str, Any], str], ...] = (
    ({"content": b"x"}, "Content"),
    ({"content_delta": 3}, "ContentDelta"),
    ({"deprecated_journal": "other/journal"}, "DeprecatedJournal"),
    ({"registers": {"labels": [{"name": "bb"}, {"name": "aa"}]}}, "Registers"),
    ({"proposal": {"journal": "a//b"}}, "Proposal.Journal"),
    ({"proposal": {"compression_codec": 9}}, "Proposal.CompressionCodec"),
    ({"proposal": None}, "Proposal"),
    ({"proposal": None, "content": b"x", "acknowledge": True}, "Acknowledge"),
    ({"proposal": None, "content": b"x", "content_delta": -1}, "ContentDelta"),
    ({"proposal": None, "content": b"x", "deprecated_journal": "aa/bb"}, "DeprecatedJournal"),
    ({"proposal": None, "content": b"x", "registers": {}}, "Registers"),
)
"""What makes a later message of a stream malformed, and what the refusal names."""


@requirement("replicate.refuses-malformed-messages", "replicate.content-delta-must-match")
@pytest.mark.parametrize("before", [0, 3])
def test_later_malformed_messages_are_refused(standin: StandIn, before: int) -> None:
    """A malformed message ends a stream in an error, however many right ones were before."""
    right = [standin.proposal(0) for _ in range(before)]
    for fields, named in LATER:
        wrong = standin.proposal(0, acknowledge="proposal" not in fields)
        for name, value in fields.items():
            if value is None or name == "registers":
                wrong.ClearField(name)
            if name == "proposal" and value is None:
                wrong.ClearField("registers")
            if value is not None:
                wrong.MergeFrom(protocol.ReplicateRequest(**{name: value}))
        answer = standin.call(standin.proposal(0, first=True), *right, wrong)
        assert_equal((answer.code, len(answer.messages)), ("UNKNOWN", before + 1), f"{fields}")
        assert_true(named in answer.details, f"an error that names {named}", answer)


@requirement("replicate.refuses-malformed-messages")
def test_a_proposal_without_codec_is_refused(workspace: Workspace, broker: Broker) -> None:
    """Codec INVALID is refused, NONE is not."""
    request = protocol.ReplicateRequest(
        header=workspace.list().first.header,
        proposal={"journal": workspace.name(), "sum": sum_of(b"x")},
        acknowledge=True,
    )
    assert_refused(broker.call("Replicate", request), "Proposal.CompressionCodec")
    request.proposal.compression_codec = protocol.CompressionCodec.NONE
    assert_equal(broker.call("Replicate", request).code, "OK", "the code of a right proposal")
