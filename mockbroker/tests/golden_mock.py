"""The mock broker as the topology of a replay."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from mockbroker import SyncMockCluster
from mockbroker.tests.golden_topology import Setup, Topology


class MockTopology:
    """A cluster of mock brokers in this process."""

    real_time = False

    def __init__(self, cluster: SyncMockCluster) -> None:
        self._cluster = cluster
        self.addresses = [node.address for node in cluster.brokers]
        self.http = [node.http for node in cluster.brokers]
        self.file_root = cluster.file_root

    def terminate(self, broker: int) -> None:
        """Asks a broker to exit, handing over its journals first."""
        self._cluster.stop(broker)

    def kill(self, broker: int) -> None:
        """Ends a broker at once; its lease lasts on."""
        self._cluster.kill(broker)


@contextmanager
def launch(setup: Setup) -> Iterator[Topology]:
    """Mock brokers as `setup` wants them."""
    flags = dict(zip(setup.flags[::2], setup.flags[1::2], strict=True))
    with (
        tempfile.TemporaryDirectory() as root,
        SyncMockCluster(
            brokers=len(setup.identities),
            zones=[zone for zone, _ in setup.identities],
            auth_keys=setup.auth_key,
            file_root=root,
            lease=float(flags.pop("--etcd.lease", "20s").removesuffix("s")),
        ) as cluster,
    ):
        assert not flags, f"flags of the recording the mock is not told of: {flags}"
        yield MockTopology(cluster)
