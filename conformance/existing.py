"""Journals that are there before the tests that look at them, and what was not looked at."""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import protocol
from conformance.access import NO_APPLY
from conformance.broker import Broker, journals
from conformance.errors import ConfigurationError, TargetError
from conformance.journal import Journal
from conformance.limits import Budget
from conformance.settings import Settings
from protocol.errors import ProtocolError
from protocol.journals import may_write
from protocol.selectors import parse_selector

LIMITS = {
    "sampled": "some of what there is was looked at, as the caps of the run permit",
    "cap-reached": "the caps of the run permitted to look at none of it",
    "nothing-there": "the target has nothing that it could be seen at",
}
"""Why a requirement whose tests passed is told with a reservation, from the least to the most."""


class Remarks:
    """What the test at hand did not look at, and which of LIMITS that makes it."""

    def __init__(self) -> None:
        self._limit = ""
        self._left: list[str] = []

    def clear(self) -> None:
        """Forgets all: another test begins."""
        self._limit, self._left = "", []

    def left(self, sentence: str, limit: str = "sampled") -> None:
        """Notes what was left, and the limit of the test where it is a harder one."""
        order = ["", *LIMITS]
        self._limit = max(self._limit, limit, key=order.index)
        self._left.append(sentence)

    def as_json(self) -> dict[str, Any]:
        """The remarks as they travel between processes; empty where there are none."""
        return {"limit": self._limit, "left": list(self._left)} if self._left else {}


@dataclass(frozen=True)
class Chosen:
    """Journals that a run looks at, and how many more match."""

    names: tuple[str, ...]
    left: int


def choose(broker: Broker, settings: Settings) -> Chosen:
    """The journals to look at, of those that the settings select.

    Where the run appends they are such as take appends now. The seed decides which of them are
    within the cap.

    Raises:
        ConfigurationError: the selector is malformed, or matches no such journal.
        TargetError: the target does not list its journals.
    """
    chosen_by = settings.chosen_by
    try:
        wanted = parse_selector("" if chosen_by is None else chosen_by)
        request = protocol.ListRequest(selector=wanted)
        protocol.validate(request)
    except ProtocolError as error:
        raise ConfigurationError(f"--journals {chosen_by}: {error}") from None
    answer = broker.call("List", request)
    if answer.code != "OK" or answer.status != "OK":
        raise TargetError(f"cannot list the journals of {broker.address}: {answer}")
    appends = settings.access == NO_APPLY
    found = [each for each in journals(answer) if not appends or takes_appends(each)]
    names = [each.spec.name for each in found]
    if chosen_by is not None and not names:
        which = "journal that takes appends now" if appends else "journal of the target"
        raise ConfigurationError(f"--journals {chosen_by} matches no {which}")
    most = len(names) if settings.caps.journals is None else settings.caps.journals
    kept = random.Random(settings.seed).sample(names, min(most, len(names)))
    return Chosen(tuple(sorted(kept)), len(names) - len(kept))


def takes_appends(entry: Any) -> bool:
    """Whether a journal of List takes appends without being changed by that."""
    asleep = entry.spec.suspend.level != protocol.JournalSpec.Suspend.NONE
    return may_write(entry.spec.flags) and not asleep and entry.route.primary >= 0


@dataclass(frozen=True)
class Existing:
    """The journals that tests look at, in a run that makes none or by a fixture that made them.

    Attributes:
        journals: The journals, asked through one broker.
        left: How many more there are.
        remarks: Where it is noted what was not looked at.
        budget: How many bytes may be fetched.
    """

    journals: Sequence[Journal]
    left: int = 0
    remarks: Remarks = field(default_factory=Remarks)
    budget: Budget = field(default_factory=Budget)

    def all(self) -> Sequence[Journal]:
        """The journals; what is not among them is noted."""
        self._note_left()
        if not self.journals:
            self.remarks.left("the target has no journal", "nothing-there")
        return self.journals

    def readable(self) -> list[Journal]:
        """The journals that can be read: the others are noted."""
        return [journal for journal in self.all() if self._serves(journal)]

    def fragments(
        self, *, stored: bool = False, piece: int | None = None
    ) -> Iterator[tuple[Journal, Any]]:
        """Journals with one of their listed entries, the first of each, then the second.

        What the run's bytes do not suffice for is left out, and noted. With `stored` only
        entries with a backing store are given, with signed URLs. With `piece` only the first of
        each journal is, of which so many bytes are to be read.
        """
        options = {"signatureTTL": {"seconds": 300}} if stored else {}
        by_journal = [
            [(journal, each) for each in entries(journal, **options) if _is(each, stored)]
            for journal in self.readable()
        ]
        rows: Iterator[Any] = itertools.zip_longest(*by_journal)
        rows = itertools.islice(rows, None if piece is None else 1)
        pairs = [pair for row in rows for pair in row if pair is not None]
        given = 0
        for journal, entry in pairs:
            size = entry.spec.end - entry.spec.begin
            if self.budget.spares(size if piece is None else min(size, piece)):
                given += 1
                yield journal, entry
        what = "stored fragments" if stored else "fragments"
        if not pairs:
            self.remarks.left(f"the journals have no {what}", "nothing-there")
        elif given < len(pairs):
            told = f"{len(pairs) - given} of {len(pairs)} {what} were not fetched (--max-bytes)"
            self.remarks.left(told, "sampled" if given else "cap-reached")

    def _note_left(self) -> None:
        if self.left:
            count = self.left + len(self.journals)
            self.remarks.left(f"{self.left} of {count} journals were not chosen (--max-journals)")

    def _serves(self, journal: Journal) -> bool:
        status = journal.fragments(page_limit=1).status
        if status in {"", "OK"}:
            return True
        self.remarks.left(f"{journal.name} is not read: {status}")
        return False


def entries(journal: Journal, **options: Any) -> list[Any]:
    """All entries that ListFragments tells of a journal, over all its pages."""
    message = journal.fragments(**options).ok()
    found = list(message.fragments)
    while message.next_page_token:
        token = message.next_page_token
        message = journal.fragments(next_page_token=token, **options).ok()
        found += message.fragments
    return found


def _is(entry: Any, stored: bool) -> bool:
    return bool(entry.spec.backing_store) or not stored
