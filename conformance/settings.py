"""What one run was asked to do, in a form that travels to worker processes."""

import json
import secrets
import time
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from conformance.access import EVERYTHING
from conformance.launch import LaunchPlan
from conformance.limits import Caps
from conformance.patience import FULL
from conformance.target import TargetSpec

SEED_BITS = 32


@dataclass(frozen=True)
class Settings:
    """The options of a run.

    Without a `target` the suite starts one as `launch` says. `run_id` is a path segment of
    every journal's name; `select` holds patterns of ids, `levels` and `areas` narrow further.
    `patience` is how many seconds the target may take to answer.
    `access` is how far the run reaches. Where that is not to everything, `chosen_by` selects
    journals of the target (None: all), `journals` are those of them that are looked at, and
    `journals_left` is how many more there are.
    """

    seed: int
    run_id: str
    profile: str
    target: TargetSpec | None = None
    launch: LaunchPlan = field(default_factory=LaunchPlan)
    select: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    known_failing: tuple[str, ...] = ()
    allow_destructive: bool = False
    patience: float = FULL
    access: str = EVERYTHING
    chosen_by: str | None = None
    journals: tuple[str, ...] = ()
    journals_left: int = 0
    caps: Caps = field(default_factory=Caps)

    @property
    def mode(self) -> str:
        """How far the run reaches and what it may take, in words; empty where nothing limits it."""
        access = "" if self.access == EVERYTHING else self.access
        caps = f"at most {self.caps}" if str(self.caps) else ""
        return ", ".join(each for each in (access, caps) if each)

    def to_json(self) -> str:
        """The settings as text; secrets included, so it is handed over, never shown."""
        return json.dumps(asdict(self))

    def with_target(self, target: TargetSpec) -> "Settings":
        """The same run against `target`."""
        return replace(self, target=target)


def from_json(text: str) -> Settings:
    """The settings that `to_json` wrote."""
    values: dict[str, Any] = json.loads(text)
    target, launch, caps = (values.pop(name) for name in ("target", "launch", "caps"))
    return Settings(
        **{key: _untupled(value) for key, value in values.items()},
        target=_target(target) if target else None,
        launch=LaunchPlan(**launch),
        caps=Caps(**caps),
    )


def new_seed() -> int:
    """A seed nobody chose."""
    return secrets.randbits(SEED_BITS)


def new_run_id(seed: int) -> str:
    """A path segment for one run: its seed, and when it began, so that no two runs share it."""
    return f"{seed:x}-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{secrets.token_hex(2)}"


def _untupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _target(values: dict[str, Any]) -> TargetSpec:
    known = {each.name for each in fields(TargetSpec)}
    return TargetSpec(**{key: _untupled(values[key]) for key in known})
