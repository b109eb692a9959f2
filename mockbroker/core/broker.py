"""One broker: its view of the key-space, its replicas, and what it is given from outside."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import protocol as pb
from mockbroker.core.access import Access, Verifier
from mockbroker.core.actions import Script
from mockbroker.core.durability import Durability, Volatile
from mockbroker.core.etcd import Etcd
from mockbroker.core.health import StoreHealth
from mockbroker.core.ids import MISSING, BrokerId
from mockbroker.core.keyspace import KeySpace
from mockbroker.core.peer import PeerStream
from mockbroker.core.replica import Replica
from mockbroker.core.signal import Signal
from protocol.releases import Release
from protocol.spool import Content, MemoryContent


@dataclass(frozen=True, slots=True)
class Limits:
    """How a release cuts what it sends.

    Attributes:
        chunk: Content bytes in one message of Read.
        journals: Journals in one message of List.
    """

    chunk: int
    journals: int


LIMITS = {Release.V0_101: Limits(1 << 17, 1000), Release.NEWEST: Limits(32736, 25)}


@dataclass(frozen=True, slots=True)
class Settings:
    """What brokers of a cluster are started with.

    Attributes:
        max_replication: Upper bound of any journal's replicas.
        min_append_rate: Bytes per second an appending client must keep; 0 is no minimum.
        max_append_rate: Bytes per second that bounds the rate of journals which have one.
        pulse_interval: Seconds between the zero-byte appends of each primary.
        persist_delay: Seconds after which replicas that are not primary, and failed
            attempts, persist a fragment.
        release: What the brokers are: it decides what they accept, and how they cut messages.
        auto_suspend: Whether primaries suspend journals that are idle, after
            `core.pulse.STABLE` pulses without a change of route.
        refresh_rate: How many times as often as specs ask for stores are listed again.
    """

    max_replication: int = 9
    min_append_rate: int = 1 << 16
    max_append_rate: int = 0
    pulse_interval: float = 60.0
    persist_delay: float = 150.0
    release: Release = Release.V0_101
    auto_suspend: bool = False
    refresh_rate: float = 1.0

    @property
    def limits(self) -> Limits:
        """How the release cuts what it sends."""
        return LIMITS[self.release]


class Host(Protocol):
    """What a broker needs of whoever runs it."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def spawn(self, script: Script) -> None:
        """Runs a script of the broker's own, from the next moment on, until it ends."""

    def dial(self, stream: PeerStream) -> None:
        """Opens a Replicate stream and carries it until both sides have ended it."""


@dataclass(slots=True)
class Broker:
    """A broker of a cluster.

    Attributes:
        id: Its id, in the key-space as long as its lease lives.
        endpoint: URL it advertises.
        etcd: The cluster's key-space.
        keyspace: What it has seen of it.
        host: Who runs it.
        verifier: Checks tokens; None where none are demanded.
        durability: Keeps what is committed beyond its process.
        replicas: Its replicas by journal.
        health: What it knows about stores.
        stopped: It has lost its lease, and serves no replica of its own any more.
        exiting: It was asked to end, and hands its journals over.
        exit_asked: Fires then.
        retiring: How many former replicas still wait for appends in flight, or persist.
        retired: Fires when there is one less.
    """

    id: BrokerId
    endpoint: str
    etcd: Etcd
    keyspace: KeySpace
    host: Host
    settings: Settings = field(default_factory=Settings)
    verifier: Verifier | None = None
    new_content: Callable[[], Content] = MemoryContent
    durability: Durability = field(default_factory=Volatile)
    replicas: dict[str, Replica] = field(default_factory=dict)
    health: StoreHealth = field(init=False)
    stopped: bool = False
    exiting: bool = False
    exit_asked: Signal = field(default_factory=Signal)
    retiring: int = 0
    retired: Signal = field(default_factory=Signal)

    def __post_init__(self) -> None:
        self.health = StoreHealth(self.host)

    @property
    def local_id(self) -> BrokerId:
        """Its id, or a placeholder while its member key is gone."""
        return self.id if self.id in self.keyspace.members else MISSING

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.host.now()

    def access(self, authorization: str | None, capability: int) -> Access:
        """Returns what the caller may do. Raises `AbortError` where that is nothing."""
        if self.verifier is None:
            return Access()
        return self.verifier(authorization, capability, self.now())

    def header(self, revision: int | None = None) -> pb.Header:
        """Returns an un-routed header of this broker."""
        return pb.Header(
            process_id=self.local_id.message,
            route=pb.Route(primary=-1),
            etcd=self.etcd.header(revision or self.keyspace.revision),
        )
