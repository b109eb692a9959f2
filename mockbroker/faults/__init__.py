"""Programmable faults: rules that match calls, and what they do to them.

A `Rule` says which calls it wants (`Match`) and what happens to them (an action of
`answers`, `cuts`, `fetch`, `payload` or `timing`). The `Engine` holds the rules of one cluster and
sits on the seam between pump and core; `catalogue` names the known classes of faults, and
`scenario` reads rules from YAML.
"""

from mockbroker.faults.answers import Error, Status
from mockbroker.faults.cuts import Cut, Drop, Truncate
from mockbroker.faults.engine import Engine, Firing, Handle
from mockbroker.faults.fetch import Fetch
from mockbroker.faults.payload import Corrupt, Garbage, Insert, Mutate, Pad, Split
from mockbroker.faults.rule import Action, FaultError, Match, Rule
from mockbroker.faults.timing import Delay, Stall

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
