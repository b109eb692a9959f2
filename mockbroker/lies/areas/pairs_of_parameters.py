"""Lies that show only where two parameters of one request meet."""

from typing import Any

import protocol as pb
from mockbroker.lies.lie import Seen, lie

Control = pb.AppendRequest.Suspend
APPEND_MODEL = "append.agrees-with-model"
LISTING_MODEL = "list-fragments.agrees-with-model"
READ_MODEL = "read.agrees-with-model"
SUSPENDING = {Control.SUSPEND_IF_FLUSHED, Control.SUSPEND_NOW}


@lie(READ_MODEL, "read.unproxied-stored-content", requests="Read")
def blocking_reads_are_proxied(message: Any, _seen: Seen) -> None:
    """A read that blocks may be proxied, whatever it says."""
    message.do_not_proxy = message.do_not_proxy and not message.block


@lie(READ_MODEL, "read.unproxied-stored-content", requests="Read")
def bounded_reads_are_proxied(message: Any, _seen: Seen) -> None:
    """A read with an end offset may be proxied, whatever it says."""
    message.do_not_proxy = message.do_not_proxy and not message.end_offset


@lie(READ_MODEL, requests="Read")
def bounded_reads_have_content(message: Any, _seen: Seen) -> None:
    """A read with an end offset is never of metadata only."""
    message.metadata_only = message.metadata_only and not message.end_offset


@lie(READ_MODEL, requests="Read")
def unproxied_reads_have_no_begin_time(message: Any, _seen: Seen) -> None:
    """A read that must not be proxied skips no fragment."""
    if message.do_not_proxy:
        message.begin_mod_time = 0


@lie(READ_MODEL, requests="Read")
def metadata_has_no_begin_time(message: Any, _seen: Seen) -> None:
    """A read of metadata only skips no fragment."""
    if message.metadata_only:
        message.begin_mod_time = 0


@lie(LISTING_MODEL, answers="ListFragments")
def pages_that_promise_nothing_are_last(message: Any, seen: Seen) -> None:
    """A full page under an upper bound of time has no token."""
    if seen.first.end_mod_time:
        message.next_page_token = 0


@lie(APPEND_MODEL, requests="Append")
def suspensions_check_no_registers(message: Any, _seen: Seen) -> None:
    """An append that suspends is not held to the registers that it checks."""
    if message.suspend in SUSPENDING:
        message.ClearField("check_registers")


@lie("suspend.now-suspends-partially", replaces="mockbroker.core.conditions:_suspension")
def racing_suspensions_are_ignored(
    honest: Any, request: Any, spec: Any, replica: Any, now: float
) -> Any:
    """A suspension that names an offset suspends nothing."""
    if request.suspend in SUSPENDING and request.offset:
        return None
    return honest(request, spec, replica, now)


@lie(APPEND_MODEL, answers="Append")
def later_commits_have_a_postfix(message: Any, _seen: Seen) -> None:
    """A commit that does not begin at 0 tells a path postfix."""
    if message.commit.begin:
        message.commit.path_postfix = "open"


@lie("append.checks-registers", requests="Append")
def only_the_first_alternative_counts(message: Any, _seen: Seen) -> None:
    """Of several values that a check includes of a register the first one must be there."""
    included = message.check_registers.include.labels
    for index in reversed(range(1, len(included))):
        if included[index].name == included[index - 1].name:
            del included[index]
