"""Failover: what clients see while brokers die, leave and come back.

Each test has a cluster to itself. What it checks belongs to several areas of the catalogue.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import protocol
from conformance import requirement, wait
from conformance.answer import Answer
from conformance.checks import assert_equal, assert_status, assert_true
from conformance.errors import NonconformanceError
from conformance.journal import Journal, label_set
from conformance.launch import Launched
from conformance.precondition import given
from conformance.stream import Stream
from conformance.target import Target
from conformance.workspace import Workspace

MOVES_WITHIN = 40.0
"""Seconds for a broker that leaves to hand its journals over, and for them to be served."""
BACK_WITHIN = 60.0
"""Seconds for a broker to come back after a kill: its old id must first be free again."""
STAYS_OPEN = 1.0
"""Seconds for which a watch must outlive the journals of its broker: it has fifteen."""
UNCERTAIN = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "UNKNOWN", "CANCELLED", "INTERNAL"}
"""Codes after which an append may or may not have happened."""
PASSING = {"NO_JOURNAL_PRIMARY_BROKER", "INSUFFICIENT_JOURNAL_BROKERS", "INDEX_HAS_GREATER_OFFSET"}
"""Statuses that pass as brokers are assigned anew."""
STORED = {"stores": ["file:///"], "refresh_interval": 1}
"""Content that new members of a route find, once they listed the store."""
REGISTERS = {"labels": [{"name": "owner", "value": "one"}]}


class Private(Protocol):
    """A cluster of the test's own."""

    target: Target
    control: Launched


Clusters = Callable[..., Private]
Workspaces = Callable[[Target], Workspace]


class Scene:
    """A private cluster with one journal, and who is what in it."""

    def __init__(self, cluster: Private, workspace: Workspace, **changes: Any) -> None:
        self.control = cluster.control
        self.brokers = cluster.target.brokers
        self.workspace = workspace
        self.ids = [broker.process_id() for broker in self.brokers]
        self.journal = workspace.journal(**changes)
        self.entry = workspace.assigned(self.journal, replicas=changes.get("replication", 1))
        wait.until(lambda: self.journal.append().status == "OK", "a first append")

    @property
    def primary(self) -> int:
        """Index of the broker that is the journal's primary."""
        route = self.entry.route
        return self.ids.index(route.members[route.primary])

    def others(self) -> list[int]:
        """Indices of the brokers that are not primary."""
        return [index for index in range(len(self.brokers)) if index != self.primary]

    def through(self, index: int) -> Journal:
        """The journal, asked through another broker."""
        return Journal(self.journal.name, self.brokers[index])


def settled(attempt: Callable[[], Answer], within: float = MOVES_WITHIN) -> Answer:
    """The first answer of `attempt` that is neither an outage nor a status that passes."""

    def look() -> Answer | None:
        answer = attempt()
        passing = answer.code in UNCERTAIN or answer.status in PASSING
        return None if passing else answer

    return wait.until(look, "the cluster to serve again", within=within)


@requirement("append.graceful-exit-is-seamless")
def test_appends_go_on_while_the_primary_leaves(
    cluster: Clusters, workspace_of: Workspaces
) -> None:
    """Every append through the other brokers is committed, one right behind the other."""
    made = cluster(brokers=3)
    scene = Scene(made, workspace_of(made.target), replication=2, fragment=STORED)
    others = [scene.through(index) for index in scene.others()]
    for journal in others:
        journal.append(b"x").ok()
    scene.control.terminate(scene.primary)
    expected = len(others)
    gone = 0
    while gone < 20:
        journal = others[expected % len(others)]
        message = assert_status(journal.append(b"x"), "OK")
        assert_equal(message.commit.begin, expected, "the begin of the append")
        expected = message.commit.end
        gone += not scene.control.running(scene.primary)
        assert_true(expected < 100_000, "the primary to be gone by now", "it still runs")
    wait.until(
        lambda: journal.read(0).content == b"x" * expected,
        "every byte to be served",
        within=BACK_WITHIN,
    )


@requirement("append.crash-is-unavailable-until-expiry", "append.replica-is-promoted")
def test_a_replica_takes_over_from_a_dead_primary(
    cluster: Clusters, workspace_of: Workspaces, lease_within: float
) -> None:
    """Appends end UNAVAILABLE while the lease lives; then they go on, registers and all."""
    made = cluster(brokers=3)
    scene = Scene(made, workspace_of(made.target), replication=2, fragment=STORED)
    scene.journal.append(b"before", union_registers=REGISTERS).ok()
    journal = scene.through(scene.others()[0])
    scene.control.kill(scene.primary)
    assert_equal(journal.append(b"lost").code, "UNAVAILABLE", "an append at the dead primary")
    message = assert_status(settled(lambda: journal.append(b"after"), lease_within), "OK")
    assert_equal(message.commit.begin, len(b"before"), "where the journal goes on")
    assert_equal(message.registers, label_set({"owner": "one"}), "the registers")
    wait.until(
        lambda: journal.read(0).content == b"beforeafter", "the journal's content to be served"
    )
    dead = scene.ids[scene.primary]

    def led() -> bool:
        routes = [journal.shown().route, journal.read(-1).first.header.route]
        primaries = [each.members[each.primary] for each in routes]
        alive = all(dead not in each.members for each in routes)
        return alive and primaries == [message.header.process_id] * 2

    wait.until(led, "routes to tell who took over")


@requirement("append.replica-is-promoted")
def test_a_promoted_replica_has_what_is_in_no_store(
    cluster: Clusters, workspace_of: Workspaces, lease_within: float
) -> None:
    """Content of several fragments without a store is served by the replica that takes over."""
    made = cluster(brokers=2)
    scene = Scene(made, workspace_of(made.target), replication=2)
    for content in (b"first", b"second"):
        scene.journal.append(content).ok()
    there = scene.through(scene.others()[0])
    scene.control.kill(scene.primary)

    def served() -> bool:
        primary = there.shown().route
        return primary.primary == 0 and len(primary.members) == 1

    wait.until(served, "the replica to be primary", within=lease_within)
    assert_equal(there.read(0, do_not_proxy=True).content, b"firstsecond", "content")


@requirement("append.crash-under-append-is-unavailable")
def test_an_append_under_way_at_a_dying_primary_fails(
    cluster: Clusters, workspace_of: Workspaces
) -> None:
    """A proxied append whose primary is killed ends UNAVAILABLE."""
    made = cluster(brokers=2)
    scene = Scene(made, workspace_of(made.target))
    journal = scene.through(scene.others()[0])
    with journal.open_append(b"half") as stream:
        with stream.sustained():
            stream.silent(0.2)
            scene.control.kill(scene.primary)
        stream.send(protocol.AppendRequest(content=b"more"), protocol.AppendRequest())
        stream.half_close()
        assert_equal(stream.end().code, "UNAVAILABLE", "how the append ends")


@requirement("read.crash-of-peer-is-unavailable")
def test_a_proxied_read_of_a_dying_broker_fails(
    cluster: Clusters, workspace_of: Workspaces
) -> None:
    """A blocking read through another broker ends UNAVAILABLE when the serving one is killed."""
    made = cluster(brokers=2)
    scene = Scene(made, workspace_of(made.target))
    journal = scene.through(scene.others()[0])
    journal.append(b"abc").ok()
    with journal.open_read(0) as stream:
        stream.next()
        scene.control.kill(scene.primary)
        assert_equal(stream.end().code, "UNAVAILABLE", "how the read ends")


@requirement("read.hand-over-ends-blocking-read")
def test_a_blocking_read_ends_well_at_a_hand_over(
    cluster: Clusters, workspace_of: Workspaces
) -> None:
    """The broker that leaves ends its readers with OK, and they find the journal elsewhere."""
    made = cluster(brokers=2)
    scene = Scene(made, workspace_of(made.target))
    scene.journal.append(b"abc").ok()
    leaving = scene.through(scene.primary)
    staying = scene.through(scene.others()[0])
    with leaving.open_read(3) as stream:
        stream.silent(0.1)
        scene.control.terminate(scene.primary)
        assert_equal(stream.end(within=20.0).code, "OK", "how the read ends")
    assert_status(settled(lambda: staying.append(b"def", offset=3)), "OK")


@requirement("read.new-owner-refreshes-first")
def test_a_new_owner_serves_what_the_old_one_stored(
    cluster: Clusters, workspace_of: Workspaces
) -> None:
    """After a hand-over the stored content is served again, once the store was listed."""
    made = cluster(brokers=2)
    scene = Scene(made, workspace_of(made.target), fragment=STORED)
    scene.journal.append(b"first").ok()
    scene.journal.append(b"second").ok()
    staying = scene.through(scene.others()[0])
    scene.control.terminate(scene.primary)
    wait.until(
        lambda: staying.read(0).content == b"firstsecond",
        "the new owner to serve the old content",
        within=MOVES_WITHIN,
    )


@requirement(
    "append.restart-needs-recovery",
    "append.registers-are-volatile",
    "ops.restart-waits-for-old-lease",
)
def test_a_lone_broker_forgets_all_but_its_store(
    cluster: Clusters, workspace_of: Workspaces
) -> None:
    """After a kill appends want the offset told; then the journal goes on, without registers."""
    made = cluster(brokers=1)
    scene = Scene(made, workspace_of(made.target), fragment=STORED)
    scene.journal.append(b"stored", union_registers=REGISTERS).ok()
    scene.journal.append(b"lost").ok()
    root = Path(given(made.target.spec.file_root, "a file root")) / scene.journal.name
    wait.until(lambda: list(root.glob("[0-9a-f]*-*-*")), "the first fragment to be stored")
    scene.control.kill(0)
    scene.control.start(0)
    answer = wait.until(
        lambda: _decided(scene.journal), "the journal to be served", within=BACK_WITHIN
    )
    assert_true(answer, "an answer", answer)
    message = assert_status(scene.journal.append(offset=6), "OK")
    assert_equal(message.registers, label_set({}), "the registers after the loss")
    message = assert_status(scene.journal.append(b"more"), "OK")
    assert_equal(message.commit.begin, 6, "where the journal goes on")
    assert_equal(scene.journal.content(), b"storedmore", "content")


def _decided(journal: Journal) -> bool:
    """Whether an append is refused because the store is ahead."""
    return journal.append().status == "INDEX_HAS_GREATER_OFFSET"


@requirement("watch.survives-until-hard-stop")
def test_a_watch_outlives_the_hand_over_of_its_broker(
    cluster: Clusters, workspace_of: Workspaces
) -> None:
    """A watch of a broker that exits is still open when its journals have moved away."""
    made = cluster(brokers=2)
    scene = Scene(made, workspace_of(made.target))
    leaving = scene.brokers[scene.primary]
    request = protocol.ListRequest(watch=True)
    staying = scene.through(scene.others()[0])
    with leaving.open("List", request, timeout=60.0) as stream:
        stream.half_close()
        stream.next()
        scene.control.terminate(scene.primary)
        assert_status(settled(lambda: staying.append(b"moved")), "OK")
        assert_true(not _ended(stream), "the watch to be open still", "it ended")


def _ended(stream: Stream) -> bool:
    try:
        stream.end(within=STAYS_OPEN)
    except NonconformanceError:
        return False
    return True
