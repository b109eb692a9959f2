"""What outlives a broker's process, for the core: nothing, unless somebody keeps it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import protocol as pb
from protocol.spool import CompletedSpool

if TYPE_CHECKING:
    from mockbroker.core.replica import Replica


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept of a journal.

    Attributes:
        end: Where its content ended.
        registers: Its registers then.
        spools: Fragments with content, which may be in no store yet.
    """

    end: int = 0
    registers: pb.LabelSet = field(default_factory=pb.LabelSet)
    spools: tuple[CompletedSpool, ...] = ()


class Durability(Protocol):
    """Keeps what is committed, until it is in a store."""

    def committed(self, replica: "Replica", before: pb.Fragment) -> None:
        """Keeps what the replica's spool has just committed, before anybody is told.

        Args:
            replica: The replica.
            before: The spool's fragment as it was; it begins where the present one does.
        """

    def persisted(self, journal: str, fragment: pb.Fragment) -> None:
        """Learns that a store now holds the content of a fragment."""

    def kept(self, journal: str, created: int) -> Kept:
        """Returns what a new replica of a journal, created at that revision, begins with."""


class Volatile:
    """Keeps nothing."""

    def committed(self, replica: "Replica", before: pb.Fragment) -> None:
        """Keeps nothing."""

    def persisted(self, journal: str, fragment: pb.Fragment) -> None:
        """Learns nothing."""

    def kept(self, journal: str, created: int) -> Kept:  # noqa: ARG002 - nothing of any journal
        """Returns nothing."""
        return Kept()
