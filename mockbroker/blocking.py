"""The cluster for tests without asyncio: the same, in a thread of its own."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self, Unpack

import protocol as pb
from mockbroker.cluster import MockCluster
from mockbroker.faults.engine import Handle
from mockbroker.faults.options import RuleOptions
from mockbroker.loop import LoopThread
from mockbroker.node import Node
from mockbroker.options import ClusterOptions
from mockbroker.rpc.interceptor import Interceptor
from mockbroker.snapshot import Snapshot

if TYPE_CHECKING:
    from mockbroker.faults.sync_wire import SyncWireProxy


class SyncMockCluster:
    """A `MockCluster` whose methods block; a context manager. It takes the same arguments."""

    def __init__(self, brokers: int = 1, **options: Unpack[ClusterOptions]) -> None:
        self.cluster = MockCluster(brokers, **options)
        self._thread: LoopThread | None = None

    def __enter__(self) -> Self:
        """Starts the brokers; they accept calls when it returns."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stops everything."""
        self.close()

    @property
    def thread(self) -> LoopThread:
        """Where the cluster runs. It begins with the first use."""
        if self._thread is None:
            self._thread = LoopThread()
        return self._thread

    @property
    def brokers(self) -> list[Node]:
        """The brokers."""
        return self.cluster.brokers

    @property
    def file_root(self) -> Path:
        """Directory below which `file://` stores are."""
        return self.cluster.file_root

    def start(self) -> None:
        """Starts the brokers; ends the thread where they can't start."""
        try:
            self.thread.run(self.cluster.start())
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends all brokers at once, and the thread."""
        if self._thread is not None:
            self._thread.run(self.cluster.aclose())
            self._thread.close()
            self._thread = None

    def advance(self, seconds: float) -> None:
        """Advances a `ManualClock`."""
        self.thread.run(self.cluster.clock.advance(seconds))

    def intercept(self, interceptor: Interceptor) -> None:
        """Sets who may tap calls."""
        self.thread.call(setattr, self.cluster, "interceptor", interceptor)

    def fault(self, name: str = "", **rule: Unpack[RuleOptions]) -> Handle:
        """Puts a fault in place, and returns its handle, which any thread may use."""
        return self.cluster.fault(name, **rule)

    def wire(self, index: int) -> "SyncWireProxy":
        """Returns a proxy to a broker that misbehaves on the wire; a context manager.

        Only clients that dial the proxy's address go through it.
        """
        from mockbroker.faults.sync_wire import SyncWireProxy  # noqa: PLC0415 - few need it

        return SyncWireProxy(self.brokers[index].address, self.thread)

    def reset(self) -> None:
        """Makes the cluster as new: no journals, no stored files, no faults, all brokers up."""
        self.thread.run(self.cluster.reset())

    def settle(self, timeout: float = 10.0) -> None:
        """Waits until every journal is assigned as it can be, and its replicas agree.

        Raises TimeoutError where that takes longer than `timeout` seconds.
        """
        self.thread.run(asyncio.wait_for(self.cluster.settle(), timeout))

    def snapshot(self) -> Snapshot:
        """Returns all journals with their content, and the files of their stores."""
        return self.thread.call(self.cluster.snapshot)

    def restore(self, snapshot: Snapshot) -> None:
        """Resets the cluster, and puts back what a snapshot of it has."""
        self.thread.run(self.cluster.restore(snapshot))

    def add_broker(self, zone: str | None = None) -> Node:
        """Adds a broker, which takes its share of the journals."""
        return self.thread.run(self.cluster.add_broker(zone))

    def kill(self, index: int) -> None:
        """Ends a broker as a crash does."""
        self.thread.run(self.cluster.kill(index))

    def restart(self, index: int) -> None:
        """Starts a killed or stopped broker anew, at its address."""
        self.thread.run(self.cluster.restart(index))

    def stop(self, index: int) -> None:
        """Ends a broker as SIGTERM does: it hands its journals over, then goes."""
        self.thread.run(self.cluster.stop(index))

    def expire_lease(self, index: int) -> None:
        """Ends a broker's lease now."""
        self.thread.call(self.cluster.expire_lease, index)

    def isolate(self, index: int) -> None:
        """Cuts a broker off from etcd."""
        self.thread.call(self.cluster.isolate, index)

    def heal(self, index: int) -> None:
        """Ends `isolate`."""
        self.thread.call(self.cluster.heal, index)

    def lag(self, index: int, seconds: float) -> None:
        """Has a broker see changes that many seconds late."""
        self.thread.call(self.cluster.lag, index, seconds)

    def split_brain(self, journal: str) -> int:
        """Makes a second primary, and returns the index of the old one."""
        return self.thread.call(self.cluster.split_brain, journal)

    def primary_of(self, journal: str) -> int:
        """Returns the index of the journal's primary."""
        return self.thread.call(self.cluster.primary_of, journal)

    def move_primary(self, journal: str, index: int) -> None:
        """Makes a broker the journal's primary."""
        self.thread.call(self.cluster.move_primary, journal, index)

    def assign(self, journal: str, indices: Sequence[int]) -> None:
        """Assigns a journal to exactly these brokers, the first of which becomes primary."""
        self.thread.call(self.cluster.assign, journal, indices)

    def apply(self, *specs: pb.JournalSpec) -> int:
        """Creates or replaces journals, and returns the revision."""
        return self.thread.call(self.cluster.apply, *specs)
