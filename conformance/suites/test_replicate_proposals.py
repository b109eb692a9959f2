"""Replicate: what a replica makes of content and proposals."""

from collections.abc import Iterator
from typing import Any

import pytest

import protocol
from conformance import requirement
from conformance.answer import Answer
from conformance.checks import assert_equal, assert_status, assert_true
from conformance.journal import normalized
from conformance.standin import StandIn, acknowledged, labels

QUIET = 0.3
"""Seconds a replica must say nothing where it has nothing to answer."""
CONTENT = b"replicated"
GZIP = protocol.CompressionCodec.GZIP
OWNER = (("owner", "suite"),)


def committed(standin: StandIn, content: bytes = CONTENT) -> int:
    """Commits content at offset 0 in a stream of its own; returns where it ends."""
    with standin.synced() as stream:
        stream.send(standin.content(content), standin.proposal(0, len(content), content))
        acknowledged(stream)
        stream.half_close()
        assert_equal(stream.end().code, "OK", "the end of the stream")
    return len(content)


def local(standin: StandIn, offset: int = 0) -> Answer:
    """A read at the replica itself."""
    return standin.journal.read(offset, do_not_proxy=True)


@requirement("replicate.content-is-silent-and-invisible")
def test_content_is_not_answered_and_not_read(standin: StandIn) -> None:
    """Two chunks bring no answer, and a read finds nothing."""
    with standin.synced() as stream:
        stream.send(standin.content(b"hello "), standin.content(b"world", 6))
        stream.silent(QUIET)
        assert_status(local(standin), "OFFSET_NOT_YET_AVAILABLE")
        assert_equal(local(standin).content, b"", "content before its proposal")


@requirement("replicate.commit-makes-content-readable")
def test_a_matching_proposal_commits(standin: StandIn) -> None:
    """Streamed content is readable as soon as its proposal is acknowledged."""
    with standin.synced() as stream:
        stream.send(standin.content(b"hello "), standin.content(b"world", 6))
        stream.send(standin.proposal(0, 11, b"hello world", registers=OWNER))
        acknowledged(stream)
        assert_equal(local(standin).content, b"hello world", "content")
        for registers, content in (
            ((("aa", "1"), *OWNER), b"hello world!"),
            ((), b"hello world!!"),
            (OWNER, b"hello world!!!"),
        ):
            size = len(content)
            stream.send(standin.content(content[-1:]))
            stream.send(standin.proposal(0, size, content, registers=registers))
            acknowledged(stream)
            assert_equal(local(standin).content, content, "content")
            stream.send(standin.proposal(0, size, content, registers=(("zz", "9"),)))
            response = acknowledged(stream, "PROPOSAL_MISMATCH")
            assert_equal(response.registers, labels(registers), "the replica's registers")


@requirement("replicate.rollback-drops-content")
def test_the_current_fragment_drops_what_was_streamed(standin: StandIn) -> None:
    """After a roll-back the same content may be streamed anew from delta zero."""
    with standin.synced() as stream:
        stream.send(standin.content(b"never"), standin.proposal(0))
        acknowledged(stream)
        stream.send(standin.content(CONTENT), standin.proposal(0, len(CONTENT), CONTENT))
        acknowledged(stream)
    assert_equal(local(standin).content, CONTENT, "content")


@requirement("replicate.rollback-drops-content")
def test_a_fragment_with_content_drops_what_was_streamed_after_it(standin: StandIn) -> None:
    """After content is committed, a roll-back of further content leaves just the former."""
    size = len(CONTENT)
    with standin.synced() as stream:
        stream.send(standin.content(CONTENT), standin.proposal(0, size, CONTENT))
        acknowledged(stream)
        stream.send(standin.content(b"never"), standin.proposal(0, size, CONTENT))
        acknowledged(stream)
        longer = CONTENT + b"more"
        stream.send(standin.content(b"more"), standin.proposal(0, len(longer), longer))
        acknowledged(stream)
    assert_equal(local(standin).content, longer, "content")


@requirement("replicate.wrong-sum-is-a-mismatch")
def test_a_wrong_sum_is_a_mismatch(standin: StandIn) -> None:
    """The replica answers with its own state, keeps the content, and commits the right proposal."""
    committed = b""
    with standin.synced() as stream:
        for number in range(3):
            own = standin.proposal(0, len(committed), committed).proposal
            after = committed + CONTENT
            stream.send(standin.content(CONTENT))
            # The second sum is that of what was streamed last, and not of the whole fragment.
            others = [standin.proposal(0, len(after), b"other")]
            others.append(standin.proposal(0, len(after), CONTENT + b"x" * (not number)))
            for wrong in (*others, *_of_nearly_the_sum(standin.proposal(0, len(after), after))):
                stream.send(wrong)
                response = acknowledged(stream, "PROPOSAL_MISMATCH")
                assert_true(response.HasField("registers"), "the replica's registers", response)
                assert_equal(normalized(response.fragment), normalized(own), "its fragment")
            stream.send(standin.proposal(0, len(after), after))
            acknowledged(stream)
            committed = after
    assert_equal(local(standin).content, committed, "content")


def _of_nearly_the_sum(request: Any) -> Iterator[Any]:
    """The proposal with one bit of its sum changed, in each part that travels."""
    for part in ("part1", "part2", "part3"):
        wrong = protocol.ReplicateRequest.FromString(request.SerializeToString())
        setattr(wrong.proposal.sum, part, getattr(wrong.proposal.sum, part) ^ 1)
        yield wrong


@requirement("replicate.other-fragment-is-a-mismatch")
@pytest.mark.parametrize(
    ("field", "value"),
    [("compression_codec", GZIP), ("begin", 99), ("begin", 101), ("journal", "another/journal")],
)
def test_a_fragment_of_another_field_is_a_mismatch(
    standin: StandIn, field: str, value: int | str
) -> None:
    """To commit, and once it is committed, a fragment has to be the replica's in all fields."""
    end = 100 + len(CONTENT)
    wrong = standin.proposal(100, end, CONTENT)
    setattr(wrong.proposal, field, value)
    with standin.synced(100) as stream:
        stream.send(standin.content(CONTENT))
        for begun in (100, end):
            stream.send(wrong)
            fragment = acknowledged(stream, "PROPOSAL_MISMATCH").fragment
            own = standin.proposal(100, begun, CONTENT if begun > 100 else b"").proposal
            assert_equal(normalized(fragment), normalized(own), "the replica's fragment")
            stream.send(standin.proposal(100, end, CONTENT))
            acknowledged(stream)
    assert_equal(local(standin, 100).content, CONTENT, "content")


@requirement("replicate.wrong-registers-are-a-mismatch")
def test_other_registers_are_a_mismatch(standin: StandIn) -> None:
    """The current fragment with other registers is a mismatch, with its own it is not."""
    end = committed(standin)
    other = standin.proposal(0, end, CONTENT, first=True, registers=OWNER)
    with standin.open(other) as stream:
        response = acknowledged(stream, "PROPOSAL_MISMATCH")
        assert_equal(response.registers, labels(()), "the replica's registers")
        stream.send(standin.proposal(0, end, CONTENT))
        acknowledged(stream)


@requirement("replicate.wrong-registers-are-a-mismatch")
def test_any_difference_of_registers_is_a_mismatch(standin: StandIn) -> None:
    """Another value, one register more, one less or a second value: none are the replica's own."""
    held = (("aa", "1"), ("bb", "2"))
    others = [(("aa", "1"), ("bb", "3")), (*held, ("cc", "3")), held[:1], (*held, ("bb", "3")), ()]
    with standin.synced(100, registers=held) as stream:
        for other in others:
            stream.send(standin.proposal(100, registers=other))
            response = acknowledged(stream, "PROPOSAL_MISMATCH")
            assert_equal(response.registers, labels(held), "the replica's registers")
        stream.send(standin.proposal(100, registers=held))
        acknowledged(stream)


@requirement("replicate.rolls-to-empty-at-end")
def test_an_empty_proposal_closes_the_fragment(standin: StandIn) -> None:
    """After a roll the next content begins a fragment of its own, and all of it is readable."""
    end = committed(standin)
    with standin.synced(end) as stream:
        stream.send(standin.content(b"more"), standin.proposal(end, end + 4, b"more"))
        acknowledged(stream)
    assert_equal(local(standin).content, CONTENT + b"more", "content")
    spans = [
        message.fragment.begin
        for message in local(standin).messages
        if message.HasField("fragment")
    ]
    assert_equal(spans, [0, end], "begins of the fragments read")


@requirement("replicate.rolls-to-empty-at-end")
def test_a_roll_drops_what_was_streamed(standin: StandIn) -> None:
    """An empty proposal at the end rolls also while content is buffered, and drops that."""
    end = committed(standin)
    opening = standin.proposal(0, end, CONTENT, first=True)
    with standin.open(opening) as stream:
        acknowledged(stream)
        stream.send(standin.content(b"never"), standin.proposal(end, codec="GZIP"))
        acknowledged(stream)
        stream.send(standin.content(b"more"))
        stream.send(standin.proposal(end, end + 4, b"more", codec="GZIP"))
        acknowledged(stream)
    assert_equal(local(standin).content, CONTENT + b"more", "content")


@requirement("replicate.roll-changes-codec")
def test_a_roll_may_change_the_codec(standin: StandIn) -> None:
    """An empty fragment of another codec is taken, and content behind it is of that codec."""
    with standin.synced() as stream:
        stream.send(standin.proposal(0, codec="GZIP"))
        acknowledged(stream)
        stream.send(standin.content(CONTENT))
        stream.send(standin.proposal(0, len(CONTENT), CONTENT, codec="GZIP"))
        acknowledged(stream)
    codec = local(standin).first.fragment.compression_codec
    assert_equal(codec, protocol.CompressionCodec.GZIP, "the codec of what is read")


@requirement("replicate.rolls-forward")
def test_a_greater_end_is_adopted_with_its_registers(standin: StandIn) -> None:
    """An empty proposal far ahead is taken, and its registers are the replica's from then on."""
    with standin.synced(100, registers=OWNER) as stream:
        stream.send(standin.proposal(100, registers=OWNER))
        acknowledged(stream)
        stream.send(standin.proposal(100))
        response = acknowledged(stream, "PROPOSAL_MISMATCH")
        assert_equal(response.registers, labels(OWNER), "the adopted registers")


@requirement("replicate.rolls-forward")
def test_each_roll_forward_is_adopted_whole(standin: StandIn) -> None:
    """Rolled forward again and again, the replica has the last codec and the last registers."""
    with standin.synced(100, registers=OWNER) as stream:
        for end, codec, registers in (
            (200, "GZIP", ()),
            (300, "SNAPPY", (("aa", "1"), ("bb", "2"))),
            (400, "ZSTANDARD", (("bb", "3"),)),
            (500, "NONE", ()),
        ):
            rolled = standin.proposal(end, codec=codec, registers=registers)
            stream.send(rolled)
            acknowledged(stream)
            stream.send(standin.proposal(150, codec="NONE"))
            response = acknowledged(stream, "PROPOSAL_MISMATCH")
            held = normalized(response.fragment), response.registers
            assert_equal(held, (normalized(rolled.proposal), labels(registers)), "what is held")


@requirement("replicate.greater-with-content-is-a-mismatch")
def test_a_greater_end_with_content_is_a_mismatch(standin: StandIn) -> None:
    """The replica rolls to an empty fragment at the proposed end, and says so."""
    with standin.synced(100) as stream:
        stream.send(standin.proposal(150, 200, b"x" * 50))
        fragment = acknowledged(stream, "PROPOSAL_MISMATCH").fragment
        assert_equal((fragment.begin, fragment.end), (200, 200), "the replica's fragment")


@requirement("replicate.smaller-end-is-a-mismatch")
def test_a_smaller_end_is_a_mismatch(standin: StandIn) -> None:
    """A proposal behind the replica is answered with where the replica is."""
    with standin.synced(100) as stream:
        stream.send(standin.proposal(50))
        fragment = acknowledged(stream, "PROPOSAL_MISMATCH").fragment
        assert_equal((fragment.begin, fragment.end), (100, 100), "the replica's fragment")


@requirement("replicate.smaller-end-is-a-mismatch")
def test_committed_content_is_not_given_up(standin: StandIn) -> None:
    """A proposal of less than is committed is a mismatch, and all of it can still be read."""
    end = committed(standin)
    with standin.open(standin.proposal(0, end, CONTENT, first=True)) as stream:
        acknowledged(stream)
        stream.send(standin.proposal(0, 4, CONTENT[:4]))
        fragment = acknowledged(stream, "PROPOSAL_MISMATCH").fragment
        assert_equal((fragment.begin, fragment.end), (0, end), "the replica's fragment")
    assert_equal(local(standin).content, CONTENT, "content")


@requirement("replicate.roll-forward-drops-content")
def test_rolling_forward_drops_content(standin: StandIn) -> None:
    """Content streamed before a roll forward is gone, and delta begins at zero again."""
    with standin.synced(200) as stream:
        stream.send(standin.content(b"never"), standin.proposal(300))
        acknowledged(stream)
        stream.send(standin.content(CONTENT), standin.proposal(300, 310, CONTENT))
        acknowledged(stream)
    assert_equal(local(standin, 300).content, CONTENT, "content")


@requirement("replicate.content-delta-must-match")
@pytest.mark.parametrize(
    ("before", "delta"),
    [([], 5), ([], 1), ([CONTENT], 0), ([CONTENT], 9), ([CONTENT], 11)],
    ids=["first-5", "first-1", "second-0", "second-9", "second-11"],
)
def test_a_wrong_delta_ends_the_stream(standin: StandIn, before: list[bytes], delta: int) -> None:
    """Content that does not follow on what was streamed, empty or not, ends the stream."""
    streamed = [standin.content(each) for each in before]
    for content in (b"wrong", b"w", b""):
        wrong = standin.content(content, delta)
        answer = standin.call(standin.proposal(0, first=True), *streamed, wrong)
        assert_equal(answer.code, "UNKNOWN", f"the code with content {content!r}")
        assert_true("ContentDelta" in answer.details, "an error that names ContentDelta", answer)


@requirement("replicate.unacknowledged-mismatch-ends-the-stream")
def test_a_mismatch_nobody_asked_about_ends_the_stream(standin: StandIn) -> None:
    """A mismatch without acknowledge is an error of the stream; a match is silent."""
    opening = standin.proposal(100, first=True)
    wrong = standin.proposal(100, acknowledge=False, registers=OWNER)
    answer = standin.call(opening, wrong)
    assert_equal(answer.code, "UNKNOWN", "the code")
    right = standin.proposal(100, acknowledge=False)
    answer = standin.call(opening, right)
    assert_equal((answer.code, len(answer.messages)), ("OK", 1), "code and answers of a match")


@requirement("replicate.half-close-rolls-back")
def test_half_closing_rolls_back(standin: StandIn) -> None:
    """A stream that ends after content ends OK, and the next one finds the old fragment."""
    with standin.synced() as stream:
        stream.send(standin.content(b"never"))
        stream.half_close()
        assert_equal(stream.end().code, "OK", "the end of the stream")
    committed(standin)
    assert_equal(local(standin).content, CONTENT, "content")


@requirement("replicate.half-close-rolls-back")
@pytest.mark.parametrize("cancelled", [False, True], ids=["half-closed", "cancelled"])
def test_nothing_is_left_for_the_next_stream(standin: StandIn, cancelled: bool) -> None:
    """The next stream may open within what was streamed to 105: that was dropped."""
    with standin.synced(100) as stream:
        stream.send(standin.content(b"never"))
        if cancelled:
            stream.cancel()
        else:
            stream.half_close()
            assert_equal(stream.end().code, "OK", "the end of the stream")
    standin.synced(103).cancel()


@requirement("replicate.absent-registers-are-empty")
def test_absent_registers_count_as_empty(standin: StandIn) -> None:
    """Where the replica has registers, a proposal without any is a mismatch."""
    with standin.synced(100, registers=OWNER) as stream:
        bare = standin.proposal(100)
        bare.ClearField("registers")
        stream.send(bare)
        acknowledged(stream, "PROPOSAL_MISMATCH")


@requirement("replicate.write-head-is-of-the-index")
def test_the_write_head_is_of_the_fragments(standin: StandIn) -> None:
    """After a roll forward to 300 the replica's write head is still the end of its content."""
    end = committed(standin)
    with standin.synced(300) as stream:
        stream.silent(0.05)
    message = assert_status(local(standin, -1), "OFFSET_NOT_YET_AVAILABLE")
    assert_equal(message.write_head, end, "the write head")
