"""Which part each broker has in a journal: its primary, a replica, or none."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

Id = tuple[str, str]
"""Zone and suffix of a broker."""
PARTS = ("primary", "replica", "other")


@dataclass(frozen=True)
class Cast:
    """The brokers of a cluster by number: a journal's primary, its replicas, and the others."""

    primary: int
    replicas: tuple[int, ...]
    others: tuple[int, ...]

    @classmethod
    def of(cls, route: Any, ids: Mapping[int, Id]) -> Self | None:
        """That of a route, given the ids of brokers; None where its primary is none of them."""
        numbers = {each: number for number, each in ids.items()}
        members = [numbers.get((each.zone, each.suffix)) for each in route.members]
        primary = members[route.primary] if 0 <= route.primary < len(members) else None
        if primary is None:
            return None
        replicas = tuple(each for each in members if each is not None and each != primary)
        others = tuple(each for each in sorted(ids) if each not in members)
        return cls(primary, replicas, others)

    def part(self, number: int) -> tuple[str, int] | None:
        """The part of a broker, and which one of those with it; None of an unknown broker."""
        return next((found[1] for found in self._parts() if found[0] == number), None)

    def broker(self, part: str, which: int = 0) -> int:
        """The number of the broker with a part.

        Raises:
            LookupError: no broker has it.
        """
        for number, found in self._parts():
            if found == (part, which):
                return number
        raise LookupError(f"no broker is {part} {which}")

    def labels(self, ids: Mapping[int, Id], addresses: Sequence[str]) -> dict[Any, str]:
        """What answers tell of brokers, by their ids and by their addresses."""
        labels: dict[Any, str] = {}
        for number, (part, which) in self._parts():
            labels[addresses[number]] = f"{part}{which}"
            if number in ids:
                labels[ids[number]] = f"{part}{which}"
        return labels

    def _parts(self) -> Iterator[tuple[int, tuple[str, int]]]:
        groups = ((self.primary,), self.replicas, self.others)
        for part, numbers in zip(PARTS, groups, strict=True):
            yield from ((number, (part, which)) for which, number in enumerate(numbers))


def journal_of(request: Any) -> str:
    """The one journal that a request is about, or ""."""
    told = getattr(request, "proposal", request)
    return str(getattr(told, "journal", ""))
