"""Lies about Replicate."""

from typing import Any

import protocol as pb
from mockbroker.core.actions import AbortError
from mockbroker.lies.lie import Seen, lie

SPOOL = "protocol.spool:Spool"
APPLY = "mockbroker.core.replicate:_apply"


@lie("replicate.wrong-sum-is-a-mismatch", replaces="protocol.spool:same_fragment")
def replicas_accept_wrong_sums(honest: Any, a: Any, b: Any) -> Any:
    """A replica commits content whose sum is not the proposal's."""
    if a.begin == b.begin and a.end == b.end and a.end > a.begin:
        return True
    return honest(a, b)


@lie("replicate.wrong-registers-are-a-mismatch", replaces="protocol.spool:_same")
def replicas_ignore_registers(_honest: Any, _a: Any, _b: Any) -> bool:
    """A replica does not compare registers."""
    return True


@lie(
    "replicate.wrong-sum-is-a-mismatch",
    "replicate.smaller-end-is-a-mismatch",
    answers="Replicate",
    brokers=2,
)
def mismatch_lacks_the_fragment(message: Any, _seen: Seen) -> None:
    """PROPOSAL_MISMATCH comes without the replica's fragment."""
    message.ClearField("fragment")


@lie("replicate.wrong-sum-is-a-mismatch", answers="Replicate", brokers=2)
def mismatch_lacks_the_registers(message: Any, _seen: Seen) -> None:
    """PROPOSAL_MISMATCH comes without the replica's registers."""
    message.ClearField("registers")


@lie("replicate.half-close-rolls-back", replaces="mockbroker.core.replica:Replica.roll_back")
def replicas_commit_at_half_close(_honest: Any, replica: Any, now: float) -> None:
    """A replica commits what was streamed when the stream ends."""
    replica.propose(replica.spool.next(), replica.spool.registers, now)


@lie("replicate.half-close-rolls-back", replaces="mockbroker.core.replica:Replica.roll_back")
def replicas_keep_what_was_streamed(_honest: Any, _replica: Any, _now: float) -> None:
    """A replica keeps what was streamed, uncommitted, when the stream ends."""


@lie("replicate.content-delta-must-match", replaces=f"{SPOOL}.write")
def content_deltas_are_ignored(honest: Any, spool: Any, content: bytes, _delta: Any = None) -> Any:
    """A replica takes content whatever its delta."""
    return honest(spool, content)


@lie("replicate.initial-sync-is-acknowledged", answers="Replicate", brokers=2)
def acknowledgements_have_no_header(message: Any, _seen: Seen) -> None:
    """The first acknowledgement of a stream has no header."""
    if message.status == pb.Status.OK:
        message.ClearField("header")


@lie("replicate.content-is-silent-and-invisible", replaces=APPLY)
def content_is_readable_before_its_proposal(
    honest: Any, broker: Any, replica: Any, request: Any
) -> Any:
    """A replica commits content as it is streamed."""
    answer = honest(broker, replica, request)
    if not request.HasField("proposal"):
        replica.index.commit(replica.spool.next(), replica.spool.content)
        replica.changed.fire()
    return answer


@lie("replicate.rollback-drops-content", replaces=f"{SPOOL}._roll_back")
def replicas_keep_rolled_back_content(_honest: Any, _spool: Any) -> None:
    """A proposal of the current fragment leaves what was streamed."""


@lie("replicate.unknown-journal", "replicate.non-member-refuses", answers="Replicate", brokers=2)
def refused_replication_has_no_header(message: Any, _seen: Seen) -> None:
    """A replica that refuses a stream answers without header."""
    if message.status:
        message.ClearField("header")


@lie("replicate.wrong-route-is-answered", replaces="mockbroker.core.replicate:equivalent")
def any_route_will_do(_honest: Any, _a: Any, _b: Any) -> bool:
    """A replica follows a primary that knows another route."""
    return True


@lie("replicate.endpoints-are-not-compared", replaces="mockbroker.core.replicate:equivalent")
def routes_need_their_endpoints(honest: Any, a: Any, b: Any) -> Any:
    """A header whose route lacks endpoints is refused."""
    return honest(a, b) and list(a.endpoints) == list(b.endpoints)


@lie("replicate.one-stream-at-a-time", replaces="mockbroker.core.signal:Lock._call_first")
def streams_of_a_journal_run_at_once(_honest: Any, lock: Any) -> None:
    """Several streams of one journal are served at the same time."""
    for ticket in lock._queue:
        ticket.granted = True
        ticket.called.fire()


@lie("replicate.rolls-forward", replaces=f"{SPOOL}._rolls_for")
def replicas_do_not_roll_forward(honest: Any, spool: Any, proposal: Any) -> Any:
    """An empty proposal beyond a replica's end is a mismatch."""
    return honest(spool, proposal) and proposal.end <= spool.fragment.end + spool.delta


@lie("replicate.unacknowledged-mismatch-ends-the-stream", replaces=APPLY)
def unacknowledged_mismatches_are_ignored(
    honest: Any, broker: Any, replica: Any, request: Any
) -> Any:
    """A mismatch nobody asked to acknowledge is passed over."""
    answer = honest(broker, replica, request)
    return answer if request.acknowledge else pb.ReplicateResponse()


@lie(
    "replicate.first-message-needs-header",
    "replicate.empty-stream-is-an-error",
    ends="Replicate",
    brokers=2,
)
def replication_errors_are_clean_ends(_code: int, _details: str, _seen: Seen) -> tuple[int, str]:
    """Every Replicate stream ends OK."""
    return 0, ""


@lie(
    "replicate.future-revision-waits",
    "header.future-revision-waits",
    replaces="mockbroker.core.resolver:_checked_revision",
)
def headers_do_not_make_a_replica_wait(honest: Any, broker: Any, header: Any) -> int:
    """A header of a future revision is taken at once."""
    if header is not None and header.etcd.revision < 0:
        raise AbortError("negative revision")
    honest(broker, header)
    return 0
