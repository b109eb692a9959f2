"""Validation: each rule of each request from both sides of its boundary."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

import protocol
from conformance import APPENDS, READS, requirement
from conformance.access import EVERYTHING, NO_APPLY, READING
from conformance.answer import Answer
from conformance.boundaries import (
    BASES,
    BEYOND_VALIDATION,
    NEWEST_ROWS,
    ROWS,
    Row,
    Subject,
    edited,
    resolved,
)
from conformance.catalogue import load
from conformance.catalogue.requirement import release_key
from conformance.checks import absent, assert_refused, only_grown, unchanged
from conformance.errors import NonconformanceError
from conformance.journal import Journal, spec_of
from conformance.profile import Profile
from conformance.session import Session
from conformance.target import Target
from conformance.workspace import Workspace
from protocol.releases import Release
from protocol.strategies import broken, rules_broken_by

ID_OF = {entry.source[0]: entry.id for entry in load().values() if entry.area == "validation"}
"""The requirement of each rule."""
NEWEST = (0, 104)
EMPTY_APPENDS = {"header", "offset", "content", "do_not_proxy", "check_registers"}
"""Fields whose rules are shown by appends without content, register changes and suspension."""
EXAMPLES = 4
"""Generated messages per rule: the tables hold the boundaries, these look beside them."""


class Asked:
    """A journal that all tests of the module ask about, and that none of them changes.

    A `shared` one is not the suite's own, or is missing where the run may not make one.
    """

    def __init__(
        self, journal: Journal, workspace: Workspace, release: Release, *, shared: bool
    ) -> None:
        self.journal = journal
        self.shared = shared
        self.companion = workspace.unmade()
        self._release = release
        header = protocol.Header()
        header.CopyFrom(self.journal.read(-1).first.header)
        header.etcd.CopyFrom(workspace.list().first.header.etcd)
        header.process_id.CopyFrom(journal.broker.process_id())
        self.subject = Subject(
            self.journal.name, workspace.name(), self.companion.name, header=header
        )

    def valid(self, row: Row) -> Any:
        """The request of a row as it is when nothing is wrong with it."""
        return BASES[row.request].make(self.subject)

    def edited(self, row: Row, value: Any) -> Any:
        """The same, with a value of the row."""
        name = self.subject.missing if row.request.startswith("Repl") else self.subject.journal
        return edited(self.valid(row), row.field, resolved(value, self.subject.header, name))

    def send(self, request: str, message: Any) -> Answer:
        """How the broker answers `message`, sent as requests of its kind are."""
        base = BASES[request]
        return self.journal.broker.call(base.rpc, *base.messages(self.subject, message))

    def refused(self, request: str, message: Any, *names: str) -> None:
        """Holds that the broker refuses `message` in the words recorded for its rule."""
        answer = self.send(request, message)
        assert_refused(answer, *names)
        error = self.error(message)
        text = f"{BASES[request].context}{error}"
        if answer.exact_texts and answer.details != text:
            raise NonconformanceError(
                f"the text recorded for {error.rules[-1]}: {text!r}", str(answer)
            )

    def accepted(self, request: str, message: Any) -> None:
        """Holds that nothing is wrong with `message`, whatever comes of it."""
        answer = self.send(request, message)
        if answer.code != "OK" and not answer.details.startswith(BEYOND_VALIDATION):
            raise NonconformanceError("a valid request to be accepted", f"{answer} for {message}")

    def untouched(self, request: str) -> AbstractContextManager[None]:
        """Holds that what a request of its kind could have changed stays as it was."""
        if request in {"Upsert", "Delete"}:
            return absent(self.companion)
        if self.shared:
            return only_grown(self.journal) if request == "Append" else nullcontext()
        return unchanged(self.journal) if request in {"Append", "Content"} else nullcontext()

    def error(self, message: Any) -> protocol.ValidationError:
        """The first rule that `message` breaks."""
        try:
            protocol.validate(message, self._release)
        except protocol.ValidationError as error:
            return error
        raise ValueError(f"nothing is wrong with {message}")


@pytest.fixture(scope="module")
def asked(session: Session, target: Target, profile: Profile) -> Iterator[Asked]:
    """What the tests of this module ask about, made once."""
    workspace = Workspace.of_module(target, session.settings.run_id, "validation")
    newest = release_key(profile.release) >= NEWEST
    release = Release.NEWEST if newest else Release.V0_101
    access, named = session.settings.access, session.settings.journals
    if access == EVERYTHING:
        with session.trace.preparing():
            journal = workspace.journal()
        yield Asked(journal, workspace, release, shared=False)
    elif access == NO_APPLY:
        yield Asked(Journal(named[0], target.broker), workspace, release, shared=True)
    else:
        yield Asked(workspace.unmade(), workspace, release, shared=True)
    with session.trace.quiet():
        workspace.clean()


def cited(row: Row) -> Any:
    """A row, marked with the requirements of its rules, and with how far it reaches."""
    cites = requirement(*(ID_OF[rule] for rule in row.rules))
    return pytest.param(row, marks=[cites, *reach(row.request, row.field)], id=row.id)


def reach(request: str, field: str = "") -> list[pytest.MarkDecorator]:
    """How far requests of a kind reach, where that is not to everything."""
    if request in READING:
        return [READS]
    harmless = request == "Append" and field.partition(".")[0] in EMPTY_APPENDS
    return [APPENDS] if harmless else []


@pytest.mark.parametrize("row", [cited(row) for row in (*ROWS, *NEWEST_ROWS)])
def test_both_sides_of_a_boundary(asked: Asked, row: Row) -> None:
    """Values outside are refused by field and change nothing; values inside are accepted."""
    with asked.untouched(row.request):
        for value in row.outside:
            message = asked.edited(row, value)
            asked.refused(row.request, message, row.named)
            if row.request == "Upsert" and "expect_mod_revision" not in row.field:
                message.changes[0].expect_mod_revision = -1
                asked.refused(row.request, message, row.named)
    asked.accepted(row.request, asked.valid(row))
    for value in row.inside:
        asked.accepted(row.request, asked.edited(row, value))


def _upsert(spec: Any, _: Subject) -> Any:
    return protocol.ApplyRequest(changes=[protocol.ApplyRequest.Change(upsert=spec)])


def _fragment(fragment: Any, subject: Subject) -> Any:
    spec = spec_of(subject.missing)
    spec.fragment.CopyFrom(fragment)
    return _upsert(spec, subject)


def _proposed(fragment: Any, subject: Subject) -> Any:
    return protocol.ReplicateRequest(header=subject.header, proposal=fragment, acknowledge=True)


WRAPPED: dict[Any, tuple[str, Callable[[Any, Subject], Any]]] = {
    protocol.ReadRequest: ("Read", lambda message, _: message),
    protocol.FragmentsRequest: ("ListFragments", lambda message, _: message),
    protocol.ListRequest: ("List", lambda message, _: message),
    protocol.ApplyRequest: ("Upsert", lambda message, _: message),
    protocol.ReplicateRequest: ("Replicate", lambda message, _: message),
    protocol.FragmentStoreHealthRequest: ("Health", lambda message, _: message),
    protocol.JournalSpec: ("Upsert", _upsert),
    protocol.JournalSpec.Fragment: ("Upsert", _fragment),
    protocol.Fragment: ("Replicate", _proposed),
    protocol.LabelSelector: ("List", lambda held, _: protocol.ListRequest(selector=held)),
    protocol.LabelSet: (
        "Append",
        lambda held, subject: protocol.AppendRequest(journal=subject.journal, union_registers=held),
    ),
    protocol.Header: (
        "Read",
        lambda header, subject: protocol.ReadRequest(journal=subject.journal, header=header),
    ),
}
"""By each kind of generated message, what is sent of it."""


def generated() -> Iterator[Any]:
    """Each rule of each kind that `protocol.strategies` can break, with its requirement."""
    for kind in (*WRAPPED, protocol.AppendRequest):
        for rule in rules_broken_by(kind):
            name = f"{kind.DESCRIPTOR.full_name.removeprefix('protocol.')}-{rule}"
            marks = [requirement(ID_OF[rule]), *reach(WRAPPED[kind][0] if kind in WRAPPED else "")]
            yield pytest.param(kind, rule, marks=marks, id=name.lower())


@pytest.mark.parametrize(("kind", "rule"), list(generated()))
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
@given(data=st.data())
def test_generated_messages_are_refused(
    asked: Asked, kind: Any, rule: str, data: st.DataObject
) -> None:
    """Any message that breaks one rule is refused in the words recorded for it."""
    message, _ = data.draw(broken(kind, rule))
    later = kind is protocol.AppendRequest and not message.journal
    request, wrap = WRAPPED.get(kind, ("Content" if later else "Append", lambda given, _: given))
    # An azure-ad store without a path ends some brokers: see apply.survives-….
    assume(b"azure-ad" not in message.SerializeToString())
    asked.refused(request, wrap(message, asked.subject))
