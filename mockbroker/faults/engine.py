"""The rules of one cluster: counts calls, decides which rule gets them, keeps a log."""

import asyncio
import random
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, Unpack

from mockbroker.faults.options import MatchOptions
from mockbroker.faults.rule import Action, Match, Release, Rule, Shot
from mockbroker.rpc.interceptor import Call, Tap

if TYPE_CHECKING:
    from mockbroker.faults.scenario import Scenario

_LOG = 10_000


@dataclass(frozen=True)
class Firing:
    """One time a rule got a call.

    Attributes:
        sequence: Number among all firings of the cluster, from 1.
        rule: Name of the rule.
        rpc: RPC of the call.
        journal: Journal it named.
        broker: Index of the broker that got it.
        call: Number of the call among those of its RPC at that broker.
    """

    sequence: int
    rule: str
    rpc: str
    journal: str
    broker: int
    call: int


class Handle:
    """A rule in place: how often it got a call, and the way to be rid of it.

    Use as a context manager to remove the rule at the end of a block.
    """

    def __init__(self, engine: "Engine", rule: Rule, chance: random.Random) -> None:
        self.rule = rule
        self._engine = engine
        self._chance = chance
        self._matched = 0
        self._fired: list[Firing] = []
        self._added = engine.now()
        self._removed = Release()

    @property
    def hits(self) -> int:
        """How many calls the rule got so far."""
        return len(self._fired)

    @property
    def firings(self) -> list[Firing]:
        """Each time the rule got a call, in order."""
        return list(self._fired)

    def remove(self) -> None:
        """Takes the rule away, and lets go of the calls it stalls. May be called again."""
        self._engine.discard(self)
        self._removed.set()

    def wait(self, hits: int = 1, timeout: float = 10) -> None:
        """Blocks until the rule got `hits` calls. Raises TimeoutError after `timeout` seconds."""
        self._engine.wait(lambda: self.hits >= hits, timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def claim(self, call: Call) -> Tap | None:
        """The tap on `call` if the rule gets it. Only for the engine, which holds its lock."""
        if not self.rule.match.wants(call) or self._spent():
            return None
        self._matched += 1
        first, last = self.rule.match.span
        lucky = self._chance.random() < self.rule.match.probability
        if not (first <= self._matched <= last and lucky):
            return None
        self._fired.append(self._engine.fired(self.rule, call))
        shot = Shot(random.Random(self._chance.random()), self._engine.sleep, self._removed)
        return self.rule.action.tap(call, shot)

    def _spent(self) -> bool:
        rule = self.rule
        if rule.seconds is not None and self._engine.now() - self._added >= rule.seconds:
            return True
        return rule.times is not None and self.hits >= rule.times


class Engine:
    """An interceptor that lets rules have calls: the first added that wants one gets it.

    Equal rules, seed and order of calls give equal firings.

    Args:
        seed: Of all chance.
        now: Seconds of the clock that ends rules.
        sleep: Waits so many seconds of that clock.
    """

    def __init__(
        self,
        seed: int = 0,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.now, self.sleep = now, sleep
        self._seed = seed
        self._changed = threading.Condition()
        self._handles: list[Handle] = []
        self._added = 0
        self._sequence = 0
        self._log: deque[Firing] = deque(maxlen=_LOG)

    @property
    def log(self) -> list[Firing]:
        """The last firings of all rules, in order."""
        with self._changed:
            return list(self._log)

    @property
    def handles(self) -> list[Handle]:
        """The rules in place, in the order they are asked."""
        with self._changed:
            return list(self._handles)

    def add(self, rule: Rule) -> Handle:
        """Puts `rule` in place, behind those that are there."""
        with self._changed:
            self._added += 1
            handle = Handle(self, rule, random.Random(f"{self._seed}/{self._added}"))
            self._handles.append(handle)
        return handle

    def fault(
        self,
        name: str = "",
        *,
        action: Action | None = None,
        parameters: Mapping[str, Any] | None = None,
        times: int | None = None,
        seconds: float | None = None,
        **match: Unpack[MatchOptions],
    ) -> Handle:
        """Puts a fault in place, and returns its handle.

        Args:
            name: A fault of the catalogue, or with an `action` any name for the log.
            action: What happens to the calls.
            parameters: Those of the fault of the catalogue.
            times: How many calls it gets at most.
            seconds: How long it lasts.
            match: The calls it wants.

        Raises:
            FaultError: No such fault, parameter, RPC, status or code.
        """
        wanted: dict[str, Any] = {**match}
        if action is None:
            from mockbroker.faults.catalogue import entry, make  # noqa: PLC0415 - few need it

            wanted = {**entry(name).match, **match}
            action = make(name, **parameters or {})
        nth = match.get("nth")
        if isinstance(nth, range):
            wanted["nth"] = nth.start, nth.stop - 1
        rule = Rule(match=Match(**wanted), action=action, name=name, times=times, seconds=seconds)
        return self.add(rule)

    def load(self, scenario: "Scenario") -> list[Handle]:
        """Puts the rules of a scenario in place; its seed is that of chance from now on."""
        self._seed = scenario.seed
        return [self.add(rule) for rule in scenario.rules]

    def clear(self) -> None:
        """Removes all rules; the log stays."""
        for handle in self.handles:
            handle.remove()

    def begin(self, call: Call) -> Tap | None:
        """The tap of the first rule that gets `call`, or None."""
        if not self._handles:
            return None
        with self._changed:
            for handle in self._handles:
                if tap := handle.claim(call):
                    self._changed.notify_all()
                    return tap
        return None

    def discard(self, handle: Handle) -> None:
        """Forgets a rule, if it is in place."""
        with self._changed:
            if handle in self._handles:
                self._handles.remove(handle)

    def fired(self, rule: Rule, call: Call) -> Firing:
        """Logs that `rule` got `call`."""
        self._sequence += 1
        firing = Firing(self._sequence, rule.name, call.rpc, call.journal, call.broker, call.index)
        self._log.append(firing)
        return firing

    def wait(self, condition: Callable[[], bool], timeout: float) -> None:
        """Blocks until `condition` holds after some firing, or raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(condition, timeout):
                raise TimeoutError(f"the fault did not fire within {timeout} s")
