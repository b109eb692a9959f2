"""Waiting for a condition: the one place of the suite that pauses."""

import time
from collections.abc import Callable
from typing import TypeVar

from conformance.errors import NonconformanceError
from conformance.patience import PATIENCE
from conformance.trace import noted

FIRST_PAUSE = 0.005
LONGEST_PAUSE = 0.1
"""Seconds between looks: few enough calls to spare a busy broker, short enough to lose no time."""

T = TypeVar("T")


def until(look: Callable[[], T | None], expected: str, *, within: float | None = None) -> T:
    """The first truthy value of `look`.

    Raises:
        NonconformanceError: there was none within `within` seconds, by default the patience of
            the process; names `expected`.
    """
    seconds = PATIENCE.seconds if within is None else within
    end = time.monotonic() + seconds
    pause = FIRST_PAUSE
    while not (value := look()):
        if time.monotonic() > end:
            if within is None:
                PATIENCE.lose()
            raise NonconformanceError(f"{expected} within {seconds:g} s", repr(value))
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
    return value


def pause(seconds: float) -> None:
    """Lets time pass where that is what a client does, as in a call that it leaves open."""
    noted("pause", seconds)
    time.sleep(seconds)
