"""Preconditions of an append, in the order a broker checks them."""

from dataclasses import dataclass

import protocol as pb
from mockbroker.core.replica import Replica
from mockbroker.core.resolver import Resolution
from protocol.journals import may_write
from protocol.labels import matches

Level = pb.JournalSpec.Suspend.Level
Control = pb.AppendRequest.Suspend
IDLE = 24 * 60 * 60
"""Seconds without appends after which a journal is idle, where it has no flush interval."""


class Refusal(Exception):  # noqa: N818 - it is an answer, not an error
    """Ends an append with a status, in band."""

    def __init__(self, status: pb.Status, text: str = "") -> None:
        super().__init__(pb.Status.Name(status))
        self.status = status
        self.text = text


@dataclass(frozen=True, slots=True)
class Roll:
    """The spool has to continue at `to` (0: where it is due anyway).

    Where `now`, all replicas agree on that first; else it is done as content is streamed.
    """

    to: int = 0
    now: bool = True


@dataclass(frozen=True, slots=True)
class Suspend:
    """The journal's suspension has to become `level` at `offset`.

    `roll` is an offset to close the open fragment at as well.
    """

    level: pb.JournalSpec.Suspend.Level
    offset: int
    roll: int | None = None


def check(
    request: pb.AppendRequest, resolved: Resolution, replica: Replica, now: float
) -> Roll | Suspend | None:
    """Returns what has to be done first, or None. Raises `Refusal`."""
    _check_registers(request, replica.spool.registers)
    spec, end = resolved.spec, replica.spool.fragment.end
    if end < spec.suspend.offset:
        return Roll(spec.suspend.offset)
    if roll := _check_offset(request, spec, replica):
        return roll
    if suspend := _suspension(request, spec, replica, now):
        return suspend
    if replica.spool.fragment.begin == replica.index.begin_offset:
        return Roll(end, now=False)
    return None


def is_idle(spec: pb.JournalSpec, replica: Replica, now: float) -> bool:
    """Tells whether the last fragment has been stored for longer than the flush interval."""
    modified = [each.fragment.mod_time for each in replica.index][-1:]
    interval = spec.fragment.flush_interval.seconds or IDLE
    return any(0 != each <= int(now) - interval for each in modified)


def _check_registers(request: pb.AppendRequest, registers: pb.LabelSet) -> None:
    if not (request.HasField("check_registers") and registers.labels):
        return
    if not matches(request.check_registers, registers):
        raise Refusal(pb.Status.REGISTER_MISMATCH)


def _check_offset(request: pb.AppendRequest, spec: pb.JournalSpec, replica: Replica) -> Roll | None:
    """Appends go on at the greatest offset known; beyond the spool only where asked to."""
    end = replica.spool.fragment.end
    greatest = max(end, replica.index.end_offset)
    if not request.offset:
        if greatest != end and may_write(spec.flags):
            raise Refusal(pb.Status.INDEX_HAS_GREATER_OFFSET)
        return None
    if request.offset != greatest:
        raise Refusal(pb.Status.WRONG_APPEND_OFFSET)
    return Roll(greatest) if greatest != end else None


def _suspension(
    request: pb.AppendRequest, spec: pb.JournalSpec, replica: Replica, now: float
) -> Suspend | None:
    level, end = spec.suspend.level, replica.spool.fragment.end
    if request.suspend == Control.SUSPEND_RESUME:
        return Suspend(Level.NONE, end) if level else None
    if request.suspend == Control.SUSPEND_NO_RESUME:
        if level:
            raise Refusal(pb.Status.SUSPENDED)
        return None
    if request.suspend == Control.SUSPEND_KEEP:
        return None
    if replica.index.begin_offset == replica.index.end_offset:
        return Suspend(Level.FULL, end)
    forced = request.suspend == Control.SUSPEND_NOW
    if level == Level.NONE and (forced or is_idle(spec, replica, now)):
        return Suspend(Level.PARTIAL, end, roll=end)
    return None
