"""Who is who in the journals of a cluster, as its brokers list it while tests run."""

from collections.abc import Sequence
from typing import Any

from protocol.replay.cast import Cast, Id


class Roles:
    """Learns from each List of the brokers at `addresses`."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = tuple(addresses)
        self._routes: dict[str, Any] = {}
        self.ids: dict[int, Id] = {}

    def heard(self, address: str, listed: Any) -> None:
        """Takes up a response of List."""
        id_ = listed.header.process_id
        if id_.suffix and address in self._addresses:
            self.ids[self._addresses.index(address)] = (id_.zone, id_.suffix)
        self._routes.update((each.spec.name, each.route) for each in listed.journals)

    def cast(self, journal: str) -> Cast | None:
        """Who is who for a journal now, where that is known and more than one broker could be."""
        route = self._routes.get(journal)
        if route is None or len(self._addresses) == 1 or len(self.ids) < len(self._addresses):
            return None
        return Cast.of(route, self.ids)
