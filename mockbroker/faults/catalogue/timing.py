"""Timing and flow."""

from mockbroker.faults.catalogue.entries import Entry, fault
from mockbroker.faults.cuts import Cut
from mockbroker.faults.payload import Mutate
from mockbroker.faults.timing import Delay, Stall

ENTRIES: tuple[Entry, ...] = (
    fault(
        "latency",
        "a delay before the first or each message",
        lambda seconds=0.1, jitter=0.0, each=False: Delay(
            seconds=seconds, jitter=jitter, each=each
        ),
    ),
    fault(
        "stalled-stream",
        "a read goes silent with the connection alive",
        lambda messages=0, bytes=0: Stall(messages=messages, bytes=bytes),  # noqa: A006 - as in Stall
        rpc="Read",
    ),
    fault(
        "append-backpressure",
        "the server stops reading after so many bytes, until the rule is removed",
        lambda bytes=1: Stall(side="request", messages=1, bytes=bytes),  # noqa: A006 - as in Stall
        rpc="Append",
    ),
    fault(
        "append-underflow",
        "the append ends as if its data had come too slowly",
        lambda: Cut(
            at="content",
            code="UNKNOWN",
            details="append stream: client stream didn't sustain the minimum append data rate",
        ),
        rpc="Append",
    ),
    fault(
        "throttle",
        "delayed_chunks is set, and chunks are taken slowly",
        lambda chunks=1: Mutate(set={"delayed_chunks": chunks}),
        rpc="Append",
    ),
    fault(
        "revision-lag",
        "the broker waits, as for a revision, until the rule is removed",
        lambda: Stall(side="request"),
    ),
)
