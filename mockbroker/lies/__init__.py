"""Wrong brokers, on purpose: named lies, and the requirements that must catch each.

`lies.lie` tells how to declare one; each module beside it holds those of one area.
Nothing here is imported by a broker that does not lie.
"""

import pkgutil
from importlib import import_module

from mockbroker.errors import MockError
from mockbroker.lies.lie import LIES, Lie

_AREAS = "mockbroker.lies.areas"


def all_lies() -> dict[str, Lie]:
    """Returns all lies by name, in order of areas."""
    areas = import_module(_AREAS)
    for module in pkgutil.iter_modules(areas.__path__):
        import_module(f"{_AREAS}.{module.name}")
    return LIES


def find(name: str) -> Lie:
    """Returns the lie of a name. Raises `MockError` where there is none."""
    lies = all_lies()
    if name not in lies:
        raise MockError(f"no lie is called {name!r}; `mockbroker lies` lists them")
    return lies[name]
