"""Puts one lie into a broker: taps its calls, and replaces its functions."""

import functools
import sys
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from mockbroker.lies.lie import Lie, Seen, Work
from mockbroker.rpc.interceptor import Call, Tap

ROOMS = ("mockbroker.", "protocol.")
"""Packages whose modules may hold a replaced function under a name of their own."""
LIES = "mockbroker.lies"
"""Where honest functions stay honest, for lies to use."""


class Liar:
    """An interceptor that tells one lie. Calls that a peer passes on are left alone."""

    def __init__(self, lie: Lie) -> None:
        self._lie = lie
        self._rpcs = {rpc for _, rpc in lie.taps}
        self._memory: dict[Any, Any] = {}

    def begin(self, call: Call) -> Tap | None:
        """Returns the tap of a call that the lie is about."""
        if call.rpc not in self._rpcs or call.proxied:
            return None
        return _LyingTap(self._lie, Seen(call, self._memory))


class _LyingTap(Tap):
    def __init__(self, lie: Lie, seen: Seen) -> None:
        self._taps = lie.taps
        self._seen = seen

    async def received(self, message: Any) -> Any:
        """Has the lie change a request."""
        if self._seen.call.received == 1:
            self._seen.first = type(message).FromString(message.SerializeToString())
        return self._told("requests", message) or None

    async def sending(self, message: Any) -> Any:
        """Has the lie change a response, which may be shared."""
        if ("answers", self._seen.call.rpc) in self._taps:
            message = type(message).FromString(message.SerializeToString())
        return self._told("answers", message)

    async def ending(self, code: int, details: str) -> tuple[int, str]:
        """Has the lie change the end."""
        work = self._taps.get(("ends", self._seen.call.rpc))
        return work(code, details, self._seen) if work else (code, details)

    def _told(self, where: str, message: Any) -> Any:
        work = self._taps.get((where, self._seen.call.rpc))
        told = work(message, self._seen) if work else None
        return message if told is None else told


def install(patches: Mapping[str, Work]) -> None:
    """Replaces functions of the broker in this process, wherever they were imported.

    Raises `AttributeError` or `ImportError` where there is no such function.
    """
    for target, work in patches.items():
        owner, name, honest = replaced(target)
        told = _wrapped(honest, work)
        for holder in _holders(name, honest) if isinstance(owner, ModuleType) else [owner]:
            setattr(holder, name, told)


def replaced(target: str) -> tuple[Any, str, Any]:
    """Returns the owner, the name and the honest value of "module:function".

    Raises `AttributeError` or `ImportError` where there is none.
    """
    module, _, path = target.partition(":")
    *outer, name = path.split(".")
    owner = functools.reduce(getattr, outer, import_module(module))
    return owner, name, getattr(owner, name)


def _wrapped(honest: Any, work: Work) -> Any:
    if not callable(honest):
        return work(honest)

    @functools.wraps(honest)
    def told(*arguments: Any, **named: Any) -> Any:
        return work(honest, *arguments, **named)

    return told


def _holders(name: str, honest: Any) -> list[Any]:
    return [
        module
        for key, module in sys.modules.items()
        if key.startswith(ROOMS) and not key.startswith(LIES) and vars(module).get(name) is honest
    ]
