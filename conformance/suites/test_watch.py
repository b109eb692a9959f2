"""Watch: List with `watch` set."""

from collections.abc import Callable
from contextlib import ExitStack

import pytest

import protocol
from conformance import READS, requirement, wait
from conformance.broker import Broker, listed
from conformance.checks import assert_equal, assert_true, only
from conformance.journal import Journal, selector, spec_of
from conformance.stream import Stream
from conformance.target import Target
from conformance.tokens import sign
from conformance.workspace import Workspace

QUIET = 0.4
"""Seconds a watch must say nothing: brokers apply changes after tens of milliseconds."""
TOKEN_LIFE = 2
"""Seconds until a test's token expires, the least that whole-second claims can tell apart."""
PAGES = 1001
"""Journals that need two messages at a broker with the largest known page of 1000."""


def watch(
    workspace: Workspace, *, timeout: float = 30.0, broker: Broker | None = None, **fields: object
) -> Stream:
    """A watch of the workspace's journals, or of those `labels` select and `excluded` do not."""
    include = {"prefix": workspace.prefix, **fields.pop("labels", {})}  # type: ignore[dict-item]
    chosen = selector(include, fields.pop("excluded", {}))
    request = protocol.ListRequest(selector=chosen, watch=True, **fields)  # type: ignore[arg-type]
    stream = (broker or workspace.broker).open("List", request, timeout=timeout)
    stream.half_close()
    return stream


def snapshot(stream: Stream) -> list[protocol.ListResponse]:
    """The messages of the next snapshot, up to its delimiter and without it."""
    messages = [stream.next()]
    while (message := stream.next()).journals:
        messages.append(message)
    assert_delimiter(message)
    return messages


def assert_delimiter(message: protocol.ListResponse) -> None:
    """Holds that a message is a snapshot's end: no journals, and nothing in its header."""
    empty = not message.journals and not message.header.etcd.revision and not message.status
    assert_true(empty, "a delimiter: a message without journals and header", message)


def assert_headed(messages: list[protocol.ListResponse]) -> None:
    """Holds that the first message of a snapshot has a header, such as any List has."""
    header = messages[0].header
    assert_true(header.etcd.revision > 0, "a header with a revision", messages[0])
    assert_true(header.process_id.zone and header.process_id.suffix, "a process id", header)
    assert_true(header.etcd.cluster_id and header.etcd.raft_term, "an etcd header", header)
    assert_equal((len(header.route.members), header.route.primary), (0, -1), "route")


def names(messages: list[protocol.ListResponse]) -> list[str]:
    """The journals of a snapshot."""
    return listed(messages)


def now(workspace: Workspace) -> protocol.Header:
    """The header of a List made now."""
    header: protocol.Header = workspace.list().first.header
    return header


@requirement("watch.snapshot-then-delimiter")
def test_a_watch_starts_with_a_snapshot_and_its_delimiter(workspace: Workspace) -> None:
    """The matches come first, under a header; an empty message ends them; then all is silent."""
    journal = workspace.journal()
    with watch(workspace) as stream:
        first = snapshot(stream)
        assert_headed(first)
        assert_equal(names(first), [journal.name], "the snapshot's journals")
        stream.silent(QUIET)


@READS
@requirement("watch.empty-snapshot-has-a-header")
def test_a_watch_without_matches_starts_with_an_empty_snapshot(workspace: Workspace) -> None:
    """Two messages without journals arrive, of which the first has a header."""
    with watch(workspace) as stream:
        first = stream.next()
        assert_equal(len(first.journals), 0, "journals of the snapshot")
        assert_headed([first])
        assert_delimiter(stream.next())
        stream.silent(QUIET)


@requirement("watch.announces-creation")
def test_a_new_match_sends_a_complete_snapshot(workspace: Workspace) -> None:
    """After a journal is created the watch shows it together with those that were there."""
    old = workspace.journal()
    made = [old.name]
    with watch(workspace) as stream:
        snapshot(stream)
        for stem in ("a-name-that-comes-first", "z-name-that-comes-last"):
            made.append(workspace.journal(name=f"{workspace.prefix}{stem}").name)
            fresh = snapshot(stream)
            assert_headed(fresh)
            assert_equal(names(fresh), sorted(made), "the snapshot's journals")


@requirement("watch.announces-creation", "watch.final-state-is-delivered")
def test_every_watch_of_every_broker_is_told(workspace: Workspace) -> None:
    """Two watches of each broker all show a journal when it is made, and again when it is not."""
    with ExitStack() as stack:
        streams = [
            stack.enter_context(watch(workspace, broker=broker))
            for broker in workspace.target.brokers
            for _ in range(2)
        ]
        for stream in streams:
            snapshot_or_empty(stream)
        for _ in range(2):
            journal = workspace.journal(assigned=False)
            for stream in streams:
                assert_equal(names(snapshot(stream)), [journal.name], "the snapshot's journals")
            journal.delete().ok()
            for stream in streams:
                snapshot_or_empty(stream)


@requirement("watch.announces-gained-match")
def test_a_journal_that_comes_to_match_is_shown(workspace: Workspace) -> None:
    """A journal that is given the label, and loses and regains it, is announced each time."""
    journal = workspace.journal(labels={"env": "test"})
    with watch(workspace, labels={"env": "prod"}) as stream:
        snapshot_or_empty(stream)
        for _ in range(2):
            journal.apply(labels={"env": "prod"}).ok()
            assert_equal(names(snapshot(stream)), [journal.name], "the snapshot's journals")
            journal.apply(labels={"env": "test"}).ok()
            snapshot_or_empty(stream)


@requirement("watch.silent-on-other-journals")
def test_other_journals_wake_no_watch(workspace: Workspace) -> None:
    """Creating and deleting a journal that does not match sends nothing; one that does, sends."""
    old = workspace.journal(labels={"env": "prod"})
    with watch(workspace, labels={"env": "prod"}) as stream:
        snapshot(stream)
        other = workspace.journal(labels={"env": "test"})
        other.delete().ok()
        stream.silent(QUIET)
        match = workspace.journal(labels={"env": "prod"})
        expected = sorted([old.name, match.name])
        assert_equal(names(snapshot(stream)), expected, "the snapshot's journals")


@requirement("watch.silent-on-other-journals")
def test_excluded_journals_stay_out_of_updates(workspace: Workspace) -> None:
    """What the selector excludes is in no later snapshot, whenever it was made."""
    workspace.journal(labels={"env": "test"})
    made = []
    with watch(workspace, excluded={"env": "test"}) as stream:
        snapshot_or_empty(stream)
        for _ in range(2):
            workspace.journal(labels={"env": "test"})
            made.append(workspace.journal(labels={"env": "prod"}).name)
            assert_equal(names(snapshot(stream)), made, "the snapshot's journals")


@requirement("watch.announces-identical-put")
def test_an_identical_put_is_announced(workspace: Workspace) -> None:
    """Applying the same spec again sends a snapshot in which mod_revision has risen."""
    journal = workspace.journal()
    workspace.assigned(journal)
    with watch(workspace) as stream:
        before = only(snapshot(stream)[0].journals, "journal")
        journal.apply(spec=before.spec).ok()
        after = only(snapshot(stream)[0].journals, "journal")
        assert_true(
            after.mod_revision > before.mod_revision,
            f"a mod_revision above {before.mod_revision}",
            after.mod_revision,
        )
    assert_equal(after, journal.entry(), "the entry, as List shows it")


@requirement("watch.announces-lost-match")
def test_a_journal_that_no_longer_matches_is_missing(workspace: Workspace) -> None:
    """Taking the label from one of two matches leaves the other one in the next snapshot."""
    kept = workspace.journal(labels={"env": "prod"})
    lost = workspace.journal(labels={"env": "prod"})
    with watch(workspace, labels={"env": "prod"}) as stream:
        assert_equal(len(names(snapshot(stream))), 2, "journals at first")
        lost.apply(labels={"env": "test"}).ok()
        assert_equal(names(snapshot(stream)), [kept.name], "the snapshot's journals")


@requirement("watch.announces-deletion")
def test_deletions_are_announced_down_to_the_last(workspace: Workspace) -> None:
    """Each deletion sends a snapshot without the journal, the last one an empty one."""
    first, second = workspace.journal(), workspace.journal()
    with watch(workspace) as stream:
        snapshot(stream)
        first.delete().ok()
        assert_equal(names(snapshot(stream)), [second.name], "the snapshot's journals")
        second.delete().ok()
        last = stream.next()
        assert_headed([last])
        assert_equal(len(last.journals), 0, "journals of the last snapshot")
        assert_delimiter(stream.next())
        third = workspace.journal()
        assert_equal(names(snapshot(stream)), [third.name], "journals after the last was deleted")


@requirement("watch.announces-swap-once")
def test_a_swap_in_one_request_is_one_snapshot(workspace: Workspace) -> None:
    """Deleting a match and creating another at once sends one snapshot, with the new one only."""
    old, new = workspace.journal(), workspace.unmade()
    with watch(workspace) as stream:
        snapshot(stream)
        workspace.apply(
            protocol.ApplyRequest.Change(expect_mod_revision=-1, delete=old.name),
            protocol.ApplyRequest.Change(upsert=spec_of(new.name)),
        ).ok()
        assert_equal(names(snapshot(stream)), [new.name], "the snapshot's journals")
        stream.silent(QUIET)


@requirement("watch.revisions-increase")
def test_snapshot_revisions_increase(workspace: Workspace) -> None:
    """Over several changes every snapshot has a greater revision than the one before."""
    with watch(workspace) as stream:
        seen = [snapshot_or_empty(stream)]
        for _ in range(3):
            journal = workspace.journal(assigned=False)
            seen.append(snapshot_or_empty(stream))
            last = journal.shown().mod_revision
            assert_true(seen[-1] >= last, f"a revision of {last} or more", seen)
    assert_true(seen == sorted(set(seen)), "strictly increasing revisions", seen)


def snapshot_or_empty(stream: Stream) -> int:
    """The revision of the next snapshot, which may hold no journals."""
    first = stream.next()
    message = first
    while message is first or message.journals:
        message = stream.next()
    assert_delimiter(message)
    return int(first.header.etcd.revision)


@requirement("watch.route-change-is-silent")
def test_assignment_alone_is_not_announced(workspace: Workspace) -> None:
    """A journal that is assigned after its creation was announced sends no second snapshot."""
    with watch(workspace) as stream:
        snapshot_or_empty(stream)
        journal = workspace.journal()
        assert_equal(names(snapshot(stream)), [journal.name], "the snapshot's journals")
        stream.silent(QUIET)


@requirement("watch.resume-at-current-waits")
def test_resuming_at_the_present_waits_for_the_next_change(workspace: Workspace) -> None:
    """What comes after a resumption is one full snapshot of a later revision, never of this one."""
    journal = workspace.journal()
    journal.append().ok()
    header = now(workspace)
    with watch(workspace, watch_resume=header) as stream:
        workspace.broker.call("Apply", protocol.ApplyRequest(changes=[elsewhere(workspace)])).ok()
        messages = snapshot(stream)
        assert_headed(messages)
        later = workspace.journal()
        assert_equal(names(snapshot(stream)), [journal.name, later.name], "journals shown later")
    assert_equal(names(messages), [journal.name], "the snapshot's journals")
    # Other tests change other journals meanwhile, so silence would tell less than the revision.
    revision = messages[0].header.etcd.revision
    assert_true(revision > header.etcd.revision, f"after {header.etcd.revision}", revision)


def elsewhere(workspace: Workspace) -> protocol.ApplyRequest.Change:
    """A change that creates a journal of this test outside what it watches."""
    name = workspace.name().replace("/journal", "-elsewhere/journal")
    return protocol.ApplyRequest.Change(upsert=spec_of(name), expect_mod_revision=-1)


@requirement("watch.resume-at-older-is-immediate")
def test_resuming_in_the_past_is_immediate(workspace: Workspace) -> None:
    """A watch that resumes before the last change gets a full snapshot at once."""
    before = now(workspace)
    journal = workspace.journal()
    with watch(workspace, watch_resume=before) as stream:
        assert_equal(names(snapshot(stream)), [journal.name], "the snapshot's journals")


@requirement("watch.resume-at-future-waits")
def test_resuming_in_the_future_waits(workspace: Workspace) -> None:
    """A watch that resumes at a revision that is far ahead gets nothing, whatever changes."""
    header = now(workspace)
    header.etcd.revision += 1_000_000_000
    with watch(workspace, watch_resume=header) as stream:
        workspace.journal()
        stream.silent(QUIET)


@READS
@requirement("watch.resume-header-is-not-validated")
@pytest.mark.parametrize("cluster_id", [0, 1], ids=["empty", "foreign"])
def test_only_the_revision_of_a_resume_header_matters(
    workspace: Workspace, cluster_id: int
) -> None:
    """An empty header, or one of another cluster, is taken as its revision says."""
    header = protocol.Header(etcd={"cluster_id": cluster_id})
    with watch(workspace, watch_resume=header) as stream:
        assert_headed([stream.next()])


@requirement(
    "watch.pages-end-in-one-delimiter",
    "list.continuations-carry-journals-only",
    "list.entry-route-has-endpoints",
    "list.ordered-by-name",
)
def test_a_snapshot_of_many_messages_has_one_delimiter(workspace: Workspace) -> None:
    """More journals than a message holds come in several messages, closed by one delimiter.

    They are suspended, which spares the brokers their assignment; but the last one is not.
    """
    asleep = protocol.JournalSpec.Suspend(level="FULL")
    names_of_all = [f"{workspace.prefix}{number:04}" for number in range(PAGES)]
    specs = [spec_of(name, suspend=asleep) for name in names_of_all]
    specs[-1].ClearField("suspend")
    last = Journal(names_of_all[-1], workspace.broker)
    for start in range(0, PAGES, 100):
        batch = [protocol.ApplyRequest.Change(upsert=each) for each in specs[start : start + 100]]
        workspace.apply(*batch).ok()
    with watch(workspace) as stream:
        messages = snapshot(stream)
        assert_headed(messages)
        assert_true(len(messages) > 1, "more than one message", len(messages))
        assert_equal(names(messages), names_of_all, "the snapshot's journals")
        stream.silent(QUIET)
    entry = workspace.assigned(last)
    messages = list(workspace.list().messages)
    assert_headed(messages)
    assert_equal(names(messages), names_of_all, "the journals listed")
    assert_equal(messages[-1].journals[-1], entry, "the entry of the last one")
    for message in messages[1:]:
        bare = not message.header.process_id.suffix and not message.header.etcd.revision
        assert_true(bare and message.journals, "journals and no header", message)


@requirement("watch.final-state-is-delivered")
def test_the_last_snapshot_of_a_burst_shows_the_end(workspace: Workspace) -> None:
    """However many of ten quick changes are announced, the last one is."""
    with watch(workspace) as stream:
        snapshot_or_empty(stream)
        made = [workspace.journal(assigned=False).name for _ in range(10)]
        wait.until(lambda: names(snapshot(stream)) == sorted(made), "a snapshot of all ten")


@requirement("watch.token-expiry-ends-ok")
def test_a_watch_ends_well_when_its_token_expires(auth_target: Target) -> None:
    """At the token's expiry the stream ends with OK."""
    token = sign(auth_target.spec, "List", lifetime=TOKEN_LIFE)
    request = protocol.ListRequest(watch=True)
    stream = auth_target.broker.open("List", request, timeout=30.0, token=token)
    with stream:
        stream.half_close()
        stream.next()
        assert_equal(stream.end(within=15.0).code, "OK", "how the watch ends")


@requirement("watch.announces-suspension")
def test_suspension_is_announced(workspace: Workspace) -> None:
    """Suspending a journal sends a snapshot in which its spec tells so."""
    journal = workspace.journal()
    with watch(workspace) as stream:
        snapshot(stream)
        journal.append(suspend="SUSPEND_NOW")
        entry = only(snapshot(stream)[0].journals, "journal")
        level = protocol.JournalSpec.Suspend.Level.Name(entry.spec.suspend.level)
        assert_equal(level, "FULL", "the announced suspension")


@requirement("watch.claims-limit-what-is-watched")
def test_claims_limit_a_watch(
    auth_target: Target, workspace_of: Callable[[Target], Workspace]
) -> None:
    """Under claims for one journal a watch neither shows nor is woken by another one."""
    workspace = workspace_of(auth_target)
    mine, other = workspace.journal(labels={"env": "mine"}), workspace.journal()
    token = sign(auth_target.spec, "List", include={"env": "mine"})
    request = protocol.ListRequest(selector=selector({"prefix": workspace.prefix}), watch=True)
    with auth_target.broker.open("List", request, timeout=30.0, token=token) as stream:
        stream.half_close()
        assert_equal(names(snapshot(stream)), [mine.name], "the journals shown")
        other.apply(labels={"env": "others"}).ok()
        stream.silent(QUIET)
        mine.apply(labels={"env": "mine", "more": "yes"}).ok()
        assert_equal(names(snapshot(stream)), [mine.name], "the journals shown")
