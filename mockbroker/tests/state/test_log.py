"""The file of one fragment, cut anywhere."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbroker.errors import MockError
from mockbroker.state import log
from protocol import CompressionCodec, Fragment, LabelSet
from protocol.spool import MemoryContent, Spool

JOURNAL = "acme/a"


def _registers(number: int) -> LabelSet:
    return LabelSet(labels=[{"name": "number", "value": str(number)}])


def _spool(begin: int) -> Spool:
    spool = Spool(JOURNAL)
    empty = Fragment(
        journal=JOURNAL, begin=begin, end=begin, compression_codec=CompressionCodec.GZIP
    )
    empty.sum.SetInParent()
    spool.propose(empty, LabelSet(), now=0)
    return spool


def _written(path: Path, contents: list[bytes], begin: int) -> list[int]:
    """Commits each of `contents`, and returns the length of the file after each."""
    spool = _spool(begin)
    log.begin(path, spool, 7)
    lengths = []
    for number, content in enumerate(contents):
        before = spool.fragment.end
        spool.write(content)
        spool.propose(spool.next(), _registers(number), now=5 + number)
        log.commit(path, spool, before)
        lengths.append(path.stat().st_size)
    return lengths


@given(
    st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=5),
    st.integers(0, 100),
    st.data(),
)
def test_holds_every_commit_that_is_whole(
    tmp_path_factory: pytest.TempPathFactory,
    contents: list[bytes],
    begin: int,
    data: st.DataObject,
) -> None:
    """Cut at any byte, a file holds exactly the commits before the cut."""
    path = tmp_path_factory.mktemp("log") / "a.log"
    lengths = _written(path, contents, begin)
    cut = data.draw(st.integers(path.read_bytes().index(b"\n") + 1, lengths[-1]))
    path.write_bytes(path.read_bytes()[:cut])
    whole = sum(length <= cut for length in lengths)

    read = log.read(path, MemoryContent)

    if not whole:
        assert read is None
        return
    assert read
    expected = b"".join(contents[:whole])
    fragment = read.spool.fragment
    assert (read.journal, read.created, read.stored) == (JOURNAL, 7, False)
    assert (fragment.begin, fragment.end) == (begin, begin + len(expected))
    assert fragment.compression_codec == CompressionCodec.GZIP
    assert read.spool.content.read(0, 1000) == expected
    assert read.spool.registers == _registers(whole - 1)
    assert read.spool.first_append_time == 5


def test_ignores_commits_that_do_not_sum_up(tmp_path: Path) -> None:
    """A commit whose bytes are others than its sum says, and what follows, does not count."""
    path = tmp_path / "a.log"
    _written(path, [b"one", b"two", b"three"], 0)
    path.write_bytes(path.read_bytes().replace(b"two", b"owt"))

    read = log.read(path, MemoryContent)

    assert read
    assert read.spool.content.read(0, 100) == b"one"


def test_stripped_it_keeps_offset_and_registers(tmp_path: Path) -> None:
    """Once a store has the content, the file holds none, and is marked so."""
    path = tmp_path / "a.log"
    _written(path, [b"x" * 1000, b"y"], 3)
    assert not log.is_stored(path)

    log.strip(path)
    read = log.read(path, MemoryContent)

    assert path.stat().st_size < 400
    assert log.is_stored(path)
    assert read
    assert read.stored
    assert (read.spool.fragment.begin, read.spool.fragment.end) == (3, 1004)
    assert read.spool.registers == _registers(1)


@pytest.mark.parametrize("text", ["", "{}\n", "[1]\n", "x\n"])
def test_refuses_what_is_no_such_file(tmp_path: Path, text: str) -> None:
    """Another file is an error in one sentence."""
    path = tmp_path / "a.log"
    path.write_text(text)

    with pytest.raises(MockError, match=r"a\.log is damaged"):
        log.read(path, MemoryContent)
