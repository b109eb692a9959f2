"""ListFragments: what a journal is made of, and who tells it."""

import pytest

import protocol
from conformance import READS, requirement
from conformance.checks import assert_equal, assert_refused, assert_status, assert_true, only
from conformance.journal import Journal
from conformance.stored import sha1, spans
from conformance.target import Target
from conformance.workspace import Workspace
from protocol.fragments import digest_of

SHORT = 1.0
"""Seconds of deadline for a call that is to reach it."""


@requirement("list-fragments.lists-all-in-order")
def test_all_fragments_are_listed_in_order(workspace: Workspace) -> None:
    """Appends that roll are listed as fragments that tile the journal from 0 to its head."""
    journal = workspace.journal(fragment={"length": 1024})
    for _ in range(6):
        journal.append(bytes(600)).ok()
    answer = journal.fragments()
    found = spans(answer)
    assert_true(len(found) > 1, "several fragments", found)
    edges = [0, *(end for _, end in found)]
    assert_equal([begin for begin, _ in found], edges[:-1], "begins that follow on ends")
    assert_equal(edges[-1], 3600, "the end of the last fragment")
    assert_equal(answer.message.next_page_token, 0, "the token of a complete listing")
    assert_true(answer.message.header.route.members, "a routed header", answer.message.header)


@requirement("list-fragments.includes-local-fragments")
def test_local_content_is_listed(workspace: Workspace) -> None:
    """Content that no store holds is listed with its sum, without store and time."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    entry = only(journal.fragments().ok().fragments, "fragment")
    assert_equal((entry.spec.backing_store, entry.spec.mod_time), ("", 0), "store and time")
    assert_equal(digest_of(entry.spec.sum).hex(), sha1(b"abc"), "the sum")


@requirement("list-fragments.refuses-ttl-not-positive")
@pytest.mark.parametrize("seconds", [0, -5])
def test_a_ttl_must_be_positive(workspace: Workspace, seconds: int) -> None:
    """Zero and negative TTLs are refused by name, a nanosecond is taken."""
    journal = workspace.journal()
    answer = journal.fragments(signatureTTL={"seconds": seconds})
    text = f"invalid SignatureTTL ({seconds}s; must be > 0s)"
    assert_refused(answer, "SignatureTTL", text=text)
    assert_status(journal.fragments(signatureTTL={"nanos": 1}), "OK")


@READS
@requirement("list-fragments.missing-journal")
def test_a_missing_journal_is_not_found(workspace: Workspace) -> None:
    """A journal that does not exist answers JOURNAL_NOT_FOUND."""
    assert_status(workspace.unmade().fragments(), "JOURNAL_NOT_FOUND")


@requirement("list-fragments.write-only-journal")
def test_a_write_only_journal_is_not_listed(workspace: Workspace) -> None:
    """Flag O_WRONLY answers NOT_ALLOWED, O_RDONLY and O_RDWR are listed."""
    flags = protocol.JournalSpec.Flag
    answers = {
        name: workspace.journal(flags=flags.Value(name)).fragments().status
        for name in ("O_WRONLY", "O_RDONLY", "O_RDWR")
    }
    wanted = {"O_WRONLY": "NOT_ALLOWED", "O_RDONLY": "OK", "O_RDWR": "OK"}
    assert_equal(answers, wanted, "statuses by flag")
    journal = workspace.journal(flags=flags.O_WRONLY)
    route = journal.fragments().message.header.route
    assert_equal(route, workspace.assigned(journal).route, "route of the refusal")


@requirement("list-fragments.suspended-journal")
def test_a_suspended_journal_is_not_listed(workspace: Workspace) -> None:
    """A fully suspended journal answers SUSPENDED."""
    journal = workspace.journal(assigned=False, suspend={"level": "FULL"})
    assert_status(journal.fragments(), "SUSPENDED")


@requirement("list-fragments.non-member-proxies")
def test_every_broker_answers_for_every_journal(workspace: Workspace, target: Target) -> None:
    """Brokers that do not hold the journal answer as the one that does, header included."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    entry = workspace.assigned(journal)
    for broker in target.brokers:
        message = broker.call("ListFragments", protocol.FragmentsRequest(journal=journal.name)).ok()
        got = (message.header.process_id, [each.spec.end for each in message.fragments])
        assert_equal(got, (entry.route.members[0], [3]), "who answered, and what")


@requirement("list-fragments.non-member-refuses-to-proxy")
def test_a_broker_without_the_journal_may_not_answer_alone(
    workspace: Workspace, target: Target
) -> None:
    """With do_not_proxy only the member answers OK, and others NOT_JOURNAL_BROKER."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    request = protocol.FragmentsRequest(journal=journal.name, do_not_proxy=True)
    statuses = sorted(each.call("ListFragments", request).status for each in target.brokers)
    others = len(target.brokers) - 1
    assert_equal(statuses, ["NOT_JOURNAL_BROKER"] * others + ["OK"], "statuses")


@requirement("list-fragments.waits-for-first-refresh", "read.serves-before-first-listing")
def test_a_store_that_cannot_be_listed_keeps_callers_waiting(workspace: Workspace) -> None:
    """A journal over a bucket without credentials is not answered; one without a store is."""
    stores = ["s3://conformance-no-such-bucket/?profile=conformance-no-such-profile"]
    journal = workspace.journal(fragment={"stores": stores})
    request = protocol.FragmentsRequest(journal=journal.name)
    answer = workspace.broker.call("ListFragments", request, timeout=SHORT)
    assert_equal(answer.code, "DEADLINE_EXCEEDED", "the code over a dead store")
    assert_status(journal.read(0), "OFFSET_NOT_YET_AVAILABLE")
    assert_status(workspace.journal().fragments(), "OK")


@requirement("list-fragments.meta-segment-is-ignored")
def test_a_metadata_segment_changes_nothing(workspace: Workspace) -> None:
    """`name;meta` lists as `name` does."""
    journal = workspace.journal()
    for content in (b"abc", b"def"):
        journal.append(content).ok()
    named = Journal(f"{journal.name};meta/seg", journal.broker)
    for limit in (0, 1):
        got, bare = (each.fragments(page_limit=limit).ok() for each in (named, journal))
        assert_equal(got.fragments, bare.fragments, "fragments")
        assert_equal(got.next_page_token, bare.next_page_token, "token")
        assert_equal(got.header.route, bare.header.route, "route")
