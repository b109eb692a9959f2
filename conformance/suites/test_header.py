"""Header: who answers, by which route, at which revision, and what callers may ask of it."""

from typing import Any

import pytest

import protocol
from conformance import requirement
from conformance.answer import Answer
from conformance.broker import Broker
from conformance.checks import (
    assert_equal,
    assert_refused,
    assert_status,
    assert_true,
    unchanged,
)
from conformance.journal import Journal
from conformance.target import Target
from conformance.validity import assert_valid
from conformance.workspace import Workspace
from protocol.text import compact_text

SHORT = 0.4
"""Seconds of deadline for a call that is to reach it."""
FAR = 1_000_000
"""Revisions ahead that no run makes."""
ROUTED = ("Read", "ListFragments", "Append")

RESOLVE = {"Append": "resolve: "}
"""What the reference puts before its text, by RPC."""


def header_of(workspace: Workspace, journal: Journal) -> Any:
    """The header that a proxying broker would attach: the journal's route, and the present."""
    header = protocol.Header()
    header.CopyFrom(journal.read(-1).first.header)
    header.etcd.CopyFrom(workspace.list().first.header.etcd)
    return header


def under(journal: Journal, rpc: str, header: Any, **options: Any) -> Answer:
    """A call about the journal that carries `header`."""
    requests: dict[str, list[Any]] = {
        "Read": [protocol.ReadRequest(journal=journal.name, header=header)],
        "ListFragments": [protocol.FragmentsRequest(journal=journal.name, header=header)],
        "Append": [
            protocol.AppendRequest(journal=journal.name, header=header),
            protocol.AppendRequest(),
        ],
    }
    return journal.broker.call(rpc, *requests[rpc], **options)


def at_member(workspace: Workspace, target: Target) -> Journal:
    """A journal of one replica, asked through the broker that holds it."""
    journal = workspace.journal()
    responder = journal.read(-1).first.header.process_id
    for broker in target.brokers:
        mine = Journal(journal.name, broker)
        own = broker.call("List", protocol.ListRequest()).first.header.process_id
        if own == responder:
            return mine
    return journal


@requirement("header.refuses-foreign-cluster")
@pytest.mark.parametrize("rpc", ["Read", "ListFragments"])
@pytest.mark.parametrize("empty", [False, True], ids=["for-us", "for-nobody"])
def test_a_header_of_another_cluster_is_refused(
    workspace: Workspace, target: Target, rpc: str, *, empty: bool
) -> None:
    """A request of another cluster is refused by name; one of this cluster is served."""
    journal = at_member(workspace, target)
    header = header_of(workspace, journal)
    if empty:
        header.process_id.Clear()
    own = header.etcd.cluster_id
    header.etcd.cluster_id = own ^ 1
    text = f"request Etcd ClusterId doesn't match our own ({own ^ 1} vs {own})"
    assert_refused(under(journal, rpc, header), "ClusterId", text=text)
    header.etcd.cluster_id = own
    assert_equal(under(journal, rpc, header).code, "OK", "the code under our own header")


@requirement("header.append-refuses-foreign-cluster")
def test_an_append_of_another_cluster_is_refused(workspace: Workspace, target: Target) -> None:
    """An append of another cluster is refused by name and changes nothing."""
    journal = at_member(workspace, target)
    header = header_of(workspace, journal)
    own = header.etcd.cluster_id
    header.etcd.cluster_id = own ^ 1
    text = f"resolve: request Etcd ClusterId doesn't match our own ({own ^ 1} vs {own})"
    with unchanged(journal):
        assert_refused(under(journal, "Append", header), "ClusterId", text=text)
    header.etcd.cluster_id = own
    assert_status(under(journal, "Append", header), "OK")


@requirement("header.refuses-foreign-process-id")
@pytest.mark.parametrize("rpc", ROUTED)
@pytest.mark.parametrize(
    "other",
    [{"zone": "zone-x", "suffix": "other"}, {"zone": "zone-x"}, {"suffix": "other"}],
    ids=["both", "zone", "suffix"],
)
def test_a_header_for_another_process_is_refused(
    workspace: Workspace, target: Target, rpc: str, other: dict[str, str]
) -> None:
    """A request addressed to somebody else, of the same zone or suffix perhaps, is refused."""
    journal = at_member(workspace, target)
    header = header_of(workspace, journal)
    own = compact_text(header.process_id)
    header.process_id.MergeFrom(protocol.ProcessSpec.ID(**other))
    text = (
        f"{RESOLVE.get(rpc, '')}request ProcessId doesn't match our own "
        f"({compact_text(header.process_id)} vs {own})"
    )
    assert_refused(under(journal, rpc, header), "ProcessId", text=text)


@requirement("header.accepts-own-or-empty-process-id")
@pytest.mark.parametrize("rpc", ROUTED)
@pytest.mark.parametrize("empty", [False, True], ids=["own", "empty"])
def test_a_header_for_us_or_for_nobody_is_served(
    workspace: Workspace, target: Target, rpc: str, *, empty: bool
) -> None:
    """A request addressed to the broker, or to no one in particular, is served."""
    journal = at_member(workspace, target)
    header = header_of(workspace, journal)
    if empty:
        header.process_id.Clear()
    assert_equal(under(journal, rpc, header).code, "OK", "the code")


MEMBER = {"zone": "zone-x", "suffix": "other"}
UNCOMPARED: dict[str, dict[str, Any]] = {
    "member-id": {"etcd": {"member_id": 7}},
    "raft-term": {"etcd": {"raft_term": 7_777}},
    "revision": {"etcd": {"revision": 1}},
    "no-route": {"route": {"primary": -1}},
    "other-members": {"route": {"members": [MEMBER], "primary": 0}},
    "other-endpoints": {
        "route": {"members": [MEMBER], "primary": -1, "endpoints": ["http://a.example:80"]}
    },
}
"""Parts of a header that may be another's, and what they are replaced by."""


@requirement("header.rest-is-not-compared")
@pytest.mark.parametrize("rpc", ROUTED)
def test_only_some_of_a_header_is_compared(workspace: Workspace, target: Target, rpc: str) -> None:
    """A header with another member id, term, older revision or route is served like our own."""
    journal = at_member(workspace, target)
    own = header_of(workspace, journal)
    expected = under(journal, rpc, own)
    route = expected.first.header.route
    for name, parts in UNCOMPARED.items():
        header = protocol.Header()
        header.CopyFrom(own)
        if "route" in parts:
            header.ClearField("route")
        header.MergeFrom(protocol.Header(**parts))
        answer = under(journal, rpc, header)
        assert_equal((answer.code, answer.status), ("OK", expected.status), f"end with {name}")
        told = answer.first.header
        assert_equal(told.route, route, f"the route told with {name}")
        assert_equal(told.etcd.member_id, own.etcd.member_id, f"the member id told with {name}")
        assert_true(told.etcd.revision >= own.etcd.revision, "a revision of the broker's", told)


@requirement("header.future-revision-waits")
@pytest.mark.parametrize("rpc", ["Read", "ListFragments"])
def test_a_future_revision_is_waited_for(workspace: Workspace, target: Target, rpc: str) -> None:
    """The call is answered at the next revision or a later one, never at the present one."""
    journal = at_member(workspace, target)
    header = header_of(workspace, journal)
    header.etcd.revision += 1
    wanted = header.etcd.revision
    request: Any = {"Read": protocol.ReadRequest, "ListFragments": protocol.FragmentsRequest}[rpc]
    with journal.broker.open(rpc, request(journal=journal.name, header=header)) as stream:
        stream.half_close()
        # Other tests make revisions meanwhile, so silence would tell less than the answer's one.
        workspace.journal(assigned=False)
        revision = stream.next().header.etcd.revision
    assert_true(revision >= wanted, f"a revision of {wanted} or later", revision)


@requirement("header.unreachable-revision-times-out")
@pytest.mark.parametrize("rpc", ROUTED)
def test_a_revision_that_never_comes_ends_at_the_deadline(
    workspace: Workspace, target: Target, rpc: str
) -> None:
    """A revision far ahead is waited for until the caller's deadline."""
    journal = at_member(workspace, target)
    header = header_of(workspace, journal)
    header.etcd.revision += FAR
    answer = under(journal, rpc, header, timeout=SHORT)
    assert_equal(answer.code, "DEADLINE_EXCEEDED", "the code")


@requirement(
    "header.unreachable-revision-times-out",
    "header.refuses-foreign-cluster",
    "header.refuses-foreign-process-id",
)
@pytest.mark.parametrize("rpc", ROUTED)
def test_a_journal_may_come_with_its_revision(
    workspace: Workspace, target: Target, rpc: str
) -> None:
    """That a journal is missing is told to whom it may concern, at the revision they have seen."""
    header = header_of(workspace, at_member(workspace, target))
    header.process_id.Clear()
    missing = workspace.unmade()
    assert_status(under(missing, rpc, header), "JOURNAL_NOT_FOUND")
    for foreign, named in (
        (protocol.Header(etcd={"cluster_id": header.etcd.cluster_id ^ 1}), "ClusterId"),
        (protocol.Header(process_id=MEMBER), "ProcessId"),
    ):
        wrong = protocol.Header()
        wrong.CopyFrom(header)
        wrong.MergeFrom(foreign)
        assert_refused(under(missing, rpc, wrong), named)
    header.etcd.revision += FAR
    answer = under(missing, rpc, header, timeout=SHORT)
    assert_equal(answer.code, "DEADLINE_EXCEEDED", "the code")


INVALID_HEADERS = [
    pytest.param(
        {"etcd": {"cluster_id": 0}},
        "ClusterId",
        "Header.Etcd: invalid ClusterId (expected != 0)",
        id="cluster-id",
    ),
    pytest.param(
        {"etcd": {"member_id": 0}},
        "MemberId",
        "Header.Etcd: invalid MemberId (expected != 0)",
        id="member-id",
    ),
    pytest.param(
        {"etcd": {"revision": 0}},
        "Revision",
        "Header.Etcd: invalid Revision (0; expected 0 < revision)",
        id="revision",
    ),
    pytest.param(
        {"etcd": {"raft_term": 0}},
        "RaftTerm",
        "Header.Etcd: invalid RaftTerm (expected != 0)",
        id="raft-term",
    ),
    pytest.param(
        {"route": {"primary": 9}}, "Primary", "Header.Route: invalid Primary (9; …", id="primary"
    ),
    pytest.param(
        {"process_id": {"suffix": "abc"}},
        "Suffix",
        "Header.ProcessId.Suffix: invalid length (3; expected 4 <= length <= 128)",
        id="suffix",
    ),
]


@requirement("header.refuses-invalid-header")
@pytest.mark.parametrize("rpc", ROUTED)
@pytest.mark.parametrize(("changes", "field", "text"), INVALID_HEADERS)
def test_an_invalid_header_is_refused(
    workspace: Workspace, rpc: str, changes: Any, field: str, text: str
) -> None:
    """A header with one field out of range is refused by that field; unchanged it is taken."""
    journal = workspace.journal()
    header = header_of(workspace, journal)
    assert_equal(under(journal, rpc, header).code, "OK", "the code under a valid header")
    for part, fields in changes.items():
        for name, value in fields.items():
            setattr(getattr(header, part), name, value)
    assert_refused(under(journal, rpc, header), "Header", field, text=text)


@requirement("header.refusal-names-its-author", "header.proxy-is-transparent")
def test_who_refuses_signs_for_it(workspace: Workspace, target: Target) -> None:
    """A broker that may not proxy refuses in its own name, and tells the real route."""
    journal = workspace.journal()
    entry = workspace.assigned(journal)
    member = entry.route.members[0]
    seen = 0
    for broker in target.brokers:
        request = protocol.ReadRequest(journal=journal.name, do_not_proxy=True)
        message = broker.call("Read", request).first
        own = broker.call("List", protocol.ListRequest()).first.header.process_id
        assert_equal(message.header.process_id, own, "who signed")
        if own != member:
            status = protocol.Status.Name(message.status)
            assert_equal(status, "NOT_JOURNAL_BROKER", "the status of a stranger")
            assert_equal(list(message.header.route.members), [member], "the route told")
            seen += 1
    assert_equal(seen, len(target.brokers) - 1, "brokers that refused")


@requirement("header.members-are-sorted", "header.endpoints-match-members")
@pytest.mark.parametrize("replication", [1, 2, 3])
def test_routes_are_sorted_and_complete(
    workspace: Workspace, target: Target, replication: int
) -> None:
    """In List and Read alike members ascend, the primary is one of them, each has its endpoint."""
    replicas = min(replication, len(target.brokers))
    journal = workspace.journal(replication=replicas)
    entry = workspace.assigned(journal, replicas=replicas)
    for route in (entry.route, journal.read(-1).first.header.route):
        ids = [(member.zone, member.suffix) for member in route.members]
        assert_equal(ids, sorted(set(ids)), "members")
        assert_equal(len(ids), replicas, "how many members")
        assert_equal(len(route.endpoints), len(ids), "how many endpoints")
        assert_true(all(route.endpoints), "an endpoint for each member", route)
        assert_true(0 <= route.primary < len(ids), "a primary among the members", route)
        assert_valid(route)
        named = {broker.address: broker.process_id() for broker in target.brokers}
        for member, endpoint in zip(route.members, route.endpoints, strict=True):
            address = endpoint.rpartition("/")[2]
            assert_equal(named.get(address, member), member, f"the broker at {endpoint}")


@requirement("header.proxy-is-transparent")
def test_answers_come_through_a_proxy_unchanged(workspace: Workspace, target: Target) -> None:
    """Statuses, errors and contents are the same through every broker."""
    journal = workspace.journal()
    journal.append(b"abc", union_registers={"labels": [{"name": "aa", "value": "1"}]}).ok()
    mismatch = {"include": {"labels": [{"name": "aa", "value": "2"}]}}

    def seen(broker: Broker) -> list[tuple[str, str, str]]:
        here = Journal(journal.name, broker)
        answers = [
            here.append(b"x", offset=1),
            here.append(b"x", check_registers=mismatch),
            here.append(b"x", commit=False),
            here.append(suspend="SUSPEND_IF_FLUSHED"),
            here.read(0),
            here.read(99),
            here.fragments(),
        ]
        return [(each.code, each.status, each.details) for each in answers]

    told = [seen(broker) for broker in target.brokers]
    for other in told[1:]:
        assert_equal(other, told[0], "answers through another broker")


@requirement("header.revision-never-decreases")
def test_revisions_of_a_broker_never_decrease(workspace: Workspace) -> None:
    """Over changes and calls of every kind no broker tells a revision below its last one."""
    journal = workspace.journal()
    seen: dict[str, list[int]] = {}
    for number in range(10):
        journal.apply(labels={"step": str(number)}).ok()
        workspace.unmade().apply(expect=0).ok()
        for answer in (workspace.list(), journal.read(-1), journal.append(b"x")):
            header = answer.first.header
            seen.setdefault(str(header.process_id), []).append(header.etcd.revision)
    for told in seen.values():
        assert_equal(told, sorted(told), "revisions told by one broker")
        assert_true(told[-1] > told[0], "revisions to rise with the changes", told)


@requirement("header.append-revision-follows-apply")
def test_an_append_is_resolved_after_its_apply(workspace: Workspace) -> None:
    """The revision an append tells is that of the journal's Apply or a later one."""
    journal = workspace.unmade()
    applied = journal.apply(expect=0).ok().header.etcd.revision
    workspace.assigned(journal)
    revision = journal.append(b"x").ok().header.etcd.revision
    assert_true(revision >= applied, f"a revision of {applied} or later", revision)
    applied = journal.apply(labels={"step": "2"}).ok().header.etcd.revision
    revision = workspace.appended(journal, b"x").ok().header.etcd.revision
    assert_true(revision >= applied, f"a revision of {applied} or later", revision)
