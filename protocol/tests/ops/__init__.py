"""Checkers of recorded vectors, one module per family of operations.

A module registers a checker for an op with `@op("name")`. A checker takes a `Vector`
and asserts that this package does what was recorded.
"""

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules

from protocol.tests.ops.vector import Vector

Checker = Callable[[Vector], None]

CHECKERS: dict[str, Checker] = {}


def op(*names: str) -> Callable[[Checker], Checker]:
    """Registers the decorated checker for the ops `names`."""

    def register(checker: Checker) -> Checker:
        for name in names:
            assert name not in CHECKERS, f"two checkers for {name}"
            CHECKERS[name] = checker
        return checker

    return register


def load() -> dict[str, Checker]:
    """Imports every module of checkers and returns the checkers by op."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return CHECKERS
