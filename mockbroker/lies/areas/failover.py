"""Lies about what becomes of a journal when its brokers fail, and of calls when one leaves."""

from typing import Any

import protocol as pb
from mockbroker.lies.lie import lie

ROUND = "mockbroker.core.sync:_Round"


@lie("pipeline.adopts-a-replica-ahead", replaces=f"{ROUND}._take_fragment")
def replicas_ahead_are_ignored(_honest: Any, _round: Any, _id: Any, _answer: Any) -> None:
    """A primary goes on at its own end although a replica has more."""


@lie("pipeline.adopts-a-replica-ahead", replaces=f"{ROUND}._take_fragment")
def replicas_ahead_keep_their_registers(honest: Any, taken: Any, id_: Any, answer: Any) -> None:
    """A primary adopts the end of a replica that is ahead, and not its registers."""
    honest(taken, id_, answer)
    taken.registers = None


@lie("pipeline.follows-a-newer-route", replaces=f"{ROUND}._take_route")
def newer_routes_are_ignored(_honest: Any, _round: Any, _id: Any, _header: Any) -> None:
    """A primary takes WRONG_ROUTE for agreement."""


@lie("pipeline.route-conflict-fails-the-append", replaces=f"{ROUND}._take_route")
def route_conflicts_are_ignored(honest: Any, taken: Any, id_: Any, header: Any) -> None:
    """A primary takes WRONG_ROUTE at its own revision for agreement."""
    if header.etcd.revision > taken._header.etcd.revision:
        honest(taken, id_, header)


@lie("pipeline.unexpected-sync-status-fails-the-append", replaces=f"{ROUND}.take")
def other_statuses_of_replicas_are_ignored(honest: Any, taken: Any, id_: Any, answer: Any) -> None:
    """A primary takes any unexpected status of a replica for agreement."""
    if answer.status in {pb.Status.WRONG_ROUTE, pb.Status.PROPOSAL_MISMATCH}:
        honest(taken, id_, answer)


@lie("append.replica-is-promoted", replaces="mockbroker.core.sync:synchronize", brokers=3)
def promoted_replicas_lose_their_last_append(honest: Any, *arguments: Any) -> Any:
    """A replica that becomes primary begins a byte ahead of what it has."""
    replica, roll_to = arguments[1], arguments[4]
    end = replica.spool.fragment.end
    first = not getattr(replica.pipeline, "_opened", True) and end > 0
    return (yield from honest(*arguments[:4], end + 1 if first and not roll_to else roll_to))


@lie("watch.survives-until-hard-stop", replaces="mockbroker.node:Node.linger", brokers=2)
def watches_end_with_their_broker(honest: Any, node: Any, _seconds: float) -> None:
    """A broker that exits cuts the calls that still run."""
    honest(node, 0.0)


@lie("ops.ready-page", replaces="mockbroker.http.broker:_clean")
def the_ready_page_is_elsewhere(honest: Any, path: str) -> str:
    """The page that tells that a broker serves has another name."""
    clean: str = honest("/debug/readyz" if path == "/debug/ready" else path)
    return clean


@lie("ops.metrics-page", replaces="mockbroker.http.metrics:Metrics.text")
def metrics_are_sentences(_honest: Any, _metrics: Any) -> str:
    """The page of metrics is prose."""
    return "# TYPE answers counter\nall is well with the broker\n"


@lie("ops.metrics-page", replaces="mockbroker.http.metrics:CONTENT_TYPE")
def metrics_are_binary(_honest: str) -> str:
    """The page of metrics is not plain text."""
    return "application/octet-stream"
