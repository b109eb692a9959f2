"""History: concurrent clients of several journals, whose answers must fit together."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import protocol
from conformance import requirement
from conformance.history.calls import APPENDS, JOURNALS, RACES, READS
from conformance.history.clients import Clients
from conformance.history.crew import Crew
from conformance.history.search import explore
from conformance.journal import spec_of
from conformance.session import Session
from conformance.target import Target
from conformance.workspace import Workspace

EXAMPLES = 15
"""Histories of one kind: each takes a tenth of a second at a broker that is not busy."""
LEASE_WITHIN = 40.0
"""Seconds for a killed broker's lease to end and its journals to move: twice a usual lease."""
STORED = {"stores": ["file:///"], "refresh_interval": 1}
"""Content that new members of a route find, once they listed the store."""


@pytest.fixture
def clients(workspace: Workspace, target: Target) -> Callable[[], Clients]:
    """Makes clients of new journals, of one, two and three replicas where there are brokers."""

    def make() -> Clients:
        journals = [workspace.unmade() for _ in range(JOURNALS)]
        replicas = [min(1 + at, len(target.brokers)) for at in range(JOURNALS)]
        specs = [
            spec_of(journal.name, replication=count)
            for journal, count in zip(journals, replicas, strict=True)
        ]
        workspace.apply(*(protocol.ApplyRequest.Change(upsert=spec) for spec in specs)).ok()
        for journal, count in zip(journals, replicas, strict=True):
            workspace.assigned(journal, replicas=count)
            workspace.appended(journal).ok()
        return Clients(journals, target.brokers)

    return make


@pytest.fixture
def explored(clients: Callable[[], Clients], session: Session) -> Callable[[Any], None]:
    """Has clients make calls of the given kinds, of the run's seed, and holds their history."""
    return partial(
        explore, clients, seed=session.settings.seed, examples=EXAMPLES, trace=session.trace
    )


@requirement(
    "history.appends-are-linearizable",
    "history.given-up-appends-leave-nothing",
    "history.unknown-appends-happen-at-most-once",
)
def test_appends_take_effect_one_by_one(explored: Callable[[Any], None]) -> None:
    """Appends that end in every way leave whole contents, in an order that fits their times."""
    explored(APPENDS)


@requirement("history.registers-are-compare-and-set", "history.offsets-are-compare-and-append")
def test_checks_and_changes_are_one_step(explored: Callable[[Any], None]) -> None:
    """Racing checks of registers and offsets are answered as if they came one by one."""
    explored(RACES)


@requirement("history.reads-bring-committed-bytes", "history.write-head-never-retreats")
def test_reads_follow_the_appends(explored: Callable[[Any], None]) -> None:
    """Reads beside appends bring what is committed, and heads that never go back."""
    explored(APPENDS | READS)


@requirement("history.failover-keeps-acknowledged-appends")
def test_no_acknowledged_append_is_lost(
    cluster: Callable[..., Any], workspace_of: Callable[[Target], Workspace], session: Session
) -> None:
    """A primary is killed under appends and reads, and comes back; all answers fit together."""
    made = cluster(brokers=3)
    workspace = workspace_of(made.target)
    journal = workspace.journal(replication=2, fragment=STORED)
    workspace.appended(journal).ok()
    crew = Crew(journal, made.target.brokers, session.settings.seed)
    with session.trace.quiet(), crew:
        crew.await_progress(LEASE_WITHIN)
        primary = made.target.brokers.index(journal.broker)
        made.control.kill(primary)
        crew.await_progress(LEASE_WITHIN)
        made.control.start(primary)
        crew.await_progress(LEASE_WITHIN)
    crew.judge(LEASE_WITHIN)
