"""What the end of a call means for another attempt: tables, and nothing else."""

from collections.abc import Iterator, Mapping
from enum import Enum

from protocol.client.errors import (
    CallError,
    ClientError,
    FragmentFetchError,
    FragmentSchemeError,
    OutcomeUnknownError,
    ResponseError,
    StatusError,
)
from protocol.wire.messages import Status


class Verdict(Enum):
    """Whether the same call may be made again."""

    FINAL = "it would end the same way"
    FEW = "a few times, since it may be a passing defect"
    LASTING = "for as long as the caller has patience"


_ROUTING: Mapping[int, Verdict] = {
    Status.NO_JOURNAL_PRIMARY_BROKER: Verdict.LASTING,
    Status.NOT_JOURNAL_PRIMARY_BROKER: Verdict.LASTING,
    Status.NOT_JOURNAL_BROKER: Verdict.LASTING,
    Status.INSUFFICIENT_JOURNAL_BROKERS: Verdict.LASTING,
}
STATUSES: Mapping[str, Mapping[int, Verdict]] = {
    "Read": {**_ROUTING, Status.JOURNAL_NOT_FOUND: Verdict.FEW},
    "Append": _ROUTING,
    "List": {},
    "Apply": {},
    "ListFragments": {**_ROUTING, Status.JOURNAL_NOT_FOUND: Verdict.FEW},
}
"""Statuses that allow another attempt, by RPC; all others are final."""

_STREAM = {
    "UNAVAILABLE": Verdict.LASTING,
    "DEADLINE_EXCEEDED": Verdict.LASTING,
    "CANCELLED": Verdict.LASTING,
    "ABORTED": Verdict.LASTING,
    "INTERNAL": Verdict.LASTING,
    "UNKNOWN": Verdict.FEW,
    "DATA_LOSS": Verdict.FEW,
    "RESOURCE_EXHAUSTED": Verdict.FINAL,
}
_CHANGE = {
    "UNAVAILABLE": Verdict.LASTING,
    "CANCELLED": Verdict.LASTING,
    "ABORTED": Verdict.LASTING,
    "INTERNAL": Verdict.LASTING,
}
CODES: Mapping[str, Mapping[str, Verdict]] = {
    "Read": _STREAM,
    "List": {**_STREAM, "UNKNOWN": Verdict.FINAL},
    "ListFragments": {**_STREAM, "UNKNOWN": Verdict.FINAL},
    "Append": _CHANGE,
    "Apply": _CHANGE,
}
"""Codes of gRPC that allow another attempt if nothing was changed; all others are final."""

REDIRECTIONS = frozenset({Status.NOT_JOURNAL_BROKER, Status.NOT_JOURNAL_PRIMARY_BROKER})
"""Statuses whose header tells where to go."""

_NEVER_SENT = (
    "failed to connect to all addresses",
    "all SubConns are in TransientFailure",
    "Error while dialing",
    "Connection refused",
    "connection refused",
)
_REFUSED = frozenset(
    {"UNAUTHENTICATED", "PERMISSION_DENIED", "UNIMPLEMENTED", "RESOURCE_EXHAUSTED"}
)
_TOO_SLOW = "append stream: client stream didn't sustain the minimum append data rate"
_ROLLED_BACK = ("append stream: ", "resolve: ", "etcdserver: duplicate key")


def verdict_of(rpc: str, error: ClientError) -> Verdict:
    """Whether a call of `rpc` which ended in `error` may be repeated.

    One of which nobody knows whether it changed something may, if the caller agrees.
    """
    if isinstance(error, OutcomeUnknownError):
        cause = error.__cause__
        return _STREAM.get(getattr(cause, "code", ""), Verdict.FINAL)
    if isinstance(error, StatusError):
        return STATUSES[rpc].get(error.status or 0, Verdict.FINAL)
    if isinstance(error, CallError):
        slow = _TOO_SLOW in error.details
        return Verdict.FEW if slow else CODES[rpc].get(error.code, Verdict.FINAL)
    passing = isinstance(error, ResponseError | FragmentFetchError)
    if passing and rpc in {"Read", "List"} and not isinstance(error, FragmentSchemeError):
        return Verdict.FEW
    return Verdict.FINAL


def changed_nothing(error: CallError) -> bool:
    """Whether a call that was handed over whole and ended in `error` surely had no effect.

    Brokers name their refusals, and connections that were never made are told by name.
    """
    if error.code in _REFUSED:
        return True
    if error.code == "UNKNOWN":
        return error.details.startswith(_ROLLED_BACK)
    return error.code == "UNAVAILABLE" and any(mark in error.details for mark in _NEVER_SENT)


_DELAYS = (0.05, 0.05, 0.1, 0.1, 1.0, 1.0)
_LONGEST = 5.0


def delays() -> Iterator[float]:
    """Seconds between attempts: 50 ms twice, 100 ms twice, 1 s twice, then 5 s for ever."""
    yield from _DELAYS
    while True:
        yield _LONGEST


FEW = 4
"""How many times a call is repeated whose verdict is `FEW`."""
