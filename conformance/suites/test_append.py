"""Append: transactions, offsets, registers, limits."""

from conformance import requirement
from conformance.checks import assert_status, unchanged
from conformance.workspace import Workspace


@requirement("append.rejects-wrong-offset")
def test_offset_other_than_the_head_is_refused(workspace: Workspace) -> None:
    """An append at an offset other than the head is refused; at the head it commits."""
    journal = workspace.journal()
    assert_status(journal.append(b"abc"), "OK")
    with unchanged(journal):
        assert_status(journal.append(b"x", offset=1), "WRONG_APPEND_OFFSET")
        assert_status(journal.append(b"x", offset=100), "WRONG_APPEND_OFFSET")
    assert_status(journal.append(b"x", offset=3), "OK")
