"""What a cluster may be told by name, for those who pass it on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypedDict

from mockbroker.clock import Clock
from mockbroker.core.broker import Settings
from mockbroker.store import Stores
from mockbroker.tls import Tls


class ClusterOptions(TypedDict, total=False):
    """Options of `MockCluster`, which tells what they mean."""

    zones: Sequence[str] | None
    suffixes: Sequence[str]
    host: str
    ports: Sequence[int] | None
    file_root: str | Path | None
    auth_keys: str | None
    clock: Clock | None
    seed: int
    lease: float
    settings: Settings | None
    stores: Stores | None
    allocation_delay: float
    http: bool
    fragment_urls: Literal["file", "http"]
    allow_origins: Sequence[str]
    data_dir: str | Path | None
    sockets: str | Path | None
    tls: Tls | None
