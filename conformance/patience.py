"""How long this process waits for its target, and how often it has waited in vain."""

FULL = 10.0
"""Seconds a broker may take by default: loaded machines need some, people wait no longer."""
TRUST = 5
"""Waits in vain after which a broker is taken to be silent, and given less time."""
HURRY = 5
"""By what `seconds` are divided then, and once more at the limit."""
LIMIT = 40
"""Tests that wait in vain until a run ends early: a silent broker costs minutes, not hours."""

LOST = "lost"
"""Where the report of a test's phase says how many waits were in vain."""


class Patience:
    """Seconds to wait for an answer, fewer once `TRUST` waits were in vain.

    Attributes:
        full: Seconds that a wait takes at first.
        lost: How many waits were in vain so far.
    """

    def __init__(self) -> None:
        self.begin()

    def begin(self, full: float = FULL) -> None:
        """Starts anew: nothing is lost, and a wait takes `full` seconds."""
        self.full = full
        self.lost = 0
        self._untold = 0

    @property
    def seconds(self) -> float:
        """How long the next wait may take."""
        if self.lost < TRUST:
            return self.full
        return self.full / (HURRY if self.lost < LIMIT else HURRY * HURRY)

    def lose(self) -> None:
        """Notes that nothing came in all of `seconds`."""
        self.lost += 1
        self._untold += 1

    def told(self) -> int:
        """How many waits were in vain since this was last asked."""
        untold, self._untold = self._untold, 0
        return untold


PATIENCE = Patience()
"""That of this process; each session begins it with what its run was asked for."""
