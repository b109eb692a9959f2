"""Persisting of closed fragments.

The primary persists at once. Other replicas wait, and then persist only what the primary
did not; so does whoever failed. The spec of the moment tells the store and the path.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import protocol as pb
from mockbroker.core.actions import Action, Persist, Script, Wait
from mockbroker.core.replica import Replica
from mockbroker.store import StoreFailedError
from protocol.errors import ProtocolError
from protocol.spool import CompletedSpool

if TYPE_CHECKING:
    from mockbroker.core.broker import Broker


class Persister:
    """Persists the fragments of one broker's replicas."""

    def __init__(self, broker: "Broker") -> None:
        self._broker = broker

    def completed(self, replica: Replica, spool: CompletedSpool) -> None:
        """Persists a closed fragment, now or later."""
        self._broker.host.spawn(self._persist(spool, replica.created, at_once=replica.primary))

    def _persist(self, spool: CompletedSpool, created: int, *, at_once: bool) -> Script:
        """Persists as long as the journal of that create-revision exists."""
        broker = self._broker
        broker.retiring += 1
        if not at_once:
            yield from self._delay()
        while item := broker.keyspace.items.get(spool.fragment.journal):
            if item.create_revision != created:
                break
            if (yield from self._attempt(spool, item.spec)):
                break
            yield from self._delay()
        broker.retiring -= 1
        broker.retired.fire()

    def _attempt(self, spool: CompletedSpool, spec: pb.JournalSpec) -> Generator[Action, Any, bool]:
        """Persists to the first store; while exiting, to the first that does not refuse it."""
        for store in spec.fragment.stores:
            try:
                yield Persist(_located(spool, spec, store), spool.content)
            except StoreFailedError as error:
                if not (error.unauthorized and self._broker.exiting):
                    return False
            except ProtocolError:
                return False
            else:
                self._broker.durability.persisted(spec.name, spool.fragment)
                return True
        return not spec.fragment.stores

    def _delay(self) -> Script:
        broker = self._broker
        due = broker.now() + broker.settings.persist_delay
        while broker.now() < due and not broker.exiting:
            yield Wait((broker.exit_asked,), due)


def _located(spool: CompletedSpool, spec: pb.JournalSpec, store: str) -> pb.Fragment:
    """Returns the fragment with the store and postfix it is to be persisted at."""
    fragment = pb.Fragment()
    fragment.CopyFrom(spool.fragment)
    fragment.backing_store = store
    if spec.fragment.path_postfix_template:
        from protocol.postfix import evaluate  # noqa: PLC0415 - few journals have a template

        fragment.path_postfix = evaluate(
            spec,
            spool.fragment,
            registers=spool.registers,
            first_append_time=spool.first_append_time,
        )
    return fragment
