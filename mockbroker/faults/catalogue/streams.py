"""Streams that end too soon, or carry too much."""

from mockbroker.faults.catalogue.entries import Entry, fault
from mockbroker.faults.cuts import Cut, Truncate
from mockbroker.faults.payload import Pad

ENTRIES: tuple[Entry, ...] = (
    fault(
        "reset",
        "the stream breaks with UNAVAILABLE after so many messages",
        lambda messages=1: Cut(
            at="sent",
            messages=messages,
            details="error reading from server: connection reset by peer",
        ),
    ),
    fault(
        "eof-early",
        "the stream ends OK after so many messages",
        lambda messages=2: Cut(at="sent", code="OK", details="", messages=messages),
        rpc="Read",
    ),
    fault(
        "truncated-content",
        "the stream ends OK within the content of a fragment",
        lambda bytes=1: Truncate(bytes=bytes),  # noqa: A006 - as in Truncate
        rpc="Read",
    ),
    fault(
        "max-message",
        "one message of 20 MiB",
        lambda bytes=20 << 20: Pad(bytes=bytes),  # noqa: A006 - as in Pad
        rpc="List",
    ),
    fault(
        "token-expiry-eof",
        "the stream ends OK after its first message, as at the expiry of a token",
        lambda messages=1: Cut(at="sent", code="OK", details="", messages=messages),
        rpc="Read",
    ),
)
