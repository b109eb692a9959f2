"""Lies of replicas and primaries that show at an edge of a proposal or a route."""

from typing import Any

import protocol as pb
from mockbroker.core.actions import AbortError
from mockbroker.lies.lie import lie
from mockbroker.lies.relay import relayed

APPLY = "mockbroker.core.replicate:_apply"
FOLLOW = "mockbroker.core.replicate:_follow"
OWN = "mockbroker.core.replicate:_own_spool"
PIPELINE = "mockbroker.core.pipeline:Pipeline"
SPOOL = "protocol.spool:Spool"


@lie("replicate.wrong-route-is-answered", replaces="mockbroker.core.replicate:equivalent")
def primaries_are_not_compared(_honest: Any, a: Any, b: Any) -> bool:
    """A header whose route has the same members and another primary is accepted."""
    return [(m.zone, m.suffix) for m in a.members] == [(m.zone, m.suffix) for m in b.members]


@lie("replicate.wrong-route-is-answered", replaces="mockbroker.core.replicate:equivalent")
def members_are_counted(_honest: Any, a: Any, b: Any) -> bool:
    """A header whose route has as many members and the same primary is accepted."""
    return len(a.members) == len(b.members) and a.primary == b.primary


@lie("replicate.greater-with-content-is-a-mismatch", replaces=f"{SPOOL}.propose")
def greater_proposals_are_adopted(
    honest: Any, spool: Any, proposal: Any, registers: Any, *, now: float
) -> Any:
    """A proposal with content beyond the replica's end is answered OK."""
    if proposal.begin > spool.fragment.end + spool.delta and proposal.end > proposal.begin:
        empty = pb.Fragment.FromString(proposal.SerializeToString())
        empty.begin = empty.end
        empty.sum.CopyFrom(pb.SHA1Sum())
        return honest(spool, empty, registers, now=now)
    return honest(spool, proposal, registers, now=now)


@lie("replicate.greater-with-content-is-a-mismatch", replaces=f"{SPOOL}.propose")
def greater_proposals_leave_the_replica(
    honest: Any, spool: Any, proposal: Any, registers: Any, *, now: float
) -> Any:
    """A mismatch of a proposal beyond the replica's end tells the fragment as it was before."""
    before = spool.fragment
    applied = honest(spool, proposal, registers, now=now)
    if applied.status and proposal.end > before.end:
        spool.fragment = before
    return applied


@lie("replicate.waiting-stream-sees-route-change", replaces=OWN)
def waiting_streams_keep_their_route(honest: Any, broker: Any, access: Any, request: Any) -> Any:
    """A stream that waits while the route changes is served by the route it came with."""
    script, value, waited = honest(broker, access, request), None, False
    while True:
        try:
            action = script.send(value)
        except StopIteration as done:
            resolved, ticket = done.value
            break
        waited = True
        value = yield action
    if ticket is None and waited and resolved.replica is not None and not resolved.status:
        ticket = resolved.replica.spooling.queue()
    return resolved, ticket


@lie("replicate.established-stream-survives-route-change", replaces=APPLY)
def route_changes_end_streams(honest: Any, broker: Any, replica: Any, request: Any) -> Any:
    """A stream that is established fails when the route changes."""
    epoch = _EPOCHS.setdefault(replica, replica.epoch)
    if request.HasField("header"):
        epoch = _EPOCHS[replica] = replica.epoch
    if epoch != replica.epoch:
        raise AbortError("the route has changed")
    return honest(broker, replica, request)


_EPOCHS: dict[Any, int] = {}


@lie("replicate.wrong-sum-is-a-mismatch", replaces=APPLY)
def mismatches_echo_the_proposal(honest: Any, broker: Any, replica: Any, request: Any) -> Any:
    """PROPOSAL_MISMATCH tells the fragment that was proposed."""
    answer = honest(broker, replica, request)
    if answer.status:
        answer.fragment.CopyFrom(request.proposal)
    return answer


@lie("replicate.wrong-registers-are-a-mismatch", replaces=APPLY)
def mismatches_echo_the_registers(honest: Any, broker: Any, replica: Any, request: Any) -> Any:
    """PROPOSAL_MISMATCH tells the registers that were proposed."""
    answer = honest(broker, replica, request)
    if answer.status:
        answer.registers.CopyFrom(request.registers)
    return answer


@lie("replicate.unacknowledged-mismatch-ends-the-stream", replaces=FOLLOW)
def all_proposals_are_acknowledged(
    honest: Any, broker: Any, replica: Any, request: Any, header: Any
) -> Any:
    """A proposal is acknowledged whether or not it asks for that."""

    def ask(value: Any) -> None:
        if isinstance(value, pb.ReplicateRequest) and value.HasField("proposal"):
            value.acknowledge = True

    return relayed(honest(broker, replica, request, header), gets=ask)


@lie("replicate.other-fragment-is-a-mismatch", replaces="protocol.spool:same_fragment")
def codecs_are_not_compared(honest: Any, a: Any, b: Any) -> bool:
    """A proposal of another codec than the replica's fragment has is answered OK."""
    other = pb.Fragment.FromString(b.SerializeToString())
    other.compression_codec = a.compression_codec
    return bool(honest(a, other))


@lie(
    "replicate.other-fragment-is-a-mismatch",
    replaces="protocol.spool:same_fragment",
)
def begins_are_not_compared(honest: Any, a: Any, b: Any) -> bool:
    """A proposal that begins elsewhere than the replica's fragment is answered OK."""
    other = pb.Fragment.FromString(b.SerializeToString())
    other.begin = a.begin
    return bool(honest(a, other))


@lie(
    "read.replica-serves-locally",
    "read.tail-keeps-streaming",
    replaces="mockbroker.core.replica:Replica.propose",
    brokers=3,
)
def replicas_wake_no_readers(honest: Any, replica: Any, *arguments: Any) -> Any:
    """A read that blocks at a replica which is not primary is not woken by commits."""
    if replica.primary:
        return honest(replica, *arguments)
    listeners = list(replica.changed._listeners)
    for each in listeners:
        replica.changed.forget(each)
    try:
        return honest(replica, *arguments)
    finally:
        for each in listeners:
            replica.changed.listen(each)


@lie("pipeline.empty-append-is-a-barrier", replaces=f"{PIPELINE}.propose")
def empty_appends_ask_nobody(
    honest: Any, pipeline: Any, proposal: Any, registers: Any, *, acknowledge: bool = True
) -> Any:
    """An append without content is not proposed to replicas."""
    spool = pipeline._replica.spool
    same = proposal == spool.fragment and not spool.delta
    if not (same and acknowledge and pipeline._opened and pipeline._streams):
        return honest(pipeline, proposal, registers, acknowledge=acknowledge)
    for stream in pipeline._streams:
        stream.inbox.append(pb.ReplicateResponse())
    return None


@lie("pipeline.refused-append-sends-nothing", replaces="mockbroker.core.append:Append.refused")
def refusals_are_proposed(honest: Any, append: Any, refusal: Any) -> Any:
    """An append that is refused re-proposes the current fragment."""
    if append._owner and append._owner.pipeline:
        spool = append._owner.spool
        append._owner.pipeline.propose(spool.fragment, spool.registers)
        append._owner.pipeline.expect()
    return honest(append, refusal)


@lie("pipeline.rolls-for-an-empty-replica", replaces="mockbroker.core.sync:_Round._take_fragment")
def empty_replicas_are_an_error(honest: Any, round_: Any, id_: Any, answer: Any) -> None:
    """A replica that is empty at the primary's end fails the append."""
    if answer.fragment.end == round_._end:
        raise AbortError(f"recv from {id_}: unexpected PROPOSAL_MISMATCH")
    honest(round_, id_, answer)


@lie("pipeline.proposes-rolls-first", replaces=f"{PIPELINE}._scatter_proposal")
def rolls_ask_for_an_answer(
    honest: Any, pipeline: Any, proposal: Any, registers: Any, *, acknowledge: bool
) -> Any:
    """A roll is proposed with a wish to acknowledge."""
    if not acknowledge:
        pipeline.expect()
    return honest(pipeline, proposal, registers, acknowledge=True)


@lie("pipeline.opens-with-a-synchronising-proposal", replaces=f"{PIPELINE}._scatter_proposal")
def openings_lack_the_old_journal(
    honest: Any, pipeline: Any, proposal: Any, registers: Any, *, acknowledge: bool
) -> Any:
    """The opening request to a replica lacks the old field of its journal."""
    name, pipeline._replica.journal = pipeline._replica.journal, ""
    honest(pipeline, proposal, registers, acknowledge=acknowledge)
    pipeline._replica.journal = name


@lie("append.replica-is-promoted", replaces="mockbroker.core.assignments:_hold", brokers=3)
def promotion_loses_what_is_local(honest: Any, broker: Any, journal: str, assigned: Any) -> None:
    """A replica that becomes primary loses its fragments that are not persisted."""
    replica = broker.replicas.get(journal)
    before = replica.primary if replica else True
    honest(broker, journal, assigned)
    replica = broker.replicas.get(journal)
    if replica and replica.primary and not before:
        replica.index._all = type(replica.index._all)()
        replica.index._local = type(replica.index._local)()
