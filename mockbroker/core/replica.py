"""One broker's replica of a journal."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import protocol as pb
from mockbroker.core.durability import Kept
from mockbroker.core.flow import FlowControl
from mockbroker.core.keyspace import Assignment
from mockbroker.core.signal import Lock, Signal
from protocol.index import FragmentIndex
from protocol.spool import Applied, CompletedSpool, Content, Spool

if TYPE_CHECKING:
    from mockbroker.core.pipeline import Pipeline


class Replica:
    """What a broker holds of a journal that is assigned to it.

    Attributes:
        journal: The journal's name.
        created: Create-revision of the journal; one made anew has another replica.
        primary: Whether it was the primary when last looked.
        assigned: The journal's assignments when last looked.
        epoch: Grows with every change of assignments or stores.
        invalidated: Fires then.
        spool: The fragment under construction.
        spooling: Ownership of the spool: a pipeline's, or a Replicate stream's.
        index: All readable fragments.
        changed: Fires when the index changed, or the replica closed.
        turn: Ownership of the pipeline's sending side: one append's after the other.
        pipeline: The replication pipeline, where this is the primary.
        flow: Flow control of appends.
        completed: Called with every fragment that was closed.
        committed: Called after every commit, with the spool's fragment before it.
        closed: Whether the replica is gone; its readers end.
    """

    def __init__(self, journal: str, created: int, new_content: Callable[[], Content]) -> None:
        self.journal = journal
        self.created = created
        self.primary = False
        self.assigned: tuple[Assignment, ...] = ()
        self.stores: tuple[str, ...] = ()
        self.epoch = 0
        self.invalidated = Signal()
        self.spool = Spool(journal, new_content)
        self.spooling = Lock()
        self.index = FragmentIndex()
        self.changed = Signal()
        self.turn = Lock()
        self.pipeline: Pipeline | None = None
        self.flow = FlowControl()
        self.closed = False
        self.completed: Callable[[Replica, CompletedSpool], None] = lambda _replica, _done: None
        self.committed: Callable[[Replica, pb.Fragment], None] = lambda _replica, _before: None

    def observe(self, assigned: tuple[Assignment, ...], stores: tuple[str, ...]) -> None:
        """Takes in assignments and stores; a change invalidates what was resolved before."""
        if (assigned, stores) == (self.assigned, self.stores):
            return
        self.assigned, self.stores = assigned, stores
        self.invalidate()

    def invalidate(self) -> None:
        """Makes whoever resolved to this replica resolve again."""
        self.epoch += 1
        self.invalidated.fire()

    def propose(self, proposal: pb.Fragment, registers: pb.LabelSet, now: float) -> Applied:
        """Applies a proposal to the spool; what it commits can be read, what it closes is kept."""
        before = self.spool.fragment
        applied = self.spool.propose(proposal, registers, now=now)
        if applied.completed:
            self.completed(self, applied.completed)
        if applied.committed is not None:
            self.committed(self, before)
            self.index.commit(applied.committed, self.spool.content)
            self.changed.fire()
        return applied

    def roll_back(self, now: float) -> None:
        """Drops what is buffered and not committed."""
        self.propose(self.spool.fragment, self.spool.registers, now)

    def close_fragment(self, now: float) -> None:
        """Rolls the spool, so that its fragment is closed and persisted."""
        closed = pb.Fragment()
        closed.CopyFrom(self.spool.fragment)
        closed.begin = closed.end
        closed.sum.Clear()
        self.propose(closed, self.spool.registers, now)

    def resume(self, kept: Kept, now: float) -> None:
        """Goes on from what an earlier process has left of the journal."""
        for spool in kept.spools:
            self.index.commit(spool.fragment, spool.content)
            self.completed(self, spool)
        if kept.end:
            end = pb.Fragment(journal=self.journal, begin=kept.end, end=kept.end)
            end.compression_codec = self.spool.fragment.compression_codec
            end.sum.SetInParent()
            self.propose(end, kept.registers, now)

    def close(self) -> None:
        """Ends the replica: its readers end, and whoever waits for it resolves again."""
        self.closed = True
        self.invalidate()
        self.changed.fire()
