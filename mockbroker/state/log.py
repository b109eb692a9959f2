"""One fragment under construction, on disk: what each commit added, one after the other.

A file is a line of JSON that names journal and fragment, then for each commit a line that
tells the fragment and registers which resulted, followed by the bytes it added. A commit that
is cut short, or does not sum up, was never acknowledged: it and what follows is ignored.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import protocol as pb
from mockbroker.errors import MockError
from protocol.fragments import digest_of, sum_from_digest
from protocol.spool import CompletedSpool, Content, Spool

_PIECE: Final = 1 << 20


@dataclass(slots=True)
class Read:
    """What a file holds.

    Attributes:
        journal: The journal.
        created: Its create-revision.
        spool: The fragment, with content unless that is in a store, and the registers.
        stored: Whether it is.
    """

    journal: str
    created: int
    spool: CompletedSpool
    stored: bool = False


def begin(path: Path, spool: Spool, created: int) -> None:
    """Makes the file of a spool's fragment, without content, in place of any other."""
    fragment = spool.fragment
    head = {"journal": fragment.journal, "created": created, "begin": fragment.begin}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_line(head | {"codec": fragment.compression_codec}))


def commit(path: Path, spool: Spool, before: int) -> None:
    """Adds the content of a spool from offset `before` on, which was committed together."""
    fragment = spool.fragment
    record = _record(fragment, spool.registers, spool.first_append_time)
    with path.open("ab") as file:
        file.write(_line(record | {"bytes": fragment.end - before}))
        for begin_ in range(before - fragment.begin, fragment.end - fragment.begin, _PIECE):
            end = min(begin_ + _PIECE, fragment.end - fragment.begin)
            file.write(spool.content.read(begin_, end))


def is_stored(path: Path) -> bool:
    """Tells whether a file has no content, because a store has it."""
    with path.open("rb") as file:
        return b'"stored":true' in file.readline()


def strip(path: Path) -> None:
    """Leaves what the last commit told, without any content: a store has that."""
    read_ = read(path, _Nowhere)
    if read_ is None:
        return
    spool = read_.spool
    head = {"journal": read_.journal, "created": read_.created, "begin": spool.fragment.begin}
    record = _record(spool.fragment, spool.registers, spool.first_append_time)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(
        _line(head | {"codec": spool.fragment.compression_codec, "stored": True})
        + _line(record | {"bytes": 0})
    )
    fresh.replace(path)


def read(path: Path, new_content: Callable[[], Content]) -> Read | None:
    """Returns what a file holds; None where nothing was committed to it.

    Raises:
        MockError: It is no such file.
    """
    with path.open("rb") as file:
        try:
            head = json.loads(file.readline())
            fragment = pb.Fragment(
                journal=head["journal"],
                begin=head["begin"],
                end=head["begin"],
                compression_codec=head["codec"],
            )
            empty = CompletedSpool(fragment, pb.LabelSet(), None, new_content())
            stored = bool(head.get("stored"))
            found = Read(head["journal"], head["created"], empty, stored)
        except (ValueError, KeyError, TypeError) as error:
            raise MockError(f"{path} is damaged: {error!r}") from error
        for found.spool in _commits(file, empty, stored=stored):
            pass
    return found if found.spool is not empty else None


def _commits(file: IO[bytes], spool: CompletedSpool, *, stored: bool) -> Iterator[CompletedSpool]:
    """Yields the spool as of each commit that is whole."""
    summer = hashlib.sha1(usedforsecurity=False)
    length = 0
    while record := _next_record(file):
        taken = 0
        while taken < record["bytes"] and (
            piece := file.read(min(_PIECE, record["bytes"] - taken))
        ):
            summer.update(piece)
            spool.content.append(piece)
            taken += len(piece)
        whole = taken == record["bytes"] and (stored or summer.hexdigest() == record["sum"])
        if not whole:
            spool.content.truncate(length)
            return
        length += taken
        spool = _resulting(spool, record)
        yield spool


def _next_record(file: IO[bytes]) -> dict[str, Any] | None:
    line = file.readline()
    if not line.endswith(b"\n"):
        return None
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _record(
    fragment: pb.Fragment, registers: pb.LabelSet, first_append_time: float | None
) -> dict[str, Any]:
    return {
        "end": fragment.end,
        "sum": digest_of(fragment.sum).hex(),
        "registers": [[label.name, label.value, label.prefix] for label in registers.labels],
        "first": first_append_time,
    }


def _resulting(spool: CompletedSpool, record: dict[str, Any]) -> CompletedSpool:
    fragment = pb.Fragment()
    fragment.CopyFrom(spool.fragment)
    fragment.end = record["end"]
    fragment.sum.CopyFrom(sum_from_digest(bytes.fromhex(record["sum"])))
    registers = pb.LabelSet(
        labels=[
            pb.Label(name=name, value=value, prefix=prefix)
            for name, value, prefix in record["registers"]
        ]
    )
    return CompletedSpool(fragment, registers, record["first"], spool.content)


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


class _Nowhere:
    """Content that is not kept."""

    def append(self, data: bytes | memoryview) -> None:
        """Forgets it."""

    def truncate(self, length: int) -> None:
        """There is nothing to cut."""

    def read(self, begin: int, end: int) -> bytes:  # noqa: ARG002 - nothing of any range
        """There is nothing to read."""
        return b""
