"""Headers: who answers, the route taken, and the state of Etcd."""

from typing import TYPE_CHECKING

from protocol.errors import ValidationError, within
from protocol.validate.broker_spec import validate_process_id
from protocol.validate.route import validate_route
from protocol.validate.rules import rules_of

if TYPE_CHECKING:
    from protocol.wire.messages import Header

RULES = (
    *rules_of(
        "Header",
        "HEADER",
        ("process_id", "the process id is empty or valid"),
        ("route", "the route is valid"),
        ("etcd", "the state of Etcd is valid"),
    ),
    *rules_of(
        "Header.Etcd",
        "ETCD",
        ("cluster_id", "the cluster id is not zero"),
        ("member_id", "the member id is not zero"),
        ("revision", "the revision is positive"),
        ("raft_term", "the Raft term is not zero"),
    ),
)


def validate_header(header: "Header") -> None:
    """Raises unless `header` is valid; its process id may be wholly empty."""
    if header.process_id.zone or header.process_id.suffix:
        with within("ProcessId", "VAL-HEADER-01"):
            validate_process_id(header.process_id)
    with within("Route", "VAL-HEADER-02"):
        validate_route(header.route)
    with within("Etcd", "VAL-HEADER-03"):
        validate_etcd(header.etcd)


def validate_etcd(etcd: "Header.Etcd") -> None:
    """Raises unless ids, revision and term are set."""
    if etcd.cluster_id == 0:
        raise ValidationError("VAL-ETCD-01", "invalid ClusterId (expected != 0)")
    if etcd.member_id == 0:
        raise ValidationError("VAL-ETCD-02", "invalid MemberId (expected != 0)")
    if etcd.revision <= 0:
        raise ValidationError(
            "VAL-ETCD-03", f"invalid Revision ({etcd.revision}; expected 0 < revision)"
        )
    if etcd.raft_term == 0:
        raise ValidationError("VAL-ETCD-04", "invalid RaftTerm (expected != 0)")
