"""Content and the blocks it lies in, against a plain bytearray."""

from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mockbroker.store.blocks import BLOCK_SIZE, Blocks
from mockbroker.store.content import Content

BUDGET = 2 * BLOCK_SIZE


class ContentMachine(RuleBasedStateMachine):
    """Two contents of one small budget do what two bytearrays do."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = Blocks(BUDGET)
        self.contents = [Content(self.blocks), Content(self.blocks)]
        self.models = [bytearray(), bytearray()]

    @rule(
        which=st.integers(0, 1),
        seed=st.binary(min_size=1, max_size=3),
        length=st.integers(0, 3 * BLOCK_SIZE),
    )
    def append(self, which: int, seed: bytes, length: int) -> None:
        """Appends any length."""
        data = (seed * length)[:length]
        self.contents[which].append(data)
        self.models[which] += data

    @precondition(lambda self: any(self.models))
    @rule(which=st.integers(0, 1), at=st.floats(0, 1))
    def truncate(self, which: int, at: float) -> None:
        """Cuts anywhere."""
        length = int(at * len(self.models[which]))
        self.contents[which].truncate(length)
        del self.models[which][length:]

    @rule(which=st.integers(0, 1), begin=st.floats(0, 1), length=st.integers(0, 2 * BLOCK_SIZE))
    def read(self, which: int, begin: float, length: int) -> None:
        """Reads any range, also beyond the end."""
        start = int(begin * len(self.models[which]))
        expected = bytes(self.models[which][start : start + length])
        assert self.contents[which].read(start, start + length) == expected

    @rule(which=st.integers(0, 1))
    def close(self, which: int) -> None:
        """Frees one of them."""
        self.contents[which].close()
        self.models[which].clear()

    @invariant()
    def holds_the_same(self) -> None:
        """Lengths agree, and memory is within the budget."""
        assert [len(content) for content in self.contents] == [len(m) for m in self.models]
        assert self.blocks.in_memory <= BUDGET

    def teardown(self) -> None:
        """Everything is freed at the end."""
        for content in self.contents:
            content.close()
        assert (self.blocks.in_memory, self.blocks.on_disk) == (0, 0)
        self.blocks.close()


TestContent = ContentMachine.TestCase


def test_long_content_takes_little_memory() -> None:
    """Content of many times the budget is within the budget, and reads back whole."""
    blocks = Blocks(BUDGET)
    content = Content(blocks)
    pieces = [bytes([number]) * BLOCK_SIZE for number in range(64)]
    for piece in pieces:
        content.append(piece)

    assert blocks.in_memory == BUDGET
    assert blocks.on_disk == 62 * BLOCK_SIZE
    assert list(content.chunks()) == pieces
    blocks.close()


def test_room_on_disk_is_used_again() -> None:
    """The file does not grow while blocks are freed as fast as they come."""
    blocks = Blocks(0)
    kept = blocks.keep(b"stays")
    for number in range(10):
        blocks.free(blocks.keep(bytes([number])))

    assert blocks.on_disk == 2 * BLOCK_SIZE
    assert blocks.get(kept) == b"stays"
    blocks.close()


def test_forgotten_content_is_freed() -> None:
    """Content that nobody refers to takes no room."""
    blocks = Blocks(0)
    content = Content(blocks)
    content.append(bytes(3 * BLOCK_SIZE))
    del content

    assert blocks.on_disk == 0
    blocks.close()


def test_reading_ends_where_content_is_cut_meanwhile() -> None:
    """A reader of content that is freed under it gets what was there, and stops."""
    content = Content(Blocks())
    content.append(bytes(3 * BLOCK_SIZE))
    reader = content.chunks()
    first = next(reader)
    content.close()

    assert (len(first), list(reader)) == (BLOCK_SIZE, [])


@pytest.mark.parametrize("length", [-1, 4])
def test_refuses_to_cut_beyond_its_ends(length: int) -> None:
    """Content can only be cut to a length it has."""
    content = Content(Blocks())
    content.append(b"abc")

    with pytest.raises(ValueError, match="cannot cut 3 bytes"):
        content.truncate(length)


def test_the_file_has_no_name(tmp_path: Path) -> None:
    """Whatever ends the process, it leaves no file behind."""
    blocks = Blocks(0, str(tmp_path))
    blocks.keep(b"x")

    assert list(tmp_path.iterdir()) == []
    blocks.close()
