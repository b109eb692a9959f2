"""The valid requests that boundary tables are about, and what proves one to be accepted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import protocol
from conformance.journal import selector, spec_of

FAR = 1 << 60
"""A revision that no journal has: a valid change that expects it is taken, and comes to nothing."""


@dataclass(frozen=True)
class Subject:
    """What the requests of one test are about.

    Attributes:
        journal: The name of a journal that exists.
        missing: The name of one that does not.
        companion: The name of another one, which a request upserts beside the field in question.
        header: A valid header for `journal`, addressed to the broker that is asked.
    """

    journal: str
    missing: str
    companion: str
    header: Any


@dataclass(frozen=True)
class Base:
    """A request, valid as it is.

    Attributes:
        rpc: What it is sent to.
        make: The message that rows change.
        before: Messages that are sent ahead of it.
        after: Messages that are sent behind it.
        context: What the reference puts before the text of a refusal.
    """

    rpc: str
    make: Callable[[Subject], Any]
    before: Callable[[Subject], list[Any]] = lambda _: []
    after: Callable[[Subject], list[Any]] = lambda _: []
    context: str = ""

    def messages(self, subject: Subject, message: Any) -> list[Any]:
        """What is sent for `message`."""
        return [*self.before(subject), message, *self.after(subject)]


def _upsert(subject: Subject) -> Any:
    changes = [
        protocol.ApplyRequest.Change(upsert=spec_of(subject.missing), expect_mod_revision=FAR),
        protocol.ApplyRequest.Change(upsert=spec_of(subject.companion)),
    ]
    return protocol.ApplyRequest(changes=changes)


def _delete(subject: Subject) -> Any:
    change = protocol.ApplyRequest.Change(delete=subject.missing, expect_mod_revision=FAR)
    return protocol.ApplyRequest(
        changes=[change, protocol.ApplyRequest.Change(upsert=spec_of(subject.companion))]
    )


def _proposal(subject: Subject) -> Any:
    fragment = protocol.Fragment(
        journal=subject.missing, compression_codec=protocol.CompressionCodec.NONE
    )
    return protocol.ReplicateRequest(
        header=subject.header, proposal=fragment, registers={}, acknowledge=True
    )


BASES = {
    "Read": Base(
        "Read",
        lambda subject: protocol.ReadRequest(
            journal=subject.journal, header=subject.header, metadata_only=True
        ),
    ),
    "ListFragments": Base(
        "ListFragments",
        lambda subject: protocol.FragmentsRequest(journal=subject.journal, header=subject.header),
    ),
    "List": Base(
        "List", lambda subject: protocol.ListRequest(selector=selector({"name": subject.journal}))
    ),
    "Append": Base(
        "Append",
        lambda subject: protocol.AppendRequest(journal=subject.journal, header=subject.header),
        after=lambda _: [protocol.AppendRequest()],
    ),
    "Content": Base(
        "Append",
        lambda _: protocol.AppendRequest(content=b"content"),
        before=lambda subject: [protocol.AppendRequest(journal=subject.journal)],
        after=lambda _: [protocol.AppendRequest()],
        context="append stream: ",
    ),
    "Upsert": Base("Apply", _upsert),
    "Delete": Base("Apply", _delete),
    "Replicate": Base("Replicate", _proposal),
    "Replicated": Base("Replicate", lambda _: protocol.ReplicateRequest(content=b"content")),
    "Health": Base(
        "FragmentStoreHealth",
        lambda _: protocol.FragmentStoreHealthRequest(fragment_store="file:///"),
    ),
}

BEYOND_VALIDATION = (
    "request ProcessId doesn't match our own",
    "resolve: request ProcessId doesn't match our own",
    "append stream: register modification requires non-empty Append",
    "expected first ReplicateRequest to have Header",
)
"""How a broker refuses what is valid: such a refusal shows that validation was passed."""
