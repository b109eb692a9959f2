"""Profiles: what is asked of which broker."""

from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from conformance.catalogue import LEVELS
from conformance.errors import ConfigurationError
from conformance.known_failing import KnownFailing, parse_list
from conformance.tables import build, read_document

HERE = Path(__file__).parent / "profiles"
TEXTS = ("exact", "named")


@dataclass(frozen=True)
class Profile:
    """What a run asks of a broker.

    `release` decides which requirements apply. A failure counts against the broker when its
    level is among `binding`. `texts` is `exact` where refusals must carry the reference
    broker's words, and `named` where code and named field are enough. `exclude` lists
    requirements that the broker is known not to offer.
    """

    name: str
    description: str
    release: str
    binding: tuple[str, ...]
    texts: str
    exclude: tuple[str, ...] = ()
    known_failing: tuple[KnownFailing, ...] = field(default=(), compare=False)
    digest: str = ""

    def __post_init__(self) -> None:
        """Refuses values outside the closed lists with a ValueError of one sentence."""
        if self.texts not in TEXTS:
            raise ValueError(f"texts is {self.texts!r} (want one of {', '.join(TEXTS)})")
        if odd := [level for level in self.binding if level not in LEVELS]:
            raise ValueError(f"unknown level {odd[0]!r} (want some of {', '.join(LEVELS)})")

    @property
    def exact_texts(self) -> bool:
        """Whether refusals must carry the reference broker's words."""
        return self.texts == "exact"


def names() -> tuple[str, ...]:
    """The profiles that come with the suite."""
    return tuple(sorted(path.stem for path in HERE.glob("*.toml")))


def load_profile(name: str) -> Profile:
    """The profile called `name`, or the one in the TOML file of that path.

    Raises:
        ConfigurationError: there is none, or it is malformed.
    """
    path = Path(name) if name.endswith(".toml") else HERE / f"{name}.toml"
    if not name.endswith(".toml") and name not in names():
        raise ConfigurationError(f"unknown profile {name!r} (known are {', '.join(names())})")
    document: dict[str, Any] = read_document(path)
    known_failing = parse_list(document.pop("known_failing", None), path)
    try:
        profile = build(Profile, {**document, "digest": _digest(path)})
    except ValueError as error:
        raise ConfigurationError(str(error), path=path) from None
    return replace(profile, known_failing=known_failing)


def _digest(path: Path) -> str:
    return f"sha256:{sha256(path.read_bytes()).hexdigest()}"
