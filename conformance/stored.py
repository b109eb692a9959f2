"""Fragment files that tests put into, and find in, the store behind a target."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import protocol
from conformance import wait
from conformance.answer import Answer
from conformance.errors import NonconformanceError
from conformance.journal import Journal
from conformance.target import Target
from conformance.trace import noted
from conformance.workspace import Workspace
from protocol.codecs import encode
from protocol.fragments import content_name, sum_of
from protocol.replay import files

TEN = b"0123456789"
TIMES = (100, 200, 300, 400, 500)
"""Modification times of the five files of `five`, in seconds since the epoch."""
REFRESH = 1
"""Seconds between store listings of these journals, the least that a spec may ask for."""
ROLLED = 1024
"""The least fragment length: each longer append ends a fragment of its own."""
CODEC = protocol.CompressionCodec


@dataclass(frozen=True)
class Shelf:
    """The directory of one journal in the target's file root."""

    root: Path
    journal: str

    @property
    def folder(self) -> Path:
        """Where the journal's files lie."""
        return self.root / self.journal

    def put(
        self,
        begin: int,
        content: bytes,
        *,
        mod_time: int | None = None,
        postfix: str = "",
        codec: str = "NONE",
        name: str | None = None,
        stored: bytes | None = None,
    ) -> Path:
        """Writes a fragment file, or one of another `name`, whole at once; returns its path.

        It holds `stored`, or else the content as its codec compresses it.
        """
        fragment = protocol.Fragment(
            journal=self.journal,
            begin=begin,
            end=begin + len(content),
            sum=sum_of(content),
            compression_codec=codec,
        )
        folder = self.folder / postfix
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / (name or content_name(fragment))
        partial = folder / f".partial-{path.name}"
        if stored is None:
            stored = b"".join(encode(CODEC.Value(codec), [content]))
        partial.write_bytes(stored)
        noted("put", self.root, path, stored, mod_time)
        if mod_time is not None:
            os.utime(partial, (mod_time, mod_time))
        return partial.rename(path)

    def files(self) -> list[Path]:
        """The journal's files, of any name but those of files still being written."""
        noted("files", self.root, self.folder, files.told(self.root, self.journal))
        return sorted(path for path in self.folder.rglob("[!.]*") if path.is_file())

    def remove(self, path: Path) -> None:
        """Removes a file, which may be gone."""
        noted("remove", self.root, path)
        path.unlink(missing_ok=True)

    def age(self, path: Path, mod_time: int) -> None:
        """Sets when a file was modified."""
        noted("age", self.root, path, mod_time)
        os.utime(path, (mod_time, mod_time))

    def ends(self) -> set[int]:
        """The end offsets of the fragment files."""
        return {int(path.name.split("-")[1], 16) for path in self.files()}


def make_folder(root: Path, path: str) -> None:
    """Makes a directory of the file root, for a store that needs one to be there."""
    noted("folder", root, root / path)
    (root / path).mkdir(parents=True, exist_ok=True)


def five(shelf: Shelf) -> None:
    """Puts five fragments there, each of ten bytes, of the times of TIMES."""
    for number, mod_time in enumerate(TIMES):
        shelf.put(number * len(TEN), TEN, mod_time=mod_time)


def begins(answer: Answer) -> list[int]:
    """The begin offsets of the fragments that ListFragments answered."""
    return [entry.spec.begin for entry in answer.ok().fragments]


def spans(answer: Answer) -> list[tuple[int, int]]:
    """The spans of the fragments that ListFragments answered."""
    return [(entry.spec.begin, entry.spec.end) for entry in answer.ok().fragments]


def stored_journal(workspace: Workspace, target: Target, **fragment: Any) -> Journal:
    """A journal whose fragments go to the target's file root."""
    return workspace.journal(fragment=_stored(target, fragment))


def filled_journal(
    workspace: Workspace,
    target: Target,
    root: Path,
    fill: Callable[[Shelf], object],
    **fragment: Any,
) -> Journal:
    """A journal whose store holds what `fill` puts there before it is made, once listed."""
    name = workspace.name()
    shelf = Shelf(root, name)
    fill(shelf)
    journal = workspace.journal(name=name, fragment=_stored(target, fragment))
    wait.until(lambda: journal.fragments().first.fragments, "the store to be listed")
    return journal


def _stored(target: Target, fragment: dict[str, Any]) -> dict[str, Any]:
    return {"stores": [target.store()], "refresh_interval": REFRESH, **fragment}


def persisted(journal: Journal) -> list[Any]:
    """The listed fragments, once all of the journal is listed from the store."""

    def look() -> list[Any] | None:
        found = [entry.spec for entry in journal.fragments().first.fragments]
        return found if found and all(each.backing_store for each in found) else None

    return wait.until(look, f"{journal.name} to be persisted and listed") or []


def kept(workspace: Workspace, target: Target) -> list[Journal]:
    """Journals with content: one of local fragments, and one stored where there is a file root."""
    local = workspace.journal()
    made = [local]
    if target.spec.file_root is not None:
        codec = CODEC.Value("GZIP")
        stored = stored_journal(workspace, target, length=ROLLED, compression_codec=codec)
        made.append(stored)
    for journal in made:
        for number in range(3):
            workspace.appended(journal, f"{number} {'x' * ROLLED}\n".encode()).ok()
    for journal in made[1:]:
        journal.append(suspend="SUSPEND_NOW")
        persisted(journal)
    return made


def stored_bytes(root: Path, path: str) -> bytes:
    """What the file at `path` below the file root holds.

    Raises:
        NonconformanceError: there is none, although the broker told of it.
    """
    folder = (root / path).parent
    noted("files", root, folder, files.told(root, str(folder.relative_to(root))))
    try:
        return (root / path).read_bytes()
    except OSError as error:
        raise NonconformanceError(f"a file at {path} of the store", str(error)) from error


def sha1(content: bytes) -> str:
    """The hex SHA-1 of content."""
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()
