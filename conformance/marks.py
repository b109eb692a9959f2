"""The markers of the suite: which requirements a test checks, and how far it reaches."""

import pytest

from conformance.access import NO_APPLY, READ_ONLY

MARKER = "gazette_requirement"
"""Prefixed, because a pytest run may hold other people's tests and markers."""

ACCESS_MARKER = "gazette_access"
READS: pytest.MarkDecorator = getattr(pytest.mark, ACCESS_MARKER).with_args(READ_ONLY)
"""Marks a test that sends nothing which could change the target: it runs against any."""
APPENDS: pytest.MarkDecorator = getattr(pytest.mark, ACCESS_MARKER).with_args(NO_APPLY)
"""Marks a test that reads, and appends to journals which the user named for it."""


def requirement(*ids: str) -> pytest.MarkDecorator:
    """Marks a test as the check of catalogue requirements.

    Every result is keyed by these ids, the first of which a failure names. An id that the
    catalogue lacks, or declares untestable, stops the run before its first test.
    """
    decorator: pytest.MarkDecorator = getattr(pytest.mark, MARKER)
    return decorator.with_args(*ids)
