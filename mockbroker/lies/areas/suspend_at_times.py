"""Lies about suspension that hold for some journals and calls only."""

from typing import Any

import protocol as pb
from mockbroker.core.conditions import Control, Refusal, Suspend
from mockbroker.lies.lie import Seen, lie

Level = pb.JournalSpec.Suspend.Level
DECIDE = "mockbroker.core.conditions:_suspension"
WRITE = "mockbroker.core.append:Append._suspend"


def _rewritten(honest: Any, append: Any, level: Any, offset: int, field: str) -> None:
    honest(append, level, offset)
    etcd = append._broker.etcd
    item = etcd.truth.items.get(append.resolved.spec.name)
    if item is not None:
        item.spec.ClearField(field)


@lie("suspend.now-suspends-partially", "suspend.partial-is-resumed-by-append", replaces=WRITE)
def suspension_drops_labels(honest: Any, append: Any, level: Any, offset: int) -> None:
    """A change of suspension drops the labels of its journal."""
    _rewritten(honest, append, level, offset, "labels")


@lie("suspend.now-suspends-partially", "suspend.partial-is-resumed-by-append", replaces=WRITE)
def suspension_drops_the_rate(honest: Any, append: Any, level: Any, offset: int) -> None:
    """A change of suspension drops the append rate of its journal."""
    _rewritten(honest, append, level, offset, "max_append_rate")


@lie("suspend.now-suspends-partially", replaces=DECIDE)
def suspended_offset_is_of_the_fragment(honest: Any, *arguments: Any) -> Any:
    """The offset of a suspension is the begin of the open fragment."""
    found = honest(*arguments)
    if isinstance(found, Suspend) and found.level == Level.PARTIAL:
        return Suspend(found.level, arguments[2].spool.fragment.begin, found.roll)
    return found


@lie("suspend.partial-is-resumed-by-append", replaces=DECIDE)
def appends_at_an_offset_do_not_resume(
    honest: Any, request: Any, spec: Any, replica: Any, now: float
) -> Any:
    """A resuming append that asks for an offset leaves a journal suspended."""
    if request.offset and not request.suspend:
        return None
    return honest(request, spec, replica, now)


@lie("suspend.partial-refuses-no-resume", "suspend.partial-is-resumed-by-append", replaces=DECIDE)
def active_journals_refuse_no_resume(
    honest: Any, request: Any, spec: Any, replica: Any, now: float
) -> Any:
    """A journal that was resumed answers SUSPENDED to appends that do not resume."""
    if request.suspend == Control.SUSPEND_NO_RESUME and spec.suspend.offset:
        raise Refusal(pb.Status.SUSPENDED)
    return honest(request, spec, replica, now)


@lie("append.refusals-carry-no-commit", answers="Append")
def suspended_answers_have_a_commit(message: Any, _seen: Seen) -> None:
    """An append that suspends answers SUSPENDED with a commit."""
    if message.status == pb.Status.SUSPENDED:
        message.commit.journal = "journal"


@lie("suspend.partial-is-resumed-by-append", replaces=WRITE)
def resuming_forgets_registers(honest: Any, append: Any, level: Any, offset: int) -> None:
    """Registers of a journal are empty after it was suspended partially and resumed."""
    honest(append, level, offset)
    if level == Level.NONE and append._owner:
        append.replica.spool.registers = pb.LabelSet()


@lie("suspend.resume-keeps-offset", replaces=WRITE)
def suspended_offset_is_of_32_bits(honest: Any, append: Any, level: Any, offset: int) -> None:
    """Of the offset of a suspension the lower 32 bits are kept."""
    honest(append, level, offset & 0xFFFFFFFF)


@lie("suspend.if-flushed-keeps-local-data-active", replaces="mockbroker.core.conditions:is_idle")
def stores_decide_whether_journals_are_idle(
    honest: Any, spec: Any, replica: Any, now: float
) -> Any:
    """SUSPEND_IF_FLUSHED suspends a journal without stores, whatever it holds."""
    return not spec.fragment.stores or honest(spec, replica, now)


@lie("suspend.if-flushed-keeps-recent-data-active", replaces="mockbroker.core.conditions:is_idle")
def the_oldest_fragment_decides(honest: Any, spec: Any, replica: Any, now: float) -> bool:
    """SUSPEND_IF_FLUSHED suspends where the oldest fragment is old enough."""
    modified = [each.fragment.mod_time for each in replica.index][:1]
    return honest(spec, replica, now) or any(0 != each <= now - 86_400 for each in modified)


@lie("suspend.if-flushed-suspends-aged-data", replaces="mockbroker.core.conditions:IDLE")
def a_week_makes_journals_idle(_honest: int) -> int:
    """SUSPEND_IF_FLUSHED waits for a week."""
    return 7 * 86_400
