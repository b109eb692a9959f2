"""Health of fragment stores, as a broker last saw it."""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from mockbroker.core.actions import Action, CheckStore, Script, Wait
from mockbroker.core.signal import Signal
from mockbroker.store import StoreFailedError

if TYPE_CHECKING:
    from mockbroker.core.broker import Host

RETRIES = (0.0, 0.1, 1.0, 1.0, 10.0, 10.0)
"""Seconds before each check of a failing store; later ones come at `INTERVAL`."""
INTERVAL = 100.0
PATIENCE = 6
"""Checks an append waits for before it gives a store up."""


class Checks:
    """The checks of one store.

    Attributes:
        error: Text of the last check; empty where it passed, None before the first.
        fatal: The store could not even be opened; waiting for another check is idle.
        done: Fires after every check.
    """

    def __init__(self) -> None:
        self.error: str | None = None
        self.fatal = False
        self.done = Signal()

    def settle(self) -> Script:
        """Waits until the first check is done."""
        while self.error is None:
            yield Wait((self.done,))


class StoreHealth:
    """Checks each store from its first use on, and tells what came of it."""

    def __init__(self, host: "Host") -> None:
        self._host = host
        self._checks: dict[str, Checks] = {}

    def of(self, store: str) -> Checks:
        """Returns the checks of a store, which begin with the first call."""
        if store not in self._checks:
            self._checks[store] = Checks()
            self._host.spawn(self._check(store, self._checks[store]))
        return self._checks[store]

    def _check(self, store: str, checks: Checks) -> Script:
        failures = 0
        while True:
            yield from _probe(store, checks)
            checks.done.fire()
            failures = failures + 1 if checks.error else 0
            wait = RETRIES[failures] if 0 < failures < len(RETRIES) else INTERVAL
            yield Wait(deadline=self._host.now() + wait)


def _probe(store: str, checks: Checks) -> Generator[Action, Any, None]:
    try:
        yield CheckStore(store)
    except StoreFailedError as error:
        checks.error, checks.fatal = str(error), error.fatal
    else:
        checks.error, checks.fatal = "", False
