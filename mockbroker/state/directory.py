"""The directory that holds all state of a cluster, of which one process at a time is owner."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

from mockbroker.core.etcd import Cluster, Etcd
from mockbroker.core.keyspace import Change, Put
from mockbroker.errors import MockError
from mockbroker.state.journals import JournalLogs
from mockbroker.state.keyspace import KeySpaceLog, SavedKeySpace, load
from protocol.spool import Content

try:
    import fcntl
except ImportError:  # pragma: no cover - not a POSIX system
    fcntl = None  # type: ignore[assignment]


class DataDirectory:
    """Key-space and journals of a cluster on disk.

    It holds `keyspace.log`, `journals/` and, unless fragments are kept elsewhere, `fragments/`.

    Args:
        path: The directory, made if it does not exist.

    Raises:
        MockError: Another process uses it, or it holds something else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(path / "lock")
        self._saved = load(path / "keyspace.log")
        self._keyspace: KeySpaceLog | None = None

    @property
    def fragments(self) -> Path:
        """Where fragments are, unless a file root is given."""
        directory = self.path / "fragments"
        directory.mkdir(exist_ok=True)
        return directory

    def ids(self, fresh: Cluster) -> Cluster:
        """Returns the ids of the cluster that was, or `fresh` for the first one."""
        return self._saved.ids if self._saved else fresh

    def open(self, etcd: Etcd, new_content: Callable[[], Content]) -> JournalLogs:
        """Fills an empty key-space with what was saved, and keeps all that follows.

        Returns what keeps the content of its journals.
        """
        saved = self._saved or SavedKeySpace(etcd.ids, etcd.revision, {})
        etcd.truth.advance(saved.revision, [Put(item) for item in saved.items.values()])
        self._keyspace = KeySpaceLog(self.path / "keyspace.log", saved)
        journals = JournalLogs(self.path / "journals", saved.items, new_content)
        etcd.attach(_Both(self._keyspace, journals))
        return journals

    def close(self) -> None:
        """Ends keeping, and lets another process use the directory."""
        if self._keyspace:
            self._keyspace.close()
        self._lock.close()


class _Both:
    """Follows revisions for the key-space, and for the journals."""

    def __init__(self, keyspace: KeySpaceLog, journals: JournalLogs) -> None:
        self._followers = (keyspace, journals)

    def deliver(self, revision: int, changes: Iterable[Change]) -> None:
        """Hands on the changes of one revision."""
        for follower in self._followers:
            follower.deliver(revision, changes)


def _locked(path: Path) -> IO[bytes]:
    """Opens a file, and locks it until it is closed, or the process ends however it does."""
    file = path.open("ab")
    if fcntl is not None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise MockError(f"{path.parent} is in use by another process") from None
    os.set_inheritable(file.fileno(), False)
    return file
