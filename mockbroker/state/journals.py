"""Content and registers of journals on disk, until stores have them.

Each journal has a directory, with a file for every fragment (see `mockbroker.state.log`) but
those that stores have; the last one stays, without content, for its offset and registers.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import protocol as pb
from mockbroker.core.durability import Kept
from mockbroker.core.keyspace import Change, Delete, Item, Put
from mockbroker.core.replica import Replica
from mockbroker.state import log
from protocol.spool import Content

_FULL = pb.JournalSpec.Suspend.FULL


class JournalLogs:
    """Writes what primaries commit, and returns it to the replicas of the next process.

    Args:
        directory: Where journals have their directories.
        items: Journals of the key-space; what belongs to no other is removed.
        new_content: Makes what loaded content is kept in.
    """

    def __init__(
        self, directory: Path, items: Mapping[str, Item], new_content: Callable[[], Content]
    ) -> None:
        self._directory = directory
        self._new_content = new_content
        self._created = {name: item.create_revision for name, item in items.items()}
        self._kept: dict[str, Kept] = {}
        self._written: dict[str, tuple[Path, int, int]] = {}
        directory.mkdir(parents=True, exist_ok=True)
        for journal in directory.iterdir():
            self._load(journal)

    def committed(self, replica: Replica, before: pb.Fragment) -> None:
        """Writes what the replica's spool has just committed, if it is the primary's."""
        if not replica.primary:
            return
        self._kept.pop(replica.journal, None)
        fragment = replica.spool.fragment
        path = self._path(replica.journal, replica.created, fragment.begin)
        if self._written.get(replica.journal) == (path, before.end, before.sum.part1):
            log.commit(path, replica.spool, before.end)
        else:
            log.begin(path, replica.spool, replica.created)
            log.commit(path, replica.spool, fragment.begin)
            self._remove_stored(path)
        self._written[replica.journal] = (path, fragment.end, fragment.sum.part1)

    def persisted(self, journal: str, fragment: pb.Fragment) -> None:
        """Drops the content of a fragment."""
        path = self._path(journal, self._created.get(journal, 0), fragment.begin)
        if not path.exists():
            return
        if path == max(path.parent.glob("*.log")):
            log.strip(path)
        else:
            path.unlink()

    def kept(self, journal: str, created: int) -> Kept:
        """Returns what the last process left, until this one commits to the journal."""
        return self._kept.get(journal, Kept()) if self._created.get(journal) == created else Kept()

    def deliver(self, _revision: int, changes: Iterable[Change]) -> None:
        """Follows journals that come and go, or are fully suspended and so forget registers."""
        for change in changes:
            match change:
                case Put(Item() as item):
                    self._created[item.key] = item.create_revision
                    if item.spec.suspend.level == _FULL:
                        self._forget(item)
                case Delete(Item() as item):
                    self._forget(item)
                    self._created.pop(item.key, None)

    def _forget(self, item: Item) -> None:
        self._kept.pop(item.key, None)
        created = self._created.get(item.key, 0)
        shutil.rmtree(self._path(item.key, created, 0).parent, ignore_errors=True)

    def _load(self, directory: Path) -> None:
        """Takes in the directory of one journal, or removes it where the journal is gone."""
        for leftover in directory.glob("*.new"):
            leftover.unlink()
        found = [log.read(path, self._new_content) for path in sorted(directory.glob("*.log"))]
        reads = [each for each in found if each is not None]
        if not reads or self._created.get(reads[-1].journal) != reads[-1].created:
            shutil.rmtree(directory)
            return
        last = reads[-1].spool
        self._kept[reads[-1].journal] = Kept(
            last.fragment.end,
            last.registers,
            tuple(each.spool for each in reads if not each.stored),
        )

    def _remove_stored(self, newest: Path) -> None:
        """Removes a file without content, whose offset and registers a newer one now tells."""
        for path in newest.parent.glob("*.log"):
            if path != newest and log.is_stored(path):
                path.unlink()

    def _path(self, journal: str, created: int, begin: int) -> Path:
        name = hashlib.sha256(f"{journal}\n{created}".encode()).hexdigest()[:40]
        return self._directory / name / f"{begin:016x}.log"
