"""What the brokers of a cluster share: the true key-space, and how mirrors follow it.

Every mutation is one transaction at one new revision. A mirror takes revisions in order,
at once or after its lag; a frozen mirror (a broker cut off from etcd) takes none.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import protocol as pb
from mockbroker.core.actions import Script, Wait
from mockbroker.core.ids import BrokerId
from mockbroker.core.keyspace import Assignment, Change, Delete, Item, KeySpace, Put, stamped
from mockbroker.core.signal import Signal


@dataclass(frozen=True, slots=True)
class Cluster:
    """Ids of the cluster, as headers carry them; none is zero."""

    cluster_id: int
    member_id: int
    raft_term: int = 2

    @classmethod
    def seeded(cls, seed: int) -> "Cluster":
        """Returns ids as large as etcd's, the same for the same seed."""
        cluster_id = 0x9E3779B97F4A7C15 * (seed + 1) & (1 << 63) - 1
        return cls(cluster_id or 1, cluster_id >> 1 or 1)


class Follower(Protocol):
    """Whoever is told every revision."""

    def deliver(self, revision: int, changes: tuple[Change, ...]) -> None:
        """Takes the changes of one revision."""


class Mirror:
    """One broker's view of the key-space.

    Attributes:
        keyspace: The view; its `revision` is what the broker has seen.
        lag: Seconds after which it takes a revision; `math.inf` freezes it.
        advanced: Called with the journals touched after every advance, before it is signalled.
    """

    def __init__(self, keyspace: KeySpace, now: Callable[[], float]) -> None:
        self.keyspace = keyspace
        self.lag = 0.0
        self._now = now
        self._pending: deque[tuple[float, int, tuple[Change, ...]]] = deque()
        self._arrived = Signal()
        self.advanced: Callable[[set[str]], None] = lambda _touched: None

    def deliver(self, revision: int, changes: tuple[Change, ...]) -> None:
        """Takes a revision now, or once its lag is over."""
        self._pending.append((self._now(), revision, changes))
        self._take_due()
        self._arrived.fire()

    def set_lag(self, seconds: float) -> None:
        """Changes the lag, also of revisions that wait already."""
        self.lag = seconds
        self._take_due()
        self._arrived.fire()

    def follow(self) -> Script:
        """Takes what is due, for ever."""
        while True:
            due = self._pending[0][0] + self.lag if self._pending else math.inf
            yield Wait((self._arrived,), None if due == math.inf else due)
            self._take_due()

    def _take_due(self) -> None:
        before = self.keyspace.revision
        touched: set[str] = set()
        while self._pending and self._pending[0][0] + self.lag <= self._now():
            _, revision, changes = self._pending.popleft()
            self.keyspace.advance(revision, changes)
            touched.update(map(_journal_of, changes))
        if self.keyspace.revision > before:
            self.advanced(touched)
            self.keyspace.changed.fire()


class Etcd:
    """The true key-space.

    Attributes:
        ids: Ids of the cluster.
        truth: The key-space at the last revision.
    """

    def __init__(self, ids: Cluster, now: Callable[[], float]) -> None:
        self.ids = ids
        self.truth = KeySpace()
        self._now = now
        self._mirrors: list[Follower] = []

    @property
    def revision(self) -> int:
        """The last revision."""
        return self.truth.revision

    def mirror(self) -> Mirror:
        """Returns a new mirror at the present revision, which follows from now on."""
        mirror = Mirror(self.truth.copy(), self._now)
        self._mirrors.append(mirror)
        return mirror

    def attach(self, follower: Follower) -> None:
        """Has somebody follow from now on."""
        self._mirrors.append(follower)

    def detach(self, mirror: Mirror) -> None:
        """Ends following; it is no error where that has ended."""
        if mirror in self._mirrors:
            self._mirrors.remove(mirror)

    def commit(self, changes: Iterable[Change]) -> int:
        """Applies all changes at one new revision, and returns it.

        Without changes nothing happens, and the present revision is returned.
        """
        pending = tuple(changes)
        if not pending:
            return self.revision
        revision = self.revision + 1
        done = tuple(self._stamp(change, revision) for change in pending)
        self.truth.advance(revision, done)
        for mirror in tuple(self._mirrors):
            mirror.deliver(revision, done)
        self.truth.changed.fire()
        return revision

    def expire(self, broker: BrokerId) -> int:
        """Ends a broker's lease: its member and all its assignments go at one revision."""
        member = self.truth.members.get(broker)
        held = [
            Delete(each)
            for assigned in self.truth.assignments.values()
            for each in assigned
            if each.id == broker
        ]
        return self.commit([*([Delete(member)] if member else []), *held])

    def header(self, revision: int) -> pb.Header.Etcd:
        """Returns the etcd part of headers at `revision`."""
        return pb.Header.Etcd(
            cluster_id=self.ids.cluster_id,
            member_id=self.ids.member_id,
            revision=revision,
            raft_term=self.ids.raft_term,
        )

    def _stamp(self, change: Change, revision: int) -> Change:
        if isinstance(change, Delete):
            return change
        return Put(stamped(change.entry, self.truth.find(change.entry), revision))


def _journal_of(change: Change) -> str:
    """The journal that a change touches; empty where it is of a member."""
    match change.entry:
        case Item() as item:
            return item.key
        case Assignment() as assignment:
            return assignment.journal
        case _:
            return ""
