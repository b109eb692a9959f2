"""Lies about suspension that show only by what came before."""

from typing import Any

import protocol as pb
from mockbroker.core.conditions import Refusal, Suspend
from mockbroker.lies.lie import Seen, lie

CHECK = "mockbroker.core.conditions:check"
CONTROL = pb.AppendRequest.Suspend
DECIDE = "mockbroker.core.conditions:_suspension"
Level = pb.JournalSpec.Suspend.Level


@lie("suspend.partial-is-resumed-by-append", "suspend.full-is-resumed-by-append", replaces=CHECK)
def resumed_journals_take_one_append(
    honest: Any, request: Any, resolved: Any, replica: Any, now: float
) -> Any:
    """Beyond the offset of its former suspension a journal takes no more appends."""
    if 0 < resolved.spec.suspend.offset < replica.spool.fragment.end:
        raise Refusal(pb.Status.INDEX_HAS_GREATER_OFFSET)
    return honest(request, resolved, replica, now)


@lie("suspend.empty-journal-becomes-full", "suspend.resume-keeps-offset", replaces=DECIDE)
def emptied_journals_suspend_at_their_index(honest: Any, *arguments: Any) -> Any:
    """A journal without fragments is suspended at the end of those, not at its own."""
    found = honest(*arguments)
    if isinstance(found, Suspend) and found.level == Level.FULL:
        return Suspend(found.level, arguments[2].index.end_offset, found.roll)
    return found


@lie(
    "suspend.partial-resume-needs-replicas",
    replaces="mockbroker.core.allocator:desired_replication",
)
def partial_suspension_keeps_replicas(honest: Any, spec: Any, *arguments: Any) -> Any:
    """A partially suspended journal keeps all its replicas."""
    if spec.suspend.level != Level.PARTIAL:
        return honest(spec, *arguments)
    whole = pb.JournalSpec()
    whole.CopyFrom(spec)
    whole.ClearField("suspend")
    return honest(whole, *arguments)


@lie("list-fragments.suspended-journal", "suspend.full-refuses-reads", answers="ListFragments")
def suspended_journals_have_no_fragments(message: Any, _seen: Seen) -> None:
    """A listing of a fully suspended journal is empty, and OK."""
    if message.status == pb.Status.SUSPENDED:
        message.status = pb.Status.OK


@lie("suspend.partial-is-resumed-by-append", replaces=DECIDE)
def resumed_offsets_are_of_the_begin(
    honest: Any, request: Any, spec: Any, replica: Any, now: float
) -> Any:
    """The offset of a journal that is resumed becomes the begin of its fragments."""
    found = honest(request, spec, replica, now)
    if isinstance(found, Suspend) and found.level == Level.NONE:
        return Suspend(found.level, replica.index.begin_offset, found.roll)
    return found


@lie("suspend.now-suspends-partially", "suspend.partial-stays-on-suspend", replaces=DECIDE)
def suspending_again_is_ok(honest: Any, request: Any, spec: Any, replica: Any, now: float) -> Any:
    """SUSPEND_IF_FLUSHED on a partially suspended journal answers OK."""
    if spec.suspend.level == Level.PARTIAL and request.suspend == CONTROL.SUSPEND_IF_FLUSHED:
        request.suspend = CONTROL.SUSPEND_KEEP
    return honest(request, spec, replica, now)


@lie("append.refusals-carry-no-commit", replaces="mockbroker.core.append:Append.refused")
def suspended_appends_tell_registers(honest: Any, append: Any, refusal: Any) -> Any:
    """SUSPENDED is answered with registers."""
    response = honest(append, refusal)
    if refusal.status == pb.Status.SUSPENDED:
        response.registers.labels.add(name="owner", value="nobody")
    return response


@lie("suspend.now-suspends-partially", replaces="mockbroker.core.append:Append._suspend")
def suspension_gives_a_new_creation_revision(
    honest: Any, append: Any, level: Any, offset: int
) -> None:
    """A change of suspension gives a journal another creation revision."""
    honest(append, level, offset)
    etcd = append._broker.etcd
    for space in (etcd.truth, append._broker.keyspace):
        item = space.items.get(append.resolved.spec.name)
        if item is not None:
            object.__setattr__(item, "create_revision", item.mod_revision)
