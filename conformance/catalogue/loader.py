"""Reads and checks the catalogue; a mistake in it is one sentence that names the file."""

import functools
import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.catalogue.requirement import Requirement
from conformance.errors import ConfigurationError
from conformance.tables import build

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Catalogue(Mapping[str, Requirement]):
    """All requirements by id, in the order of areas and files; `digest` pins their text."""

    requirements: Mapping[str, Requirement]
    digest: str

    def __getitem__(self, key: str) -> Requirement:
        return self.requirements[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.requirements)

    def __len__(self) -> int:
        return len(self.requirements)

    @property
    def areas(self) -> tuple[str, ...]:
        """The contract areas, in alphabetical order."""
        return tuple(dict.fromkeys(entry.area for entry in self.values()))


@functools.cache
def load(folder: Path = HERE) -> Catalogue:
    """Every requirement of the TOML files in `folder`, checked; a folder is read once.

    Raises:
        ConfigurationError: a file does not parse, or an entry has an unknown key, a missing
            one, a value outside the closed lists, or an id that is already taken.
    """
    requirements: dict[str, Requirement] = {}
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.toml")):
        content = path.read_bytes()
        digest.update(content)
        for requirement in _read(path, content):
            if requirement.id in requirements:
                raise ConfigurationError(f"id {requirement.id} is taken twice", path=path)
            requirements[requirement.id] = requirement
    if not requirements:
        raise ConfigurationError("holds no requirement", path=folder)
    return Catalogue(requirements, f"sha256:{digest.hexdigest()}")


def _read(path: Path, content: bytes) -> Iterator[Requirement]:
    try:
        document = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(str(error), path=path) from None
    if list(document) != ["requirement"] or not isinstance(document["requirement"], list):
        raise ConfigurationError("must hold [[requirement]] entries and nothing else", path=path)
    for number, entry in enumerate(document["requirement"], start=1):
        try:
            yield build(Requirement, {**entry, "area": path.stem})
        except ValueError as error:
            raise ConfigurationError(f"entry {number}: {error}", path=path) from None
