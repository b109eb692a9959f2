"""Lies about the fragments that appends make."""

from typing import Any

from mockbroker.core.conditions import Roll
from mockbroker.lies.lie import Seen, lie

FSM = "mockbroker.core.append:Append"
STREAM = "mockbroker.core.stream:Stream"


@lie("append.never-splits-an-append", answers="ListFragments")
def large_appends_are_split(message: Any, _seen: Seen) -> None:
    """A fragment longer than the spec's length is told as two."""
    for index, each in enumerate(list(message.fragments)):
        if each.spec.end - each.spec.begin > 1 << 10:
            first = message.fragments[index]
            second = type(first).FromString(first.SerializeToString())
            first.spec.end = second.spec.begin = first.spec.begin + (1 << 10)
            message.fragments.insert(index + 1, second)
            return


@lie("append.rolls-beyond-length", replaces="protocol.spool:Spool._is_due")
def fragments_roll_at_their_length(
    _honest: Any, spool: Any, spec: Any, _now: Any, roll_to: int
) -> bool:
    """A fragment of exactly the spec's length is closed already."""
    length = spool.fragment.end - spool.fragment.begin
    return length == 0 or length >= spec.length or bool(roll_to and roll_to != spool.fragment.begin)


@lie("append.rolls-beyond-length", replaces="protocol.spool:Spool._is_due")
def fragments_never_roll(_honest: Any, spool: Any, _spec: Any, _now: Any, roll_to: int) -> bool:
    """Fragments grow for ever."""
    length = spool.fragment.end - spool.fragment.begin
    return length == 0 or bool(roll_to and roll_to != spool.fragment.begin)


def _flushing(spec: Any, seconds: int) -> Any:
    changed = type(spec).FromString(spec.SerializeToString())
    changed.flush_interval.FromSeconds(seconds)
    return changed


@lie("append.flushes-at-interval", replaces="protocol.spool:Spool._is_due")
def flush_intervals_are_ignored(
    honest: Any, spool: Any, spec: Any, now: float, roll_to: int
) -> bool:
    """No fragment is closed because its flush interval is over."""
    return bool(honest(spool, _flushing(spec, 0), now, roll_to))


@lie("append.flushes-at-interval", replaces="protocol.spool:Spool._is_due")
def flush_intervals_close_every_fragment(
    honest: Any, spool: Any, spec: Any, now: float, roll_to: int
) -> bool:
    """Every append closes the fragment of a journal that has a flush interval."""
    return spec.flush_interval.seconds > 0 or bool(honest(spool, spec, now, roll_to))


@lie("append.isolates-the-first-write", replaces="mockbroker.core.conditions:check")
def first_write_is_not_isolated(
    honest: Any, request: Any, resolved: Any, replica: Any, now: float
) -> Any:
    """The first write of a journal shares its fragment with later ones."""
    decision = honest(request, resolved, replica, now)
    return None if isinstance(decision, Roll) and not decision.now else decision


@lie("append.codec-change-waits-for-roll", replaces=f"{FSM}._roll_due")
def codec_changes_within_a_fragment(honest: Any, append: Any) -> None:
    """A changed codec applies to the fragment under construction at once."""
    honest(append)
    codec = append.resolved.spec.fragment.compression_codec
    append.replica.spool.fragment.compression_codec = codec
