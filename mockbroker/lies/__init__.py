"""Wrong brokers, on purpose: named lies, and the requirements that must catch each.

`lies.lie` tells how to declare one; each module beside it holds those of one area.
Nothing here is imported by a broker that does not lie.
"""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from mockbroker.errors import MockError
from mockbroker.lies.lie import LIES, Lie

_AREAS = "mockbroker.lies.areas"


def all_lies() -> dict[str, Lie]:
    """Returns all lies by name, in order of areas."""
    for area in _areas():
        import_module(area)
    return LIES


def find(name: str) -> Lie:
    """Returns the lie of a name; areas after its own are not imported.

    Raises:
        MockError: there is none.
    """
    for area in _areas():
        import_module(area)
        if name in LIES:
            return LIES[name]
    raise MockError(f"no lie is called {name!r}; `mockbroker lies` lists them")


def _areas() -> Iterator[str]:
    areas = import_module(_AREAS)
    return (f"{_AREAS}.{module.name}" for module in pkgutil.iter_modules(areas.__path__))
