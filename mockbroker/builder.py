"""What the brokers of a cluster are made of, whenever one of them starts."""

from dataclasses import dataclass

from mockbroker.access import verifier
from mockbroker.clock import Clock
from mockbroker.core import moves
from mockbroker.core.assignments import observe
from mockbroker.core.broker import Broker, Settings
from mockbroker.core.etcd import Etcd, Mirror
from mockbroker.http.port import Serve
from mockbroker.http.side import broker_side
from mockbroker.listening import Listening
from mockbroker.node import Node
from mockbroker.rpc.process import Process
from mockbroker.storage import Storage
from protocol.auth import Keys

BROKER_LIMIT = 1024
"""Replicas a broker takes where nothing else is said."""


@dataclass(frozen=True)
class Builder:
    """Builds brokers that share a key-space.

    Attributes:
        etcd: The key-space.
        clock: Time.
        keys: With which tokens are signed and verified; without, none are demanded.
        listening: Where they listen.
        storage: What they keep, and where.
        settings: What they are started with.
        allow_origins: Origins of web pages that may call their HTTP side.
    """

    etcd: Etcd
    clock: Clock
    keys: Keys | None
    listening: Listening
    storage: Storage
    settings: Settings
    allow_origins: tuple[str, ...]

    def build(self, node: Node, process: Process) -> tuple[Broker, Mirror]:
        """A broker joins the key-space, and sees it from then on."""
        self.etcd.commit(moves.joined(node.id, node.endpoint, BROKER_LIMIT))
        mirror = self.etcd.mirror()
        broker = Broker(
            node.id,
            node.endpoint,
            self.etcd,
            mirror.keyspace,
            process,
            self.settings,
            verifier(self.keys) if self.keys else None,
            self.storage.new_content,
            self.storage.durability,
        )
        mirror.advanced = lambda touched: observe(broker, touched)
        process.spawn(mirror.follow())
        return broker, mirror

    def side(self, address: str) -> Serve:
        """What serves the HTTP side of the broker at an address."""
        tls = self.listening.tls
        return broker_side(
            lambda: self.listening.channel(address),
            self.keys,
            self.clock.now,
            self.allow_origins,
            tls.context() if tls else None,
        )
