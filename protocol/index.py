"""The fragment index of a journal: what a broker can read, and where it is.

Remote fragments come from listings of the journal's stores, and each listing
replaces those before it. Local fragments come from the broker's own commits, and
leave when a listing covers them.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from protocol.cover import CoverSet
from protocol.wire.messages import Fragment, Status

OFFSET_JUMP_AGE = 6 * 60 * 60
"""Seconds after which a stored fragment may be jumped to over a hole before it."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """A fragment of the index.

    Attributes:
        fragment: The fragment. It must not be changed.
        content: What its bytes are read from if it is local, and otherwise None.
    """

    fragment: Fragment
    content: Any = None

    @property
    def journal(self) -> str:
        """The fragment's journal."""
        return self.fragment.journal

    @property
    def begin(self) -> int:
        """The fragment's first offset."""
        return self.fragment.begin

    @property
    def end(self) -> int:
        """The offset after the fragment's last."""
        return self.fragment.end


@dataclass(frozen=True, slots=True)
class Found:
    """What a query came to.

    Attributes:
        status: `OK`, or `OFFSET_NOT_YET_AVAILABLE` without an entry.
        offset: Where to read. It is beyond the offset asked for where that was -1,
            in a hole, or of fragments modified too early.
        write_head: End of the last fragment of the index.
        entry: The fragment that covers `offset`.
        waits: The query blocks, and is to be asked again from `offset` when the
            index has changed.
    """

    status: Status
    offset: int
    write_head: int
    entry: Indexed | None = None
    waits: bool = False

    @property
    def is_stored(self) -> bool:
        """Whether the fragment is in a store, so that a signed URL tells where."""
        fragment = self.entry and self.entry.fragment
        return bool(fragment and fragment.backing_store and fragment.mod_time)


class FragmentIndex:
    """The remote and local fragments of one journal.

    Attributes:
        refreshed: A listing of the stores has been taken in at least once.
    """

    def __init__(self) -> None:
        self.refreshed = False
        self._all: CoverSet[Indexed] = CoverSet()
        self._local: CoverSet[Indexed] = CoverSet()

    def __iter__(self) -> Iterator[Indexed]:
        """The entries of the index in order of offset."""
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def begin_offset(self) -> int:
        """The first offset of the index, and 0 if it is empty."""
        return self._all.begin_offset

    @property
    def end_offset(self) -> int:
        """The offset after the last of the index, and 0 if it is empty."""
        return self._all.end_offset

    def commit(self, fragment: Fragment, content: Any) -> None:
        """Take in a local fragment, or the larger extent of one that is known."""
        entry = Indexed(fragment, content)
        self._all.add(entry)
        self._local.add(entry)

    def refresh(self, listed: Iterable[Fragment]) -> None:
        """Replace all remote fragments by those of a listing of the stores.

        Local fragments which the listing covers leave the index.

        Args:
            listed: Fragments with `backing_store` and `mod_time`, in the order in
                which the journal's stores listed them.
        """
        remote: CoverSet[Indexed] = CoverSet()
        for fragment in listed:
            remote.add(Indexed(fragment))
        self._local = self._local.difference(remote)
        for entry in self._local:
            remote.add(entry)
        self._all = remote
        self.refreshed = True

    def query(self, offset: int, *, begin_mod_time: int = 0, block: bool, now: float) -> Found:
        """Find the fragment to read `offset` from.

        Args:
            offset: The wanted offset; -1 is the write head.
            begin_mod_time: Stored fragments modified before are passed over.
            block: Whether the reader waits for content to come.
            now: Seconds since the epoch.
        """
        head = self._all.end_offset
        offset = head if offset == -1 else offset
        while (found := self._locate(offset, now)) is not None:
            offset, entry = found
            mod_time = entry.fragment.mod_time
            if mod_time == 0 or mod_time >= begin_mod_time:
                return Found(Status.OK, offset, head, entry)
            offset = entry.end
        return Found(Status.OFFSET_NOT_YET_AVAILABLE, offset, head, waits=block)

    def _locate(self, offset: int, now: float) -> tuple[int, Indexed] | None:
        """The entry that covers `offset`, or may be jumped to, and where to read it."""
        index, found = self._all.longest_overlap(offset)
        if index == len(self._all):
            return None
        entry = self._all[index]
        if found:
            return offset, entry
        mod_time = entry.fragment.mod_time
        is_old = mod_time < math.floor(now) - OFFSET_JUMP_AGE
        if mod_time != 0 and (index == 0 or is_old):
            return entry.begin, entry
        return None
