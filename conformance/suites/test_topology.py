"""Topology: which brokers hold which journals, and what headers tell of it."""

from collections.abc import Callable
from typing import Any

import protocol
from conformance import requirement, wait
from conformance.broker import Broker
from conformance.checks import assert_equal, assert_true
from conformance.etcd import Etcd
from conformance.journal import Journal, spec_of
from conformance.precondition import given
from conformance.suites.conftest import Cluster
from conformance.target import Target
from conformance.workspace import Workspace

SEVERAL = 6
"""Journals that are placed where one could be right by chance."""
MANY = 30
"""Journals of which every broker of three gets some, however they are spread."""
MOVES_WITHIN = 60.0
"""Seconds for journals to move when a broker leaves."""
PREFIX = "/gazette/cluster"

Clusters = Callable[..., Cluster]
Workspaces = Callable[[Target], Workspace]


def entries(workspace: Workspace, count: int, replication: int = 1) -> list[Any]:
    """New journals, once they all have their brokers."""
    journals = [workspace.unmade() for _ in range(count)]
    specs = [spec_of(each.name, replication=replication) for each in journals]
    workspace.apply(*(protocol.ApplyRequest.Change(upsert=spec) for spec in specs)).ok()
    return [workspace.assigned(each, replicas=replication) for each in journals]


@requirement("topology.replicas-span-zones", "topology.replicas-come-before-zones")
def test_replicas_are_spread_over_zones(workspace: Workspace, brokers: tuple[Broker, ...]) -> None:
    """Two replicas lie in two zones, and as many as there are brokers share them."""
    zones = {broker.process_id().zone for broker in brokers}
    for entry in entries(workspace, SEVERAL, replication=2):
        held = {member.zone for member in entry.route.members}
        assert_true(len(held) == min(2, len(zones)), "replicas in different zones", entry.route)
    (everywhere,) = entries(workspace, 1, replication=len(brokers))
    assert_equal({each.zone for each in everywhere.route.members}, zones, "zones of all replicas")


@requirement("topology.first-member-becomes-primary")
def test_the_first_member_is_primary(workspace: Workspace, brokers: tuple[Broker, ...]) -> None:
    """A journal that every broker holds has the first of them as primary."""
    for entry in entries(workspace, SEVERAL, replication=len(brokers)):
        assert_equal(entry.route.primary, 0, "the index of the primary")


@requirement("topology.load-is-spread")
def test_journals_are_spread(workspace: Workspace, brokers: tuple[Broker, ...]) -> None:
    """Every broker holds some of many journals."""
    holders = {entry.route.members[0].suffix for entry in entries(workspace, MANY)}
    assert_equal(holders, {broker.process_id().suffix for broker in brokers}, "who holds journals")


@requirement("topology.unrouted-headers")
def test_headers_without_a_journal(brokers: tuple[Broker, ...]) -> None:
    """What is about no single journal has no route, and is signed by who was asked."""
    requests = {
        "List": protocol.ListRequest(),
        "Apply": protocol.ApplyRequest(),
        "FragmentStoreHealth": protocol.FragmentStoreHealthRequest(fragment_store="file:///"),
    }
    for broker in brokers:
        own = broker.process_id()
        for rpc, request in requests.items():
            header = broker.call(rpc, request).first.header
            assert_equal(header.route, protocol.Route(primary=-1), f"the route told by {rpc}")
            assert_equal(header.process_id, own, f"who signed {rpc}")
    ids = {(each.zone, each.suffix) for each in (broker.process_id() for broker in brokers)}
    assert_equal(len(ids), len(brokers), "how many different ids there are")


@requirement("topology.endpoints-lead-to-members")
def test_endpoints_lead_to_their_members(workspace: Workspace, brokers: tuple[Broker, ...]) -> None:
    """The broker at a member's endpoint has that member's id."""
    (entry,) = entries(workspace, 1, replication=len(brokers))
    ids = {endpoint_of(broker): broker.process_id() for broker in brokers}
    for member, endpoint in zip(entry.route.members, entry.route.endpoints, strict=True):
        port = endpoint.rpartition(":")[2]
        assert_equal(ids.get(port), member, f"the id of the broker at {endpoint}")


def endpoint_of(broker: Broker) -> str:
    """What tells brokers of one machine apart in their endpoints."""
    return broker.address.rpartition(":")[2]


@requirement("topology.replacement-comes-before-removal")
def test_a_leaving_member_is_replaced_first(cluster: Clusters, workspace_of: Workspaces) -> None:
    """No route that is listed while a member exits has fewer members than replicas are asked."""
    made = cluster(brokers=3)
    workspace = workspace_of(made.target)
    (entry,) = entries(workspace, 1, replication=2)
    ids = [broker.process_id() for broker in made.target.brokers]
    leaving = ids.index(entry.route.members[entry.route.primary])
    staying = Journal(entry.spec.name, made.target.brokers[leaving - 1])
    wait.until(lambda: staying.append(b"x").status == "OK", "a first append")
    made.control.terminate(leaving)

    def look() -> bool:
        now = staying.entry()
        assert_true(now is not None, "the journal to be listed", now)
        members = list(now.route.members) if now else []
        assert_true(len(members) >= 2, "two members or more", members)
        return ids[leaving] not in members

    wait.until(look, "the journal to move", within=MOVES_WITHIN)


@requirement("topology.returned-broker-is-used")
def test_a_broker_that_comes_back_is_used(
    cluster: Clusters, workspace_of: Workspaces, lease_within: float
) -> None:
    """A journal of two replicas has both again after one was killed and started anew."""
    made = cluster(brokers=2)
    workspace = workspace_of(made.target)
    (entry,) = entries(workspace, 1, replication=2)
    journal = Journal(entry.spec.name, made.target.broker)
    wait.until(lambda: journal.append(b"x").status == "OK", "a first append")
    made.control.kill(1)
    made.control.start(1)
    back = Journal(entry.spec.name, made.target.brokers[1])
    within = 1.5 * lease_within  # the lease of its former life ends, then replicas are assigned
    wait.until(lambda: back.append(b"x").status == "OK", "appends through it", within=within)
    now = back.entry()
    assert_true(now is not None and len(now.route.members) == 2, "two members", now)


@requirement("topology.etcd-holds-items-and-assignments")
def test_keys_of_etcd(workspace: Workspace, etcd: Etcd) -> None:
    """Member, item and assignment of a journal have their keys, and messages as values."""
    (entry,) = entries(workspace, 1)
    name, member = entry.spec.name, entry.route.members[0]
    journal = Journal(name, workspace.broker)
    wait.until(lambda: journal.append(b"x").status == "OK", "a first append")
    keys = etcd.below(f"{PREFIX}/")
    spec = protocol.BrokerSpec.FromString(keys[f"{PREFIX}/members/{member.zone}#{member.suffix}"])
    assert_equal(spec.process_spec.id, member, "the id of the member's value")
    item = protocol.JournalSpec.FromString(keys[f"{PREFIX}/items/{name}"])
    assert_equal(item.name, name, "the name of the item's value")
    key = f"{PREFIX}/assign/{name}#{member.zone}#{member.suffix}#0"
    route = protocol.Route.FromString(keys[key])
    assert_equal(list(route.members), [member], "members of the assignment's value")


@requirement("list.revision-is-of-the-key-space")
def test_other_keys_leave_the_revision(
    launched: Callable[..., Target], workspace_of: Workspaces
) -> None:
    """Keys outside of the prefix do not advance what headers tell, and a journal does."""
    target = launched()
    workspace, etcd = workspace_of(target), Etcd(given(target.spec.etcd, "the address of etcd"))
    (entry,) = entries(workspace, 1)
    journal = Journal(entry.spec.name, workspace.broker)
    wait.until(lambda: journal.append(b"x").status == "OK", "a first append")
    before = workspace.list().first.header.etcd.revision
    for number in range(5):
        etcd.put(f"/elsewhere/{number}", b"x")
    after = workspace.list().first.header.etcd.revision
    assert_equal(after, before, "the revision after writes elsewhere")
    applied = workspace.unmade().apply(expect=0).ok().header.etcd.revision
    assert_true(applied > before + 5, "a later revision of the next change", applied)


def at_two_zones(workspace: Workspace, target: Target) -> tuple[Journal, int, int]:
    """A journal of two zones, asked through a broker that lacks it, and its two members.

    The first member shares the zone of that broker, the second does not.
    """
    ids = [broker.process_id() for broker in target.brokers]

    def look() -> tuple[Journal, int, int] | None:
        (entry,) = entries(workspace, 1, replication=2)
        members = [ids.index(member) for member in entry.route.members]
        (other,) = {0, 1, 2} - set(members)
        near = [index for index in members if ids[index].zone == ids[other].zone]
        if len(near) != 1:
            return None
        journal = Journal(entry.spec.name, target.brokers[other])
        return journal, near[0], next(index for index in members if index != near[0])

    return wait.until(look, "a journal of two zones that one broker lacks")


@requirement("header.proxy-prefers-own-zone", "header.zone-outranks-liveness")
def test_proxies_ask_their_own_zone(cluster: Clusters, workspace_of: Workspaces) -> None:
    """A read is proxied to the member of the own zone, even once that one is dead."""
    made = cluster(brokers=3)
    journal, near, _ = at_two_zones(workspace_of(made.target), made.target)
    own = made.target.brokers[near].process_id()
    for _ in range(5):
        assert_equal(journal.read(-1).first.header.process_id, own, "who served the read")
    made.control.kill(near)
    assert_equal(journal.read(-1).code, "UNAVAILABLE", "the code once that member is dead")
