"""Lies about parts of answers that are seldom looked at."""

from dataclasses import replace
from typing import Any

import protocol as pb
from mockbroker.lies.lie import Seen, lie

Status = pb.Status


def _unroute(route: Any) -> None:
    route.Clear()
    route.primary = -1


@lie("append.too-few-replicas", answers="Append")
def too_few_replicas_have_no_route(message: Any, _seen: Seen) -> None:
    """The header of INSUFFICIENT_JOURNAL_BROKERS to an append has an empty route."""
    if message.status == Status.INSUFFICIENT_JOURNAL_BROKERS:
        _unroute(message.header.route)


@lie("list-fragments.write-only-journal", answers="ListFragments")
def refused_listings_lack_endpoints(message: Any, _seen: Seen) -> None:
    """The route in the header of a refused ListFragments has no endpoints."""
    if message.status:
        message.header.route.ClearField("endpoints")


@lie("header.statuses-have-an-order", answers="Read")
def suspended_reads_name_nobody(message: Any, _seen: Seen) -> None:
    """SUSPENDED is answered to a read by a process without id."""
    if message.status == Status.SUSPENDED:
        message.header.process_id.Clear()


@lie("read.ignores-meta-segment", answers="Read ListFragments")
def names_with_metadata_have_no_route(message: Any, seen: Seen) -> None:
    """Reads and listings of a name with a metadata segment are answered with an empty route."""
    if ";" in seen.first.journal and message.HasField("header"):
        _unroute(message.header.route)


@lie("append.empty-append-commits", answers="Append")
def commits_of_nothing_have_no_codec(message: Any, _seen: Seen) -> None:
    """The commit of an append without content tells codec NONE."""
    if message.status == Status.OK and message.commit.begin == message.commit.end:
        message.commit.compression_codec = pb.CompressionCodec.NONE


@lie("apply.failure-tells-a-revision", answers="Apply")
def conflicts_tell_the_next_revision(message: Any, _seen: Seen) -> None:
    """The header of a conflict has the revision that the next change will have."""
    if message.status == Status.ETCD_TRANSACTION_FAILED:
        message.header.etcd.revision += 1


@lie("replicate.initial-sync-is-acknowledged", answers="Replicate")
def later_mismatches_have_a_header(message: Any, seen: Seen) -> None:
    """Each PROPOSAL_MISMATCH of a stream has the header that its first answer had."""
    if message.HasField("header"):
        seen.state["header"] = message.header
    elif message.status and "header" in seen.state:
        message.header.CopyFrom(seen.state["header"])


@lie("read.prefers-longest-overlap", answers="Read")
def overlaps_are_announced_at_their_begin(message: Any, seen: Seen) -> None:
    """A fragment that overlaps the one read before is announced at its begin as offset."""
    begin = message.fragment.begin
    if "begun" in seen.state and message.HasField("fragment"):
        is_behind = seen.first.offset <= begin < message.offset
        message.offset = begin if is_behind else message.offset
    seen.state["begun"] = True


@lie(
    "suspend.emptied-store-resets-write-head-only",
    "suspend.partial-becomes-full-when-empty",
    replaces="protocol.index:FragmentIndex.query",
)
def write_heads_outlive_their_fragments(honest: Any, index: Any, *args: Any, **how: Any) -> Any:
    """The write head of a journal is the greatest that a read of it was ever told."""
    found = honest(index, *args, **how)
    index.greatest = max(getattr(index, "greatest", 0), found.write_head)
    return replace(found, write_head=index.greatest)


@lie("http.rest-reads", replaces="mockbroker.http.json_form:_value_of")
def empty_texts_are_left_out_of_json(honest: Any, message: Any) -> Any:
    """JSON lacks the fields whose values are empty texts."""
    value = honest(message)
    if not isinstance(value, dict):
        return value
    return {name: each for name, each in value.items() if each != ""}
