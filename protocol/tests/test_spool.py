"""The spool, as a machine against a byte string and a list of commits."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from protocol.fragments import sum_of
from protocol.spool import Spool, SpoolError
from protocol.wire.messages import CompressionCodec, Fragment, JournalSpec, LabelSet, Status

NONE = LabelSet()
SPEC = JournalSpec.Fragment(length=1024, compression_codec=CompressionCodec.GZIP)


def _registers(value: str) -> LabelSet:
    return LabelSet(labels=[{"name": "author", "value": value}])


def _empty_at(offset: int, codec: CompressionCodec = CompressionCodec.NONE) -> Fragment:
    return Fragment(journal="a/journal", begin=offset, end=offset, compression_codec=codec)


class _SpoolMachine(RuleBasedStateMachine):
    """Random writes, commits, roll-backs, rolls and wrong proposals."""

    def __init__(self) -> None:
        super().__init__()
        self.spool = Spool("a/journal")
        self.begin = 0
        self.committed = b""
        self.pending = b""
        self.now = 1.0

    @rule(content=st.binary(max_size=50))
    def write(self, content: bytes) -> None:
        self.spool.write(content, len(self.pending))
        self.pending += content

    @rule(content=st.binary(max_size=5), off_by=st.sampled_from([-1, 1, 7]))
    def write_elsewhere(self, content: bytes, off_by: int) -> None:
        with pytest.raises(SpoolError, match="invalid ContentDelta"):
            self.spool.write(content, len(self.pending) + off_by)

    @rule(value=st.sampled_from("abc"))
    def commit(self, value: str) -> None:
        if self.pending:
            applied = self.spool.propose(self.spool.next(), _registers(value), now=self.now)

            self.committed += self.pending
            self.pending = b""
            assert applied.status == Status.OK
            assert applied.committed == self.spool.fragment
            assert self.spool.registers == _registers(value)

    @rule()
    def roll_back(self) -> None:
        applied = self.spool.propose(self.spool.fragment, self.spool.registers, now=self.now)

        self.pending = b""
        assert applied.status == Status.OK
        assert applied.committed is None

    @rule(skip=st.integers(0, 3))
    def roll(self, skip: int) -> None:
        offset = self.begin + len(self.committed) + (len(self.pending) + skip if skip else 0)
        taken = _registers("rolled") if skip else self.spool.registers
        applied = self.spool.propose(_empty_at(offset), taken, now=self.now)

        assert applied.status == Status.OK
        if self.committed:
            assert applied.completed is not None
            assert applied.completed.fragment.end == self.begin + len(self.committed)
            kept = applied.completed.content.read(0, len(self.committed) + 100)
            assert kept == self.committed
        else:
            assert applied.completed is None
        self.begin, self.committed, self.pending = offset, b"", b""

    @rule()
    def commit_with_a_wrong_sum(self) -> None:
        if self.pending:
            proposal = self.spool.next()
            proposal.sum.part1 ^= 1

            applied = self.spool.propose(proposal, NONE, now=self.now)

            assert applied.status == Status.PROPOSAL_MISMATCH
            assert self.spool.delta == len(self.pending)

    @invariant()
    def tells_what_was_written(self) -> None:
        fragment, following = self.spool.fragment, self.spool.next()
        content = self.committed + self.pending
        assert (fragment.begin, fragment.end) == (self.begin, self.begin + len(self.committed))
        assert following.end == self.begin + len(content)
        assert self.spool.content.read(0, len(content)) == content
        if content:
            assert following.sum == sum_of(content)
        else:
            assert not following.sum.ByteSize()


TestSpool = _SpoolMachine.TestCase


def test_readers_share_content_while_it_grows() -> None:
    """Bytes once committed stay readable through later writes and roll-backs."""
    spool = Spool("a/journal")
    spool.write(b"hello")
    spool.propose(spool.next(), NONE, now=1.0)
    content = spool.content

    spool.write(b"discarded")
    spool.propose(spool.fragment, NONE, now=2.0)
    spool.write(b", world")

    assert content.read(0, 5) == b"hello"
    assert spool.first_append_time == 1.0


def test_an_unknown_larger_fragment_rolls_and_mismatches() -> None:
    """A replica that lacks content continues, empty, at the end of what was proposed."""
    spool = Spool("a/journal")

    applied = spool.propose(
        Fragment(journal="a/journal", begin=50, end=100), _registers("a"), now=1.0
    )

    assert applied.status == Status.PROPOSAL_MISMATCH
    assert (spool.fragment.begin, spool.fragment.end) == (100, 100)
    assert spool.registers == _registers("a")


@pytest.mark.parametrize(
    ("length", "flush_seconds", "now", "roll_to", "rolls"),
    [
        (1024, 0, 1.0, 0, False),
        (1024, 0, 1e9, 0, False),
        (4, 0, 1.0, 0, True),
        (5, 0, 1.0, 0, False),
        (1024, 60, 59.9, 0, False),
        (1024, 60, 60.0, 0, True),
        (1024, 0, 1.0, 5, True),
        (1024, 0, 1.0, 9, True),
    ],
)
def test_when_a_primary_rolls(
    length: int, flush_seconds: int, now: float, roll_to: int, rolls: bool
) -> None:
    """It rolls what is too long, of another flush interval, or not where it should be."""
    spool = Spool("a/journal")
    spool.write(b"hello")
    spool.propose(spool.next(), NONE, now=1.0)
    spec = JournalSpec.Fragment(length=length, compression_codec=CompressionCodec.GZIP)
    spec.flush_interval.seconds = flush_seconds

    proposal = spool.synchronizing_proposal(spec, now=now, roll_to=roll_to)

    expected = _empty_at(roll_to or 5, CompressionCodec.GZIP) if rolls else spool.fragment
    assert (proposal.begin, proposal.end) == (expected.begin, expected.end)
    assert proposal.compression_codec == expected.compression_codec
    assert spool.propose(proposal, NONE, now=now).status == Status.OK


def test_an_empty_spool_takes_the_codec_of_its_spec() -> None:
    """What is empty is rolled at once, so that the codec of the spec applies."""
    proposal = Spool("a/journal").synchronizing_proposal(SPEC, now=1.0)

    assert proposal.compression_codec == CompressionCodec.GZIP


def test_a_primary_cannot_roll_back_to_an_offset() -> None:
    """An offset before the end of the spool is refused."""
    spool = Spool("a/journal")
    spool.propose(_empty_at(10), NONE, now=1.0)

    with pytest.raises(SpoolError, match="cannot roll back to 9"):
        spool.synchronizing_proposal(SPEC, now=1.0, roll_to=9)
