"""Append: the messages of a stream, and their order."""

from typing import Any

import pytest

import protocol
from conformance import requirement
from conformance.broker import Broker
from conformance.checks import assert_equal, assert_refused, assert_status, unchanged
from conformance.journal import label_set, selector
from conformance.workspace import Workspace

Request = protocol.AppendRequest
COMMIT = Request()
STREAM = "append stream"


@requirement("append.half-close-rolls-back")
@pytest.mark.parametrize("chunks", [(), (b"lost",)], ids=["empty", "content"])
def test_roll_back(workspace: Workspace, chunks: tuple[bytes, ...]) -> None:
    """Without commit intent an append is refused; with it, it commits."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    with unchanged(journal):
        answer = journal.append(*chunks, commit=False)
        assert_refused(answer, text="append stream: unexpected EOF")
    assert_equal(journal.append(*chunks).ok().commit.begin, 3, "begin of the commit")


@requirement("append.nothing-may-follow-commit")
@pytest.mark.parametrize("extra", [b"", b"more"], ids=["second-intent", "content"])
def test_after_commit(workspace: Workspace, extra: bytes) -> None:
    """A message after the commit intent undoes the append; before it, it is part of it."""
    journal = workspace.journal()
    messages = [*journal.append_requests(b"abc"), COMMIT]
    with unchanged(journal):
        answer = journal.broker.call("Append", *messages, Request(content=extra))
        text = f"{STREAM}: expected EOF after empty Content chunk"
        assert_refused(answer, "EOF", text=text)
    journal.broker.call("Append", *messages).ok()
    assert_equal(journal.content(), b"abc", "content")


@requirement("append.refuses-second-parameters")
def test_second_parameters(workspace: Workspace) -> None:
    """A second message with a journal undoes the append; without it, the append commits."""
    journal = workspace.journal()
    first = list(journal.append_requests(b"abc"))
    with unchanged(journal):
        again = Request(journal=journal.name)
        for rest in ([again, Request(content=b"def"), COMMIT], [again]):
            answer = journal.broker.call("Append", *first, *rest)
            assert_refused(answer, text=f"{STREAM}: expected Content chunk")
    journal.broker.call("Append", *first, Request(content=b"def"), COMMIT).ok()
    assert_equal(journal.content(), b"abcdef", "content")


STRAY: list[tuple[str, dict[str, Any], str]] = [
    ("DoNotProxy", {"do_not_proxy": True}, "unexpected DoNotProxy"),
    ("Offset", {"offset": 5}, "unexpected Offset"),
    ("CheckRegisters", {"check_registers": selector({"aa": "1"})}, "unexpected CheckRegisters"),
    ("UnionRegisters", {"union_registers": label_set({"aa": "1"})}, "unexpected UnionRegisters"),
    (
        "SubtractRegisters",
        {"subtract_registers": label_set({"aa": "1"})},
        "unexpected SubtractRegisters",
    ),
    (
        "Suspend",
        {"suspend": Request.SUSPEND_IF_FLUSHED},
        "unexpected Suspend (SUSPEND_IF_FLUSHED; expected SUSPEND_RESUMED)",
    ),
]


@requirement("append.refuses-stray-fields")
@pytest.mark.parametrize(("name", "fields", "text"), STRAY, ids=[case[0] for case in STRAY])
def test_stray_field(workspace: Workspace, name: str, fields: dict[str, Any], text: str) -> None:
    """A content message or commit intent with a field of the parameters undoes the append."""
    journal = workspace.journal()
    first = list(journal.append_requests(b"abc"))
    with unchanged(journal):
        for rest in ([Request(content=b"def", **fields), COMMIT], [Request(**fields)]):
            answer = journal.broker.call("Append", *first, *rest)
            assert_refused(answer, name, text=f"{STREAM}: {text}")
    journal.broker.call("Append", *first, Request(content=b"def"), COMMIT).ok()
    assert_equal(journal.content(), b"abcdef", "content")


@requirement("append.refuses-content-in-parameters")
def test_content_in_parameters(workspace: Workspace) -> None:
    """Content beside the journal's name is refused; in the next message it commits."""
    journal = workspace.journal()
    with unchanged(journal):
        together = Request(journal=journal.name, content=b"abc")
        answer = journal.broker.call("Append", together, COMMIT)
        assert_refused(answer, "Content", text="unexpected Content")
    journal.append(b"abc").ok()


@requirement("append.needs-a-journal-first")
@pytest.mark.parametrize("content", [b"", b"abc"], ids=["empty", "content"])
def test_no_journal(broker: Broker, content: bytes) -> None:
    """A first message without journal finds none."""
    answer = broker.call("Append", Request(content=content), COMMIT)
    assert_status(answer, "JOURNAL_NOT_FOUND")


@requirement("append.needs-a-message")
def test_no_message(workspace: Workspace) -> None:
    """A stream that half-closes at once is refused; the broker goes on serving."""
    assert_refused(workspace.broker.call("Append"), text="EOF")
    workspace.journal().append(b"x").ok()


INVALID: list[tuple[dict[str, Any], tuple[str, ...], str]] = [
    ({"journal": "/bad/name"}, ("Journal",), "Journal: cannot begin with '/' (/bad/name)"),
    ({"offset": -1}, ("Offset",), "invalid Offset (-1; expected >= 0)"),
    ({"suspend": 9}, ("Suspend",), "Suspend: invalid Suspend variant (9)"),
]


@requirement("append.refuses-invalid-parameters")
@pytest.mark.parametrize(
    ("fields", "names", "text"), INVALID, ids=[next(iter(case[0])) for case in INVALID]
)
def test_invalid_parameters(
    workspace: Workspace, fields: dict[str, Any], names: tuple[str, ...], text: str
) -> None:
    """One malformed parameter has the append refused; without it, it commits."""
    journal = workspace.journal()
    with unchanged(journal):
        assert_refused(journal.append(b"abc", **fields), *names, text=text)
    journal.append(b"abc").ok()
