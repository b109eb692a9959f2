"""Removes what killed runs left on a broker: journals below `conformance/`, and no others."""

from collections import Counter
from collections.abc import Iterable

import protocol
from conformance.broker import Broker, listed
from conformance.errors import TargetError
from conformance.journal import selector
from conformance.workspace import PREFIX, remove


def leftovers(broker: Broker, run_id: str | None = None) -> Counter[str]:
    """How many journals of which run there are; `run_id` limits to one run.

    Raises:
        TargetError: the broker does not list them.
    """
    prefix = f"{PREFIX}{run_id}/" if run_id else PREFIX
    request = protocol.ListRequest(selector=selector({"prefix": prefix}))
    answer = broker.call("List", request)
    if answer.code != "OK":
        raise TargetError(f"{broker.address} does not list journals: {answer}")
    return Counter(_runs(listed(answer.messages), prefix))


def tidy(broker: Broker, run_id: str) -> int:
    """Removes the journals of one run; returns how many could not be removed."""
    return remove(broker, f"{PREFIX}{run_id}/")


def _runs(names: Iterable[str], prefix: str) -> Iterable[str]:
    for name in names:
        run, slash, _ = name.removeprefix(PREFIX).partition("/")
        if name.startswith(prefix) and slash:
            yield run
