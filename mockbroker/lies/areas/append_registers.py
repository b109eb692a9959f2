"""Lies about registers."""

from typing import Any

import protocol as pb
from mockbroker.core.conditions import Refusal, _check_registers
from mockbroker.lies.lie import Seen, lie
from protocol.labels import subtract, union

CHECK = "mockbroker.core.conditions:_check_registers"
REGISTERS = "mockbroker.core.stream:Stream.registers"


@lie("append.checks-registers", requests="Append")
def registers_are_not_checked(message: Any, _seen: Seen) -> None:
    """The check of registers is ignored."""
    message.ClearField("check_registers")


@lie("append.checks-registers", requests="Append")
def registers_are_checked_for_inclusion_only(message: Any, _seen: Seen) -> None:
    """The exclude side of a check of registers is ignored."""
    message.check_registers.ClearField("exclude") if message.HasField("check_registers") else None


@lie("append.empty-registers-meet-any-check", replaces=CHECK)
def empty_registers_are_checked(_honest: Any, request: Any, registers: pb.LabelSet) -> None:
    """A journal without registers fails a check that includes any."""
    if request.check_registers.include.labels and not registers.labels:
        raise Refusal(pb.Status.REGISTER_MISMATCH)
    _check_registers(request, registers)


@lie("append.checks-registers", answers="Append")
def mismatch_tells_the_wanted_registers(message: Any, seen: Seen) -> None:
    """REGISTER_MISMATCH tells the registers that were asked for."""
    if message.status == pb.Status.REGISTER_MISMATCH:
        message.registers.CopyFrom(seen.first.check_registers.include)


@lie("append.checks-registers", answers="Append")
def mismatch_is_told_as_a_wrong_offset(message: Any, _seen: Seen) -> None:
    """Registers that do not match are answered WRONG_APPEND_OFFSET."""
    if message.status == pb.Status.REGISTER_MISMATCH:
        message.status = pb.Status.WRONG_APPEND_OFFSET


@lie("append.unites-registers", requests="Append")
def registers_are_not_united(message: Any, _seen: Seen) -> None:
    """Registers to unite are ignored."""
    message.ClearField("union_registers")


@lie("append.unites-registers", answers="Append")
def registers_are_answered_as_before(message: Any, seen: Seen) -> None:
    """An append that changes registers answers what they were before."""
    if message.status == pb.Status.OK:
        key = message.commit.journal
        before = seen.memory.get(key, pb.LabelSet())
        seen.memory[key] = pb.LabelSet(labels=message.registers.labels)
        message.registers.CopyFrom(before)


@lie(
    "append.union-replaces-same-name",
    "append.subtracts-before-union",
    replaces="mockbroker.core.stream:union",
)
def union_keeps_old_values(honest: Any, new: pb.LabelSet, old: pb.LabelSet) -> Any:
    """Uniting a register keeps its former values beside the new ones."""
    del honest
    both = {(each.name, each.value) for each in [*new.labels, *old.labels]}
    return pb.LabelSet(labels=[pb.Label(name=name, value=value) for name, value in sorted(both)])


@lie("append.union-replaces-same-name", replaces="mockbroker.core.stream:union")
def union_never_replaces(honest: Any, new: pb.LabelSet, old: pb.LabelSet) -> Any:
    """Uniting a register that is there already changes nothing."""
    return honest(old, new)


@lie("append.registers-hold-several-values", replaces="mockbroker.core.stream:union")
def registers_hold_one_value(honest: Any, *arguments: Any) -> Any:
    """Of several values united under one name only the first is kept."""
    kept: dict[str, str] = {}
    for each in honest(*arguments).labels:
        kept.setdefault(each.name, each.value)
    return pb.LabelSet(labels=[pb.Label(name=name, value=value) for name, value in kept.items()])


@lie("append.subtract-needs-all-values", replaces="mockbroker.core.stream:subtract")
def subtract_ignores_values(_honest: Any, a: pb.LabelSet, b: pb.LabelSet) -> pb.LabelSet:
    """Subtracting a register removes it whatever its value."""
    names = {each.name for each in b.labels}
    return pb.LabelSet(labels=[each for each in a.labels if each.name not in names])


@lie("append.subtract-needs-all-values", replaces="mockbroker.core.stream:subtract")
def subtract_removes_single_values(_honest: Any, a: pb.LabelSet, b: pb.LabelSet) -> pb.LabelSet:
    """Subtracting one of a register's values removes just that."""
    return pb.LabelSet(labels=[each for each in a.labels if each not in b.labels])


@lie("append.subtracts-before-union", replaces=REGISTERS)
def registers_are_united_first(_honest: Any, stream: Any, request: Any) -> Any:
    """Registers are united before others are subtracted."""
    registers = stream._replica.spool.registers
    registers = union(request.union_registers, registers)
    return subtract(registers, request.subtract_registers)


@lie("append.mismatch-outranks-offset", replaces="mockbroker.core.conditions:check")
def offsets_are_checked_before_registers(
    honest: Any, request: Any, resolved: Any, replica: Any, now: float
) -> Any:
    """A wrong offset is answered before registers that do not match."""
    head = replica.spool.fragment.end
    if request.offset and request.offset != head and not replica.index.end_offset > head:
        raise Refusal(pb.Status.WRONG_APPEND_OFFSET)
    return honest(request, resolved, replica, now)


@lie("append.registers-need-content", requests="Append")
def registers_of_empty_appends_are_ignored(message: Any, seen: Seen) -> None:
    """An append that modifies registers without content is answered OK."""
    if seen.call.received == 1:
        seen.memory["held"] = type(message).FromString(message.SerializeToString())
        message.ClearField("union_registers")
        message.ClearField("subtract_registers")


@lie("append.roll-back-keeps-registers", replaces="mockbroker.core.append:Append._settle")
def rolled_back_registers_stay(
    honest: Any, append: Any, registers: Any, proposal: Any = None
) -> Any:
    """An append that is rolled back leaves the registers it asked for."""
    if proposal is None and append._request.HasField("union_registers"):
        append.replica.spool.registers = append._request.union_registers
        registers = append._request.union_registers
    return honest(append, registers, proposal)


@lie("append.reports-registers-unchanged", answers="Append")
def empty_appends_tell_no_registers(message: Any, _seen: Seen) -> None:
    """An append without content answers empty registers."""
    if message.commit.begin == message.commit.end:
        message.registers.CopyFrom(pb.LabelSet())


@lie("append.reports-registers-unchanged", "append.unites-registers", replaces=REGISTERS)
def registers_are_dropped_by_later_appends(honest: Any, stream: Any, request: Any) -> Any:
    """An append that does not change registers drops them."""
    changes = request.HasField("union_registers") or request.HasField("subtract_registers")
    return honest(stream, request) if changes else pb.LabelSet()


@lie("append.register-race-has-one-winner", replaces=CHECK)
def racing_checks_see_the_same_registers(_honest: Any, request: Any, _registers: Any) -> None:
    """Registers are compared as they were some appends ago."""
    key = request.journal
    held = _STALE.setdefault(key, [])
    held.append(_registers)
    _check_registers(request, held[-3] if len(held) > 2 else held[0])


_STALE: dict[str, list[Any]] = {}


@lie("apply.recreation-starts-anew", replaces="mockbroker.core.assignments:_begin")
def recreated_journals_keep_their_offset(
    honest: Any, broker: Any, journal: str, created: int
) -> Any:
    """A journal that is deleted and created again goes on where it was."""
    kept = _KEPT.get(journal)
    replica = honest(broker, journal, created)
    if kept is not None:
        replica.spool, replica.index = kept.spool, kept.index
    _KEPT[journal] = replica
    return replica


_KEPT: dict[str, Any] = {}
