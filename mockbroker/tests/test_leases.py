"""Leases of killed brokers: how long they live on."""

import asyncio

from mockbroker.clock import ManualClock
from mockbroker.cluster import MockCluster


def test_a_lease_ends_only_once() -> None:
    """A broker killed again has a lease of its own, which the first one's end does not touch."""

    async def main() -> list[bool]:
        clock, alive = ManualClock(), []
        async with MockCluster(2, clock=clock, lease=20) as cluster:
            await cluster.kill(1)
            await clock.advance(10)
            await cluster.restart(1)
            await cluster.kill(1)
            for seconds in (11, 8, 2):
                await clock.advance(seconds)
                alive.append(cluster.brokers[1].id in cluster.etcd.truth.members)
        return alive

    assert asyncio.run(main()) == [True, True, False]
