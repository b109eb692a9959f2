"""The key-space on disk: journals and revisions, as lines of JSON.

The first line holds everything as of the last start, each following one the changes of one
revision. A last line that is cut short was never acknowledged, and is ignored.
"""

import base64
import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from google.protobuf.message import DecodeError

import protocol as pb
from mockbroker.core.etcd import Cluster
from mockbroker.core.keyspace import Change, Delete, Item, Put
from mockbroker.errors import MockError

_FORMAT: Final = 1
_DAMAGE: Final = (
    StopIteration,
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
    DecodeError,
)


@dataclass(frozen=True, slots=True)
class SavedKeySpace:
    """Journals at a revision, and the ids of the cluster that had them."""

    ids: Cluster
    revision: int
    items: dict[str, Item]


class KeySpaceLog:
    """Writes every revision to a file, from where `load` takes it.

    Args:
        path: The file, which is begun anew.
        saved: What it begins with.
    """

    def __init__(self, path: Path, saved: SavedKeySpace) -> None:
        fresh = path.with_suffix(".new")
        fresh.write_text(_line(_snapshot(saved)), encoding="utf-8")
        fresh.replace(path)
        self._file = path.open("a", encoding="utf-8")

    def deliver(self, revision: int, changes: Iterable[Change]) -> None:
        """Writes the changes of journals at one revision, and the revision itself."""
        entries = list(changes)
        line: dict[str, Any] = {"revision": revision}
        put = [_plain(each.entry) for each in entries if _is_journal(each, Put)]
        deleted = [each.entry.key for each in entries if _is_journal(each, Delete)]
        line |= {"put": put} if put else {}
        line |= {"deleted": deleted} if deleted else {}
        self._file.write(_line(line))
        self._file.flush()

    def close(self) -> None:
        """Ends writing."""
        self._file.close()


def load(path: Path) -> SavedKeySpace | None:
    """Returns what a file holds; None where there is no file.

    Raises:
        MockError: It holds something else.
    """
    if not path.exists():
        return None
    lines = _lines(path)
    try:
        first = next(lines)
        if first["format"] != _FORMAT:
            raise MockError(f"{path} has format {first['format']} (expected {_FORMAT})")
        ids = Cluster(first["cluster_id"], first["member_id"], first["raft_term"])
        items: dict[str, Item] = {}
        revision = 0
        for line in itertools.chain((first,), lines):
            _advance(items, line)
            revision = int(line["revision"])
    except _DAMAGE as error:
        raise MockError(f"{path} is damaged: {error!r}") from error
    return SavedKeySpace(ids, revision, items)


def _advance(items: dict[str, Item], line: dict[str, Any]) -> None:
    for plain in line.get("put", ()):
        item = _item(plain)
        items[item.key] = item
    for name in line.get("deleted", ()):
        items.pop(name, None)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield json.loads(line)


def _snapshot(saved: SavedKeySpace) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "cluster_id": saved.ids.cluster_id,
        "member_id": saved.ids.member_id,
        "raft_term": saved.ids.raft_term,
        "revision": saved.revision,
        "put": [_plain(item) for item in saved.items.values()],
    }


def _is_journal(change: Change, kind: type) -> bool:
    return isinstance(change, kind) and isinstance(change.entry, Item)


def _plain(item: Any) -> list[Any]:
    spec = base64.b64encode(item.spec.SerializeToString()).decode()
    return [spec, item.create_revision, item.mod_revision]


def _item(plain: list[Any]) -> Item:
    spec, created, modified = plain
    item = Item.of(pb.JournalSpec.FromString(base64.b64decode(spec)))
    return replace(item, create_revision=created, mod_revision=modified)


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":")) + "\n"
