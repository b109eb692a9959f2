"""Statuses and errors of RPCs."""

from mockbroker.faults.answers import Error, Status
from mockbroker.faults.catalogue.entries import Entry, fault, status
from mockbroker.faults.cuts import Cut
from mockbroker.faults.timing import Stall

ENTRIES: tuple[Entry, ...] = (
    fault(
        "status-override",
        "any RPC answers with a chosen status; the header is there, EOF after",
        lambda status="NOT_ALLOWED": Status(status=status),
    ),
    status("status-unknown-enum", 99, "status 99", "*"),
    fault(
        "grpc-unavailable",
        "UNAVAILABLE before any message",
        lambda details="connection refused": Error(code="UNAVAILABLE", details=details),
    ),
    fault(
        "grpc-unknown-text",
        "UNKNOWN with the text of a validator",
        lambda details="Journal: not a valid token (bad name)": Error(
            code="UNKNOWN", details=details
        ),
    ),
    fault(
        "grpc-resource-exhausted",
        "RESOURCE_EXHAUSTED when content is sent",
        lambda: Cut(
            at="content",
            code="RESOURCE_EXHAUSTED",
            details="grpc: received message larger than max (4194305 vs. 4194304)",
        ),
        rpc="Append",
    ),
    fault(
        "grpc-unauthenticated",
        "UNAUTHENTICATED, as if the token had expired",
        lambda details="verifying Authorization: token has invalid claims: token is expired": Error(
            code="UNAUTHENTICATED", details=details
        ),
    ),
    fault(
        "grpc-internal",
        "INTERNAL in the middle of an append, which is rolled back",
        lambda: Cut(at="content", code="INTERNAL", details="internal error"),
        rpc="Append",
    ),
    status(
        "transient-not-found", "JOURNAL_NOT_FOUND", "JOURNAL_NOT_FOUND, then OK", "*", nth=(1, 2)
    ),
    status(
        "insufficient-brokers",
        "INSUFFICIENT_JOURNAL_BROKERS",
        "until the rule is removed",
        "Append",
    ),
    status("no-primary", "NO_JOURNAL_PRIMARY_BROKER", "appends only; reads go on", "Append"),
    status("not-primary", "NOT_JOURNAL_PRIMARY_BROKER", "with the true route", "Append"),
    status("not-broker", "NOT_JOURNAL_BROKER", "with the true route", "Read"),
    status("suspended-full", "SUSPENDED", "reads and listings of fragments", "Read"),
    status(
        "resume-no-primary", "NO_JOURNAL_PRIMARY_BROKER", "the first append only", "Append", nth=1
    ),
    status("suspended-no-resume", "SUSPENDED", "appends that do not resume", "Append"),
    status("register-mismatch", "REGISTER_MISMATCH", "with the true registers", "Append"),
    status("wrong-append-offset", "WRONG_APPEND_OFFSET", "whatever the offset", "Append"),
    status("index-greater-offset", "INDEX_HAS_GREATER_OFFSET", "whatever the index", "Append"),
    fault(
        "store-unhealthy",
        "FRAGMENT_STORE_UNHEALTHY with a text",
        lambda error="store is down": Status(
            status="FRAGMENT_STORE_UNHEALTHY", fields={"store_health_error": error}
        ),
        rpc="Append",
    ),
    status("not-allowed", "NOT_ALLOWED", "as if flags forbade it", "*"),
    status("etcd-txn-failed", "ETCD_TRANSACTION_FAILED", "nothing is applied", "Apply"),
    fault(
        "apply-hang",
        "Apply never answers, and applies nothing",
        lambda: Stall(side="request"),
        rpc="Apply",
    ),
)
