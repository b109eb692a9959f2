"""A programmable cluster of mock Gazette brokers.

`MockCluster` is an async context manager, `SyncMockCluster` its twin for plain tests. gRPC
is imported when either is first used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockbroker.blocking import SyncMockCluster
    from mockbroker.cluster import MockCluster

_HOMES = {"MockCluster": "mockbroker.cluster", "SyncMockCluster": "mockbroker.blocking"}

__all__ = ["MockCluster", "SyncMockCluster"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'mockbroker' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - only where it is needed

    return getattr(import_module(_HOMES[name]), name)
