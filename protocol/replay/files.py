"""Files that scripts put into the directory behind file stores, and look for there."""

import os
import zlib
from pathlib import Path


def put(root: Path, path: str, content: bytes, mod_time: int | None) -> None:
    """Writes a file whole at once."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".partial-{file.name}")
    partial.write_bytes(content)
    if mod_time is not None:
        os.utime(partial, (mod_time, mod_time))
    partial.rename(file)


def told(root: Path, folder: str) -> str:
    """The files below a folder by name, size and sum; those still being written are not told."""
    files = sorted(path for path in (root / folder).rglob("[!.]*") if path.is_file())
    return ", ".join(one(path, (root / folder)) for path in files)


def one(path: Path, folder: Path) -> str:
    """A file by name, size and sum."""
    content = path.read_bytes()
    return f"{path.relative_to(folder)} {len(content)} {zlib.crc32(content):08x}"
