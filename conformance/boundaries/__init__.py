"""Tables of the boundaries of requests: what a broker must refuse, beside what it must not."""

from conformance.boundaries import calls, headers, labels, names, specs
from conformance.boundaries.requests import BASES, BEYOND_VALIDATION, FAR, Base, Subject
from conformance.boundaries.row import Row, edited, resolved

__all__ = [
    "BASES",
    "BEYOND_VALIDATION",
    "FAR",
    "NEWEST_ROWS",
    "ROWS",
    "Base",
    "Row",
    "Subject",
    "edited",
    "resolved",
]

ROWS: tuple[Row, ...] = (
    *names.ROWS,
    *labels.ROWS,
    *specs.ROWS,
    *headers.ROWS,
    *calls.ROWS,
)
"""The rows of every release."""
NEWEST_ROWS: tuple[Row, ...] = calls.NEWEST_ROWS
"""The rows of rules that only the newest release has."""
