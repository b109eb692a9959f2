"""The search for a history that is wrong: a Hypothesis state machine, and its shortest failure."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from conformance.errors import NonconformanceError
from conformance.history.calls import BROKER, JOURNAL, Call, together
from conformance.history.clients import Clients
from conformance.trace import Call as Traced
from conformance.trace import Step, Trace

STEPS = 6
"""Steps of one history, at most: each may be several calls."""
SEARCH = 30.0
"""Seconds after which the search ends whatever is left; idle machines need a few."""
SHRINK = 6.0
"""Seconds spent on shortening a failure."""


@dataclass
class Search:
    """What was found so far: the failure with the shortest script, and when to stop."""

    until: float = field(default_factory=lambda: time.monotonic() + SEARCH)
    error: NonconformanceError | None = None
    script: Sequence[str] = ()
    trace: Trace = field(default_factory=Trace)
    kept: tuple[list[Traced], list[Step]] = ([], [])

    @property
    def over(self) -> bool:
        """Whether no further history is to be made."""
        return time.monotonic() > self.until

    def failed(self, error: NonconformanceError, script: Sequence[str]) -> None:
        """Notes a failure."""
        if self.error is None:
            self.until = time.monotonic() + SHRINK
        if self.error is None or len("".join(script)) <= len("".join(self.script)):
            self.error, self.script, self.kept = error, list(script), self.trace.kept()


def explore(
    make: Callable[[], Clients],
    calls: st.SearchStrategy[Call],
    *,
    seed: int,
    examples: int,
    steps: int = STEPS,
    trace: Trace | None = None,
) -> None:
    """Makes histories of `calls` with clients that `make` gives; the seed repeats their scripts.

    In the end `trace` holds the calls of the last history, or of the shortest that was wrong.

    Raises:
        NonconformanceError: a history is wrong; it ends with the shortest script that was.
    """
    search = Search(trace=trace or Trace())
    machine = hypothesis.seed(seed)(_machine(make, calls, search))
    try:
        run_state_machine_as_test(machine, settings=_settings(examples, steps))
    except (NonconformanceError, HypothesisException, ExceptionGroup):
        if search.error is None:
            raise
    if search.error is not None:
        search.trace.restore(search.kept)
        script = "; ".join(search.script)
        raise NonconformanceError(
            search.error.expected, f"{search.error.got}, after: {script}"
        ) from None


def _settings(examples: int, steps: int) -> hypothesis.settings:
    """Settings that depend on nothing but the seed: not on `CI`, nor on earlier runs."""
    return hypothesis.settings(
        max_examples=examples,
        stateful_step_count=steps,
        phases=(Phase.generate, Phase.shrink),
        database=None,
        derandomize=False,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        verbosity=hypothesis.Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )


class _History(RuleBasedStateMachine):
    """Journals and their clients; what they did is judged at the end."""

    make: Callable[[], Clients]
    search: Search

    def __init__(self) -> None:
        super().__init__()
        self.script: list[str] = []
        self.clients: Clients | None = None
        self.failed = False

    @rule(journal=JOURNAL, broker=BROKER)
    def tail(self, journal: int, broker: int) -> None:
        """Starts a read that lasts to the end."""
        step = f"tail(journal={journal}, broker={broker})"
        self.do(step, lambda clients: clients.tail(journal, broker))

    def teardown(self) -> None:
        """Judges, unless a step has failed already."""
        if self.clients is None:
            return
        try:
            if not self.failed:
                self.do("settle()", lambda clients: clients.settle())
        finally:
            self.clients.close()

    def do(self, step: str, act: Callable[[Clients], None]) -> None:
        """Takes a step, unless the search is over."""
        if self.clients is None:
            if self.search.over:
                return
            self.search.trace.clear()
            self.clients = type(self).make()
        self.script.append(step)
        try:
            act(self.clients)
        except NonconformanceError as error:
            self.failed = True
            self.search.failed(error, self.script)
            raise


def _machine(
    maker: Callable[[], Clients], calls: st.SearchStrategy[Call], found: Search
) -> type[_History]:
    class History(_History):
        make = staticmethod(maker)
        search = found

        @rule(calls=together(calls))
        def together(self, calls: tuple[Call, ...]) -> None:
            self.do(f"together{calls}", lambda clients: clients.together(calls))

    return History
