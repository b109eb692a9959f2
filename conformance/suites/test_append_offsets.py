"""Append: where commits land, with and without a given offset, alone and in a crowd."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import protocol
from conformance import requirement
from conformance.checks import assert_equal, assert_status, unchanged
from conformance.journal import Journal, label_set, selector
from conformance.workspace import Workspace

Flags = protocol.JournalSpec
WRITERS = 12
APPENDS = 4


@requirement("append.concurrent-appends-tile")
def test_concurrent_appends(workspace: Workspace) -> None:
    """Commits of several writers lie edge to edge, and each holds its own bytes only."""
    journal = workspace.journal()

    def write(writer: int) -> list[tuple[int, int, bytes]]:
        done = []
        for number in range(APPENDS):
            chunks = [f"{writer}-{number}-{part};".encode() * 20 for part in range(3)]
            commit = journal.append(*chunks).ok().commit
            done.append((commit.begin, commit.end, b"".join(chunks)))
        return done

    with ThreadPoolExecutor(WRITERS) as pool:
        commits = sorted(each for done in pool.map(write, range(WRITERS)) for each in done)
    content = journal.content()
    head = 0
    for begin, end, written in commits:
        assert_equal(begin, head, "begin of the next commit")
        assert_equal(content[begin:end], written, "content of the commit")
        head = end
    assert_equal(len(content), head, "head")


@requirement("append.accepts-offset-at-head")
def test_offset_at_head(workspace: Workspace) -> None:
    """Appends that each name the head commit one after the other."""
    journal = workspace.journal()
    for head in (0, 3, 6):
        commit = journal.append(b"abc", offset=head).ok().commit
        assert_equal((commit.begin, commit.end), (head, head + 3), "range of the commit")


@requirement("append.rejects-wrong-offset")
def test_read_only(workspace: Workspace) -> None:
    """That a journal takes no content is told once its offset and registers are right."""
    journal = workspace.journal()
    journal.append(b"abc", union_registers=label_set({"aa": "1"})).ok()
    journal.apply(flags=Flags.O_RDONLY).ok()
    workspace.appended(journal).ok()
    with unchanged(journal):
        assert_status(journal.append(b"x", offset=2), "WRONG_APPEND_OFFSET")
        other = selector({"aa": "2"})
        assert_status(journal.append(b"x", check_registers=other), "REGISTER_MISMATCH")
        assert_status(journal.append(b"x", offset=3), "NOT_ALLOWED")


@requirement("append.rejects-wrong-offset")
@pytest.mark.parametrize("offset", [1, 2, 4, (1 << 63) - 1], ids=["first", "below", "above", "far"])
@pytest.mark.parametrize("content", [(b"x",), ()], ids=["content", "empty"])
def test_offset_other_than_the_head(
    workspace: Workspace, offset: int, content: tuple[bytes, ...]
) -> None:
    """An append elsewhere than at the head is refused; at the head it commits."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    with unchanged(journal):
        assert_status(journal.append(*content, offset=offset), "WRONG_APPEND_OFFSET")
    assert_status(journal.append(*content, offset=3), "OK")


BESIDE: dict[str, dict[str, Any]] = {
    "check": {"check_registers": selector({"aa": "1"})},
    "union": {"union_registers": label_set({"bb": "2"})},
    "subtract": {"subtract_registers": label_set({"aa": "1"})},
    "no-resume": {"suspend": "SUSPEND_NO_RESUME"},
}
SPECS: dict[str, dict[str, Any]] = {
    "compressed": {"fragment": {"compression_codec": "GZIP"}},
    "labelled": {"labels": {"env": "prod"}},
    "read-write": {"flags": protocol.JournalSpec.O_RDWR},
    "paced": {"max_append_rate": 1 << 30},
}


@requirement("append.rejects-wrong-offset", "append.accepts-offset-at-head")
@pytest.mark.parametrize("fields", BESIDE.values(), ids=BESIDE)
def test_offset_beside_other_conditions(workspace: Workspace, fields: dict[str, Any]) -> None:
    """An offset is compared with the head whatever else an append asks for."""
    journal = workspace.journal()
    journal.append(b"first", union_registers=label_set({"aa": "1"})).ok()
    journal.append(b"second").ok()
    _hold_offsets(journal, (5, 8, 12), 11, **fields)


@requirement("append.rejects-wrong-offset", "append.accepts-offset-at-head")
@pytest.mark.parametrize("changes", SPECS.values(), ids=SPECS)
def test_offset_in_any_journal(workspace: Workspace, changes: dict[str, Any]) -> None:
    """An offset is compared with the head whatever the journal's specification."""
    journal = workspace.journal(**changes)
    for content in (b"first", b"second", b"third"):
        journal.append(content).ok()
    _hold_offsets(journal, (5, 11, 17), 16)


def _hold_offsets(journal: Journal, wrong: tuple[int, ...], head: int, **fields: Any) -> None:
    """Holds that wrong offsets are refused, among them begins of fragments, and the head is not."""
    for offset in wrong:
        with unchanged(journal):
            answer = journal.append(b"x", offset=offset, **fields)
            assert_status(answer, "WRONG_APPEND_OFFSET")
    assert_equal(journal.append(b"x", offset=head, **fields).ok().commit.begin, head, "begin")


@requirement("append.rejects-wrong-offset")
def test_offset_of_a_new_journal(workspace: Workspace) -> None:
    """A new journal refuses an offset that is not 0."""
    journal = workspace.journal()
    with unchanged(journal):
        assert_status(journal.append(b"x", offset=5), "WRONG_APPEND_OFFSET")
    assert_status(journal.append(b"x"), "OK")


@requirement("append.offset-zero-is-no-check")
def test_offset_zero(workspace: Workspace) -> None:
    """Offset 0 appends at the head, wherever that is."""
    journal = workspace.journal()
    journal.append(b"0123456789").ok()
    assert_equal(journal.append(b"x", offset=0).ok().commit.begin, 10, "begin of the commit")


@requirement("append.offset-race-has-one-winner")
def test_offset_race(workspace: Workspace) -> None:
    """Of appends that race for the same head, one commits and the others are refused."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    with ThreadPoolExecutor(WRITERS) as pool:
        answers = list(
            pool.map(lambda each: journal.append(b"%d" % each, offset=3), range(WRITERS))
        )
    statuses = sorted(answer.status for answer in answers)
    assert_equal(statuses, ["OK"] + ["WRONG_APPEND_OFFSET"] * (WRITERS - 1), "statuses")
    winner = next(each for each, answer in enumerate(answers) if answer.status == "OK")
    assert_equal(journal.content(), b"abc%d" % winner, "content")
