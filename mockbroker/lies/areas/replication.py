"""Lies of primaries and replicas about what passes between them."""

from typing import Any

import protocol as pb
from mockbroker.core.actions import Send
from mockbroker.core.pipeline import Answers
from mockbroker.lies.lie import lie
from mockbroker.lies.relay import relayed
from protocol.fragments import sum_of

APPLY = "mockbroker.core.replicate:_apply"
SPOOL = "protocol.spool:Spool"
PIPELINE = "mockbroker.core.pipeline:Pipeline"


@lie("replicate.wrong-registers-are-a-mismatch", replaces="protocol.spool:_same")
def registers_are_compared_by_name(_honest: Any, a: Any, b: Any) -> bool:
    """A replica does not compare the values of registers."""
    return [each.name for each in a.labels] == [each.name for each in b.labels]


@lie("replicate.wrong-registers-are-a-mismatch", replaces="protocol.spool:_same")
def further_registers_are_not_compared(_honest: Any, a: Any, b: Any) -> bool:
    """A replica compares registers only as far as both sides have some."""
    pairs = zip(a.labels, b.labels, strict=False)
    return all((x.name, x.value) == (y.name, y.value) for x, y in pairs) and bool(a.labels) == bool(
        b.labels
    )


@lie("replicate.initial-sync-is-acknowledged", replaces="mockbroker.core.replicate:_follow")
def every_acknowledgement_has_a_header(
    honest: Any, broker: Any, replica: Any, request: Any, header: Any
) -> Any:
    """Each answer of a replica carries its header."""

    def sign(action: Any) -> None:
        if isinstance(action, Send):
            action.message.header.CopyFrom(header)

    return relayed(honest(broker, replica, request, header), does=sign)


@lie("replicate.content-delta-must-match", replaces=f"{SPOOL}.write")
def smaller_deltas_are_taken(honest: Any, spool: Any, content: Any, delta: Any = None) -> Any:
    """Content whose delta is less than what was streamed is taken."""
    return honest(
        spool, content, spool.delta if delta is not None and delta < spool.delta else delta
    )


@lie("replicate.content-delta-must-match", replaces=f"{SPOOL}.write")
def only_the_first_delta_is_checked(
    honest: Any, spool: Any, content: Any, delta: Any = None
) -> Any:
    """The delta of content behind other content is not looked at."""
    return honest(spool, content, None if spool.delta else delta)


@lie("replicate.smaller-end-is-a-mismatch", replaces=f"{SPOOL}.propose")
def replicas_go_back_where_told(
    honest: Any, spool: Any, proposal: Any, registers: Any, *, now: float
) -> Any:
    """A replica gives up committed content that a proposal does not have."""
    fragment = spool.fragment
    if fragment.begin == proposal.begin <= proposal.end < fragment.end:
        spool.fragment = pb.Fragment.FromString(proposal.SerializeToString())
    return honest(spool, proposal, registers, now=now)


@lie("replicate.roll-changes-codec", replaces=f"{SPOOL}._roll")
def replicas_keep_their_codec(honest: Any, spool: Any, proposal: Any, registers: Any) -> Any:
    """A replica that rolls keeps the codec that it had."""
    codec = spool.fragment.compression_codec
    completed = honest(spool, proposal, registers)
    spool.fragment.compression_codec = codec
    proposal.compression_codec = codec
    return completed


@lie("replicate.rolls-forward", replaces=f"{SPOOL}._roll")
def rolling_forward_keeps_registers(honest: Any, spool: Any, proposal: Any, _: Any) -> Any:
    """A replica that rolls forward keeps its own registers."""
    return honest(spool, proposal, spool.registers)


@lie("replicate.wrong-sum-is-a-mismatch", replaces=APPLY)
def mismatches_drop_what_was_streamed(honest: Any, broker: Any, replica: Any, request: Any) -> Any:
    """A mismatch drops the content that it is about."""
    answer = honest(broker, replica, request)
    if answer.status:
        replica.spool._roll_back()
    return answer


@lie("replicate.absent-registers-are-empty", replaces=APPLY)
def absent_registers_are_unchanged(honest: Any, broker: Any, replica: Any, request: Any) -> Any:
    """A proposal without registers leaves them as they are."""
    if request.HasField("proposal") and not request.registers.labels:
        request.registers.CopyFrom(replica.spool.registers)
    return honest(broker, replica, request)


@lie("replicate.older-revision-is-accepted", replaces="mockbroker.core.resolver:_checked_revision")
def older_revisions_of_primaries_are_refused(honest: Any, broker: Any, header: Any) -> Any:
    """A header of an earlier revision waits for ever."""
    revision = honest(broker, header)
    return 1 << 60 if 0 < revision < broker.keyspace.revision - 2 else revision


@lie(
    "pipeline.fans-content-out", "pipeline.keeps-its-replicas-in-step", replaces=f"{PIPELINE}.write"
)
def deltas_count_from_the_fragments_begin(honest: Any, pipeline: Any, content: Any) -> Any:
    """A primary counts the delta of content from the fragment's begin."""
    streams = pipeline._streams
    spool = pipeline._replica.spool
    if streams:
        length = spool.fragment.end - spool.fragment.begin + spool.delta
        request = pb.ReplicateRequest(content=bytes(content), content_delta=length)
        pipeline._scatter(request.SerializeToString())
        pipeline._streams = []
    yield from honest(pipeline, content)
    pipeline._streams = streams


@lie("pipeline.keeps-its-replicas-in-step", replaces=f"{PIPELINE}._scatter_proposal")
def proposals_tell_changed_registers_only(
    honest: Any, pipeline: Any, proposal: Any, registers: Any, *, acknowledge: bool
) -> Any:
    """A proposal carries registers where they change, and none where they stay."""
    if registers == pipeline._replica.spool.registers:
        registers = pb.LabelSet()
    return honest(pipeline, proposal, registers, acknowledge=acknowledge)


@lie("pipeline.keeps-its-replicas-in-step", replaces=f"{PIPELINE}._scatter_proposal")
def proposals_sum_up_the_new_bytes(
    honest: Any, pipeline: Any, proposal: Any, registers: Any, *, acknowledge: bool
) -> Any:
    """The sum of a proposal is that of the bytes it adds, not of the whole fragment."""
    spool = pipeline._replica.spool
    if spool.delta and proposal.end > spool.fragment.end > proposal.begin:
        added = spool.content.read(
            spool.fragment.end - proposal.begin, proposal.end - proposal.begin
        )
        proposal = pb.Fragment.FromString(proposal.SerializeToString())
        proposal.sum.CopyFrom(sum_of(added))
    return honest(pipeline, proposal, registers, acknowledge=acknowledge)


@lie("pipeline.keeps-its-replicas-in-step", replaces=f"{PIPELINE}._scatter_proposal")
def rolls_keep_the_old_codec(
    honest: Any, pipeline: Any, proposal: Any, registers: Any, *, acknowledge: bool
) -> Any:
    """A primary proposes rolls with the codec of the fragment before."""
    if proposal.begin == proposal.end and not acknowledge:
        proposal = pb.Fragment.FromString(proposal.SerializeToString())
        proposal.compression_codec = pipeline._replica.spool.fragment.compression_codec
    return honest(pipeline, proposal, registers, acknowledge=acknowledge)


@lie("pipeline.keeps-its-replicas-in-step", replaces=f"{PIPELINE}._scatter_proposal")
def every_proposal_has_a_header(
    honest: Any, pipeline: Any, proposal: Any, registers: Any, *, acknowledge: bool
) -> Any:
    """A primary sends its header with every acknowledged proposal."""
    if acknowledge:
        pipeline._opened = False
    return honest(pipeline, proposal, registers, acknowledge=acknowledge)


@lie("pipeline.keeps-its-replicas-in-step", replaces="mockbroker.core.append:Append._roll_due")
def rolls_are_not_proposed(_honest: Any, append: Any) -> None:
    """A primary closes a fragment that is due without telling its replicas."""
    spool = append.replica.spool
    proposal = spool.synchronizing_proposal(
        append.resolved.spec.fragment,
        now=append._broker.now(),
        roll_to=append._roll.to if append._roll else 0,
    )
    append.replica.propose(proposal, spool.registers, append._broker.now())


@lie(
    "pipeline.acknowledges-after-all-replicas",
    replaces="mockbroker.core.pipeline:Answers.gather_ok",
)
def clients_are_answered_before_replicas(_honest: Any, _answers: Any) -> Any:
    """A client is answered when its commit is proposed."""
    yield from ()


@lie(
    "pipeline.proposes-rollback",
    "pipeline.keeps-its-replicas-in-step",
    replaces=f"{PIPELINE}.propose",
)
def rollbacks_are_not_proposed(
    honest: Any, pipeline: Any, proposal: Any, registers: Any, *, acknowledge: bool = True
) -> Any:
    """A primary tells its replicas nothing of an append that is given up."""
    spool = pipeline._replica.spool
    if spool.delta and proposal.end == spool.fragment.end:
        pipeline._replica.propose(proposal, registers, pipeline._broker.now())
        return None
    return honest(pipeline, proposal, registers, acknowledge=acknowledge)


@lie(
    "pipeline.proposes-rollback",
    brokers=3,
    replaces="mockbroker.core.append:Append._settle",
)
def appends_without_content_roll_nothing_back(
    honest: Any, append: Any, registers: Any, proposal: Any = None
) -> Any:
    """An append that is given up before any content proposes nothing to replicas."""
    if proposal is not None or append.replica.spool.delta:
        return honest(append, registers, proposal)
    answers = Answers(append.pipeline)
    answers.ready = True
    append.release()
    return answers
