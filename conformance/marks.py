"""The one marker of the suite: which requirements a test checks."""

import pytest

MARKER = "gazette_requirement"
"""Prefixed, because a pytest run may hold other people's tests and markers."""


def requirement(*ids: str) -> pytest.MarkDecorator:
    """Marks a test as the check of catalogue requirements.

    Every result is keyed by these ids, the first of which a failure names. An id that the
    catalogue lacks, or declares untestable, stops the run before its first test.
    """
    decorator: pytest.MarkDecorator = getattr(pytest.mark, MARKER)
    return decorator.with_args(*ids)
