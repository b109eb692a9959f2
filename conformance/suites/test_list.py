"""List: which journals are shown, in which order, in which shape."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

import protocol
from conformance import READS, requirement, wait
from conformance.broker import Broker, journals, listed
from conformance.checks import assert_equal, assert_refused, assert_status, assert_true, only
from conformance.journal import label_set, normalized, selector, spec_of
from conformance.workspace import Workspace


@requirement("list.ordered-by-name")
def test_order(workspace: Workspace) -> None:
    """Names come in ascending byte order, whatever order they were made in."""
    stems = [
        "b",
        "a/b",
        "a",
        "a-b",
        "a.b",
        "a0",
        "B",
        "aé",
        "a=",
        "a/b/c",
        "a%",
        "aﬀ",
        "a𝒜",
        "aZ",
        "az",
    ]
    names = workspace.shelf({stem: {"kind": "order"} for stem in stems})
    expected = sorted(names.values(), key=str.encode)
    assert_equal(listed(workspace.list().messages), expected, "journals")


@requirement("list.header-is-unrouted")
def test_header(workspace: Workspace) -> None:
    """The header names the answering broker, an empty route, and etcd, whatever is listed."""
    journal = workspace.journal()
    answer = workspace.list()
    assert_equal(listed(answer.messages), [journal.name], "journals")
    header = answer.first.header
    assert_true(header.process_id.zone and header.process_id.suffix, "a process id", header)
    assert_equal(len(header.route.members), 0, "members of the route")
    assert_equal(header.route.primary, -1, "primary of the route")
    etcd = header.etcd
    filled = etcd.cluster_id and etcd.member_id and etcd.revision > 0 and etcd.raft_term
    assert_true(filled, "an etcd header without zeros", header)


def _full_spec(name: str) -> Any:
    """A spec in which no field has its default."""
    spec = spec_of(
        name,
        replication=2,
        labels=[("Env", "Prod"), ("bare", ""), ("env", "a"), ("env", "b")],
        flags=protocol.JournalSpec.Flag.O_RDWR,
        max_append_rate=1 << 20,
        suspend=protocol.JournalSpec.Suspend(level="FULL", offset=77),
        fragment={
            "length": 1 << 20,
            "compression_codec": "SNAPPY",
            "stores": ["file:///zz/", "file:///aa/"],
            "path_postfix_template": "begin={{.Spool.Begin}}",
        },
    )
    for duration in ("refresh_interval", "retention", "flush_interval"):
        getattr(spec.fragment, duration).CopyFrom(protocol.Duration(seconds=601, nanos=7))
    return spec


def _odd_spec(name: str) -> Any:
    """A spec of numbers that no unit divides."""
    fragment = {"length": 70_001, "refresh_interval": 7, "retention": 11, "flush_interval": 61}
    return spec_of(name, replication=5, max_append_rate=1_234_567, fragment=fragment)


def _great_spec(name: str) -> Any:
    """A spec of the greatest numbers, a negative retention, and stores that repeat."""
    spec = spec_of(
        name,
        replication=5,
        flags=protocol.JournalSpec.Flag.O_RDONLY,
        max_append_rate=(1 << 63) - 1,
        suspend=protocol.JournalSpec.Suspend(level="FULL", offset=(1 << 62) + 1),
        fragment={
            "length": 1 << 34,
            "compression_codec": "ZSTANDARD",
            "stores": ["file:///zz/", "file:///aa/", "file:///zz/"],
            "refresh_interval": 24 * 60 * 60,
            "flush_interval": 1 << 33,
        },
    )
    spec.fragment.retention.CopyFrom(protocol.Duration(seconds=-1, nanos=-500))
    return spec


def _resumed_spec(name: str) -> Any:
    """A spec that keeps the offset of a suspension that is over."""
    suspend = protocol.JournalSpec.Suspend(level="NONE", offset=77)
    return spec_of(name, suspend=suspend, labels=[("aa", ""), ("bb", "%2F=x")])


SPECS = {
    "full": _full_spec,
    "odd": _odd_spec,
    "great": _great_spec,
    "resumed": _resumed_spec,
    "plain": spec_of,
}


@requirement("list.entry-echoes-spec-and-revisions")
@pytest.mark.parametrize("make", SPECS.values(), ids=SPECS)
def test_entry(workspace: Workspace, make: Callable[[str], Any]) -> None:
    """An entry holds the spec as applied, and the revisions of creation and last change."""
    journal = workspace.unmade()
    first = journal.apply(expect=0, labels={"env": "dev"}).ok()
    spec = make(journal.name)
    second = journal.apply(spec=spec).ok()
    workspace.unmade().apply(expect=0).ok()
    entry = only(
        (each for each in journals(workspace.list()) if each.spec.name == journal.name), "entry"
    )
    assert_equal(normalized(entry.spec), spec, "spec")
    assert_equal(entry.create_revision, first.header.etcd.revision, "creation revision")
    assert_equal(entry.mod_revision, second.header.etcd.revision, "modification revision")


@requirement("list.entry-echoes-spec-and-revisions")
def test_revisions_of_an_assigned_journal(workspace: Workspace) -> None:
    """That a journal gets its brokers, and takes appends, is no change of it."""
    journal = workspace.unmade()
    applied = journal.apply(expect=0).ok().header.etcd.revision
    entry = workspace.assigned(journal)
    assert_equal((entry.create_revision, entry.mod_revision), (applied,) * 2, "when assigned")
    workspace.appended(journal, b"x").ok()
    entry = journal.shown()
    assert_equal((entry.create_revision, entry.mod_revision), (applied,) * 2, "when appended to")


@requirement("list.entry-route-has-endpoints")
def test_route(workspace: Workspace) -> None:
    """The route of an assigned journal is sorted, with endpoints and a primary."""
    journal = workspace.journal()
    route = workspace.assigned(journal).route
    members = [(member.zone, member.suffix) for member in route.members]
    assert_equal(members, sorted(members), "members in order")
    assert_equal(len(route.endpoints), len(members), "endpoints")
    assert_true(all(route.endpoints), "an endpoint for each member", route)
    assert_true(0 <= route.primary < len(members), "a primary among the members", route)


@requirement("list.entry-route-has-endpoints")
def test_route_however_selected(workspace: Workspace) -> None:
    """Whichever labels select an assigned journal, its entry is the same, route included."""
    journal = workspace.journal(labels={"env": "prod"})
    entry, name = workspace.assigned(journal), journal.name
    includes: dict[str, Any] = {
        "name": {"name": name},
        "names": {"name": [name, f"{name}-none"]},
        "beginning of the name": [("name", workspace.prefix, True)],
        "path": {"prefix": workspace.prefix},
        "label and path": {"env": "prod", "prefix": workspace.prefix},
    }
    for words, include in includes.items():
        request = protocol.ListRequest(selector=selector(include))
        found = journals(workspace.broker.call("List", request))
        assert_equal(found, [entry], f"entries selected by {words}")


@READS
@requirement("list.legacy-prefix-needs-slash")
@pytest.mark.parametrize("side", ["Include", "Exclude"])
def test_prefix_without_slash(workspace: Workspace, side: str) -> None:
    """A prefix without final slash is refused; with it, the same List is answered."""
    for value, accepted in (("aaa", False), ("aaa/", True)):
        labels = label_set({"prefix": value})
        chosen = protocol.LabelSelector(**{side.lower(): labels})
        answer = workspace.broker.call("List", protocol.ListRequest(selector=chosen))
        if accepted:
            answer.ok()
        else:
            text = f"Selector.{side}.Labels[\"prefix\"]: expected trailing '/' (aaa)"
            assert_refused(answer, f"Selector.{side}", "prefix", text=text)


@READS
@requirement("list.refuses-unsorted-labels")
@pytest.mark.parametrize("side", ["Include", "Exclude"])
@pytest.mark.parametrize("names", [("zz", "aa"), ("aa", "aa")], ids=["unsorted", "doubled"])
def test_unsorted_labels(workspace: Workspace, side: str, names: tuple[str, str]) -> None:
    """A selector out of order is refused; sorted and unique, it is answered."""
    labels = label_set([(name, "1") for name in names])
    chosen = protocol.LabelSelector(**{side.lower(): labels})
    answer = workspace.broker.call("List", protocol.ListRequest(selector=chosen))
    assert_refused(answer, f"Selector.{side}", "sorted order", names[1])
    twin = protocol.LabelSelector(**{side.lower(): label_set([("aa", "1"), ("zz", "1")])})
    workspace.broker.call("List", protocol.ListRequest(selector=twin)).ok()


@READS
@requirement("list.refuses-invalid-label")
@pytest.mark.parametrize("side", ["Include", "Exclude"])
def test_invalid_label(workspace: Workspace, side: str) -> None:
    """A label of a one-letter name is refused; of two letters it is answered."""
    for name, accepted in (("z", False), ("zz", True)):
        chosen = protocol.LabelSelector(**{side.lower(): label_set([(name, "1")])})
        answer = workspace.broker.call("List", protocol.ListRequest(selector=chosen))
        if accepted:
            answer.ok()
        else:
            text = f"Selector.{side}.Labels[0].Name: invalid length (1; expected 2 <= length <= 64)"
            assert_refused(answer, f"Selector.{side}.Labels[0].Name", text=text)


@requirement("list.continuations-carry-journals-only", "list.no-trailing-empty-message")
def test_pages(workspace: Workspace) -> None:
    """However an answer is split, only its first message has more than journals, none is empty."""
    stems = {f"page/{number:03}": {"kind": "page"} for number in range(60)}
    names = workspace.shelf(stems)
    answer = workspace.list()
    answer.ok()
    assert_equal(listed(answer.messages), sorted(names.values()), "journals")
    for message in answer.messages[1:]:
        rest = protocol.ListResponse(journals=message.journals)
        bare = not message.header.process_id.suffix and not message.header.etcd.revision
        assert_true(bare and message.status == rest.status, "no header", message)
        assert_true(len(message.journals) > 0, "journals in each message", message)


@requirement("list.snapshot-is-of-one-revision")
def test_one_revision(workspace: Workspace) -> None:
    """Two journals that are always changed together are always listed at one revision."""
    pair = [workspace.unmade(), workspace.unmade()]

    def churn() -> None:
        for _ in range(10):
            upserts = [spec_of(journal.name) for journal in pair]
            changes = [
                protocol.ApplyRequest.Change(expect_mod_revision=-1, upsert=each)
                for each in upserts
            ]
            workspace.apply(*changes).ok()

    churn()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(churn)
        while not running.done():
            revisions = {entry.mod_revision for entry in journals(workspace.list())}
            assert_equal(len(revisions), 1, "revisions of journals changed together")
        running.result()


@requirement("list.shows-what-was-applied")
def test_reads_own_apply(workspace: Workspace) -> None:
    """Right after each Apply, List shows its change at its revision or later."""
    journal = workspace.unmade()
    for number in range(5):
        applied = journal.apply(labels={"number": str(number)}).ok()
        answer = workspace.list({"number": str(number)})
        assert_equal(listed(answer.messages), [journal.name], "journals")
        revision = answer.first.header.etcd.revision
        assert_true(revision >= applied.header.etcd.revision, "a revision not before", revision)
    later = workspace.unmade().apply(labels={"number": "none"}).ok().header.etcd.revision
    revision = workspace.list({"number": "4"}).first.header.etcd.revision
    assert_true(revision >= later, f"a revision of {later} or more, of whatever journal", revision)


@requirement("list.flags-and-suspension-do-not-hide")
def test_flags_and_suspension(workspace: Workspace) -> None:
    """A write-only journal and a suspended one are listed."""
    write_only = workspace.journal(flags=protocol.JournalSpec.O_WRONLY)
    full = protocol.JournalSpec.Suspend(level=protocol.JournalSpec.Suspend.FULL)
    suspended = workspace.journal(assigned=False, suspend=full)
    names = [write_only.name, suspended.name]
    assert_equal(listed(workspace.list().messages), sorted(names), "journals")


UNANSWERED = 0.4
"""Seconds of silence that tell waiting from answering: an answer takes some milliseconds."""
NEVER = 10**9
"""A revision that no run reaches."""


@requirement("list.resume-delays-a-unary-list")
def test_resume(workspace: Workspace) -> None:
    """A List that resumes waits until the revision has passed, then answers once."""
    journal = workspace.unmade()
    journal.apply().ok()
    chosen = selector({"name": journal.name})

    def resumed(revision: int) -> Any:
        resume = protocol.Header(etcd=protocol.Header.Etcd(revision=revision))
        return protocol.ListRequest(selector=chosen, watch_resume=resume)

    with workspace.broker.open("List", resumed(NEVER)) as stream:
        stream.half_close()
        stream.silent(UNANSWERED)
    revision = journal.apply().ok().header.etcd.revision
    with workspace.broker.open("List", resumed(revision)) as stream:
        stream.half_close()
        last = journal.apply().ok().header.etcd.revision
        answer = stream.end()
    assert_equal(listed(answer.messages), [journal.name], "journals")
    shown = answer.first.header.etcd.revision
    assert_true(shown > revision, f"a revision after {revision}, such as {last}", shown)


@requirement("list.keeps-labels-sorted")
def test_labels(workspace: Workspace) -> None:
    """Labels come back as applied: sorted, unique, none lost."""
    pairs = [("aa", "2"), ("aa", "3"), ("bb", ""), ("cc", "a.b-_+%=/é"), ("zz", "1")]
    pairs[-1:-1] = [("dd", f"{mark}Aa%2F{mark}") for mark in "%+-./=_"]
    journal = workspace.unmade()
    assert_status(journal.apply(labels=pairs), "OK")
    entry = journal.shown()
    assert_equal([(each.name, each.value) for each in entry.spec.labels.labels], pairs, "labels")


@requirement("list.answered-by-every-broker")
def test_every_broker(workspace: Workspace, brokers: tuple[Broker, ...]) -> None:
    """Each broker lists the same journals, and names itself."""
    names = sorted(workspace.shelf({"aaa": {"env": "prod"}, "bbb/two": {}, "ccc": {}}).values())
    request = protocol.ListRequest(selector=selector({"prefix": workspace.prefix}))
    authors = set()
    for broker in brokers:
        answer = wait.until(partial(_complete, broker, request, names), "all journals")
        author = answer.first.header.process_id
        authors.add((author.zone, author.suffix))
    assert_equal(len(authors), len(brokers), "different process ids")


def _complete(broker: Broker, request: Any, names: list[str]) -> Any:
    answer = broker.call("List", request)
    return answer if listed(answer.messages) == names else None
