"""Existing: appends to journals that are there already, which others may append to meanwhile.

What is appended are short lines of JSON, and registers are left as they were.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import protocol
from conformance import APPENDS, requirement
from conformance.answer import Answer
from conformance.checks import (
    assert_equal,
    assert_refused,
    assert_status,
    assert_sum,
    assert_true,
    only_grown,
)
from conformance.existing import Existing
from conformance.gate import REGISTERS
from conformance.journal import Journal, label_set, selector
from conformance.session import Session
from protocol.fragments import sum_of

pytestmark = APPENDS

BEYOND = 1 << 60
"""An offset that no journal reaches."""
OWN = f"{REGISTERS}mark"
"""The register that these tests set, and remove."""

Line = Callable[[str], bytes]


@pytest.fixture
def line(session: Session, request: pytest.FixtureRequest) -> Line:
    """Makes a line to append, which tells the run, the test, and a word for the line."""
    named = {"conformance": session.settings.run_id, "test": request.node.name}
    return lambda word: json.dumps({**named, "line": word}).encode() + b"\n"


def taken(existing: Existing) -> Iterator[Journal]:
    """The journals that take appends; the others are noted."""
    for journal in existing.all():
        status = journal.append().status
        if status in {"", "OK"}:
            yield journal
        else:
            existing.remarks.left(f"{journal.name} takes no appends: {status}")


def assert_committed(answer: Answer, journal: Journal, content: bytes) -> Any:
    """Holds that an append was answered OK, with a commit of this content; returns the answer."""
    message = answer.ok()
    commit = message.commit
    assert_equal(commit.journal, journal.name, "the journal of the commit")
    assert_equal(commit.end - commit.begin, len(content), "the length of the commit")
    assert_sum(commit.sum, content, "the sum of the commit's own bytes")
    assert_equal((commit.backing_store, commit.mod_time), ("", 0), "store and time")
    return message


@requirement("append.commits-content", "append.ok-header-is-routed", "append.ok-has-registers")
def test_appended_is_read_back(existing: Existing, line: Line) -> None:
    """What is appended commits at or behind the head, and is read back at the commit's offsets."""
    for journal in taken(existing):
        head = journal.head()
        content = line("first"), line("second")
        message = assert_committed(journal.append(*content), journal, b"".join(content))
        route = message.header.route
        assert_true(message.HasField("registers"), "registers", message)
        assert_true(route.primary >= 0, "a primary", message.header)
        assert_equal(message.header.process_id, route.members[route.primary], "who answers")
        commit = message.commit
        assert_true(commit.begin >= head, f"a commit at {head} or later", commit.begin)
        read = journal.read(commit.begin, end_offset=commit.end)
        assert_equal(read.content, b"".join(content), "what is read back")
        assert_true(journal.head() >= commit.end, "a head not before the commit", commit.end)


@requirement("append.empty-append-commits", "append.reports-registers-unchanged")
def test_empty_append(existing: Existing) -> None:
    """An append without content commits an empty range, behind what was there."""
    for journal in taken(existing):
        with only_grown(journal):
            head = journal.head()
            first, second = (journal.append().ok() for _ in range(2))
        for message in (first, second):
            commit = message.commit
            assert_equal(commit.begin, commit.end, "begin and end of the commit")
            assert_equal(commit.sum, sum_of(b""), "the sum of nothing")
            assert_true(commit.begin >= head, f"a commit at {head} or later", commit.begin)


@requirement("append.rejects-wrong-offset")
def test_wrong_offset(existing: Existing, line: Line) -> None:
    """An append at an offset that the journal is far from is refused, and adds nothing."""
    for journal in taken(existing):
        content = line("lost")
        with added_nowhere(journal, content):
            answer = journal.append(content, offset=BEYOND)
            message = assert_status(answer, "WRONG_APPEND_OFFSET")
            assert_true(not message.commit.journal, "no commit", message)


@requirement("append.half-close-rolls-back")
def test_roll_back(existing: Existing, line: Line) -> None:
    """An append without commit intent is refused, and adds nothing."""
    for journal in taken(existing):
        content = line("lost")
        with added_nowhere(journal, content):
            answer = journal.append(content, commit=False)
            assert_refused(answer, text="append stream: unexpected EOF")


@requirement("append.nothing-may-follow-commit")
def test_after_commit(existing: Existing, line: Line) -> None:
    """An append with content behind its commit intent is refused, and adds nothing."""
    for journal in taken(existing):
        content = line("lost")
        with added_nowhere(journal, content):
            intent, more = protocol.AppendRequest(), protocol.AppendRequest(content=content)
            requests = [*journal.append_requests(content), intent, more]
            assert_refused(journal.broker.call("Append", *requests), "EOF")


@contextmanager
def added_nowhere(journal: Journal, content: bytes) -> Iterator[None]:
    """Holds that the journal stays, and that content which others may add has no such line."""
    begin = journal.head()
    with only_grown(journal):
        yield
    end = journal.head()
    if end > begin:
        added = journal.read(begin, end_offset=end).content
        assert_true(content not in added, "content without the refused line", added)


@requirement("append.unites-registers", "append.checks-registers")
def test_registers(existing: Existing, line: Line) -> None:
    """A register of the suite's own is set, checked, and removed; all others stay."""
    for journal in taken(existing):
        before = registers(journal.append().ok())
        mine = label_set({OWN: "yes"})
        try:
            content = line("set")
            answer = journal.append(content, union_registers=mine)
            found = registers(assert_committed(answer, journal, content))
            assert_true((OWN, "yes") in found, "the register that was united", found)
            refused = line("refused")
            with added_nowhere(journal, refused):
                wrong = journal.append(refused, check_registers=selector({OWN: "no"}))
                told = registers(assert_status(wrong, "REGISTER_MISMATCH"))
            assert_true((OWN, "yes") in told, "the registers with the refusal", told)
            content = line("checked")
            right = journal.append(content, check_registers=selector({OWN: "yes"}))
            assert_committed(right, journal, content)
        finally:
            left = journal.append(line("removed"), subtract_registers=mine)
        names = {name for name, _ in registers(left.ok())}
        assert_equal(names, {name for name, _ in before}, "names of registers at the end")


def registers(message: Any) -> list[tuple[str, str]]:
    """The registers of an answer."""
    return [(label.name, label.value) for label in message.registers.labels]
