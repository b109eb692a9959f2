"""What a test takes for granted: that the harness gave it what its requirements need."""

from typing import TypeVar

from conformance.errors import PreconditionError

T = TypeVar("T")


def given(value: T | None, what: str) -> T:
    """`value`, which a test was to be given; `what` names it.

    Raises:
        PreconditionError: there is none.
    """
    if value is None:
        raise PreconditionError(f"the test was to be given {what}")
    return value
