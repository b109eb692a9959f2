"""Known-failing lists: what may fail, why, until when - and no longer than it does."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.errors import ConfigurationError
from conformance.tables import build, read_document


@dataclass(frozen=True)
class KnownFailing:
    """One requirement that is expected to fail.

    `link` leads to where the defect is tracked; after the day `expires` the entry is stale.
    """

    id: str
    reason: str
    link: str
    expires: dt.date


def read_list(path: Path) -> tuple[KnownFailing, ...]:
    """The entries of a known-failing list, in TOML or YAML under the key `known_failing`.

    Raises:
        ConfigurationError: the file cannot be read, or an entry has an unknown or missing key.
    """
    document = read_document(path)
    if unknown := sorted(str(key) for key in document if key != "known_failing"):
        raise ConfigurationError(f"unknown key {unknown[0]!r} (want known_failing)", path=path)
    return parse_list(document.get("known_failing"), path)


def parse_list(tables: Any, path: Path) -> tuple[KnownFailing, ...]:
    """The entries of an already parsed list; `path` is named in errors."""
    if tables is None:
        return ()
    if not isinstance(tables, list):
        raise ConfigurationError("known_failing must be a list of entries", path=path)
    entries: dict[str, KnownFailing] = {}
    for number, table in enumerate(tables, start=1):
        try:
            entry = build(KnownFailing, table)
        except ValueError as error:
            raise ConfigurationError(f"entry {number}: {error}", path=path) from None
        if entry.id in entries:
            raise ConfigurationError(f"entry {number}: {entry.id} is listed twice", path=path)
        entries[entry.id] = entry
    return tuple(entries.values())


def write_list(path: Path, entries: Iterable[KnownFailing]) -> None:
    """Writes a list in TOML, which `read_list` reads back.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    tables = (
        f"[[known_failing]]\nid = {json.dumps(entry.id)}\nreason = {json.dumps(entry.reason)}\n"
        f"link = {json.dumps(entry.link)}\nexpires = {entry.expires}\n"
        for entry in entries
    )
    try:
        path.write_text("\n".join(tables), encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(error.strerror or str(error), path=path) from None


def staleness(
    entry: KnownFailing, *, known: Iterable[str], passed: Iterable[str], today: dt.date
) -> str | None:
    """Why `entry` no longer belongs on its list, or None while it does.

    `known` are the catalogue's ids, `passed` those whose every test passed in this run.
    """
    if entry.id not in known:
        return f"{entry.id} matches no requirement"
    if entry.id in passed:
        return f"{entry.id} is listed as failing, and passed"
    if today > entry.expires:
        return f"{entry.id} expired on {entry.expires}"
    return None
