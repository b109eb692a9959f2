"""What a cluster keeps: fragment stores, content that brokers hold, and state on disk."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from mockbroker.core.durability import Durability, Volatile
from mockbroker.core.etcd import Etcd
from mockbroker.http.port import HttpPort, listen, url_of
from mockbroker.http.side import fragments_side
from mockbroker.rpc.interceptor import Interceptor
from mockbroker.store import Stores
from mockbroker.store.blocks import Blocks
from mockbroker.store.content import Content
from mockbroker.store.links import HttpLinks
from mockbroker.store.memory import Memory
from mockbroker.store.table import StoreTable
from mockbroker.tree import Tree

FragmentUrls = Literal["file", "http"]


class Storage:
    """The stores of one cluster.

    Attributes:
        durability: What outlives the brokers.
        url: Where fragments are served over HTTP; empty where they are not.

    Args:
        file_root: Directory below which `file://` stores are; by default one of the data
            directory, or a temporary one.
        data_dir: Directory that keeps what brokers hold; None keeps nothing.
        stores: Fragment stores in place of those of `mockbroker.store`.
    """

    def __init__(
        self, file_root: str | Path | None, data_dir: str | Path | None, stores: Stores | None
    ) -> None:
        self.durability: Durability = Volatile()
        self.url = ""
        self._file_root = Path(file_root) if file_root else None
        self._data_dir = Path(data_dir) if data_dir else None
        self._stores = stores
        self._blocks = Blocks()
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._port: HttpPort | None = None
        self._close_data: Callable[[], None] = lambda: None

    @property
    def file_root(self) -> Path:
        """Directory below which `file://` stores are."""
        if self._file_root is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="mockbroker-")
            self._file_root = Path(self._temporary.name)
        return self._file_root

    @property
    def tree(self) -> Tree:
        """The files of `file://` stores."""
        return Tree(self.file_root)

    @property
    def is_durable(self) -> bool:
        """Whether brokers' state is kept on disk."""
        return self._data_dir is not None

    def new_content(self) -> Content:
        """Returns empty content, under the memory budget of the cluster."""
        return Content(self._blocks)

    def open(
        self,
        etcd: Etcd,
        now: Callable[[], float],
        urls: FragmentUrls,
        host: str,
        faults: Interceptor,
    ) -> Stores:
        """Opens the stores, and continues what the data directory holds."""
        if self._data_dir is not None:
            self._open_data(self._data_dir, etcd)
        if self._stores is None:
            self._stores = self._open_stores(etcd, now, urls, host, faults)
        return self._stores

    async def aclose(self) -> None:
        """Closes all; a temporary file root is removed."""
        if self._port is not None:
            await self._port.close()
        if self._stores is not None:
            await self._stores.aclose()
        if self._temporary is not None:
            self._temporary.cleanup()
        self._close_data()

    def _open_data(self, path: Path, etcd: Etcd) -> None:
        from mockbroker.state.directory import DataDirectory  # noqa: PLC0415 - few need it

        data = DataDirectory(path)
        self._close_data = data.close
        etcd.ids = data.ids(etcd.ids)
        self.durability = data.open(etcd, self.new_content)
        self._file_root = self._file_root or data.fragments

    def _open_stores(
        self,
        etcd: Etcd,
        now: Callable[[], float],
        urls: FragmentUrls,
        host: str,
        faults: Interceptor,
    ) -> Stores:
        memory = Memory(now, self._blocks)
        if urls == "file":
            return StoreTable(memory, self.file_root)
        listener = listen(host)
        self.url = url_of(listener)
        links = HttpLinks(self.url, str(etcd.ids.cluster_id).encode(), now)
        stores = StoreTable(memory, self.file_root, links.sign)
        self._port = HttpPort(listener, fragments_side(stores, links, faults))
        return stores
