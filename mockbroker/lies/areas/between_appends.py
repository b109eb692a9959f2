"""Lies about what happens to fragments, registers and reads between one append and another."""

from typing import Any

from mockbroker.core.conditions import Refusal, Roll
from mockbroker.lies.lie import lie
from protocol import JournalSpec, LabelSet, Status
from protocol.cover import CoverSet

CHECK = "mockbroker.core.conditions:check"
CHECK_OFFSET = "mockbroker.core.conditions:_check_offset"
INDEX = "protocol.index:FragmentIndex"
LAYOUT = "fragments.layout-agrees-with-model"
LISTING = "mockbroker.core.list_fragments:_page"
LOCATED = "mockbroker.core.persister:_located"
POSTFIX = "fragments.postfix-templates-are-evaluated"
SPOOL = "protocol.spool:Spool"


@lie("append.refuses-when-store-is-ahead", replaces=CHECK_OFFSET)
def journals_in_use_are_never_behind(honest: Any, request: Any, spec: Any, replica: Any) -> Any:
    """A store that gets ahead of a journal that was appended to is not noticed."""
    try:
        return honest(request, spec, replica)
    except Refusal as refusal:
        if refusal.status == Status.INDEX_HAS_GREATER_OFFSET and replica.spool.fragment.end:
            return None
        raise


@lie("append.recovers-at-store-end", replaces=f"{SPOOL}._roll")
def recoveries_clear_registers(honest: Any, spool: Any, proposal: Any, registers: Any) -> Any:
    """A journal that goes on at the end of its store begins without registers."""
    is_ahead = proposal.end > spool.fragment.end
    return honest(spool, proposal, LabelSet() if is_ahead else registers)


@lie(LAYOUT, replaces=f"{SPOOL}._roll")
def registers_are_of_a_fragment(honest: Any, spool: Any, proposal: Any, registers: Any) -> Any:
    """A journal's registers are cleared as its second fragment, and each later one, is closed."""
    completed = honest(spool, proposal, registers)
    if completed is not None and completed.fragment.begin:
        spool.registers = LabelSet()
    return completed


@lie(LAYOUT, replaces=CHECK)
def offsets_join_the_first_write(
    honest: Any, request: Any, resolved: Any, replica: Any, now: float
) -> Any:
    """An append with an offset goes on with the first write of its journal."""
    decision = honest(request, resolved, replica, now)
    is_soon = isinstance(decision, Roll) and not decision.now
    return None if is_soon and request.offset else decision


@lie(LAYOUT, replaces=CHECK_OFFSET)
def wrong_offsets_close_the_fragment(honest: Any, request: Any, spec: Any, replica: Any) -> Any:
    """An append that is refused for its offset closes the open fragment."""
    try:
        return honest(request, spec, replica)
    except Refusal:
        if replica.spool.fragment.begin < replica.spool.fragment.end:
            replica.close_fragment(0.0)
        raise


@lie(LAYOUT, replaces=f"{SPOOL}._is_due")
def lengths_are_those_of_the_beginning(
    honest: Any, spool: Any, spec: Any, now: float, roll_to: int
) -> Any:
    """A journal keeps the fragment length of its first append."""
    kept = JournalSpec.Fragment()
    kept.CopyFrom(spec)
    spool.first_length = getattr(spool, "first_length", spec.length)
    kept.length = spool.first_length
    return honest(spool, kept, now, roll_to)


@lie("read.change-keeps-local-content", replaces=f"{INDEX}.refresh")
def stored_content_displaces_local(honest: Any, index: Any, listed: Any) -> None:
    """A local fragment that a stored one touches is forgotten."""
    stored = list(listed)
    apart: CoverSet[Any] = CoverSet()
    for entry in index._local:
        if not any(each.begin < entry.end and entry.begin < each.end for each in stored):
            apart.add(entry)
    index._local = apart
    honest(index, stored)


@lie("read.uncommitted-is-invisible", replaces=LISTING)
def listings_count_what_is_under_way(honest: Any, request: Any, replica: Any) -> Any:
    """The open fragment is listed with content that is not committed yet."""
    response = yield from honest(request, replica)
    for entry in response.fragments:
        if entry.spec.begin == replica.spool.fragment.begin and not entry.spec.backing_store:
            entry.spec.end += replica.spool.delta
    return response


@lie("read.end-offset-spans-appends", replaces="mockbroker.core.read:_Reader._stop")
def tails_send_whole_fragments(honest: Any, reader: Any, fragment: Any) -> Any:
    """A blocking read that has come to the begin of a fragment ignores its end offset there."""
    if reader._request.block and reader._offset == fragment.begin > reader._request.offset:
        return fragment.end
    return honest(reader, fragment)


_TEMPLATES: dict[str, str] = {}
_STORES: dict[str, str] = {}


@lie(POSTFIX, replaces=LOCATED)
def templates_are_those_of_the_beginning(honest: Any, spool: Any, spec: Any, store: str) -> Any:
    """A journal keeps the postfix template of its first fragment."""
    kept = JournalSpec()
    kept.CopyFrom(spec)
    template = spec.fragment.path_postfix_template
    kept.fragment.path_postfix_template = _TEMPLATES.setdefault(spec.name, template)
    return honest(spool, kept, store)


@lie("list-fragments.stores-are-united", replaces=LOCATED)
def stores_are_those_of_the_beginning(honest: Any, spool: Any, spec: Any, store: str) -> Any:
    """A journal keeps the store of its first fragment."""
    return honest(spool, spec, _STORES.setdefault(spec.name, store))


@lie(POSTFIX, replaces=f"{SPOOL}._commit")
def append_times_are_of_the_last_append(
    honest: Any, spool: Any, proposal: Any, registers: Any, now: float
) -> None:
    """The time in a postfix is that of the fragment's last append."""
    spool.first_append_time = None
    honest(spool, proposal, registers, now)
