"""Lies about preconditions that only some appends are spared."""

from typing import Any

import protocol as pb
from mockbroker.core.conditions import Refusal, _check_offset, _check_registers
from mockbroker.lies.lie import lie
from protocol.labels import matches, subtract

CHECK = "mockbroker.core.conditions:check"
OFFSET = "mockbroker.core.conditions:_check_offset"
REGISTERS = "mockbroker.core.conditions:_check_registers"
CHANGE = "mockbroker.core.stream:Stream.registers"


@lie("append.rejects-wrong-offset", replaces="mockbroker.core.append:serve")
def offsets_of_empty_appends_are_not_checked(honest: Any, broker: Any, token: Any) -> Any:
    """An append without content commits whatever offset it asks for."""
    script = honest(broker, token)
    action, first = next(script), None
    held: list[Any] = []
    while True:
        message = held.pop(0) if held else (yield action)
        if first is None and isinstance(message, pb.AppendRequest) and message.offset:
            first = message
            follows = yield action
            held.append(follows)
            if isinstance(follows, pb.AppendRequest) and not follows.content:
                first.offset = 0
        try:
            action = script.send(message)
        except StopIteration:
            return


@lie("append.rejects-wrong-offset", replaces=OFFSET)
def offsets_beside_registers_are_not_checked(
    honest: Any, request: Any, spec: Any, replica: Any
) -> Any:
    """The offset of an append that modifies registers is not checked."""
    if request.HasField("union_registers") or request.HasField("subtract_registers"):
        return None
    return honest(request, spec, replica)


@lie("append.rejects-wrong-offset", replaces=OFFSET)
def offsets_beside_checks_are_not_checked(
    honest: Any, request: Any, spec: Any, replica: Any
) -> Any:
    """The offset of an append that checks registers is not checked."""
    return None if request.HasField("check_registers") else honest(request, spec, replica)


@lie("append.rejects-wrong-offset", replaces=OFFSET)
def offsets_of_compressed_journals_are_not_checked(
    honest: Any, request: Any, spec: Any, replica: Any
) -> Any:
    """The offset of an append to a journal of compressed fragments is not checked."""
    plain = spec.fragment.compression_codec == pb.CompressionCodec.NONE
    return honest(request, spec, replica) if plain else None


@lie(
    "append.offset-race-has-one-winner",
    "history.offsets-are-compare-and-append",
    replaces=OFFSET,
)
def racing_offsets_win_twice(honest: Any, request: Any, spec: Any, replica: Any) -> Any:
    """An offset is accepted that was the head one append ago, if others wait."""
    last, end = _HEADS.get(replica.journal, 0), replica.spool.fragment.end
    if request.offset and request.offset == last and len(replica.turn._queue) > 1:
        return None
    if end != last:
        _HEADS[replica.journal] = end
    return honest(request, spec, replica)


_HEADS: dict[str, int] = {}


@lie("append.rejects-wrong-offset", "append.accepts-offset-at-head", replaces=OFFSET)
def offsets_are_of_the_last_fragment(honest: Any, request: Any, spec: Any, replica: Any) -> Any:
    """The begin of the open fragment is accepted as the offset of an append too."""
    fragment = replica.spool.fragment
    if request.offset and request.offset == fragment.begin:
        return None
    return honest(request, spec, replica)


@lie(
    "append.register-race-has-one-winner",
    "history.registers-are-compare-and-set",
    replaces=CHECK,
)
def registers_are_not_checked_under_contention(
    honest: Any, request: Any, resolved: Any, replica: Any, now: float
) -> Any:
    """Registers are not checked where another append waits for its turn."""
    if len(replica.turn._queue) > 1:
        request.ClearField("check_registers")
    return honest(request, resolved, replica, now)


@lie("append.checks-registers", replaces=REGISTERS)
def only_first_values_are_checked(_honest: Any, request: Any, registers: Any) -> None:
    """Of a register with several values the first is checked."""
    first: dict[str, Any] = {}
    for each in registers.labels:
        first.setdefault(each.name, each)
    _check_registers(request, pb.LabelSet(labels=first.values()))


@lie("append.checks-registers", replaces=REGISTERS)
def all_values_have_to_meet_a_check(_honest: Any, request: Any, registers: Any) -> None:
    """Of a register with several values the last is checked too."""
    last = {each.name: each for each in registers.labels}
    _check_registers(request, registers)
    _check_registers(request, pb.LabelSet(labels=last.values()))


@lie("append.checks-registers", replaces=REGISTERS)
def excluded_prefixes_are_exact(_honest: Any, request: Any, registers: Any) -> None:
    """The prefix flag is ignored in the exclude side of a check."""
    for each in request.check_registers.exclude.labels:
        each.prefix = False
    _check_registers(request, registers)


@lie("append.checks-registers", replaces=REGISTERS)
def includes_outrank_excludes(_honest: Any, request: Any, registers: Any) -> None:
    """A check whose include side is met is met, whatever it excludes."""
    check = request.check_registers
    included = pb.LabelSelector(include=check.include)
    if not (check.include.labels and matches(included, registers)):
        _check_registers(request, registers)


@lie("append.checks-registers", replaces=REGISTERS)
def any_excluded_name_has_to_be_there(_honest: Any, request: Any, registers: Any) -> None:
    """A check that excludes several names is failed only by the first of them."""
    del request.check_registers.exclude.labels[1:]
    _check_registers(request, registers)


@lie("append.checks-registers", "append.reports-registers-unchanged", replaces=CHECK)
def checks_at_an_offset_are_not_made(
    honest: Any, request: Any, resolved: Any, replica: Any, now: float
) -> Any:
    """Registers are not checked where an offset is asked for."""
    if request.offset == replica.spool.fragment.end:
        request.ClearField("check_registers")
    return honest(request, resolved, replica, now)


@lie("append.subtract-needs-all-values", replaces="mockbroker.core.stream:subtract")
def one_register_is_subtracted(_honest: Any, registers: Any, less: Any) -> Any:
    """Of several registers to subtract only the first is."""
    first = [each for each in less.labels if each.name == less.labels[0].name]
    return subtract(registers, pb.LabelSet(labels=first))


@lie("append.unites-registers", replaces="mockbroker.core.stream:union")
def registers_need_a_value(honest: Any, *sets: Any) -> Any:
    """Registers of an empty value are dropped."""
    return pb.LabelSet(labels=[each for each in honest(*sets).labels if each.value])


@lie("append.unites-registers", replaces="mockbroker.core.stream:union")
def registers_are_cut(honest: Any, *sets: Any) -> Any:
    """Only the first sixteen characters of a register's value are kept."""
    kept = honest(*sets)
    return pb.LabelSet(labels=[pb.Label(name=e.name, value=e.value[:16]) for e in kept.labels])


@lie("append.unites-registers", replaces="mockbroker.core.stream:union")
def a_few_registers_are_kept(honest: Any, *sets: Any) -> Any:
    """A journal keeps its first eight registers."""
    return pb.LabelSet(labels=honest(*sets).labels[:8])


@lie("append.reports-registers-unchanged", replaces="protocol.spool:Spool._restart")
def registers_end_with_their_fragment(honest: Any, spool: Any, fragment: Any) -> None:
    """Registers are empty again when a new fragment begins."""
    honest(spool, fragment)
    spool.registers = pb.LabelSet()


@lie("append.reports-registers-unchanged", replaces=CHECK)
def registers_end_with_a_change_of_the_spec(
    honest: Any, request: Any, resolved: Any, replica: Any, now: float
) -> Any:
    """Registers are empty again when the specification of their journal changes."""
    spec = resolved.spec.SerializeToString(deterministic=True)
    if _SPECS.setdefault(replica.journal, spec) != spec:
        replica.spool.registers = pb.LabelSet()
    _SPECS[replica.journal] = spec
    return honest(request, resolved, replica, now)


_SPECS: dict[str, bytes] = {}


@lie("append.roll-back-keeps-registers", "append.checks-registers", replaces=CHANGE)
def registers_of_several_journals_are_one(honest: Any, stream: Any, request: Any) -> Any:
    """Registers that one journal unites are set in the next one that does."""
    registers = honest(stream, request)
    if request.HasField("union_registers"):
        both = {(e.name, e.value) for e in [*_SHARED, *registers.labels]}
        _SHARED[:] = request.union_registers.labels
        registers = pb.LabelSet(labels=[pb.Label(name=n, value=v) for n, v in sorted(both)])
    return registers


_SHARED: list[Any] = []


@lie("append.refuses-when-store-is-ahead", replaces=OFFSET)
def empty_appends_do_not_notice_a_store_ahead(
    _honest: Any, request: Any, spec: Any, replica: Any
) -> Any:
    """A store that is ahead is noticed by appends that modify registers only."""
    try:
        return _check_offset(request, spec, replica)
    except Refusal:
        if request.offset or request.HasField("union_registers"):
            raise
        return None
