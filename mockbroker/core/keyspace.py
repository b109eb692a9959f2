"""The key-space: members, journals and their assignments at one revision.

A `KeySpace` is one broker's mirror, or the truth held by `core.etcd`. Values are immutable
and shared between mirrors; a mirror advances by the changes of one revision after another.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import protocol as pb
from mockbroker.core.ids import BrokerId
from mockbroker.core.signal import Signal
from protocol.encoding import encode
from protocol.labels import extend_with_name


@dataclass(frozen=True, slots=True)
class Item:
    """A journal.

    Attributes:
        spec: Its spec, with every message that a broker always sends.
        labels: Its labels and name, as selectors match them.
    """

    spec: pb.JournalSpec
    labels: pb.LabelSet
    create_revision: int = 0
    mod_revision: int = 0

    @classmethod
    def of(cls, spec: pb.JournalSpec) -> "Item":
        """Returns a journal of `spec`, not yet put."""
        stored = pb.JournalSpec.FromString(encode(spec))
        return cls(stored, extend_with_name(stored))

    @property
    def key(self) -> str:
        """The journal's name."""
        return self.spec.name


@dataclass(frozen=True, slots=True)
class Member:
    """A live broker, and how many replicas it takes."""

    id: BrokerId
    endpoint: str
    limit: int
    create_revision: int = 0
    mod_revision: int = 0

    @property
    def key(self) -> BrokerId:
        """The broker's id."""
        return self.id


@dataclass(frozen=True, slots=True)
class Assignment:
    """Member `id` holds the journal in `slot`; slot 0 is the primary.

    `route` is what its value advertises: members and primary as last synchronised, or None.
    """

    journal: str
    id: BrokerId
    slot: int
    route: tuple[tuple[BrokerId, ...], int] | None = None
    create_revision: int = 0
    mod_revision: int = 0

    @property
    def key(self) -> tuple[str, BrokerId, int]:
        """Journal, id and slot: one replica that changes its slot changes its key."""
        return self.journal, self.id, self.slot


Entry = Item | Member | Assignment


@dataclass(frozen=True, slots=True)
class Put:
    """Creates or replaces an entry."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Delete:
    """Removes an entry, by its kind and key."""

    entry: Entry


Change = Put | Delete


def stamped(entry: Entry, before: Entry | None, revision: int) -> Entry:
    """Returns the entry as a put at `revision` leaves it."""
    created = before.create_revision if before else revision
    return replace(entry, create_revision=created, mod_revision=revision)


@dataclass(slots=True)
class KeySpace:
    """All entries at `revision`; `changed` fires after every advance."""

    revision: int = 1
    members: dict[BrokerId, Member] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    assignments: dict[str, tuple[Assignment, ...]] = field(default_factory=dict)
    changed: Signal = field(default_factory=Signal)
    _names: list[str] = field(default_factory=list)

    def advance(self, revision: int, changes: Iterable[Change]) -> None:
        """Applies the stamped changes of `revision`, without firing `changed`."""
        for change in changes:
            match change:
                case Put(Item() as item):
                    self._put_item(item)
                case Delete(Item() as item):
                    self._delete_item(item.key)
                case Put(Member() as member):
                    self.members[member.id] = member
                case Delete(Member() as member):
                    self.members.pop(member.id, None)
                case Put(Assignment() as assignment):
                    self._put_assignment(assignment)
                case Delete(Assignment() as assignment):
                    self._delete_assignment(assignment)
        self.revision = revision

    def find(self, entry: Entry) -> Entry | None:
        """Returns the present entry of the same kind and key."""
        match entry:
            case Item():
                return self.items.get(entry.key)
            case Member():
                return self.members.get(entry.key)
            case Assignment():
                held = self.assignments.get(entry.journal, ())
                return next((each for each in held if each.key == entry.key), None)

    def journals(self) -> Iterator[Item]:
        """Yields all journals in order of their names' bytes."""
        return (self.items[name] for name in self._names)

    def copy(self) -> "KeySpace":
        """Returns a mirror at the same revision, with listeners of its own."""
        return KeySpace(
            self.revision,
            dict(self.members),
            dict(self.items),
            dict(self.assignments),
            _names=list(self._names),
        )

    def _put_item(self, item: Item) -> None:
        if item.key not in self.items:
            insort(self._names, item.key)
        self.items[item.key] = item

    def _delete_item(self, name: str) -> None:
        if self.items.pop(name, None):
            del self._names[bisect_left(self._names, name)]

    def _put_assignment(self, assignment: Assignment) -> None:
        others = self._without(assignment)
        self.assignments[assignment.journal] = tuple(
            sorted((*others, assignment), key=lambda each: each.key)
        )

    def _delete_assignment(self, assignment: Assignment) -> None:
        others = self._without(assignment)
        if others:
            self.assignments[assignment.journal] = others
        else:
            self.assignments.pop(assignment.journal, None)

    def _without(self, assignment: Assignment) -> tuple[Assignment, ...]:
        held = self.assignments.get(assignment.journal, ())
        return tuple(each for each in held if each.key != assignment.key)
