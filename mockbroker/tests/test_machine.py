"""A cluster under random failures, against a model of what it acknowledged.

`GAZETTE_STEPS` sets how many steps are made in all; by default a few.
"""

import os
import time
from collections.abc import Callable
from typing import TypeVar

import grpc
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

import protocol as pb
from mockbroker import SyncMockCluster
from mockbroker.core.broker import Settings

T = TypeVar("T")
JOURNAL = "acme/machine"
BROKERS = 4
STEPS = int(os.environ.get("GAZETTE_STEPS", "60"))
PATIENCE = 10.0
"""Seconds a cluster has to recover: a hundred times what it takes on an idle machine."""
FAST = (
    ("grpc.initial_reconnect_backoff_ms", 20),
    ("grpc.max_reconnect_backoff_ms", 100),
    ("grpc.use_local_subchannel_pool", 1),
)


class _TransientError(Exception):
    """An answer that a client tries again after."""


def _eventually(attempt: Callable[[], T]) -> T:
    """Tries until an attempt is no transient failure."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return attempt()
        except (_TransientError, grpc.RpcError) as error:
            if time.monotonic() > deadline:
                raise AssertionError(f"the cluster does not recover: {error!r}") from error
            time.sleep(0.01)


class ClusterMachine(RuleBasedStateMachine):
    """Four brokers and a journal of three replicas; at most one broker is down at a time.

    The model is a list of acknowledged chunks with their offsets, and the registers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.cluster = SyncMockCluster(
            BROKERS, lease=0.1, settings=Settings(persist_delay=0.05, pulse_interval=0.5)
        )
        self.cluster.start()
        self.channels: dict[int, grpc.Channel] = {}
        fragment = pb.JournalSpec.Fragment(
            length=2048,
            compression_codec=pb.CompressionCodec.GZIP,
            stores=["file:///"],
            refresh_interval=pb.Duration(seconds=1),
        )
        self.cluster.apply(pb.JournalSpec(name=JOURNAL, replication=3, fragment=fragment))
        self.acknowledged: dict[int, bytes] = {}
        self.head = 0
        self.count = 0
        self.down: int | None = None
        self.isolated: int | None = None

    def teardown(self) -> None:
        """Reads everything back, and stops the cluster."""
        try:
            if self.down is not None:
                self.cluster.restart(self.down)
                self.down = None
            for begin, content in self.acknowledged.items():
                self._check(begin, content)
        finally:
            for channel in self.channels.values():
                channel.close()
            self.cluster.close()

    @property
    def whole(self) -> bool:
        """Whether no broker is down or cut off."""
        return self.down is None and self.isolated is None

    def stub(self, broker: int) -> pb.JournalStub:
        """Calls of a broker; of the next one where it is down."""
        if broker == self.down:
            broker = (broker + 1) % BROKERS
        if broker not in self.channels:
            address = self.cluster.brokers[broker].address
            self.channels[broker] = grpc.insecure_channel(address, options=FAST)
        return pb.JournalStub(self.channels[broker])

    @rule(broker=st.integers(0, BROKERS - 1), size=st.integers(1, 900))
    def append(self, broker: int, size: int) -> None:
        """An append is acknowledged in the end, at or beyond all that were before."""
        self.count += 1
        content = f"<{self.count}>".encode() * (size // 4 + 1)
        marked = pb.LabelSet(labels=[pb.Label(name="count", value=str(self.count))])
        requests = [
            pb.AppendRequest(journal=JOURNAL, union_registers=marked),
            pb.AppendRequest(content=content),
            pb.AppendRequest(),
        ]

        def attempt() -> pb.AppendResponse:
            nonlocal broker
            broker = (broker + 1) % BROKERS
            response: pb.AppendResponse = self.stub(broker).Append(iter(requests), timeout=2)
            if response.status:
                raise _TransientError(pb.Status.Name(response.status))
            return response

        response = _eventually(attempt)
        assert response.registers == marked
        assert response.commit.begin >= self.head
        assert response.commit.end == response.commit.begin + len(content)
        self.acknowledged[response.commit.begin] = content
        self.head = response.commit.end

    @precondition(lambda self: self.acknowledged)
    @rule(data=st.data())
    def read(self, data: st.DataObject) -> None:
        """What was acknowledged is read back, byte for byte."""
        begin = data.draw(st.sampled_from(sorted(self.acknowledged)))
        self._check(begin, self.acknowledged[begin])

    @precondition(lambda self: self.whole)
    @rule(broker=st.integers(0, BROKERS - 1), gracefully=st.booleans())
    def end(self, broker: int, gracefully: bool) -> None:
        """A broker is killed, or stopped after it handed its journals over."""
        self._settled()
        self.channels.pop(broker, grpc.insecure_channel("127.0.0.1:9")).close()
        if gracefully:
            self.cluster.stop(broker)
        else:
            self.cluster.kill(broker)
        self.down = broker

    @precondition(lambda self: self.down is not None)
    @rule()
    def restart(self) -> None:
        """The broker that is down comes back, with nothing of its own."""
        assert self.down is not None
        self.cluster.restart(self.down)
        self.down = None

    @precondition(lambda self: self.whole)
    @rule(broker=st.integers(0, BROKERS - 1))
    def isolate(self, broker: int) -> None:
        """A broker is cut off from etcd."""
        self._settled()
        self.cluster.isolate(broker)
        self.isolated = broker

    @precondition(lambda self: self.isolated is not None)
    @rule()
    def heal(self) -> None:
        """The isolated broker is started anew, as its supervisor would."""
        assert self.isolated is not None
        self.cluster.restart(self.isolated)
        self.isolated = None

    @precondition(lambda self: self.whole)
    @rule(broker=st.integers(0, BROKERS - 1))
    def move(self, broker: int) -> None:
        """Another broker becomes primary."""
        self._settled()
        self.cluster.move_primary(JOURNAL, broker)

    def _settled(self) -> None:
        """Waits until three replicas agree and closed fragments are persisted.

        Then the loss of one broker is no loss of data, as with real ones.
        """
        self.append(0, 1)

        def attempt() -> None:
            if any(node.broker.retiring for node in self.cluster.brokers if node.running):
                raise _TransientError("fragments are still to be persisted")

        _eventually(attempt)

    def _check(self, begin: int, content: bytes) -> None:
        broker = begin % BROKERS

        def attempt() -> bytes:
            nonlocal broker
            broker = (broker + 1) % BROKERS
            request = pb.ReadRequest(journal=JOURNAL, offset=begin, end_offset=begin + len(content))
            return self._read(self.stub(broker), request)

        assert _eventually(attempt) == content

    def _read(self, stub: pb.JournalStub, request: pb.ReadRequest) -> bytes:
        content = b""
        for response in stub.Read(request, timeout=2):
            if response.status:
                raise _TransientError(pb.Status.Name(response.status))
            if response.HasField("fragment"):
                assert response.write_head >= response.fragment.end
                if response.offset != request.offset + len(content):
                    raise _TransientError(f"jumped to {response.offset}")
            assert response.offset == request.offset + len(content)
            content += response.content
        return content


TestClusterMachine = ClusterMachine.TestCase
TestClusterMachine.settings = settings(
    max_examples=max(1, STEPS // 30),
    stateful_step_count=30,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
