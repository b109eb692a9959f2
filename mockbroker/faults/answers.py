"""Faults that answer in the broker's place, which then does nothing of what was asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import protocol as pb
from mockbroker.faults.cuts import Cut, code_of
from mockbroker.faults.fields import assign
from mockbroker.faults.rule import FaultError, Shot
from mockbroker.rpc.interceptor import Call, CutError, Tap

_NO_OFFSET = 1 << 62
_APPEND_PASSES = {"journal", "header", "do_not_proxy"}


def status_of(status: str | int) -> int:
    """The number of a status, by name or as a number that may be none of the contract."""
    if isinstance(status, int) and not isinstance(status, bool):
        return status
    try:
        return pb.Status.Value(str(status))
    except ValueError:
        names = ", ".join(pb.Status.keys())
        raise FaultError(f"no status is called {status!r}", hint=f"one of {names}") from None


@dataclass(frozen=True, kw_only=True)
class Status:
    """Answers with a status: the header is true, nothing else follows, nothing is done.

    Attributes:
        status: Name of the status, or any number.
        fields: More fields of the response, by dotted path.
        early: Whether an Append is answered at once, and not when it is whole.
    """

    status: str | int
    early: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        status_of(self.status)

    def tap(self, call: Call, shot: Shot) -> Tap:
        """Returns a tap that answers."""
        del shot
        return _Answering(self, call)


@dataclass(frozen=True, kw_only=True)
class Error:
    """Answers with a gRPC error before the broker sees anything.

    Attributes:
        code: Name of the gRPC code, such as `UNAVAILABLE`.
        details: Its text.
    """

    code: str
    details: str = ""

    def __post_init__(self) -> None:
        code_of(self.code)

    def tap(self, call: Call, shot: Shot) -> Tap:
        """Returns a tap that refuses the call."""
        return Cut(at="start", code=self.code, details=self.details).tap(call, shot)


class _Answering(Tap):
    """Lets the broker have a request that changes nothing, and takes its header."""

    def __init__(self, action: Status, call: Call) -> None:
        self._action, self._call = action, call

    async def received(self, message: Any) -> Any:
        if self._call.received > 1:
            return None if message.content else message
        harmless = _HARMLESS.get(self._call.rpc, _same)(message)
        if self._action.early:
            harmless.offset = _NO_OFFSET
        return harmless

    async def sending(self, message: Any) -> Any:
        answer = type(message)()
        if message.HasField("header"):
            answer.header.CopyFrom(message.header)
        for name in ("offset", "write_head"):
            if hasattr(message, name):
                setattr(answer, name, getattr(message, name))
        answer.status = status_of(self._action.status)
        if answer.status == pb.Status.REGISTER_MISMATCH:
            answer.registers.CopyFrom(message.registers)
        for path, value in self._action.fields.items():
            assign(answer, path, value)
        raise CutError(0, last=answer)


def _same(request: Any) -> Any:
    return request


def _without_append(request: Any) -> Any:
    """An Append of nothing, that resumes nothing and minds no registers."""
    harmless = pb.AppendRequest()
    harmless.CopyFrom(request)
    for name in harmless.DESCRIPTOR.fields_by_name:
        if name not in _APPEND_PASSES:
            harmless.ClearField(name)
    harmless.suspend = pb.AppendRequest.SUSPEND_NO_RESUME
    return harmless


def _without_changes(_request: Any) -> Any:
    return pb.ApplyRequest()


def _without_waiting(request: Any) -> Any:
    harmless = pb.ReadRequest()
    harmless.CopyFrom(request)
    harmless.block = False
    harmless.metadata_only = True
    return harmless


_HARMLESS: dict[str, Callable[[Any], Any]] = {
    "Append": _without_append,
    "Apply": _without_changes,
    "Read": _without_waiting,
}
