"""Lies about conditions: each holds one of them a little wrongly."""

from typing import Any

import protocol as pb
from mockbroker.lies.lie import lie

CHECK = "mockbroker.core.conditions:_check_registers"
REGISTERS = "mockbroker.core.stream:Stream.registers"
AT_END = "mockbroker.core.read:_Reader._at_end"
INDEX = "protocol.index:FragmentIndex"


def _copy(request: Any) -> Any:
    copied = type(request)()
    copied.CopyFrom(request)
    return copied


def _changed(labels: Any, change: Any) -> None:
    kept = [pb.Label(name=each.name, value=each.value, prefix=each.prefix) for each in labels]
    del labels[:]
    labels.extend(change(kept))


def _first_values(labels: Any) -> Any:
    return list({each.name: each for each in reversed(labels)}.values())[::-1]


def _in_small_letters(labels: Any) -> Any:
    return [pb.Label(name=each.name.lower(), value=each.value.lower()) for each in labels]


@lie("append.checks-registers", replaces=CHECK)
def the_first_excluded_value_counts(honest: Any, request: Any, registers: Any) -> None:
    """Of several excluded values of a register only the first is looked for."""
    request = _copy(request)
    if request.HasField("check_registers"):
        _changed(request.check_registers.exclude.labels, _first_values)
    honest(request, registers)


@lie("append.checks-registers", replaces=CHECK)
def registers_are_compared_in_small_letters(honest: Any, request: Any, registers: Any) -> None:
    """Names and values of registers are compared without regard to case."""
    request, registers = _copy(request), _copy(registers)
    if request.HasField("check_registers"):
        _changed(request.check_registers.include.labels, _in_small_letters)
        _changed(request.check_registers.exclude.labels, _in_small_letters)
    _changed(registers.labels, _in_small_letters)
    honest(request, registers)


@lie("append.subtracts-before-union", replaces=REGISTERS)
def unions_stand_alone(honest: Any, stream: Any, request: Any) -> Any:
    """Nothing is subtracted from registers where others are united."""
    request = _copy(request)
    if request.union_registers.labels:
        request.ClearField("subtract_registers")
    return honest(stream, request)


@lie("append.registers-hold-several-values", replaces=REGISTERS)
def registers_hold_two_values(honest: Any, stream: Any, request: Any) -> Any:
    """Of the values of a register the first two are kept."""
    held: dict[str, list[Any]] = {}
    for label in honest(stream, request).labels:
        held.setdefault(label.name, []).append(label)
    return pb.LabelSet(labels=[each for values in held.values() for each in values[:2]])


@lie("read.stops-at-end-offset", replaces=AT_END)
def the_fragment_at_the_end_is_announced(honest: Any, reader: Any) -> bool:
    """A read up to the end of a fragment announces the next one as well."""
    end = reader._request.end_offset
    at_seam = reader._offset == end < reader._replica.index.end_offset
    if at_seam and not hasattr(reader, "announced"):
        reader.announced = True
        return False
    return bool(honest(reader))


@lie("read.skips-old-fragments", replaces=f"{INDEX}.query")
def begin_times_to_come_are_ignored(honest: Any, index: Any, offset: int, **how: Any) -> Any:
    """A begin time that is yet to come is none."""
    if how["begin_mod_time"] > how["now"]:
        how["begin_mod_time"] = 0
    return honest(index, offset, **how)


@lie("read.waits-at-young-hole", replaces=f"{INDEX}._locate")
def fragments_of_tomorrow_are_old(honest: Any, index: Any, offset: int, now: float) -> Any:
    """A read in a hole jumps to a fragment whose modification time is yet to come."""
    found = honest(index, offset, now)
    following, _ = index._all.longest_overlap(offset)
    if found is None and following < len(index._all):
        entry = index._all[following]
        return (entry.begin, entry) if entry.fragment.mod_time > now else None
    return found


@lie(
    "list-fragments.end-mod-time-drops-local",
    replaces="mockbroker.core.list_fragments:_wanted",
)
def both_times_keep_local_content(honest: Any, request: Any, fragment: Any) -> bool:
    """An end time drops local content only where there is no begin time."""
    local = request.begin_mod_time and not fragment.mod_time
    return bool(local or honest(request, fragment))
