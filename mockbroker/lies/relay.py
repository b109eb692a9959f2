"""Scripts of the broker that lies run as they are, but for what they see pass by."""

from collections.abc import Callable, Generator
from typing import Any


def relayed(
    script: Generator[Any, Any, Any],
    *,
    first: Any = None,
    does: Callable[[Any], object] = bool,
    gets: Callable[[Any], object] = bool,
) -> Generator[Any, Any, None]:
    """Runs `script` to its end, as if it had been sent `first` so far.

    `does` is called with each action before it is done, and `gets` with each value before the
    script has it; they may change it in place.
    """
    value = first
    while True:
        try:
            action = script.send(value)
        except StopIteration:
            return
        does(action)
        value = yield action
        gets(value)
