"""What may differ between recording and replay, by name: brokers, endpoints, ids, revisions.

Which broker holds a journal is chance, so every journal has its own `Placement`, a
permutation of the brokers learned from recorded and seen routes.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from mockbroker.tests.golden_session import Identity, Json

_PROCESS = re.compile(r'zone:"([^"]*)" suffix:"([^"]*)"')


@dataclass
class Placement:
    """Which replayed broker plays each recorded one, for one journal.

    Attributes:
        count: Number of brokers.
        plays: Index of a recorded broker to the index of the one that plays it.
    """

    count: int
    plays: dict[int, int] = field(default_factory=dict)

    def learn(self, recorded: list[int], seen: list[int]) -> None:
        """Matches two routes of the journal, each its primary first, then other members."""
        for one, other in zip(recorded, seen, strict=False):
            if one not in self.plays and other not in self.plays.values():
                self.plays[one] = other

    def actual(self, recorded: int) -> int:
        """Index of the broker that plays `recorded`."""
        return self._whole()[recorded]

    def recorded(self, actual: int) -> int:
        """Index of the recorded broker that `actual` plays."""
        return {seen: index for index, seen in self._whole().items()}[actual]

    def _whole(self) -> dict[int, int]:
        """The permutation, the brokers not yet seen taking the free places."""
        taken = set(self.plays.values())
        left = [i for i in range(self.count) if i not in self.plays]
        free = [i for i in range(self.count) if i not in taken]
        free.sort(key=lambda i: i not in left)
        same = [i for i in left if i in free]
        whole = self.plays | {i: i for i in same}
        rest = zip(
            (i for i in left if i not in same), (i for i in free if i not in same), strict=True
        )
        return whole | dict(rest)


@dataclass
class Names:
    """Translates names of one replay between recorded and seen.

    Attributes:
        identities: Zone and suffix of each broker, the same in both.
        recorded_endpoints: Endpoint of each recorded broker.
        endpoints: Endpoint of each replayed broker.
        ids: By name of the field, the etcd ids recorded and of the replay.
        texts: Other (recorded, seen) substrings, such as the root of the file store.
        placements: Who plays whom, by journal.
        ended: The placement by which a broker was ended, if one was.
    """

    identities: tuple[Identity, ...]
    recorded_endpoints: list[str]
    endpoints: list[str]
    ids: dict[str, tuple[str, str]] = field(default_factory=dict)
    texts: list[tuple[str, str]] = field(default_factory=list)
    placements: dict[str, Placement] = field(default_factory=dict)
    ended: Placement | None = None

    def placement(self, journal: str) -> Placement:
        """Who plays whom for `journal`.

        Without a journal brokers are themselves, until one was ended in another's place.
        """
        count = len(self.identities)
        if not journal:
            return self.ended or Placement(count)
        return self.placements.setdefault(journal, Placement(count))

    def order(self, route: Json) -> list[int]:
        """Broker indices of `route`, its primary first; empty if it has none."""
        members = [self.identities.index((m["zone"], m["suffix"])) for m in route["members"]]
        primary = route.get("primary", 0)
        if primary < 0:
            return []
        return [members[primary], *(m for i, m in enumerate(members) if i != primary)]

    def to_recorded(self, value: Json, placement: Placement) -> Json:
        """`value` of the replay, as the recording would have it."""
        order = {i: placement.recorded(i) for i in range(placement.count)}
        ids = {key: (seen, recorded) for key, (recorded, seen) in self.ids.items()}
        texts = [(seen, recorded) for recorded, seen in self.texts]
        texts += [
            (_host(e), _host(self.recorded_endpoints[order[i]]))
            for i, e in enumerate(self.endpoints)
        ]
        return _Rename(self.identities, order, ids, texts).of(value)

    def to_actual(self, value: Json, placement: Placement) -> Json:
        """`value` of the recording, as this replay has it."""
        order = {i: placement.actual(i) for i in range(placement.count)}
        texts = self.texts + [
            (_host(e), _host(self.endpoints[order[i]]))
            for i, e in enumerate(self.recorded_endpoints)
        ]
        return _Rename(self.identities, order, self.ids, texts).of(value)


def _host(endpoint: str) -> str:
    return endpoint.removeprefix("http://")


@dataclass(frozen=True)
class _Rename:
    """One direction of a translation."""

    identities: tuple[Identity, ...]
    order: dict[int, int]
    ids: dict[str, tuple[str, str]]
    texts: list[tuple[str, str]]

    def of(self, value: Json) -> Json:
        if isinstance(value, dict):
            renamed = {key: self._id(key, item) for key, item in value.items()}
            if set(value) == {"zone", "suffix"}:
                return self._identity(renamed)
            return self._route(renamed) if "members" in value else renamed
        if isinstance(value, list):
            return [self.of(item) for item in value]
        return self._text(value) if isinstance(value, str) else value

    def _id(self, key: str, value: Json) -> Json:
        old, new = self.ids.get(key, ("", ""))
        return new if old and value == old else self.of(value)

    def _identity(self, value: dict[str, Any]) -> Json:
        zone, suffix = self._renamed((value["zone"], value["suffix"]))
        return {"zone": zone, "suffix": suffix}

    def _renamed(self, identity: Identity) -> Identity:
        if identity not in self.identities:
            return identity
        return self.identities[self.order[self.identities.index(identity)]]

    def _route(self, route: dict[str, Any]) -> Json:
        """Members change names, so they change order, and the primary its index."""
        if all(before == after for before, after in self.order.items()):
            return route
        members = route["members"]
        if any(set(m) != {"zone", "suffix"} for m in members):
            return route
        order = sorted(
            range(len(members)), key=lambda i: (members[i]["zone"], members[i]["suffix"])
        )
        renamed = dict(route, members=[members[i] for i in order])
        if len(route.get("endpoints", [])) == len(members):
            renamed["endpoints"] = [route["endpoints"][i] for i in order]
        if (primary := route.get("primary", 0)) in order:
            renamed.pop("primary", None)
            if order.index(primary):
                renamed["primary"] = order.index(primary)
        return renamed

    def _text(self, text: str) -> str:
        if "cluster_id" in self.ids:
            text = text.replace(*self.ids["cluster_id"])
        text = _PROCESS.sub(self._process, text)
        marks = {f"\0{i}\0": new for i, (_, new) in enumerate(self.texts)}
        for mark, (old, _) in zip(marks, self.texts, strict=True):
            text = text.replace(old, mark)
        for mark, new in marks.items():
            text = text.replace(mark, new)
        return text

    def _process(self, found: re.Match[str]) -> str:
        zone, suffix = self._renamed((found[1], found[2]))
        return f'zone:"{zone}" suffix:"{suffix}"'


@dataclass
class Revisions:
    """Checks that revisions of the replay come in the order of the recorded ones."""

    written: list[tuple[int, int]] = field(default_factory=list)
    seen: list[tuple[int, int]] = field(default_factory=list)

    def differences(
        self, recorded: list[tuple[str, int]], actual: list[tuple[str, int]]
    ) -> list[str]:
        """Takes in the revisions of one answer, each ("written" or "seen", revision).

        A revision some key was written at keeps its exact order among its like; one that
        a broker has merely seen may be later than a right one, but never out of order.
        """
        found: list[str] = []
        for (kind, one), (_, other) in zip(recorded, actual, strict=False):
            for past, past_other in self.written + (self.seen if kind == "seen" else []):
                strict = kind == "written"
                if not _ordered(past, past_other, one, other, strict=strict):
                    found.append(f"revision {other} (recorded {one}) against {past_other} ({past})")
            (self.written if kind == "written" else self.seen).append((one, other))
        return found


def _ordered(past: int, past_other: int, one: int, other: int, *, strict: bool) -> bool:
    if past == one:
        return past_other == other if strict else True
    if past < one:
        return past_other < other if strict else past_other <= other
    return past_other > other if strict else past_other >= other
