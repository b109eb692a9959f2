"""The files below a directory, put aside and back. Files are never written to, only replaced."""

import os
import shutil
import tempfile
import weakref
from pathlib import Path


class Remembered:
    """Files put aside, which are removed with the last reference to this."""

    def __init__(self, path: Path) -> None:
        self.path = path
        weakref.finalize(self, shutil.rmtree, path, ignore_errors=True)


class Tree:
    """A directory whose content can be remembered; it stays itself in place."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def clear(self) -> None:
        """Removes everything below the directory."""
        for entry in self._root.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink(missing_ok=True)

    def remember(self) -> Remembered:
        """Returns the same files at another place, beside the directory where that may be."""
        beside = self._root.parent if os.access(self._root.parent, os.W_OK) else None
        kept = Remembered(Path(tempfile.mkdtemp(prefix="mockbroker-", dir=beside)))
        _link(self._root, kept.path)
        return kept

    def recall(self, kept: Remembered) -> None:
        """Has the directory hold what was remembered, and nothing else."""
        self.clear()
        _link(kept.path, self._root)


def _link(source: Path, target: Path) -> None:
    """Copies a tree by hard links, which cost no content; by content where there are none."""
    shutil.copytree(source, target, copy_function=_link_file, dirs_exist_ok=True)


def _link_file(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
