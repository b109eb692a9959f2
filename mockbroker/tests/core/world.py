"""Runs the core's scripts in one thread, in order, with a clock that only tests move."""

import heapq
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any

import protocol as pb
from mockbroker.core import append, apply, list_fragments, read, replicate, store_health
from mockbroker.core import list as list_
from mockbroker.core.actions import Event, Script
from mockbroker.core.allocator import Policy, allocate
from mockbroker.core.assignments import observe
from mockbroker.core.broker import Broker, Settings
from mockbroker.core.etcd import Cluster, Etcd
from mockbroker.core.ids import BrokerId
from mockbroker.core.moves import joined, upserted
from mockbroker.core.peer import PeerStream
from mockbroker.tests.core.stores import Stores
from mockbroker.tests.core.task import Task

SERVE: dict[str, Callable[[Broker, str | None], Script]] = {
    "List": list_.serve,
    "Apply": apply.serve,
    "Read": read.serve,
    "Append": append.serve,
    "Replicate": replicate.serve,
    "ListFragments": list_fragments.serve,
    "FragmentStoreHealth": store_health.serve,
}


class World:
    """Brokers of one cluster, all in this thread.

    Attributes:
        time: Seconds since the epoch.
    """

    def __init__(
        self, brokers: int = 1, *, settings: Settings | None = None, allocating: bool = True
    ) -> None:
        self.time = 1_700_000_000.0
        self.ready: deque[tuple[Task, Any]] = deque()
        self.stores = Stores(self.now)
        self.etcd = Etcd(Cluster(7, 8, 2), self.now)
        self.brokers: list[Broker] = []
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self.settings = settings or Settings()
        for index in range(brokers):
            self.add_broker(f"zone-{index}")
        if allocating:
            self.spawn(allocate(self.etcd, Policy(), self.now))
        self.settle()

    def add_broker(self, zone: str) -> Broker:
        """Adds a broker."""
        index = len(self.brokers)
        id_ = BrokerId(zone, f"broker-{index}")
        self.etcd.commit(joined(id_, f"http://broker-{index}", 1024))
        mirror = self.etcd.mirror()
        broker = Broker(
            id_, f"http://broker-{index}", self.etcd, mirror.keyspace, self, self.settings
        )
        mirror.advanced = lambda touched: observe(broker, touched)
        self.mirrors = [*getattr(self, "mirrors", []), mirror]
        self.spawn(mirror.follow())
        self.brokers.append(broker)
        return broker

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.time

    def at(self, endpoint: str) -> Broker:
        """Returns the broker of an endpoint."""
        return next(each for each in self.brokers if each.endpoint == endpoint)

    def spawn(self, script: Script) -> None:
        """Runs a script in the background."""
        self.ready.append((Task(self, script), None))

    def call(self, rpc: str, broker: Broker, authorization: str | None = None) -> Task:
        """Begins a call, which has no request yet."""

        def serve() -> Script:
            yield from SERVE[rpc](broker, authorization)

        task = Task(self, serve())
        task.rpc = rpc
        self.ready.append((task, None))
        return task

    def unary(self, rpc: str, request: Any, broker: int = 0) -> Task:
        """Makes a call with one request, and lets everything run."""
        return self.call(rpc, self.brokers[broker]).send(request, Event.HALF_CLOSE)

    def append(self, journal: str, *content: bytes, broker: int = 0, **fields: Any) -> Task:
        """Appends content in one transaction."""
        task = self.call("Append", self.brokers[broker])
        chunks = [pb.AppendRequest(content=chunk) for chunk in content]
        return task.send(
            pb.AppendRequest(journal=journal, **fields),
            *chunks,
            pb.AppendRequest(),
            Event.HALF_CLOSE,
        )

    def read(self, journal: str, offset: int = 0, *, broker: int = 0, **fields: Any) -> Task:
        """Reads from an offset."""
        request = pb.ReadRequest(journal=journal, offset=offset, **fields)
        return self.unary("Read", request, broker)

    def create(self, *specs: pb.JournalSpec) -> None:
        """Creates journals, and has them assigned."""
        self.etcd.commit(upserted(specs))
        self.settle()

    def dial(self, stream: PeerStream) -> None:
        """Carries a Replicate stream to the broker of its endpoint."""
        task = self.call("Replicate", self.at(stream.endpoint))
        task.on_send = stream.arrive
        task.on_end = lambda: stream.end(*(task.ended or (0, "")))

        def carry() -> None:
            while stream.outbox:
                request = stream.outbox.popleft()
                if request is None:
                    task.feed(Event.HALF_CLOSE)
                else:
                    task.feed(pb.ReplicateRequest.FromString(request))
                    stream.taken(request)

        stream.outgoing.listen(carry)
        carry()

    def call_at(self, when: float, callback: Callable[[], None]) -> None:
        """Calls back when it is time."""
        heapq.heappush(self._timers, (when, next(self._order), callback))

    def settle(self) -> None:
        """Runs everything that can run now."""
        while self.ready or (self._timers and self._timers[0][0] <= self.time):
            if self.ready:
                task, outcome = self.ready.popleft()
                task.step(outcome)
            else:
                heapq.heappop(self._timers)[2]()

    def advance(self, seconds: float) -> None:
        """Moves time forward, timer by timer."""
        until = self.time + seconds
        while self._timers and self._timers[0][0] <= until:
            self.time = max(self.time, self._timers[0][0])
            self.settle()
        self.time = until
        self.settle()


def spec(
    name: str = "acme/a",
    *,
    replication: int = 1,
    length: int = 1 << 20,
    stores: tuple[str, ...] = (),
    **fields: Any,
) -> pb.JournalSpec:
    """A valid spec."""
    fragment = pb.JournalSpec.Fragment(
        length=length,
        compression_codec=pb.CompressionCodec.NONE,
        stores=stores,
        refresh_interval=pb.Duration(seconds=60),
    )
    return pb.JournalSpec(name=name, replication=replication, fragment=fragment, **fields)


def labels(**pairs: str) -> pb.LabelSet:
    """A label set of the names and values."""
    return pb.LabelSet(
        labels=[pb.Label(name=name, value=value) for name, value in sorted(pairs.items())]
    )
