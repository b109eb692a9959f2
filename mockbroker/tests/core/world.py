"""Runs the core's scripts in one thread, in order, with a clock that only tests move."""

import heapq
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any

import protocol as pb
from mockbroker.core import append, apply, list_fragments, read, replicate, store_health
from mockbroker.core import list as list_
from mockbroker.core.actions import (
    AbortError,
    CheckStore,
    Committed,
    Event,
    ListStore,
    OpenFragment,
    Persist,
    Proxy,
    ReadFragment,
    Receive,
    Script,
    Send,
    SendContent,
    SignUrl,
    Wait,
)
from mockbroker.core.allocator import Policy, allocate
from mockbroker.core.assignments import observe
from mockbroker.core.broker import Broker, Settings
from mockbroker.core.etcd import Cluster, Etcd
from mockbroker.core.ids import BrokerId
from mockbroker.core.moves import joined, upserted
from mockbroker.core.peer import PeerStream
from mockbroker.store import StoreFailedError
from protocol.fragments import content_path

SERVE: dict[str, Callable[[Broker, str | None], Script]] = {
    "List": list_.serve,
    "Apply": apply.serve,
    "Read": read.serve,
    "Append": append.serve,
    "Replicate": replicate.serve,
    "ListFragments": list_fragments.serve,
    "FragmentStoreHealth": store_health.serve,
}


class Task:
    """A script that runs, and the call it serves where it serves one.

    Attributes:
        responses: What it sent.
        ended: Code and text of its end; None while it runs.
    """

    def __init__(self, world: "World", script: Script) -> None:
        self.world = world
        self.responses: list[Any] = []
        self.ended: tuple[int, str] | None = None
        self.on_send: Callable[[Any], None] = self.responses.append
        self.on_end: Callable[[], None] = lambda: None
        self.inbox: deque[Any] = deque()
        self.rpc = ""
        self._script = script
        self._waiting: object | None = None

    @property
    def response(self) -> Any:
        """Its only response."""
        assert len(self.responses) == 1, (self.responses, self.ended)
        return self.responses[0]

    @property
    def content(self) -> bytes:
        """The content of all its responses."""
        return b"".join(each.content for each in self.responses)

    def send(self, *requests: Any) -> "Task":
        """Gives it requests, and lets everything run."""
        self.feed(*requests)
        self.world.settle()
        return self

    def feed(self, *requests: Any) -> None:
        """Gives it requests, or `Event.HALF_CLOSE`."""
        self.inbox.extend(requests)
        if isinstance(self._waiting, Receive):
            self.resume(self._taken())

    def cancel(self) -> None:
        """Closes it, as a client does that goes away."""
        self._script.close()
        self._end(1, "cancelled")
        self.world.settle()

    def resume(self, outcome: Any = None) -> None:
        """Has it go on with the outcome of its last action, in its turn."""
        self._waiting = None
        self.world.ready.append((self, outcome))

    def step(self, outcome: Any) -> None:
        """Goes on until it waits or ends."""
        if self.ended is not None:
            return
        try:
            if isinstance(outcome, Exception):
                action = self._script.throw(outcome)
            else:
                action = self._script.send(outcome)
        except StopIteration:
            self._end(0, "")
        except AbortError as error:
            self._end(error.code, error.details)
        else:
            self._perform(action)

    def _perform(self, action: Any) -> None:
        if isinstance(action, Wait):
            self._wait(action)
        elif isinstance(action, Receive):
            self._receive(action)
        elif isinstance(action, Proxy):
            self._proxy(action)
        elif isinstance(action, Send | SendContent):
            message = action.message if isinstance(action, Send) else _content(action)
            copied = type(message)()
            copied.CopyFrom(message)
            self.on_send(copied)
            self.resume()
        else:
            try:
                self.resume(self.world.stores.perform(action))
            except (StoreFailedError, AbortError) as error:
                self.resume(error)

    def _wait(self, action: Wait) -> None:
        self._waiting = token = object()

        def wake(outcome: bool) -> None:
            if self._waiting is token and self.ended is None:
                for signal in action.signals:
                    signal.forget(fired)
                self.resume(outcome)

        def fired() -> None:
            wake(True)

        for signal in action.signals:
            signal.listen(fired)
        if action.deadline is not None:
            self.world.call_at(action.deadline, lambda: wake(False))

    def _receive(self, action: Receive) -> None:
        if self.inbox:
            self.resume(self._taken())
            return
        self._waiting = action
        if action.deadline is not None:
            self.world.call_at(action.deadline, lambda: self._time_out(action))

    def _time_out(self, action: Receive) -> None:
        if self._waiting is action:
            self.resume(Event.TIMEOUT)

    def _taken(self) -> Any:
        if self.inbox[0] is Event.HALF_CLOSE:
            return Event.HALF_CLOSE
        return self.inbox.popleft()

    def _proxy(self, action: Proxy) -> None:
        peer = self.world.call(self.rpc, self.world.at(action.endpoint))
        peer.on_send = self.on_send
        peer.on_end = lambda: self._relayed(peer)
        peer.inbox = self.inbox
        peer.inbox.appendleft(action.request)

    def _relayed(self, peer: "Task") -> None:
        code, details = peer.ended or (0, "")
        self.resume(AbortError(details, code) if code else None)

    def _end(self, code: int, details: str) -> None:
        if self.ended is None:
            self.ended = (code, details)
            self.on_end()


class Stores:
    """Fragment stores of a world.

    Attributes:
        objects: Content and modification time by store URL and path.
        broken: The failure of each store that fails.
        listable: Whether stores that fail can be listed all the same.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.objects: dict[tuple[str, str], tuple[bytes, int]] = {}
        self.broken: dict[str, StoreFailedError] = {}
        self.listable = False
        self._now = now

    def perform(self, action: Any) -> Any:
        """Performs a store action at once."""
        match action:
            case Committed():
                return None
            case CheckStore(store):
                self._check(store)
            case ListStore(store, journal):
                return self._list(store, f"{journal}/")
            case SignUrl(fragment, ttl):
                return f"{fragment.backing_store}{content_path(fragment)}?ttl={ttl:.0f}"
            case OpenFragment(fragment, offset):
                return self._open(fragment)[offset - fragment.begin :]
            case ReadFragment(reader, limit):
                taken = bytes(reader[:limit])
                del reader[:limit]
                return taken
            case Persist(fragment, content):
                self._check(fragment.backing_store)
                self._put(fragment, content.read(0, fragment.end - fragment.begin))
        return None

    def _check(self, store: str) -> None:
        if store in self.broken:
            raise self.broken[store]

    def _list(self, store: str, prefix: str) -> list[tuple[str, int]]:
        if not self.listable:
            self._check(store)
        return [
            (path.removeprefix(prefix), modified)
            for (url, path), (_, modified) in sorted(self.objects.items())
            if url == store and path.startswith(prefix)
        ]

    def _open(self, fragment: pb.Fragment) -> bytearray:
        key = fragment.backing_store, content_path(fragment)
        if key not in self.objects:
            raise StoreFailedError(f"open {key[1]}: no such file or directory", missing=True)
        return bytearray(self.objects[key][0])

    def _put(self, fragment: pb.Fragment, content: bytes) -> None:
        key = fragment.backing_store, content_path(fragment)
        self.objects.setdefault(key, (content, int(self._now())))


class World:
    """Brokers of one cluster, all in this thread.

    Attributes:
        time: Seconds since the epoch.
        log: What brokers had dialled, in order.
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


def _content(action: SendContent) -> pb.ReadResponse:
    return pb.ReadResponse(offset=action.offset, content=bytes(action.content))


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
