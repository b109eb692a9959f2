"""What may be told by name where a fault is put in place."""

from collections.abc import Mapping
from typing import Any, TypedDict

from mockbroker.faults.rule import Action


class MatchOptions(TypedDict, total=False):
    """The calls a rule wants: the fields of `Match`, of which `nth` may be a range."""

    rpc: str
    journal: str
    broker: int | None
    proxied: bool | None
    nth: int | tuple[int, int] | range | None
    probability: float


class RuleOptions(MatchOptions, total=False):
    """What `Engine.fault` takes, which tells what it means."""

    action: Action | None
    parameters: Mapping[str, Any] | None
    times: int | None
    seconds: float | None
