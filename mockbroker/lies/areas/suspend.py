"""Lies about suspension."""

from typing import Any

import protocol as pb
from mockbroker.core.conditions import Control, Refusal, Suspend
from mockbroker.lies.lie import Seen, lie

Level = pb.JournalSpec.Suspend.Level
DECIDE = "mockbroker.core.conditions:_suspension"
WRITE = "mockbroker.core.append:Append._suspend"


@lie("suspend.empty-journal-becomes-full", replaces=DECIDE)
def empty_journals_suspend_partially(honest: Any, *arguments: Any) -> Any:
    """An empty journal is suspended to level PARTIAL."""
    found = honest(*arguments)
    if isinstance(found, Suspend) and found.level == Level.FULL:
        return Suspend(Level.PARTIAL, found.offset) if not arguments[1].suspend.level else None
    return found


@lie("suspend.now-suspends-partially", replaces=DECIDE)
def journals_with_content_suspend_fully(honest: Any, *arguments: Any) -> Any:
    """A journal with content is suspended to level FULL."""
    found = honest(*arguments)
    if isinstance(found, Suspend) and found.level == Level.PARTIAL:
        return Suspend(Level.FULL, found.offset, found.roll)
    return found


@lie("suspend.empty-journal-becomes-full", "suspend.resume-keeps-offset", replaces=WRITE)
def suspended_offset_is_zero(honest: Any, append: Any, level: Any, offset: int) -> Any:
    """The offset of a suspension is not kept."""
    return honest(append, level, offset * 0)


@lie("suspend.if-flushed-keeps-local-data-active", replaces="mockbroker.core.conditions:is_idle")
def unflushed_journals_are_suspended(_honest: Any, *_: Any) -> bool:
    """SUSPEND_IF_FLUSHED suspends journals with content that is not persisted."""
    return True


@lie("suspend.if-flushed-suspends-aged-data", replaces="mockbroker.core.conditions:is_idle")
def flushed_journals_stay_active(_honest: Any, *_: Any) -> bool:
    """SUSPEND_IF_FLUSHED never suspends a journal that has fragments."""
    return False


@lie("suspend.if-flushed-keeps-recent-data-active", replaces="mockbroker.core.conditions:is_idle")
def recent_journals_are_suspended(_honest: Any, spec: Any, replica: Any, now: float) -> bool:
    """SUSPEND_IF_FLUSHED suspends as soon as all content is persisted."""
    del spec, now
    modified = [each.fragment.mod_time for each in replica.index][-1:]
    return any(modified)


@lie("suspend.now-closes-the-open-fragment", replaces=DECIDE)
def suspension_leaves_the_fragment_open(honest: Any, *arguments: Any) -> Any:
    """SUSPEND_NOW leaves the fragment under construction open."""
    found = honest(*arguments)
    return Suspend(found.level, found.offset) if isinstance(found, Suspend) else found


@lie("suspend.empty-journal-becomes-full", "suspend.now-suspends-partially", answers="Append")
def suspending_is_answered_ok(message: Any, seen: Seen) -> None:
    """An append that suspends a journal answers OK."""
    suspends = seen.first.suspend in {Control.SUSPEND_IF_FLUSHED, Control.SUSPEND_NOW}
    if suspends and message.status == pb.Status.SUSPENDED:
        message.status = pb.Status.OK


@lie("suspend.full-refuses-reads", "read.suspended-is-refused", answers="Read ListFragments")
def suspended_journals_are_not_found(message: Any, _seen: Seen) -> None:
    """A suspended journal is answered JOURNAL_NOT_FOUND."""
    if message.status == pb.Status.SUSPENDED:
        message.status = pb.Status.JOURNAL_NOT_FOUND


@lie("suspend.full-refuses-reads", answers="Read ListFragments")
def suspended_journals_lack_brokers(message: Any, _seen: Seen) -> None:
    """A suspended journal is answered INSUFFICIENT_JOURNAL_BROKERS."""
    if message.status == pb.Status.SUSPENDED:
        message.status = pb.Status.INSUFFICIENT_JOURNAL_BROKERS


@lie("suspend.full-refuses-reads", answers="Read ListFragments")
def suspended_answers_have_no_header(message: Any, _seen: Seen) -> None:
    """SUSPENDED is answered without header."""
    if message.status == pb.Status.SUSPENDED:
        message.ClearField("header")


@lie("suspend.full-is-resumed-by-append", requests="Append")
def appends_do_not_resume(message: Any, seen: Seen) -> None:
    """A default append does not resume a suspended journal."""
    if seen.call.received == 1 and not message.suspend:
        message.suspend = Control.SUSPEND_NO_RESUME


@lie(
    "suspend.full-refuses-non-resuming-appends",
    "suspend.partial-refuses-no-resume",
    requests="Append",
)
def every_append_resumes(message: Any, seen: Seen) -> None:
    """An append that must not resume a journal does."""
    if seen.call.received == 1 and message.suspend == Control.SUSPEND_NO_RESUME:
        message.suspend = Control.SUSPEND_RESUME


@lie("suspend.partial-is-resumed-by-append", replaces=WRITE)
def resuming_forgets_the_offset(honest: Any, append: Any, level: Any, offset: int) -> Any:
    """Resuming a partially suspended journal clears the offset of its suspension."""
    return honest(append, level, offset if level else 0)


@lie("suspend.suspend-refuses-content", replaces="mockbroker.core.stream:EMPTY_ONLY")
def suspending_appends_commit_content(_honest: Any) -> tuple[int, ...]:
    """Content in an append that suspends is committed."""
    return ()


@lie("suspend.partial-stays-on-suspend", replaces=DECIDE)
def suspending_again_resumes(honest: Any, request: Any, spec: Any, replica: Any, now: float) -> Any:
    """Suspending a partially suspended journal resumes it."""
    suspends = request.suspend in {Control.SUSPEND_IF_FLUSHED, Control.SUSPEND_NOW}
    if suspends and spec.suspend.level == Level.PARTIAL:
        return Suspend(Level.NONE, replica.spool.fragment.end)
    return honest(request, spec, replica, now)


@lie("suspend.partial-becomes-full-when-empty", replaces=DECIDE)
def partial_stays_when_emptied(honest: Any, *arguments: Any) -> Any:
    """A partially suspended journal stays so when its fragments are gone."""
    found = honest(*arguments)
    is_full = isinstance(found, Suspend) and found.level == Level.FULL
    return None if is_full and arguments[1].suspend.level == Level.PARTIAL else found


@lie("suspend.full-journal-loses-members", replaces="mockbroker.core.allocator:desired_replication")
def suspended_journals_keep_their_members(_honest: Any, spec: Any, limit: int) -> Any:
    """A fully suspended journal keeps its brokers."""
    return min(spec.replication, limit)


@lie("suspend.partial-refuses-no-resume", replaces=DECIDE)
def partial_is_no_suspension(honest: Any, request: Any, spec: Any, replica: Any, now: float) -> Any:
    """An append that must not resume commits to a partially suspended journal."""
    try:
        return honest(request, spec, replica, now)
    except Refusal:
        if spec.suspend.level == Level.PARTIAL:
            return None
        raise


@lie(
    "suspend.emptied-store-resets-write-head-only",
    "suspend.resume-keeps-offset",
    replaces="mockbroker.core.conditions:check",
)
def suspended_offset_is_not_honoured(
    honest: Any, request: Any, resolved: Any, replica: Any, now: float
) -> Any:
    """A resumed journal starts again at offset 0."""
    spec = resolved.spec
    kept = spec.suspend.offset
    spec.suspend.offset = 0
    try:
        return honest(request, resolved, replica, now)
    finally:
        spec.suspend.offset = kept
