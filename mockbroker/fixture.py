"""The pytest fixture `mock_cluster`."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockbroker.blocking import SyncMockCluster


@pytest.fixture
def mock_cluster(request: pytest.FixtureRequest) -> "Iterator[SyncMockCluster]":
    """A running `SyncMockCluster`, of one broker unless a marker says otherwise.

    `@pytest.mark.mock_cluster(brokers=3)` takes the arguments of `MockCluster`.
    """
    from mockbroker.blocking import SyncMockCluster  # noqa: PLC0415 - grpc is slow to import

    marker = request.node.get_closest_marker("mock_cluster")
    options = dict(marker.kwargs) if marker else {}
    with SyncMockCluster(**options) as cluster:
        yield cluster


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker."""
    config.addinivalue_line(
        "markers", "mock_cluster(**options): arguments of the cluster behind `mock_cluster`"
    )
