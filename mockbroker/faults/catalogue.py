"""The known classes of faults, by name: what a client sees, and the rule that shows it.

Faults of a broker's life (killed, isolated, deposed) are no rules: the cluster's own
methods bring them about.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mockbroker.faults.answers import Error, Status
from mockbroker.faults.cuts import Cut, Drop, Truncate
from mockbroker.faults.fetch import RPC as FETCH
from mockbroker.faults.fetch import Fetch
from mockbroker.faults.payload import Corrupt, Insert, Mutate, Pad, Split
from mockbroker.faults.rule import Action, FaultError
from mockbroker.faults.timing import Delay, Stall


@dataclass(frozen=True)
class Entry:
    """One class of faults.

    Attributes:
        name: What it is called.
        effect: What a client observes.
        make: Makes the action; its keyword arguments are the fault's parameters.
        match: What its rule wants, unless the caller says otherwise.
    """

    name: str
    effect: str
    make: Callable[..., Action]
    match: Mapping[str, Any]


CATALOGUE: dict[str, Entry] = {}
"""Every class of faults that is a rule, by name."""


def entry(name: str) -> Entry:
    """The class `name`. Raises FaultError if there is none."""
    if name not in CATALOGUE:
        raise FaultError(f"no fault is called {name!r}", hint=f"one of {', '.join(CATALOGUE)}")
    return CATALOGUE[name]


def make(name: str, **parameters: Any) -> Action:
    """The action of the class `name`. Raises FaultError for a parameter it hasn't got."""
    found = entry(name)
    try:
        return found.make(**parameters)
    except TypeError as error:
        raise FaultError(f"fault {name!r} does not take {', '.join(parameters)}") from error


def _add(name: str, effect: str, make: Callable[..., Action], **match: Any) -> None:
    CATALOGUE[name] = Entry(name, effect, make, match)


def _status(name: str, status: str | int, effect: str, rpc: str, **match: Any) -> None:
    _add(name, effect, lambda: Status(status=status), rpc=rpc, **match)


def _mutate(name: str, effect: str, rpc: str, **change: Any) -> None:
    _add(name, effect, lambda: Mutate(**change), rpc=rpc)


# Statuses and RPC errors.

_add(
    "status-override",
    "any RPC answers with a chosen status; the header is there, EOF after",
    lambda status="NOT_ALLOWED": Status(status=status),
)
_status("status-unknown-enum", 99, "status 99", "*")
_add(
    "grpc-unavailable",
    "UNAVAILABLE before any message",
    lambda details="connection refused": Error(code="UNAVAILABLE", details=details),
)
_add(
    "grpc-unknown-text",
    "UNKNOWN with the text of a validator",
    lambda details="Journal: not a valid token (bad name)": Error(code="UNKNOWN", details=details),
)
_add(
    "grpc-resource-exhausted",
    "RESOURCE_EXHAUSTED when content is sent",
    lambda: Cut(
        at="content",
        code="RESOURCE_EXHAUSTED",
        details="grpc: received message larger than max (4194305 vs. 4194304)",
    ),
    rpc="Append",
)
_add(
    "grpc-unauthenticated",
    "UNAUTHENTICATED, as if the token had expired",
    lambda details="verifying Authorization: token has invalid claims: token is expired": Error(
        code="UNAUTHENTICATED", details=details
    ),
)
_add(
    "grpc-internal",
    "INTERNAL in the middle of an append, which is rolled back",
    lambda: Cut(at="content", code="INTERNAL", details="internal error"),
    rpc="Append",
)
_status("transient-not-found", "JOURNAL_NOT_FOUND", "JOURNAL_NOT_FOUND, then OK", "*", nth=(1, 2))
_status(
    "insufficient-brokers", "INSUFFICIENT_JOURNAL_BROKERS", "until the rule is removed", "Append"
)
_status("no-primary", "NO_JOURNAL_PRIMARY_BROKER", "appends only; reads go on", "Append")
_status("not-primary", "NOT_JOURNAL_PRIMARY_BROKER", "with the true route", "Append")
_status("not-broker", "NOT_JOURNAL_BROKER", "with the true route", "Read")
_status("suspended-full", "SUSPENDED", "reads and listings of fragments", "Read")
_status("resume-no-primary", "NO_JOURNAL_PRIMARY_BROKER", "the first append only", "Append", nth=1)
_status("suspended-no-resume", "SUSPENDED", "appends that do not resume", "Append")
_status("register-mismatch", "REGISTER_MISMATCH", "with the true registers", "Append")
_status("wrong-append-offset", "WRONG_APPEND_OFFSET", "whatever the offset", "Append")
_status("index-greater-offset", "INDEX_HAS_GREATER_OFFSET", "whatever the index", "Append")
_add(
    "store-unhealthy",
    "FRAGMENT_STORE_UNHEALTHY with a text",
    lambda error="store is down": Status(
        status="FRAGMENT_STORE_UNHEALTHY", fields={"store_health_error": error}
    ),
    rpc="Append",
)
_status("not-allowed", "NOT_ALLOWED", "as if flags forbade it", "*")
_status("etcd-txn-failed", "ETCD_TRANSACTION_FAILED", "nothing is applied", "Apply")
_add(
    "apply-hang",
    "Apply never answers, and applies nothing",
    lambda: Stall(side="request"),
    rpc="Apply",
)

# Timing and flow.

_add(
    "latency",
    "a delay before the first or each message",
    lambda seconds=0.1, jitter=0.0, each=False: Delay(seconds=seconds, jitter=jitter, each=each),
)
_add(
    "stalled-stream",
    "a read goes silent with the connection alive",
    lambda messages=0, bytes=0: Stall(messages=messages, bytes=bytes),  # noqa: A006 - as in Stall
    rpc="Read",
)
_add(
    "append-backpressure",
    "the server stops reading after so many bytes, until the rule is removed",
    lambda bytes=1: Stall(side="request", messages=1, bytes=bytes),  # noqa: A006 - as in Stall
    rpc="Append",
)
_add(
    "append-underflow",
    "the append ends as if its data had come too slowly",
    lambda: Cut(
        at="content",
        code="UNKNOWN",
        details="append stream: client stream didn't sustain the minimum append data rate",
    ),
    rpc="Append",
)
_add(
    "throttle",
    "delayed_chunks is set, and chunks are taken slowly",
    lambda chunks=1: Mutate(set={"delayed_chunks": chunks}),
    rpc="Append",
)
_add(
    "revision-lag",
    "the broker waits, as for a revision, until the rule is removed",
    lambda: Stall(side="request"),
)

# Connections and streams.

_add(
    "reset",
    "the stream breaks with UNAVAILABLE after so many messages",
    lambda messages=1: Cut(
        at="sent", messages=messages, details="error reading from server: connection reset by peer"
    ),
)
_add(
    "eof-early",
    "the stream ends OK after so many messages",
    lambda messages=2: Cut(at="sent", code="OK", details="", messages=messages),
    rpc="Read",
)
_add(
    "truncated-content",
    "the stream ends OK within the content of a fragment",
    lambda bytes=1: Truncate(bytes=bytes),  # noqa: A006 - as in Truncate
    rpc="Read",
)
_add(
    "max-message",
    "one message of 20 MiB",
    lambda bytes=20 << 20: Pad(bytes=bytes),  # noqa: A006 - as in Pad
    rpc="List",
)
_add(
    "token-expiry-eof",
    "the stream ends OK after its first message, as at the expiry of a token",
    lambda messages=1: Cut(at="sent", code="OK", details="", messages=messages),
    rpc="Read",
)

# Routing and topology.

_add(
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
)
_add(
    "route-without-endpoints",
    "the route has members and no endpoints",
    lambda: Mutate(message=1, clear=("header.route.endpoints",)),
)
_add(
    "route-no-primary",
    "the route has members and primary -1",
    lambda: Mutate(message=1, set={"header.route.primary": -1}),
)
_add(
    "wrong-cluster",
    "refused with the text for another etcd cluster",
    lambda theirs=1, ours=2: Error(
        code="UNKNOWN",
        details=f"request Etcd ClusterId doesn't match our own ({theirs} vs {ours})",
    ),
)
_add(
    "wrong-process-id",
    "refused with the text for another process",
    lambda: Error(
        code="UNKNOWN",
        details="request ProcessId doesn't match our own "
        '(zone:"gone" suffix:"gone"  vs zone:"here" suffix:"here" )',
    ),
)
_add(
    "primary-failover-mid-append",
    "the connection to the primary is lost while content streams; nothing is committed",
    lambda: Cut(at="content", details="error reading from server: EOF"),
    rpc="Append",
)
_add(
    "lost-ack",
    "the append is committed on all replicas, and the connection is lost before the answer",
    lambda: Cut(at="after-commit", details="error reading from server: EOF"),
    rpc="Append",
)
_add(
    "partial-commit",
    "all have committed, a replica's answer is lost: the append fails, its bytes may stay; "
    "begins with the next replication stream",
    lambda: Cut(at="sending", messages=1, details="error reading from server: EOF"),
    rpc="Replicate",
)
_add(
    "double-error",
    "two appends fail one after the other, though both were committed",
    lambda: Cut(at="after-commit", code="UNKNOWN", details="gatherSync: EOF"),
    rpc="Append",
    nth=(1, 2),
)
_add(
    "handoff-blindness",
    "offsets below the write head are not yet available",
    lambda: Status(status="OFFSET_NOT_YET_AVAILABLE"),
    rpc="Read",
)
_add(
    "demotion-eof",
    "a read of the old primary ends OK",
    lambda: Cut(at="start", code="OK", details=""),
    rpc="Read",
)

# Payload of reads.

_add(
    "offset-jump",
    "the first metadata is for a greater offset than was asked",
    lambda by=1: Mutate(message=1, add={"offset": by}),
    rpc="Read",
)
_add(
    "offset-regression",
    "the second metadata is for an offset already read",
    lambda: Mutate(message=2, having="fragment", set={"offset": 0}),
    rpc="Read",
)
_add(
    "content-gap",
    "content skips ahead within its fragment",
    lambda by=1: Mutate(message=1, having="content", add={"offset": by}),
    rpc="Read",
)
_add(
    "overlap-fragments",
    "the second fragment begins before the current offset",
    lambda by=1: Mutate(message=2, having="fragment", add={"fragment.begin": -by}),
    rpc="Read",
)
_add(
    "header-on-later-message",
    "the second message has a header",
    lambda: Mutate(
        message=2, set={"header": {"process_id.zone": "zone", "process_id.suffix": "late"}}
    ),
    rpc="Read",
)
_mutate(
    "metadata-inconsistent",
    "the fragment ends above the write head",
    "Read",
    message=1,
    set={"write_head": 0},
)
_add(
    "empty-content-message",
    "a content message without bytes",
    lambda: Insert(after=1, having="fragment", fields={"content": b""}),
    rpc="Read",
)
_add(
    "ok-without-fragment",
    "status OK and an offset, but no fragment",
    lambda: Mutate(message=1, having="fragment", clear=("fragment",)),
    rpc="Read",
)
_add(
    "onya-wh-behind",
    "OFFSET_NOT_YET_AVAILABLE with a write head below the offset asked",
    lambda: Status(status="OFFSET_NOT_YET_AVAILABLE", fields={"write_head": 0}),
    rpc="Read",
)
_add(
    "sha-mismatch",
    "the content is not that of its fragment's sum",
    lambda byte=0, mask=0xFF: Corrupt(byte=byte, mask=mask),
    rpc="Read",
)

# Fragments fetched by their URLs.


def _fetch(name: str, effect: str, make: Callable[..., Action], **match: Any) -> None:
    _add(name, effect, make, rpc=FETCH, **match)


_fetch("url-404", "404, as of a fragment that was pruned", lambda: Fetch(code=404))
_fetch("url-403", "403, as of a signature that ran out", lambda: Fetch(code=403))
_fetch("clock-skew-url", "403 for the first fetch of a URL", lambda: Fetch(code=403), nth=1)
_fetch("url-500-flaky", "500 twice, then the content", lambda: Fetch(code=500), nth=(1, 2))
_fetch(
    "url-short",
    "the connection breaks within the content",
    lambda bytes=1: Fetch(bytes=bytes),  # noqa: A006 - as in Fetch
)
_fetch("url-long", "more content than the fragment has", lambda extra=1: Fetch(extra=extra))
_fetch("url-corrupt-codec", "content that no codec takes", lambda: Fetch(flip=True))
_fetch("url-content-encoding", "content is compressed on its way", lambda: Fetch(gzip=True))
_fetch(
    "url-206-redirect",
    "206 with the content, or a redirect to another place",
    lambda location=None: Fetch(code=302 if location else 206, location=location),
)
_add(
    "url-unsupported-scheme",
    "the URL of a fragment has a scheme that no client knows",
    lambda url="memory:///fragment": Mutate(having="fragment_url", set={"fragment_url": url}),
    rpc="Read",
)

# Listings and answers of appends.

_add("list-multipage", "one journal per message", lambda size=1: Split(size=size), rpc="List")
_add(
    "list-empty-continuation",
    "a message without journals in a listing that is no watch",
    lambda: Insert(after=1),
    rpc="List",
)
_add(
    "watch-reset",
    "the watch breaks with UNAVAILABLE within or between snapshots",
    lambda messages=1: Cut(at="sent", messages=messages),
    rpc="List",
)
_add(
    "watch-revision-stuck",
    "each snapshot has revision 1",
    lambda: Mutate(having="header", set={"header.etcd.revision": 1}),
    rpc="List",
)
_add(
    "watch-eof",
    "the watch ends OK after its first snapshot",
    lambda messages=2: Cut(at="sent", code="OK", details="", messages=messages),
    rpc="List",
)
_add(
    "list-invalid-spec",
    "a journal with replication 0 and mod_revision 0",
    lambda: Mutate(
        message=1,
        having="journals",
        set={"journals.0.spec.replication": 0, "journals.0.mod_revision": 0},
    ),
    rpc="List",
)
_mutate(
    "frag-token-loop",
    "the next page token is always 1",
    "ListFragments",
    set={"next_page_token": 1},
)
_add(
    "frag-empty-page",
    "an empty page with a token for the next",
    lambda token=1: Mutate(clear=("fragments",), set={"next_page_token": token}),
    rpc="ListFragments",
    nth=1,
)
_add(
    "frag-token-regress",
    "the second page's token is smaller than the first's",
    lambda token=1: Mutate(set={"next_page_token": token}),
    rpc="ListFragments",
    nth=2,
)
_add(
    "frag-overlaps",
    "the first fragment overlaps the second",
    lambda by=1: Mutate(having="fragments", add={"fragments.0.spec.end": by}),
    rpc="ListFragments",
)
_mutate(
    "commit-missing", "OK without commit and registers", "Append", clear=("commit", "registers")
)
_add(
    "commit-wrong-span",
    "the commit is longer than what was sent",
    lambda by=1: Mutate(having="commit", add={"commit.end": by}),
    rpc="Append",
)
_add(
    "early-append-response",
    "a status comes while the client still writes",
    lambda status="NOT_ALLOWED": Status(status=status, early=True),
    rpc="Append",
)
_add("no-append-response", "the append is committed; the answer is empty", Drop, rpc="Append")
