"""Resolution: which status comes first where several would do, and who signs it."""

from typing import Any

import pytest

import protocol
from conformance import requirement, wait
from conformance.answer import Answer
from conformance.broker import Broker
from conformance.checks import assert_equal, assert_status, assert_true
from conformance.journal import Journal, selector
from conformance.workspace import Workspace

Flags = protocol.JournalSpec.Flag
FULL = {"suspend": protocol.JournalSpec.Suspend(level="FULL")}
RPCS = ("Read", "ListFragments", "Append")


def asked(journal: Journal, broker: Broker, rpc: str, **fields: Any) -> Answer:
    """How the broker answers a call that does not resume the journal."""
    about: dict[str, Any] = {"journal": journal.name, **fields}
    requests: dict[str, list[Any]] = {
        "Read": [protocol.ReadRequest(**about)],
        "ListFragments": [protocol.FragmentsRequest(**about)],
        "Append": [
            protocol.AppendRequest(suspend="SUSPEND_NO_RESUME", **about),
            protocol.AppendRequest(content=b"x"),
            protocol.AppendRequest(),
        ],
    }
    return broker.call(rpc, *requests[rpc])


def known(workspace: Workspace, broker: Broker, **changes: Any) -> Journal:
    """A new journal that the broker has heard of."""
    journal = workspace.journal(assigned=False, **changes)
    wait.until(lambda: journal.entry(broker) is not None, f"{broker.address} to list the journal")
    return journal


def present(broker: Broker) -> protocol.Header:
    """The header of a List of nothing, made now."""
    nothing = selector({"name": "conformance/none"})
    header: protocol.Header = (
        broker.call("List", protocol.ListRequest(selector=nothing)).ok().header
    )
    return header


def assert_signed(message: Any, broker: Broker, before: protocol.Header) -> None:
    """Holds that the header of a refusal is the broker's own, and not older than `before`."""
    header = message.header
    assert_equal(header.process_id, broker.process_id(), "who signed")
    assert_equal(header.etcd.cluster_id, before.etcd.cluster_id, "cluster")
    revision = before.etcd.revision
    assert_true(header.etcd.revision >= revision, f"revision {revision} or later", header)


@requirement("header.statuses-have-an-order")
@pytest.mark.parametrize("rpc", RPCS)
@pytest.mark.parametrize("unproxied", [False, True], ids=["proxied", "unproxied"])
def test_absence_comes_first(workspace: Workspace, rpc: str, *, unproxied: bool) -> None:
    """A missing journal is not found by any broker, whether it may proxy or not."""
    for broker in workspace.target.brokers:
        before = present(broker)
        answer = asked(workspace.unmade(), broker, rpc, do_not_proxy=unproxied)
        message = assert_status(answer, "JOURNAL_NOT_FOUND")
        assert_signed(message, broker, before)
        route = message.header.route
        assert_equal((len(route.members), route.primary), (0, -1), "route")


@requirement("header.statuses-have-an-order")
@pytest.mark.parametrize("rpc", RPCS)
@pytest.mark.parametrize("unproxied", [False, True], ids=["proxied", "unproxied"])
@pytest.mark.parametrize("flags", [Flags.O_RDWR, Flags.O_WRONLY, Flags.O_RDONLY])
def test_suspension_comes_before_flags_and_brokers(
    workspace: Workspace, rpc: str, flags: int, *, unproxied: bool
) -> None:
    """A fully suspended journal is refused as such, whatever its flags, and by any broker."""
    for broker in workspace.target.brokers:
        journal = known(workspace, broker, flags=flags, **FULL)
        before = present(broker)
        answer = asked(journal, broker, rpc, do_not_proxy=unproxied)
        assert_signed(assert_status(answer, "SUSPENDED"), broker, before)


@requirement("header.statuses-have-an-order", "header.refusal-names-its-author")
@pytest.mark.parametrize("rpc", ["Read", "ListFragments"])
def test_flags_come_last(workspace: Workspace, rpc: str) -> None:
    """Of a write-only journal a stranger that may not proxy says so, and a member the flags."""
    journal = workspace.journal(flags=Flags.O_WRONLY)
    route = workspace.assigned(journal).route
    for broker in workspace.target.brokers:
        is_member = broker.process_id() in route.members
        before = present(broker)
        answer = asked(journal, broker, rpc, do_not_proxy=True)
        message = assert_status(answer, "NOT_ALLOWED" if is_member else "NOT_JOURNAL_BROKER")
        assert_signed(message, broker, before)
        assert_equal(message.header.route, route, "route")
