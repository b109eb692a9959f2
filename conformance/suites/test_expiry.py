"""Calls that are open when their token expires."""

from collections.abc import Callable
from typing import Any

import pytest

import protocol
from conformance import requirement
from conformance.checks import assert_equal, assert_true
from conformance.journal import Journal
from conformance.stream import Stream
from conformance.target import Target
from conformance.tokens import sign
from conformance.workspace import Workspace

LIFETIME = 2
"""Seconds that the tokens hold: claims count whole ones, so that one may be cut to nothing."""
LATEST = 15.0
"""Seconds until a call must have ended after its token: an hour's token would take much longer."""
STEP = 0.2
PIECE = bytes(32 << 10)
"""Content of each step of an append: well above the minimum rate."""


@pytest.fixture
def journal(auth_target: Target, workspace_of: Callable[[Target], Workspace]) -> Journal:
    """A journal with content, at a target that checks tokens."""
    journal = workspace_of(auth_target).journal()
    journal.append(b"abc").ok()
    return journal


def _open(target: Target, journal: Journal, rpc: str, *requests: Any) -> Stream:
    token = sign(target.spec, rpc, lifetime=LIFETIME)
    return journal.broker.open(rpc, *requests, timeout=60.0, token=token)


@requirement("read.token-expiry-ends-read")
def test_read(auth_target: Target, journal: Journal) -> None:
    """A read that waits at the head ends OK when its token expires."""
    request = journal.read_request(0, block=True)
    with _open(auth_target, journal, "Read", request) as stream:
        stream.half_close()
        answer = stream.end(within=LATEST)
    assert_equal((answer.code, answer.content), ("OK", b"abc"), "end and content of the read")


@requirement("append.token-expiry-aborts")
def test_append(auth_target: Target, journal: Journal) -> None:
    """An append that goes on when its token expires is ended, and leaves nothing behind."""
    with _open(auth_target, journal, "Append", *journal.append_requests()) as stream:
        for _ in range(int(LATEST / STEP)):
            stream.send(protocol.AppendRequest(content=PIECE))
            if stream.ended(within=STEP):
                break
        assert_true(stream.end(within=0.0).code != "OK", "an append that fails", "one that ends OK")
    assert_equal(journal.content(), b"abc", "content")
