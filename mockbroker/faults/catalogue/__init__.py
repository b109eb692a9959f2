"""The known classes of faults, by name: what a client sees, and the rule that shows it.

Faults of a broker's life (killed, isolated, deposed) and of its connections are no rules: the
cluster's own methods bring them about.
"""

from typing import Any

from mockbroker.faults.catalogue import (
    fetches,
    listings,
    reads,
    routing,
    statuses,
    streams,
    timing,
)
from mockbroker.faults.catalogue.entries import Entry
from mockbroker.faults.rule import Action, FaultError

__all__ = ["CATALOGUE", "Entry", "entry", "make"]

_SECTIONS = (statuses, timing, streams, routing, reads, fetches, listings)

CATALOGUE: dict[str, Entry] = {
    found.name: found for section in _SECTIONS for found in section.ENTRIES
}
"""Every class of faults that is a rule, by name."""


def entry(name: str) -> Entry:
    """The class `name`. Raises FaultError if there is none."""
    if name not in CATALOGUE:
        raise FaultError(f"no fault is called {name!r}", hint=f"one of {', '.join(CATALOGUE)}")
    return CATALOGUE[name]


def make(name: str, **parameters: Any) -> Action:
    """The action of the class `name`. Raises FaultError for a parameter it hasn't got."""
    found = entry(name)
    try:
        return found.make(**parameters)
    except TypeError as error:
        raise FaultError(f"fault {name!r} does not take {', '.join(parameters)}") from error
