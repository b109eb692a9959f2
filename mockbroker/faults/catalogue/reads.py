"""What reads say that no honest broker does."""

from mockbroker.faults.answers import Status
from mockbroker.faults.catalogue.entries import Entry, fault, mutation
from mockbroker.faults.payload import Corrupt, Insert, Mutate

ENTRIES: tuple[Entry, ...] = (
    fault(
        "offset-jump",
        "the first metadata is for a greater offset than was asked",
        lambda by=1: Mutate(message=1, add={"offset": by}),
        rpc="Read",
    ),
    fault(
        "offset-regression",
        "the second metadata is for an offset already read",
        lambda: Mutate(message=2, having="fragment", set={"offset": 0}),
        rpc="Read",
    ),
    fault(
        "content-gap",
        "content skips ahead within its fragment",
        lambda by=1: Mutate(message=1, having="content", add={"offset": by}),
        rpc="Read",
    ),
    fault(
        "overlap-fragments",
        "the second fragment begins before the current offset",
        lambda by=1: Mutate(message=2, having="fragment", add={"fragment.begin": -by}),
        rpc="Read",
    ),
    fault(
        "header-on-later-message",
        "the second message has a header",
        lambda: Mutate(
            message=2, set={"header": {"process_id.zone": "zone", "process_id.suffix": "late"}}
        ),
        rpc="Read",
    ),
    mutation(
        "metadata-inconsistent",
        "the fragment ends above the write head",
        "Read",
        message=1,
        set={"write_head": 0},
    ),
    fault(
        "empty-content-message",
        "a content message without bytes",
        lambda: Insert(after=1, having="fragment", fields={"content": b""}),
        rpc="Read",
    ),
    fault(
        "ok-without-fragment",
        "status OK and an offset, but no fragment",
        lambda: Mutate(message=1, having="fragment", clear=("fragment",)),
        rpc="Read",
    ),
    fault(
        "onya-wh-behind",
        "OFFSET_NOT_YET_AVAILABLE with a write head below the offset asked",
        lambda: Status(status="OFFSET_NOT_YET_AVAILABLE", fields={"write_head": 0}),
        rpc="Read",
    ),
    fault(
        "sha-mismatch",
        "the content is not that of its fragment's sum",
        lambda byte=0, mask=0xFF: Corrupt(byte=byte, mask=mask),
        rpc="Read",
    ),
)
