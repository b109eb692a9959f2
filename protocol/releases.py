"""Releases of the broker that differ in what they accept."""

from enum import Enum


class Release(Enum):
    """A release of the broker."""

    V0_101 = "0.101"
    NEWEST = "newest"
    """What is to follow v0.103.0."""
