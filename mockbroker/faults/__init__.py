"""Programmable faults: rules that match calls, and what they do to them.

A `Rule` says which calls it wants (`Match`) and what happens to them (an action of
`answers`, `cuts`, `fetch`, `payload` or `timing`). The `Engine` holds the rules of one cluster and
sits on the seam between pump and core; `catalogue` names the known classes of faults, and
`scenario` reads rules from YAML. Each of these is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockbroker.faults.answers import Error, Status
    from mockbroker.faults.cuts import Cut, Drop, Truncate
    from mockbroker.faults.engine import Engine, Firing, Handle
    from mockbroker.faults.fetch import Fetch
    from mockbroker.faults.payload import Corrupt, Garbage, Insert, Mutate, Pad, Split
    from mockbroker.faults.rule import Action, FaultError, Match, Rule
    from mockbroker.faults.timing import Delay, Stall

_HOMES = {
    "Action": "rule",
    "Corrupt": "payload",
    "Cut": "cuts",
    "Delay": "timing",
    "Drop": "cuts",
    "Engine": "engine",
    "Error": "answers",
    "FaultError": "rule",
    "Fetch": "fetch",
    "Firing": "engine",
    "Garbage": "payload",
    "Handle": "engine",
    "Insert": "payload",
    "Match": "rule",
    "Mutate": "payload",
    "Pad": "payload",
    "Rule": "rule",
    "Split": "payload",
    "Stall": "timing",
    "Status": "answers",
    "Truncate": "cuts",
}

__all__ = [
    "Action",
    "Corrupt",
    "Cut",
    "Delay",
    "Drop",
    "Engine",
    "Error",
    "FaultError",
    "Fetch",
    "Firing",
    "Garbage",
    "Handle",
    "Insert",
    "Match",
    "Mutate",
    "Pad",
    "Rule",
    "Split",
    "Stall",
    "Status",
    "Truncate",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'mockbroker.faults' has no attribute {name!r}")
    return getattr(import_module(f"mockbroker.faults.{_HOMES[name]}"), name)
