"""What the catalogue is made of: one entry for each class of faults."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mockbroker.faults.answers import Status
from mockbroker.faults.fetch import RPC
from mockbroker.faults.payload import Mutate
from mockbroker.faults.rule import Action


@dataclass(frozen=True)
class Entry:
    """One class of faults.

    Attributes:
        name: What it is called.
        effect: What a client observes.
        make: Makes the action; its keyword arguments are the fault's parameters.
        match: What its rule wants, unless the caller says otherwise.
    """

    name: str
    effect: str
    make: Callable[..., Action]
    match: Mapping[str, Any]


def fault(name: str, effect: str, make: Callable[..., Action], **match: Any) -> Entry:
    """A class of faults with an action of its own."""
    return Entry(name, effect, make, match)


def status(name: str, answer: str | int, effect: str, rpc: str, **match: Any) -> Entry:
    """A class of faults that answers with a status."""
    return fault(name, effect, lambda: Status(status=answer), rpc=rpc, **match)


def mutation(name: str, effect: str, rpc: str, **change: Any) -> Entry:
    """A class of faults that changes responses."""
    return fault(name, effect, lambda: Mutate(**change), rpc=rpc)


def fetch(name: str, effect: str, make: Callable[..., Action], **match: Any) -> Entry:
    """A class of faults of fragments that clients fetch."""
    return fault(name, effect, make, rpc=RPC, **match)
