"""The spool: a fragment of a journal while it is being written.

Content is first buffered, then committed by a proposal that tells exactly the
fragment which results. A proposal of the fragment as it stands discards what was
buffered. One that begins beyond it, or an empty one at its end, first *rolls* the
spool: the fragment is complete, and an empty one follows it.

All replicas of a journal apply the same messages to their own spools.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from protocol.errors import ProtocolError
from protocol.fragments import content_length, same_fragment, sum_from_digest
from protocol.wire.messages import (
    CompressionCodec,
    Fragment,
    JournalSpec,
    LabelSet,
    SHA1Sum,
    Status,
)


class SpoolError(ProtocolError):
    """Content or an offset doesn't continue the spool."""


class Content(Protocol):
    """Where a spool keeps the bytes of one fragment.

    It is shared with readers of the fragment. They never read beyond what was
    committed, so that bytes once readable never change.
    """

    def append(self, data: bytes | memoryview) -> None:
        """Add bytes at the end."""

    def truncate(self, length: int) -> None:
        """Forget all but the first `length` bytes."""

    def read(self, begin: int, end: int) -> bytes:
        """The bytes of [begin, end), counted from the fragment's begin."""


class MemoryContent:
    """Content in memory."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def append(self, data: bytes | memoryview) -> None:
        """Add bytes at the end."""
        self._buffer += data

    def truncate(self, length: int) -> None:
        """Forget all but the first `length` bytes."""
        del self._buffer[length:]

    def read(self, begin: int, end: int) -> bytes:
        """The bytes of [begin, end), counted from the fragment's begin."""
        with memoryview(self._buffer) as view:
            return bytes(view[begin:end])


@dataclass(frozen=True, slots=True)
class CompletedSpool:
    """What a roll leaves behind, ready to be persisted.

    Attributes:
        fragment: The complete fragment, never empty.
        registers: Registers as of its last commit.
        first_append_time: When its first commit was made here, in seconds since the
            epoch.
        content: Its uncompressed bytes.
    """

    fragment: Fragment
    registers: LabelSet
    first_append_time: float | None
    content: Content


@dataclass(frozen=True, slots=True)
class Applied:
    """What a proposal did.

    Attributes:
        status: `OK`, or `PROPOSAL_MISMATCH`: the answer then tells the spool's own
            fragment and registers.
        committed: The spool's fragment, if buffered content was committed to it.
        completed: The fragment that a roll completed, if it had content.
    """

    status: Status
    committed: Fragment | None = None
    completed: CompletedSpool | None = None


class Spool:
    """The fragment under construction of one replica of a journal.

    A new spool is empty, at offset 0 and without compression.

    Attributes:
        fragment: The fragment as of the last commit. A commit replaces it by another
            message, and never changes one.
        registers: The journal's registers as of the last commit, likewise.
        delta: How many bytes are buffered after the fragment's end.
        first_append_time: When the fragment's first commit was made, in seconds since
            the epoch; None before.
        content: Bytes of the fragment, and buffered ones after them.

    Args:
        journal: Name of the journal.
        new_content: Makes what each fragment's bytes are kept in.
    """

    def __init__(self, journal: str, new_content: Callable[[], Content] = MemoryContent) -> None:
        self._new_content = new_content
        self.registers = LabelSet()
        self._restart(
            Fragment(journal=journal, sum=SHA1Sum(), compression_codec=CompressionCodec.NONE)
        )

    def write(self, content: bytes | memoryview, delta: int | None = None) -> None:
        """Buffer content after what is already buffered.

        Args:
            content: The bytes.
            delta: How many bytes its sender believes are buffered; None if the sender
                is this broker itself.

        Raises:
            SpoolError: `delta` is not the spool's own. Nothing was buffered.
        """
        if delta is not None and delta != self.delta:
            raise SpoolError(f"invalid ContentDelta ({delta}; expected {self.delta})")
        self.content.append(content)
        self._summer.update(content)
        self.delta += len(content)

    def next(self) -> Fragment:
        """The fragment to propose in order to commit all that is buffered."""
        following = _copy(self.fragment)
        following.end += self.delta
        if following.end == following.begin:
            following.sum.CopyFrom(SHA1Sum())
        else:
            following.sum.CopyFrom(sum_from_digest(self._summer.digest()))
        return following

    def propose(self, proposal: Fragment, registers: LabelSet, *, now: float) -> Applied:
        """Apply a proposal: roll, then roll back or commit if it fits.

        Args:
            proposal: The fragment that should result.
            registers: The registers that should result.
            now: Seconds since the epoch.
        """
        completed = self._roll(proposal, registers) if self._rolls_for(proposal) else None
        if same_fragment(proposal, self.fragment) and _same(registers, self.registers):
            self._roll_back()
            return Applied(Status.OK, completed=completed)
        if self.delta and same_fragment(proposal, self.next()):
            self._commit(proposal, registers, now)
            return Applied(Status.OK, committed=self.fragment, completed=completed)
        return Applied(Status.PROPOSAL_MISMATCH, completed=completed)

    def synchronizing_proposal(
        self, spec: JournalSpec.Fragment, *, now: float, roll_to: int = 0
    ) -> Fragment:
        """The proposal a primary makes to its replicas before it appends.

        It is the current fragment, unless that is empty, longer than the spec has it,
        of an earlier flush interval, or not at the wanted offset: then it is an empty
        one, of the spec's codec, that follows it.

        Args:
            spec: How the journal's fragments should be.
            now: Seconds since the epoch.
            roll_to: An offset to continue at, not before the fragment's end; 0 if any.

        Raises:
            SpoolError: `roll_to` lies before the end of the fragment.
        """
        if not self._is_due(spec, now, roll_to):
            return _copy(self.fragment)
        if 0 < roll_to < self.fragment.end:
            raise SpoolError(f"cannot roll back to {roll_to} (have {self.fragment.end})")
        following = _copy(self.fragment)
        following.begin = following.end = roll_to or self.fragment.end
        following.sum.CopyFrom(SHA1Sum())
        following.compression_codec = spec.compression_codec
        return following

    def _is_due(self, spec: JournalSpec.Fragment, now: float, roll_to: int) -> bool:
        length = content_length(self.fragment)
        if length == 0 or length > spec.length or (roll_to and roll_to != self.fragment.begin):
            return True
        interval = spec.flush_interval.seconds
        return interval > 0 and (self.first_append_time or 0) // interval != now // interval

    def _rolls_for(self, proposal: Fragment) -> bool:
        end = self.fragment.end
        is_empty = proposal.begin == proposal.end
        return proposal.end > end + self.delta or (proposal.end == end and is_empty)

    def _roll(self, proposal: Fragment, registers: LabelSet) -> CompletedSpool | None:
        completed = None
        if content_length(self.fragment):
            self.content.truncate(content_length(self.fragment))
            completed = CompletedSpool(
                self.fragment, self.registers, self.first_append_time, self.content
            )
        if proposal.end > self.fragment.end:
            self.registers = _copy(registers)
        self._restart(
            Fragment(
                journal=self.fragment.journal,
                begin=proposal.end,
                end=proposal.end,
                sum=SHA1Sum(),
                compression_codec=proposal.compression_codec,
            )
        )
        return completed

    def _restart(self, fragment: Fragment) -> None:
        self.fragment = fragment
        self.delta = 0
        self.first_append_time: float | None = None
        self.content = self._new_content()
        self._summer = hashlib.sha1(usedforsecurity=False)
        self._committed_summer = self._summer.copy()

    def _roll_back(self) -> None:
        if self.delta:
            self.content.truncate(content_length(self.fragment))
            self._summer = self._committed_summer.copy()
            self.delta = 0

    def _commit(self, proposal: Fragment, registers: LabelSet, now: float) -> None:
        self.fragment = _copy(proposal)
        self.registers = _copy(registers)
        if self.first_append_time is None:
            self.first_append_time = now
        self._committed_summer = self._summer.copy()
        self.delta = 0


_MessageT = TypeVar("_MessageT", Fragment, LabelSet)


def _copy(message: _MessageT) -> _MessageT:
    copied = type(message)()
    copied.CopyFrom(message)
    return copied


def _same(a: LabelSet, b: LabelSet) -> bool:
    return len(a.labels) == len(b.labels) and all(
        (x.name, x.value, x.prefix) == (y.name, y.value, y.prefix)
        for x, y in zip(a.labels, b.labels, strict=True)
    )
