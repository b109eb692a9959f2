"""A rule: which calls a fault wants, and what it does to them."""

import asyncio
import random
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Protocol

from mockbroker.rpc.interceptor import Call, Tap, TapError
from protocol.wire.service import METHODS

ANY = "*"
RPCS = (ANY, *METHODS, "Fetch")
"""What a rule may want: any RPC, one of the service, or the fetch of a fragment by its URL."""


class FaultError(TapError):
    """A rule or action is not one that could ever do something."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """The calls a rule wants; what is not given matches all.

    Attributes:
        rpc: Name of the RPC, any of the service by default, or `Fetch`.
        journal: Glob over the journal a call names; `*` crosses slashes.
        broker: Index of the broker in its cluster.
        proxied: Whether a client makes the call (False), a peer does for its client (True), or
            either (None), when one call of a client may count at two brokers. Replicate is
            between peers and matches whatever this says.
        nth: Which of the calls that match otherwise: the nth, counted from 1 by the rule, or
            those from first to last.
        probability: Chance of each call that matches otherwise.
    """

    rpc: str = ANY
    journal: str = ANY
    broker: int | None = None
    proxied: bool | None = False
    nth: int | tuple[int, int] | None = None
    probability: float = 1.0

    def __post_init__(self) -> None:
        if self.rpc not in RPCS:
            raise FaultError(f"no RPC is called {self.rpc!r}", hint=f"one of {', '.join(RPCS)}")
        if not 0 <= self.probability <= 1:
            raise FaultError(f"probability {self.probability} is not within 0 to 1")
        first, last = self.span
        if first < 1 or last < first:
            raise FaultError(f"no call is the {self.nth} one", hint="calls count from 1")

    @property
    def span(self) -> tuple[float, float]:
        """First and last of the calls wanted, by number."""
        if self.nth is None:
            return 1, float("inf")
        return self.nth if isinstance(self.nth, tuple) else (self.nth, self.nth)

    def wants(self, call: Call) -> bool:
        """Whether `call` matches, its number and chance aside."""
        return (
            self.rpc in ({call.rpc} if call.rpc == "Fetch" else {ANY, call.rpc})
            and self.broker in {None, call.broker}
            and (call.rpc == "Replicate" or self.proxied in {None, call.proxied})
            and fnmatchcase(call.journal, self.journal)
        )


class Release:
    """Something to wait for that any thread may let go, once and for all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self._done = False

    def set(self) -> None:
        """Lets go of all who wait, and of all who will."""
        with self._lock:
            self._done = True
            for loop, event in self._waiting:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(event.set)

    async def wait(self) -> None:
        """Returns when `set` has been called."""
        event = asyncio.Event()
        with self._lock:
            if self._done:
                return
            self._waiting.append((asyncio.get_running_loop(), event))
        await event.wait()


@dataclass(frozen=True)
class Shot:
    """What an action may use while it is at one call.

    Attributes:
        chance: Random numbers of its rule.
        sleep: Waits so many seconds of the cluster's clock.
        removed: Let go when the rule is removed.
    """

    chance: random.Random
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    removed: Release = field(default_factory=Release)


class Action(Protocol):
    """What a fault does to the calls it gets."""

    def tap(self, call: Call, shot: Shot) -> Tap:
        """Returns what is to see `call`, all of it."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One fault.

    Attributes:
        match: The calls it wants.
        action: What happens to them.
        name: What the log and errors call it.
        times: How many calls it gets at most, or None for all until it is removed.
        seconds: How long it lasts from when it was added, or None for ever.
    """

    match: Match
    action: Action
    name: str = ""
    times: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise FaultError(f"a rule that acts {self.times} times never acts")
        if self.seconds is not None and self.seconds <= 0:
            raise FaultError(f"a rule that lasts {self.seconds} seconds never acts")
