"""A cluster of mock brokers in this process, each on a port of its own."""

import asyncio
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, Unpack

import protocol as pb
from mockbroker.builder import Builder
from mockbroker.clock import Clock, SystemClock
from mockbroker.core import moves
from mockbroker.core.allocator import Policy, allocate, settled
from mockbroker.core.assignments import stop_replicas
from mockbroker.core.broker import Broker, Settings
from mockbroker.core.etcd import Cluster, Etcd
from mockbroker.core.ids import BrokerId
from mockbroker.core.snapshot import cleared, put_back, taken
from mockbroker.errors import MockError
from mockbroker.faults.engine import Engine, Handle
from mockbroker.faults.options import RuleOptions
from mockbroker.listening import Listening
from mockbroker.node import Node, close_all
from mockbroker.rpc.files import Files
from mockbroker.rpc.interceptor import Honest, Interceptor, Layers
from mockbroker.rpc.process import Process
from mockbroker.snapshot import Snapshot
from mockbroker.storage import Storage
from mockbroker.store import Stores
from mockbroker.tls import Tls
from protocol.auth import Keys

if TYPE_CHECKING:
    from mockbroker.faults.wire import WireProxy

MAX_BROKERS = 9
NOT_STARTED = "the cluster is not started"
HARD_STOP = 15.0
"""Seconds for which calls that still run outlive the exit of their broker."""


class MockCluster:
    """Brokers over one key-space; an async context manager.

    Args:
        brokers: How many, 1 to 9.
        zones: Zone of each; by default `zone-0`, `zone-1` and so on.
        suffixes: Id of each within its zone; by default `broker-0`, `broker-1` and so on.
        host: Address they listen on.
        ports: Port of each; 0 is a free one.
        file_root: Directory below which `file://` stores are; a temporary one by default.
        auth_keys: Keys in base64, the first of which signs; tokens are demanded then.
        clock: Time; the system's by default.
        seed: Makes ids, and breaks the allocator's ties.
        lease: Seconds that a killed broker's lease lives on.
        settings: What brokers are started with.
        stores: Fragment stores; those of `mockbroker.store` by default.
        allocation_delay: Seconds after which the allocator acts on a change.
        http: Whether each broker has an HTTP side, on a port of its own.
        fragment_urls: How memory and file stores sign URLs of fragments: `file` as a real
            broker does, or `http` for URLs that the cluster serves.
        allow_origins: Origins of web pages that may call the HTTP side.
        data_dir: Directory that keeps journals and their content beyond this process. By
            default nothing is kept.
        sockets: Directory of Unix sockets that gRPC is served at instead of ports.
        tls: Certificates; brokers speak TLS then, to clients and to each other.
    """

    def __init__(
        self,
        brokers: int = 1,
        *,
        zones: Sequence[str] | None = None,
        suffixes: Sequence[str] = (),
        host: str = "127.0.0.1",
        ports: Sequence[int] | None = None,
        file_root: str | Path | None = None,
        auth_keys: str | None = None,
        clock: Clock | None = None,
        seed: int = 0,
        lease: float = 20.0,
        settings: Settings | None = None,
        stores: Stores | None = None,
        allocation_delay: float = 0.0,
        http: bool = True,
        fragment_urls: Literal["file", "http"] = "file",
        allow_origins: Sequence[str] = (),
        data_dir: str | Path | None = None,
        sockets: str | Path | None = None,
        tls: Tls | None = None,
    ) -> None:
        self.clock: Any = clock or SystemClock()
        self.brokers: list[Node] = []
        self.keys = Keys.parse(auth_keys) if auth_keys else None
        self.lease = lease
        self.etcd = Etcd(Cluster.seeded(seed), self.clock.now)
        self.settings = settings or Settings()
        self._policy = Policy(self.settings.max_replication, seed, allocation_delay)
        self._zones, self._ports = _places(brokers, zones, ports)
        self._suffixes = tuple(suffixes)
        self._listening = Listening(host, self._ports, Path(sockets) if sockets else None, tls)
        self._storage = Storage(file_root, data_dir, stores)
        self.faults = Engine(seed, self.clock.now, self._sleep)
        self._interceptor: Interceptor = Honest()
        self._allocator: Process | None = None
        origins = tuple(allow_origins)
        self._builder = Builder(
            self.etcd, self.clock, self.keys, self._listening, self._storage, self.settings, origins
        )
        self._side = self._builder.side if http else None
        self._fragment_urls = fragment_urls
        self._files: Files | None = None

    async def __aenter__(self) -> Self:
        """Starts the brokers; they accept calls when it returns."""
        try:
            await self.start()
        except BaseException:
            await self.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stops everything."""
        await self.aclose()

    @property
    def interceptor(self) -> Interceptor:
        """Who may tap calls of any broker that no fault gets."""
        return self._interceptor

    @interceptor.setter
    def interceptor(self, interceptor: Interceptor) -> None:
        self._interceptor = interceptor
        for node in self.brokers:
            node.tap(Layers(self.faults, interceptor))

    def fault(self, name: str = "", **rule: Unpack[RuleOptions]) -> Handle:
        """Does what `Engine.fault` does."""
        return self.faults.fault(name, **rule)

    def wire(self, index: int) -> "WireProxy":
        """Returns a proxy to a broker that misbehaves on the wire; an async context manager.

        Only clients that dial the proxy's address go through it.
        """
        from mockbroker.faults.wire import WireProxy  # noqa: PLC0415 - few need it

        return WireProxy(self.brokers[index].address)

    @property
    def file_root(self) -> Path:
        """Directory below which `file://` stores are."""
        return self._storage.file_root

    @property
    def fragments(self) -> str:
        """Where fragments are served over HTTP; empty where they are not."""
        return self._storage.url

    async def start(self) -> None:
        """Starts the brokers, all of whose members come before the first request."""
        stores = self._storage.open(
            self.etcd, self.clock.now, self._fragment_urls, self._listening.host, self.faults
        )
        self._files = Files(stores)
        for zone, port in zip(self._zones, self._ports, strict=True):
            await self._add(zone, port)
        self._allocator = Process(-1, self.clock, self._files)
        self._allocator.spawn(allocate(self.etcd, self._policy, self.clock.now))

    async def aclose(self) -> None:
        """Ends all brokers at once; nothing is handed over."""
        if self._allocator is not None:
            await self._allocator.aclose()
        await close_all(self.brokers)
        await self._storage.aclose()

    async def reset(self) -> None:
        """Makes the cluster as new: no journals, no stored files, no faults, all brokers up.

        Revisions go on, and so do addresses and ids. Object stores are left alone.
        """
        self.faults.clear()
        for node in self.brokers:
            if not node.running or node.broker.stopped or node.mirror.lag:
                await self.restart(node.index)
        for node in self.brokers[:1]:
            await node.run(cleared(self.etcd, self._running))
        self._storage.tree.clear()

    async def settle(self) -> None:
        """Waits until every journal is assigned as it can be, and its replicas agree.

        It does not return while a member is dead or cut off that a journal is assigned to.
        """
        if self._allocator is None:
            raise MockError(NOT_STARTED)
        await self._allocator.runner.background(settled(self.etcd, self._policy))

    def snapshot(self) -> Snapshot:
        """Returns all journals with what is committed to them, and the files of their stores.

        Raises:
            MockError: The cluster keeps its state on disk, which a snapshot is no part of.
        """
        if self._storage.is_durable:
            raise MockError("a cluster with a data directory has no snapshots: copy the directory")
        return Snapshot(taken(self.etcd.truth, self._running), self._storage.tree.remember())

    async def restore(self, snapshot: Snapshot) -> None:
        """Resets the cluster, and puts back what a snapshot of it has; it may be used again."""
        await self.reset()
        self._storage.tree.recall(snapshot.files)
        put_back(self.etcd, self._running, snapshot.journals)

    async def add_broker(self, zone: str | None = None) -> Node:
        """Adds a broker, which takes its share of the journals."""
        if len(self.brokers) >= MAX_BROKERS:
            raise MockError(f"a cluster has at most {MAX_BROKERS} brokers")
        return await self._add(zone or f"zone-{len(self.brokers)}", 0)

    def join(self, zone: str, suffix: str, endpoint: str, limit: int) -> None:
        """Makes a server that is none of the mock's a member that takes up to `limit` replicas."""
        process = pb.ProcessSpec(id=pb.ProcessSpec.ID(zone=zone, suffix=suffix), endpoint=endpoint)
        pb.validate(pb.BrokerSpec(process_spec=process, journal_limit=limit))
        self.etcd.commit(moves.joined(BrokerId(zone, suffix), endpoint, limit))

    async def kill(self, index: int) -> None:
        """Ends a broker as a crash does: its lease, and so its routes, live on for a while."""
        node = self.brokers[index]
        member = self.etcd.truth.members.get(node.id)
        joined = member.create_revision if member else 0
        await node.close()
        node.later(self.lease, lambda: self._expire_dead(node, joined))

    async def restart(self, index: int) -> None:
        """Starts a killed or stopped broker anew, on its port, with nothing left of its own."""
        node = self.brokers[index]
        await node.close()
        self.etcd.expire(node.id)
        await node.start(self._builder.build)

    async def stop(self, index: int) -> None:
        """Ends a broker as SIGTERM does: it hands its journals over, then goes.

        A broker that nobody can take over from waits, as a real one does. When this returns
        the broker takes no more calls; watches of it go on for `HARD_STOP` seconds at most.
        """
        node = self.brokers[index]
        broker = node.broker
        broker.exiting = True
        broker.exit_asked.fire()
        self.etcd.commit(moves.limited(self.etcd.truth, node.id, 0))
        await node.run(moves.drained(broker))
        self.etcd.expire(node.id)
        node.linger(HARD_STOP)

    def expire_lease(self, index: int) -> None:
        """Ends a broker's lease now. A live one stops serving its replicas."""
        node = self.brokers[index]
        self.etcd.expire(node.id)
        if node.running:
            stop_replicas(node.broker)

    def isolate(self, index: int) -> None:
        """Cuts a broker off from etcd: it sees no change any more, and goes on as it was.

        Where it is not healed before its lease ends, it stops serving.
        """
        node = self.brokers[index]
        node.mirror.set_lag(math.inf)
        node.later(self.lease, lambda: self._expire_isolated(node))

    def heal(self, index: int) -> None:
        """Ends `isolate`: the broker catches up."""
        self.brokers[index].mirror.set_lag(0)

    def lag(self, index: int, seconds: float) -> None:
        """Has a broker see changes that many seconds late."""
        self.brokers[index].mirror.set_lag(seconds)

    def split_brain(self, journal: str) -> int:
        """Makes a second primary: the present one is cut off from all, and its lease ends.

        Returns the index of the old primary, which goes on believing it is.
        """
        index = self.primary_of(journal)
        self.isolate(index)
        self.etcd.expire(self.brokers[index].id)
        for replica in self.brokers[index].broker.replicas.values():
            if replica.pipeline is not None:
                replica.pipeline.sever()
        return index

    def primary_of(self, journal: str) -> int:
        """Returns the index of the broker that is the journal's primary."""
        for each in self.etcd.truth.assignments.get(journal, ()):
            if each.slot == 0:
                return next(i for i, node in enumerate(self.brokers) if node.id == each.id)
        raise MockError(f"journal {journal} has no primary")

    def move_primary(self, journal: str, index: int) -> None:
        """Makes a broker the journal's primary; a new member takes the old primary's place."""
        changes = moves.promoted(self.etcd.truth, journal, self._member(index))
        self.etcd.commit(changes)

    def assign(self, journal: str, indices: Sequence[int]) -> None:
        """Assigns a journal to exactly these brokers, the first of which becomes primary."""
        ids = [self._member(index) for index in indices]
        self.etcd.commit(moves.assigned(self.etcd.truth, journal, ids))

    def apply(self, *specs: pb.JournalSpec) -> int:
        """Creates or replaces journals as they are, unvalidated, and returns the revision."""
        return self.etcd.commit(moves.upserted(specs))

    async def _sleep(self, seconds: float) -> None:
        """Returns when the cluster's clock is that much later."""
        over = asyncio.Event()
        self.clock.call_at(self.clock.now() + seconds, over.set)
        await over.wait()

    def _suffix(self, index: int) -> str:
        return self._suffixes[index] if index < len(self._suffixes) else f"broker-{index}"

    async def _add(self, zone: str, port: int) -> Node:
        if self._files is None:
            raise MockError(NOT_STARTED)
        node = Node(
            len(self.brokers),
            BrokerId(zone, self._suffix(len(self.brokers))),
            clock=self.clock,
            files=self._files,
            keys=self.keys,
            listening=self._listening,
            port=port,
            side=self._side,
        )
        node.tap(Layers(self.faults, self._interceptor))
        self.brokers.append(node)
        await node.start(self._builder.build)
        return node

    @property
    def _running(self) -> list[Broker]:
        return [node.broker for node in self.brokers if node.running]

    def _member(self, index: int) -> BrokerId:
        id_ = self.brokers[index].id
        if id_ not in self.etcd.truth.members:
            raise MockError(f"broker {index} has no lease, and cannot be assigned a journal")
        return id_

    def _expire_dead(self, node: Node, joined: int) -> None:
        """Ends the lease of a broker that was killed, unless it has begun another."""
        member = self.etcd.truth.members.get(node.id)
        if not node.running and member is not None and member.create_revision == joined:
            self.etcd.expire(node.id)

    def _expire_isolated(self, node: Node) -> None:
        if node.running and node.mirror.lag == math.inf:
            self.expire_lease(node.index)


def _places(
    brokers: int, zones: Sequence[str] | None, ports: Sequence[int] | None
) -> tuple[list[str], list[int]]:
    """Zone and port of each broker."""
    if not 1 <= brokers <= MAX_BROKERS:
        raise MockError(f"a cluster has 1 to {MAX_BROKERS} brokers (not {brokers})")
    named = list(zones or (f"zone-{index}" for index in range(brokers)))
    wanted = list(ports or [0] * brokers)
    if len(named) != brokers or len(wanted) != brokers:
        raise MockError(f"{brokers} brokers need as many zones and ports")
    return named, wanted
