"""The journals of one test: below a prefix of its own, and gone afterwards."""

import hashlib
import re
import secrets
import shutil
from functools import partial
from pathlib import Path
from typing import Any, Self

import protocol
from conformance import wait
from conformance.answer import Answer
from conformance.broker import Broker, journals
from conformance.errors import NonconformanceError
from conformance.journal import Journal, selector, spec_of
from conformance.target import Target

PREFIX = "conformance/"
"""What all journals of the suite begin with; the janitor removes nothing else."""
BATCH = 100
"""Changes of one Apply: etcd takes 128 by default."""

UNSETTLED = {"NO_JOURNAL_PRIMARY_BROKER", "INSUFFICIENT_JOURNAL_BROKERS"}
"""Statuses of a journal whose brokers are still being assigned."""
STARVED = "didn't sustain the minimum append data rate"
"""What an append comes to, uncommitted, where the machine gave its sender too little time."""

_ODD = re.compile(r"[^a-zA-Z0-9]+")


class Workspace:
    """Makes journals below `conformance/<run-id>/<test>/`."""

    def __init__(self, target: Target, run_id: str, test: str) -> None:
        self.target = target
        self.prefix = f"{PREFIX}{run_id}/{slug(test)}/"
        self._count = 0

    @classmethod
    def of_module(cls, target: Target, run_id: str, module: str) -> Self:
        """A place for what tests of a module share; each process of a run has one of its own."""
        return cls(target, run_id, f"{module}::{secrets.token_hex(4)}")

    @property
    def broker(self) -> Broker:
        """The broker that the workspace's journals are asked through."""
        return self.target.broker

    def name(self, stem: str = "journal") -> str:
        """A journal name below the prefix that this test has not used."""
        self._count += 1
        return f"{self.prefix}{stem}-{self._count}"

    def unmade(self, stem: str = "journal") -> Journal:
        """A journal that does not exist yet."""
        return Journal(self.name(stem), self.broker)

    def journal(self, *, assigned: bool = True, **changes: Any) -> Journal:
        """A new journal, awaited until brokers are assigned to it unless told otherwise.

        Once assigned, it is asked through its primary, so that what tests see is not what
        passes between brokers. `changes` are those of `spec_of`, with `name` for the whole name.
        """
        journal = Journal(changes.pop("name", None) or self.name(), self.broker)
        journal.apply(expect=0, **changes).ok()
        if assigned:
            self.assigned(journal, replicas=changes.get("replication", 1))
            self._ask_primary(journal)
        return journal

    def shelf(self, labels: dict[str, Any]) -> dict[str, str]:
        """New journals of the given stems and labels, made in one request; stem → name."""
        names = {stem: f"{self.prefix}{stem}" for stem in labels}
        specs = [spec_of(name, labels=labels[stem]) for stem, name in names.items()]
        self.apply(*(protocol.ApplyRequest.Change(upsert=spec) for spec in specs)).ok()
        return names

    def assigned(self, journal: Journal, *, replicas: int | None = 1) -> Any:
        """The journal's entry, once it has a primary and `replicas` members (None: any)."""
        if journal.broker is self.broker and journal.entry() is None:
            # What this broker applied it lists at once: there is nothing to wait for.
            raise NonconformanceError(f"List to show {journal.name}", "a List without it")
        with self.target.trace.quiet():
            found = wait.until(
                lambda: _assigned(journal, replicas), f"{journal.name} to get its brokers"
            )
        primary = found.route.members[found.route.primary]
        self.target.primaries.setdefault(journal.name, primary)
        return found

    def primary(self, journal: Journal) -> Broker:
        """The broker of the target that is primary of `journal`."""
        return next(broker for broker, is_primary in self._roles(journal) if is_primary)

    def others(self, journal: Journal) -> list[Broker]:
        """The brokers of the target that are not primary of `journal`."""
        return [broker for broker, is_primary in self._roles(journal) if not is_primary]

    def _ask_primary(self, journal: Journal) -> None:
        if len(self.target.brokers) > 1:
            with self.target.trace.quiet():
                agreed = partial(self._agreed, journal)
                wait.until(agreed, f"all brokers to list one route of {journal.name}")
            journal.broker = self.primary(journal)

    def _agreed(self, journal: Journal) -> bool:
        """Whether all brokers list the same route now: it may change until they do."""
        entries = [Journal(journal.name, broker).entry() for broker in self.target.brokers]
        routes = [None if entry is None else entry.route for entry in entries]
        first = routes[0]
        return first is not None and first.primary >= 0 and all(each == first for each in routes)

    def _roles(self, journal: Journal) -> list[tuple[Broker, bool]]:
        route = self.assigned(journal, replicas=None).route
        primary = route.members[route.primary]
        return [(each, each.process_id() == primary) for each in self.target.brokers]

    def appended(self, journal: Journal, *chunks: bytes, **fields: Any) -> Answer:
        """The answer of an append that is tried again while its journal still gets its brokers."""
        return wait.until(
            lambda: _settled(journal.append(*chunks, **fields)), f"{journal.name} to take appends"
        )

    def apply(self, *changes: Any) -> Answer:
        """Applies changes in one request."""
        return self.broker.call("Apply", protocol.ApplyRequest(changes=changes))

    def list(self, include: Any = (), exclude: Any = ()) -> Answer:
        """Lists journals of this workspace that match; without labels, all of them."""
        pairs = list(include.items()) if isinstance(include, dict) else list(include)
        chosen = selector([*pairs, ("prefix", self.prefix)], exclude)
        return self.broker.call("List", protocol.ListRequest(selector=chosen))

    def clean(self) -> int:
        """Deletes what is left of the workspace, and returns how much could not be deleted.

        Where the target's file root is known, its files below the workspace's prefix go too.
        """
        kept = remove(self.broker, self.prefix)
        self.target.forget(self.prefix)
        if self.target.spec.file_root is not None:
            shutil.rmtree(Path(self.target.spec.file_root) / self.prefix, ignore_errors=True)
        return kept


def remove(broker: Broker, prefix: str) -> int:
    """Deletes all journals whose names begin with `prefix`; returns how many stayed."""
    request = protocol.ListRequest(selector=selector({"prefix": prefix}))
    names = [entry.spec.name for entry in journals(broker.call("List", request))]
    names = [name for name in names if name.startswith(prefix)]
    kept = 0
    for start in range(0, len(names), BATCH):
        batch = names[start : start + BATCH]
        changes = [
            protocol.ApplyRequest.Change(expect_mod_revision=-1, delete=name) for name in batch
        ]
        answer = broker.call("Apply", protocol.ApplyRequest(changes=changes))
        kept += 0 if answer.status == "OK" else len(batch)
    return kept


def slug(test: str) -> str:
    """A path segment for a test's id: readable, of bounded length, different per test."""
    digest = hashlib.sha256(test.encode()).hexdigest()[:8]
    words = _ODD.sub("-", test.rpartition("::")[2]).strip("-")
    return f"{words[:48].strip('-')}-{digest}"


def _settled(answer: Answer) -> Answer | None:
    return None if answer.status in UNSETTLED or STARVED in answer.details else answer


def _assigned(journal: Journal, replicas: int | None) -> Any | None:
    entry = journal.entry()
    if entry is None or entry.route.primary < 0:
        return None
    return entry if replicas in {None, len(entry.route.members)} else None
