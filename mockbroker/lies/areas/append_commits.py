"""Lies about what the commits of some appends tell."""

from typing import Any

import protocol as pb
from mockbroker.lies.lie import Seen, lie
from protocol.fragments import sum_of

SUMMED = 64 << 10
"""Bytes that a sum of the lies below covers at most."""


@lie("append.commits-content", requests="Append", answers="Append")
def commits_sum_the_last_chunk(message: Any, seen: Seen) -> None:
    """The sum of a commit is that of the append's last chunk."""
    if isinstance(message, pb.AppendRequest):
        seen.state["last"] = message.content or seen.state.get("last", b"")
    elif message.HasField("commit"):
        message.commit.sum.CopyFrom(sum_of(seen.state["last"]))


@lie("append.commits-content", requests="Append", answers="Append")
def commits_sum_the_first_kibibytes(message: Any, seen: Seen) -> None:
    """The sum of a commit covers the first 64 KiB of its content."""
    if isinstance(message, pb.AppendRequest):
        seen.state["all"] = (seen.state.get("all", b"") + message.content)[:SUMMED]
    elif message.HasField("commit"):
        message.commit.sum.CopyFrom(sum_of(seen.state["all"]))


@lie("append.commits-content", replaces="mockbroker.core.append:Append.commit")
def commits_sum_the_fragment(honest: Any, append: Any) -> Any:
    """The sum of a commit is that of the whole fragment it belongs to."""
    replica = append.replica
    response = yield from honest(append)
    if response.commit.begin < response.commit.end:
        response.commit.sum.CopyFrom(replica.spool.fragment.sum)
    return response


@lie("append.commits-content", "append.rolls-beyond-length", answers="Append")
def third_commits_overlap(message: Any, seen: Seen) -> None:
    """The commit of a journal's third append begins where that of the second did."""
    if message.HasField("commit"):
        begins = seen.memory.setdefault(message.commit.journal, [])
        begins.append(message.commit.begin)
        if len(begins) == 3:
            message.commit.begin = begins[1]


@lie("append.counts-chunks", answers="Append")
def chunks_are_counted_in_a_byte(message: Any, _seen: Seen) -> None:
    """The count of chunks starts again after 255."""
    message.total_chunks %= 256


@lie("append.counts-chunks", requests="Append", answers="Append")
def chunks_are_counted_in_large_pieces(message: Any, seen: Seen) -> None:
    """A chunk of more than 64 KiB counts as several."""
    if isinstance(message, pb.AppendRequest):
        more = len(message.content) // SUMMED
        seen.state["more"] = seen.state.get("more", 0) + more
    elif message.total_chunks:
        message.total_chunks += seen.state["more"]


@lie("append.ok-header-is-routed", answers="Append")
def append_header_lacks_endpoints(message: Any, _seen: Seen) -> None:
    """The route in the header of an append has no endpoints."""
    message.header.route.ClearField("endpoints")


@lie("append.empty-append-commits", answers="Append")
def empty_appends_begin_at_zero(message: Any, _seen: Seen) -> None:
    """The commit of an append without content is at offset 0."""
    if message.commit.begin == message.commit.end:
        message.commit.begin = message.commit.end = 0


@lie("fragments.local-sums-cover-the-whole", replaces="protocol.spool:Spool._roll_back")
def sums_cover_what_was_rolled_back(honest: Any, spool: Any) -> None:
    """The sum of a fragment covers content that was rolled back too."""
    summer = spool._summer
    honest(spool)
    spool._summer = summer


@lie(
    "fragments.local-sums-cover-the-whole",
    "fragments.file-has-the-named-content",
    replaces="protocol.spool:Spool.write",
)
def sums_cover_the_first_kibibytes(honest: Any, spool: Any, content: Any, delta: Any = None) -> Any:
    """The sum of a fragment covers the first 64 KiB of each chunk."""
    summer = spool._summer.copy()
    honest(spool, content, delta)
    summer.update(bytes(content)[:SUMMED])
    spool._summer = summer


@lie(
    "fragments.local-sums-cover-the-whole",
    "fragments.file-has-the-named-content",
    replaces="protocol.spool:Spool._commit",
)
def sums_of_long_fragments_are_stale(honest: Any, spool: Any, proposal: Any, *rest: Any) -> None:
    """The sum of a fragment stays as it was once three appends are in it."""
    count = _COMMITS[proposal.begin, spool.content] = (
        _COMMITS.get((proposal.begin, spool.content), 0) + 1
    )
    honest(spool, proposal, *rest)
    if count > 3:
        spool.fragment.sum.part3 ^= 1


_COMMITS: dict[tuple[int, Any], int] = {}
