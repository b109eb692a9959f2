"""The mock broker as the topology of a replay."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from mockbroker import SyncMockCluster
from mockbroker.core.broker import Settings
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


_RATES = {
    "--broker.max-append-rate": "max_append_rate",
    "--broker.max-replication": "max_replication",
    "--broker.min-append-rate": "min_append_rate",
}


SWEEP = 0.3
"""Seconds for which a deleted journal keeps its assignments: the recorder's next call came within
the 30 ms of a real broker, and one on a busy machine is to come within these."""


def _flags(given: tuple[str, ...]) -> dict[str, str]:
    """Flags of a real broker by name, whether `--name=value` or `--name value`."""
    found: dict[str, str] = {}
    name = ""
    for word in given:
        if word.startswith("--"):
            name, _, value = word.partition("=")
            found[name] = value
        elif name:
            found[name] = word
    return found


@contextmanager
def launch(setup: Setup) -> Iterator[Topology]:
    """Mock brokers as `setup` wants them."""
    flags = _flags(setup.flags)
    settings: dict[str, Any] = {
        _RATES[name]: int(value) for name, value in flags.items() if name in _RATES
    }
    with tempfile.TemporaryDirectory() as root:
        cluster = SyncMockCluster(
            brokers=len(setup.identities),
            zones=[zone for zone, _ in setup.identities],
            suffixes=[suffix for _, suffix in setup.identities],
            auth_keys=setup.auth_key,
            file_root=root,
            lease=float(flags.get("--etcd.lease", "20s").removesuffix("s")),
            settings=Settings(**settings),
        )
        cluster.cluster._policy = replace(cluster.cluster._policy, sweep=SWEEP)
        with cluster:
            yield MockTopology(cluster)
