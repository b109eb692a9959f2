"""The key-space on disk, against the key-space in memory."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbroker.core.etcd import Cluster, Etcd
from mockbroker.core.keyspace import Change, Delete, Item, Put
from mockbroker.errors import MockError
from mockbroker.state.keyspace import KeySpaceLog, SavedKeySpace, load
from protocol import JournalSpec

IDS = Cluster(11, 12)
_CHANGES = st.lists(st.tuples(st.sampled_from(["acme/a", "acme/b"]), st.integers(0, 3)))


def _change(etcd: Etcd, name: str, replication: int) -> Change:
    """Puts a journal, or deletes the one there is."""
    present = etcd.truth.items.get(name)
    if present and not replication:
        return Delete(present)
    return Put(Item.of(JournalSpec(name=name, replication=replication)))


@given(_CHANGES, st.booleans())
def test_loads_what_was_delivered(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, int]], torn: bool
) -> None:
    """Journals, their revisions and the cluster's ids are as they were; half a line is not."""
    path = tmp_path_factory.mktemp("keyspace") / "keyspace.log"
    etcd = Etcd(IDS, lambda: 0)
    log = KeySpaceLog(path, SavedKeySpace(IDS, etcd.revision, {}))
    etcd.attach(log)
    for name, replication in changes:
        etcd.commit([_change(etcd, name, replication)])
    log.close()
    if torn:
        with path.open("ab") as file:
            file.write(b'{"revision":99,"put":[')

    saved = load(path)

    assert saved == SavedKeySpace(IDS, etcd.revision, etcd.truth.items)


def test_begins_anew_with_what_was_loaded(tmp_path: Path) -> None:
    """A second process writes one line of all that was, and goes on from there."""
    path = tmp_path / "keyspace.log"
    items = {"acme/a": replace(Item.of(JournalSpec(name="acme/a")), create_revision=3)}
    KeySpaceLog(path, SavedKeySpace(IDS, 9, items)).close()

    assert load(path) == SavedKeySpace(IDS, 9, items)
    assert path.read_bytes().count(b"\n") == 1


def test_there_is_nothing_at_first(tmp_path: Path) -> None:
    """Without a file there is no key-space."""
    assert load(tmp_path / "keyspace.log") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is damaged"),
        ("{}\n", "is damaged"),
        ("x\n", "is damaged"),
        ('{"format":2}\n', "has format 2"),
        ('{"format":1,"cluster_id":1,"member_id":1,"raft_term":1,"revision":1}\n[]\n', "damaged"),
    ],
)
def test_refuses_what_is_no_keyspace(tmp_path: Path, text: str, message: str) -> None:
    """Another file is an error in one sentence."""
    path = tmp_path / "keyspace.log"
    path.write_text(text)

    with pytest.raises(MockError, match=message):
        load(path)
