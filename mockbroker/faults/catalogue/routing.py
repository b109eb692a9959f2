"""Routes that mislead, and primaries that go."""

from mockbroker.faults.answers import Error, Status
from mockbroker.faults.catalogue.entries import Entry, fault
from mockbroker.faults.cuts import Cut
from mockbroker.faults.payload import Mutate

ENTRIES: tuple[Entry, ...] = (
    fault(
        "stale-route",
        "the header's route names a broker that is not there",
        lambda zone="gone", suffix="gone", endpoint="http://127.0.0.1:1": Mutate(
            message=1,
            set={
                "header.route.members": [{"zone": zone, "suffix": suffix}],
                "header.route.endpoints": [endpoint],
                "header.route.primary": 0,
            },
        ),
    ),
    fault(
        "route-without-endpoints",
        "the route has members and no endpoints",
        lambda: Mutate(message=1, clear=("header.route.endpoints",)),
    ),
    fault(
        "route-no-primary",
        "the route has members and primary -1",
        lambda: Mutate(message=1, set={"header.route.primary": -1}),
    ),
    fault(
        "wrong-cluster",
        "refused with the text for another etcd cluster",
        lambda theirs=1, ours=2: Error(
            code="UNKNOWN",
            details=f"request Etcd ClusterId doesn't match our own ({theirs} vs {ours})",
        ),
    ),
    fault(
        "wrong-process-id",
        "refused with the text for another process",
        lambda: Error(
            code="UNKNOWN",
            details="request ProcessId doesn't match our own "
            '(zone:"gone" suffix:"gone"  vs zone:"here" suffix:"here" )',
        ),
    ),
    fault(
        "primary-failover-mid-append",
        "the connection to the primary is lost while content streams; nothing is committed",
        lambda: Cut(at="content", details="error reading from server: EOF"),
        rpc="Append",
    ),
    fault(
        "lost-ack",
        "the append is committed on all replicas, and the connection is lost before the answer",
        lambda: Cut(at="after-commit", details="error reading from server: EOF"),
        rpc="Append",
    ),
    fault(
        "partial-commit",
        "all have committed, a replica's answer is lost: the append fails, its bytes may stay; "
        "begins with the next replication stream",
        lambda: Cut(at="sending", messages=1, details="error reading from server: EOF"),
        rpc="Replicate",
    ),
    fault(
        "double-error",
        "two appends fail one after the other, though both were committed",
        lambda: Cut(at="after-commit", code="UNKNOWN", details="gatherSync: EOF"),
        rpc="Append",
        nth=(1, 2),
    ),
    fault(
        "handoff-blindness",
        "offsets below the write head are not yet available",
        lambda: Status(status="OFFSET_NOT_YET_AVAILABLE"),
        rpc="Read",
    ),
    fault(
        "demotion-eof",
        "a read of the old primary ends OK",
        lambda: Cut(at="start", code="OK", details=""),
        rpc="Read",
    ),
)
