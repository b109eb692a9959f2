"""Several brokers: members serve, others proxy or refuse, and replication may change under load."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Event
from typing import Any

import pytest

from conformance import requirement, wait
from conformance.answer import Answer
from conformance.broker import Broker, journals
from conformance.checks import assert_equal, assert_status, assert_true
from conformance.journal import Journal
from conformance.workspace import Workspace

ABC = b"abcdefghijk"
LOADED_FOR = 20
"""Appends that are made after a change of replication, to see that it left no trace."""


@pytest.fixture
def single(workspace: Workspace, brokers: tuple[Broker, ...]) -> Journal:
    """A journal with content that one broker holds."""
    journal = workspace.journal()
    journal.append(ABC).ok()
    return journal


@pytest.fixture
def pair(workspace: Workspace, brokers: tuple[Broker, ...]) -> Journal:
    """A journal that two brokers hold."""
    return workspace.journal(replication=2)


def _route(workspace: Workspace, journal: Journal) -> Any:
    return workspace.assigned(journal, replicas=None).route


def _replica(workspace: Workspace, journal: Journal) -> Broker:
    """The broker that holds `journal` without being its primary."""
    members = list(_route(workspace, journal).members)
    return next(each for each in workspace.others(journal) if each.process_id() in members)


@requirement("read.non-member-refuses-unproxied")
@pytest.mark.parametrize("field", ["do_not_proxy", "metadata_only", "block"])
def test_unproxied_read(workspace: Workspace, single: Journal, field: str) -> None:
    """A broker without the journal refuses, itself the author, and tells who has it."""
    for broker in workspace.others(single):
        answer = single.read(broker=broker, **{"do_not_proxy": True, field: True})
        header = assert_status(answer, "NOT_JOURNAL_BROKER").header
        assert_equal(header.process_id, broker.process_id(), "process id")
        assert_equal(header.route, _route(workspace, single), "route")


@requirement("read.non-member-refuses-unproxied", "list.entry-route-has-endpoints")
def test_unproxied_read_after_a_change(workspace: Workspace, single: Journal) -> None:
    """The route that is told is the present one, also where another was told before."""
    for broker in workspace.others(single):
        assert_status(single.read(broker=broker, do_not_proxy=True), "NOT_JOURNAL_BROKER")
    single.apply(replication=2).ok()
    route = workspace.assigned(single, replicas=2).route
    for broker in workspace.others(single):
        if broker.process_id() not in route.members:
            told = partial(_tells, single, broker, route)
            wait.until(told, "a refusal to tell the new members")


def _tells(journal: Journal, broker: Broker, route: Any) -> bool:
    """Whether a broker that refuses to proxy tells the members of a route."""
    refused = assert_status(journal.read(broker=broker, do_not_proxy=True), "NOT_JOURNAL_BROKER")
    return list(refused.header.route.members) == list(route.members)


@requirement("list.entry-route-has-endpoints")
def test_routes_of_one_listing(workspace: Workspace, brokers: tuple[Broker, ...]) -> None:
    """Journals that are listed together have each its own route, as reads tell it."""
    made = {each.name: each for each in (workspace.journal() for _ in range(2 * len(brokers)))}
    for entry in journals(workspace.list()):
        told = made[entry.spec.name].read(-1).first.header.route
        assert_equal(entry.route, told, f"the route listed of {entry.spec.name}")


@requirement("read.non-member-proxies")
def test_proxied_read(workspace: Workspace, single: Journal) -> None:
    """A broker without the journal serves it through the one that has it."""
    for broker in workspace.others(single):
        answer = single.read(2, broker=broker)
        assert_equal(answer.content, ABC[2:], "content")
        header = answer.first.header
        assert_equal(header.process_id, single.broker.process_id(), "process id")
        assert_equal(header.route, _route(workspace, single), "route")


@requirement("read.replica-serves-locally")
@pytest.mark.parametrize("unproxied", [False, True], ids=["proxied", "unproxied"])
def test_replica(workspace: Workspace, pair: Journal, unproxied: bool) -> None:
    """A replica that is not primary serves the read itself."""
    pair.append(ABC).ok()
    replica = _replica(workspace, pair)
    answer = pair.read(broker=replica, do_not_proxy=unproxied)
    assert_equal(answer.content, ABC, "content")
    assert_equal(answer.first.header.process_id, replica.process_id(), "process id")


@requirement("read.replica-serves-locally")
def test_replica_wakes_readers(workspace: Workspace, pair: Journal) -> None:
    """A read that blocks at a replica which is not primary goes on as content is committed."""
    there = Journal(pair.name, _replica(workspace, pair))
    with there.open_read(0, do_not_proxy=True) as stream:
        for content in (b"abc", b"def", b"ghi"):
            pair.append(content).ok()
            got = b""
            while len(got) < len(content):
                got += stream.next().content
            assert_equal(got, content, "content at the replica")


@requirement("read.acknowledged-is-on-every-replica")
@pytest.mark.parametrize("replicas", [2, 3])
def test_acknowledged(workspace: Workspace, brokers: tuple[Broker, ...], replicas: int) -> None:
    """Right after each OK, every other replica has the content."""
    journal, head = workspace.journal(replication=min(replicas, len(brokers))), 0
    workspace.appended(journal).ok()
    members = list(_route(workspace, journal).members)
    others = [each for each in workspace.others(journal) if each.process_id() in members]
    for number in range(LOADED_FOR):
        content = b"%03d" % number
        journal.append(content).ok()
        for replica in others:
            answer = journal.read(head, broker=replica, do_not_proxy=True)
            assert_equal(answer.content, content, "content at the replica")
        head += len(content)


def _under_load(journal: Journal, change: Callable[[], Any]) -> list[Answer]:
    """The answers of appends that go on before, during and a while after `change`."""
    settled = Event()

    def load() -> list[Answer]:
        answers, after = [], 0
        while after < LOADED_FOR:
            answers.append(journal.append(b"abc"))
            after += settled.is_set()
        return answers

    with ThreadPoolExecutor(1) as pool:
        running: Future[list[Answer]] = pool.submit(load)
        try:
            change()
        finally:
            settled.set()
        return running.result()


def _assert_tiled(journal: Journal, answers: list[Answer]) -> None:
    head = 0
    for answer in answers:
        if answer.status == "OK":
            commit = answer.messages[0].commit
            assert_equal((commit.begin, commit.end), (head, head + 3), "range of the commit")
            head += 3
    assert_equal(journal.content(), b"abc" * (head // 3), "content")


@requirement("append.scales-up-under-load")
def test_scale_up(workspace: Workspace, pair: Journal) -> None:
    """While a third replica is added, appends are taken or told to wait, never broken."""

    def change() -> None:
        pair.apply(replication=3).ok()
        workspace.assigned(pair, replicas=3)
        workspace.appended(pair)

    answers = _under_load(pair, change)
    allowed = {"OK", "INSUFFICIENT_JOURNAL_BROKERS"}
    odd = [str(answer) for answer in answers if answer.status not in allowed]
    assert_equal(odd, [], "answers that are neither OK nor insufficient brokers")
    assert_equal(answers[-1].status, "OK", "status of the last append")
    _assert_tiled(pair, answers)


@requirement("append.scales-down-seamlessly")
@pytest.mark.parametrize("replicas", [1, 2])
def test_scale_down(workspace: Workspace, brokers: tuple[Broker, ...], replicas: int) -> None:
    """While replicas are taken away, every append is taken."""
    journal = workspace.journal(replication=3)
    workspace.appended(journal, b"abc").ok()

    def change() -> None:
        journal.apply(replication=replicas).ok()
        workspace.assigned(journal, replicas=replicas)

    answers = _under_load(journal, change)
    odd = [str(answer) for answer in answers if answer.status != "OK"]
    assert_equal(odd, [], "answers other than OK")
    assert_true(len(answers) >= LOADED_FOR, "appends all along", len(answers))
