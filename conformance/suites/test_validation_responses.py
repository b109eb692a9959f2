"""Validation of responses: what brokers send keeps the rules that clients hold them to."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import protocol
from conformance import requirement
from conformance.answer import Answer
from conformance.checks import assert_true
from conformance.errors import NonconformanceError
from conformance.journal import label_set, selector
from conformance.session import Session
from conformance.standin import StandIn
from conformance.stored import Shelf, filled_journal
from conformance.suites.test_validation import ID_OF
from conformance.target import Target
from conformance.workspace import Workspace
from protocol.validate import RULES

Messages = Mapping[str, list[Any]]
REGISTERS = {"aa": "1"}
TYPES = (
    *("ReadResponse", "AppendResponse", "ListResponse", "ListResponse.Journal", "ApplyResponse"),
    *("FragmentsResponse", "FragmentsResponse._Fragment", "FragmentStoreHealthResponse"),
)


class Collection:
    """Responses by type, of calls that show what brokers can answer."""

    def __init__(self, workspace: Workspace) -> None:
        self.messages: dict[str, list[Any]] = defaultdict(list)
        self.journal = workspace.journal()
        self._workspace = workspace
        self._everywhere()
        self._appends()
        self._applies()
        self._reads()

    def add(self, *answers: Answer) -> None:
        """Takes all messages of answers; those of a listing that is continued only once."""
        for answer in answers:
            taken = answer.messages[:1] if answer.rpc == "List" else answer.messages
            for message in taken:
                self.messages[_type(message)].append(message)
            for message in answer.messages:
                for part in (*getattr(message, "journals", ()), *getattr(message, "fragments", ())):
                    self.messages[_type(part)].append(part)

    def stored(self, target: Target, root: Path) -> None:
        """Takes what is answered of a journal that has content in a store, and a hole."""

        def fill(shelf: Shelf) -> None:
            shelf.put(0, b"stored")
            shelf.put(20, b"beyond a hole", codec="GZIP", postfix="part=2")

        journal = filled_journal(self._workspace, target, root, fill)
        self.add(
            journal.read(0, metadata_only=True),
            journal.read(0, end_offset=6),
            journal.read(10, end_offset=33),
            journal.fragments(signatureTTL={"seconds": 60}),
        )

    def _appends(self) -> None:
        read_only = self._workspace.journal(flags=protocol.JournalSpec.Flag.O_RDONLY)
        mismatch = selector({"aa": "2"})
        self.add(
            self.journal.append(b"content", union_registers=label_set(REGISTERS)),
            self.journal.append(),
            self.journal.append(b"x", offset=100),
            self.journal.append(b"x", check_registers=mismatch),
            read_only.append(b"x"),
            self._workspace.unmade().append(b"x"),
        )

    def _applies(self) -> None:
        spare = self._workspace.unmade()
        self.add(
            spare.apply(expect=0, labels=REGISTERS),
            spare.apply(expect=0),
            self._workspace.list(),
            spare.delete(),
            spare.delete(expect=1),
            self._workspace.apply(),
        )

    def _reads(self) -> None:
        missing = self._workspace.unmade()
        self.add(
            *(self.journal.read(offset) for offset in (0, 3, 7, -1, 100)),
            self.journal.read(0, metadata_only=True),
            missing.read(0),
            self.journal.fragments(),
            self.journal.fragments(signatureTTL={"seconds": 60}),
            missing.fragments(),
            self._workspace.list({"name": missing.name}),
        )

    def _everywhere(self) -> None:
        for broker in self._workspace.target.brokers:
            read = protocol.ReadRequest(journal=self.journal.name, do_not_proxy=True)
            healthy = protocol.FragmentStoreHealthRequest(fragment_store="file:///")
            absent = protocol.FragmentStoreHealthRequest(fragment_store="file:///never-made/")
            self.add(
                broker.call("Read", read),
                broker.call("List", protocol.ListRequest()),
                *(broker.call("FragmentStoreHealth", each) for each in (healthy, absent)),
            )


def _type(message: Any) -> str:
    return str(message.DESCRIPTOR.full_name.removeprefix("protocol."))


@pytest.fixture(scope="module")
def collected(session: Session, target: Target) -> Iterator[Messages]:
    """Responses of every type but those of Replicate, collected once."""
    workspace = Workspace.of_module(target, session.settings.run_id, "responses")
    with session.trace.preparing():
        collection = Collection(workspace)
        if target.spec.file_root is not None:
            collection.stored(target, Path(target.spec.file_root))
    yield collection.messages
    with session.trace.quiet():
        workspace.clean()


def broken_by(message: Any) -> str | None:
    """The rule of its own type that a message breaks first, and how; None for a valid one."""
    try:
        protocol.validate(message)
    except protocol.ValidationError as error:
        return f"{error.rule}: {error} in {message}"
    return None


def rules_of(type_: str) -> Iterator[Any]:
    """The rules of a type, each with its requirement."""
    for rule in RULES.values():
        if rule.type == type_:
            yield pytest.param(type_, rule.id, marks=requirement(ID_OF[rule.id]), id=rule.id)


@pytest.mark.parametrize(("type_", "rule"), [each for type_ in TYPES for each in rules_of(type_)])
def test_responses_keep_their_rules(collected: Messages, type_: str, rule: str) -> None:
    """No response of its type breaks the rule."""
    assert_true(collected[type_], f"some {type_}", "none")
    for message in collected[type_]:
        broke = broken_by(message)
        if broke is not None and broke.startswith(rule):
            raise NonconformanceError(f"every {type_} to keep {rule}", broke)


@requirement(ID_OF["VAL-STATUS-01"])
def test_statuses_are_known(collected: Messages) -> None:
    """The status of each response is one that has a name."""
    known = set(protocol.Status.values())
    for messages in collected.values():
        for message in messages:
            status = getattr(message, "status", 0)
            assert_true(status in known, "a known status", status)


REPLICATED = [
    ID_OF[rule.id]
    for rule in RULES.values()
    if rule.type == "ReplicateResponse" and rule.id != "VAL-REPLRESP-04"
]


@requirement(*REPLICATED)
def test_replicas_keep_the_rules_of_their_responses(standin: StandIn) -> None:
    """Acknowledgement, mismatch and wrong route are valid, but for the headers that come along."""
    stale = protocol.ReplicateRequest()
    stale.CopyFrom(standin.proposal(0, first=True))
    stale.header.route.members.pop()
    del stale.header.route.endpoints[:]
    stale.header.route.primary = -1
    answers = [
        standin.replica.call("Replicate", standin.proposal(0, first=True)),
        standin.replica.call("Replicate", standin.proposal(0, 5, b"wrong", first=True)),
        standin.replica.call("Replicate", stale),
    ]
    statuses = {"OK", "PROPOSAL_MISMATCH", "WRONG_ROUTE"}
    seen = {answer.status for answer in answers}
    assert_true(seen == statuses, f"the statuses {statuses}", seen)
    for answer in answers:
        for message in answer.messages:
            bare = type(message)()
            bare.CopyFrom(message)
            if answer.status != "WRONG_ROUTE":
                bare.ClearField("header")
            assert_true(broken_by(bare) is None, "a valid ReplicateResponse", broken_by(bare))
