"""Listings, and answers of appends."""

from mockbroker.faults.answers import Status
from mockbroker.faults.catalogue.entries import Entry, fault, mutation
from mockbroker.faults.cuts import Cut, Drop
from mockbroker.faults.payload import Insert, Mutate, Split

ENTRIES: tuple[Entry, ...] = (
    fault("list-multipage", "one journal per message", lambda size=1: Split(size=size), rpc="List"),
    fault(
        "list-empty-continuation",
        "a message without journals in a listing that is no watch",
        lambda: Insert(after=1),
        rpc="List",
    ),
    fault(
        "watch-reset",
        "the watch breaks with UNAVAILABLE within or between snapshots",
        lambda messages=1: Cut(at="sent", messages=messages),
        rpc="List",
    ),
    fault(
        "watch-revision-stuck",
        "each snapshot has revision 1",
        lambda: Mutate(having="header", set={"header.etcd.revision": 1}),
        rpc="List",
    ),
    fault(
        "watch-eof",
        "the watch ends OK after its first snapshot",
        lambda messages=2: Cut(at="sent", code="OK", details="", messages=messages),
        rpc="List",
    ),
    fault(
        "list-invalid-spec",
        "a journal with replication 0 and mod_revision 0",
        lambda: Mutate(
            message=1,
            having="journals",
            set={"journals.0.spec.replication": 0, "journals.0.mod_revision": 0},
        ),
        rpc="List",
    ),
    mutation(
        "frag-token-loop",
        "the next page token is always 1",
        "ListFragments",
        set={"next_page_token": 1},
    ),
    fault(
        "frag-empty-page",
        "an empty page with a token for the next",
        lambda token=1: Mutate(clear=("fragments",), set={"next_page_token": token}),
        rpc="ListFragments",
        nth=1,
    ),
    fault(
        "frag-token-regress",
        "the second page's token is smaller than the first's",
        lambda token=1: Mutate(set={"next_page_token": token}),
        rpc="ListFragments",
        nth=2,
    ),
    fault(
        "frag-overlaps",
        "the first fragment overlaps the second",
        lambda by=1: Mutate(having="fragments", add={"fragments.0.spec.end": by}),
        rpc="ListFragments",
    ),
    mutation(
        "commit-missing", "OK without commit and registers", "Append", clear=("commit", "registers")
    ),
    fault(
        "commit-wrong-span",
        "the commit is longer than what was sent",
        lambda by=1: Mutate(having="commit", add={"commit.end": by}),
        rpc="Append",
    ),
    fault(
        "early-append-response",
        "a status comes while the client still writes",
        lambda status="NOT_ALLOWED": Status(status=status, early=True),
        rpc="Append",
    ),
    fault("no-append-response", "the append is committed; the answer is empty", Drop, rpc="Append"),
)
