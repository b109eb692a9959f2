"""Valid requests of any shape: each is taken, and specs are kept as they were applied."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import protocol
from conformance import READS, requirement
from conformance.broker import Broker, journals
from conformance.checks import assert_equal, assert_status
from conformance.journal import normalized
from conformance.suites.test_model import EXAMPLES
from conformance.workspace import Workspace
from protocol.strategies import rpcs, valid

JOURNALS = 4
REQUESTS = 12
"""Generated requests of each RPC."""
FULL = protocol.JournalSpec.Suspend.FULL
ABOUT = {
    "Read": rpcs.READ_REQUESTS,
    "ListFragments": rpcs.FRAGMENTS_REQUESTS,
    "Append": rpcs.FIRST_APPENDS,
    "Replicate": rpcs.PROPOSALS_WITH_HEADER,
}
"""RPCs about one journal, and valid first requests of them."""


def _own(given: Any, header: Any) -> None:
    """Makes what is compared of a given header that of the broker."""
    given.process_id.CopyFrom(header.process_id)
    given.etcd.cluster_id = header.etcd.cluster_id
    given.etcd.revision = min(given.etcd.revision, header.etcd.revision)


def _renamed(given: str, name: str) -> str:
    """The name, with the metadata of a generated one."""
    return name + given[given.index(";") :] if ";" in given else name


@requirement("transport.valid-request-is-accepted")
@pytest.mark.parametrize("rpc", [pytest.param("Read", marks=READS), *list(ABOUT)[1:]])
@settings(EXAMPLES, max_examples=1)
@given(data=st.data())
def test_requests_about_a_journal(
    workspace: Workspace, broker: Broker, rpc: str, data: st.DataObject
) -> None:
    """A valid request about a journal that does not exist is answered so, whatever it holds."""
    requests = data.draw(st.lists(ABOUT[rpc], min_size=REQUESTS, max_size=REQUESTS))
    header = broker.call("List", protocol.ListRequest()).first.header
    for request in requests:
        if rpc == "Replicate":
            request.proposal.journal = _renamed(request.proposal.journal, workspace.name())
            request.deprecated_journal = ""
            request.header.CopyFrom(header)
        else:
            request.journal = _renamed(request.journal, workspace.name())
        if request.HasField("header"):
            _own(request.header, header)
        assert_status(broker.call(rpc, request), "JOURNAL_NOT_FOUND")


@requirement("transport.valid-request-is-accepted")
@pytest.mark.parametrize("rpc", [pytest.param("List", marks=READS)])
@settings(EXAMPLES, max_examples=1)
@given(selectors=st.lists(valid(protocol.LabelSelector), min_size=REQUESTS, max_size=REQUESTS))
def test_selectors(broker: Broker, rpc: str, selectors: list[Any]) -> None:
    """A valid selector is taken, whatever it holds."""
    for selector in selectors:
        assert_status(broker.call(rpc, protocol.ListRequest(selector=selector)), "OK")


@requirement(
    "transport.valid-request-is-accepted",
    "list.entry-echoes-spec-and-revisions",
    "apply.replaces-the-whole-spec",
)
@settings(EXAMPLES, max_examples=1)
@given(specs=st.lists(valid(protocol.JournalSpec), min_size=2 * JOURNALS, max_size=2 * JOURNALS))
def test_any_spec_is_listed_as_applied(workspace: Workspace, specs: list[Any]) -> None:
    """A valid spec is listed just as it was applied, the first one and one that replaces it."""
    made = sorted((workspace.unmade() for _ in range(JOURNALS)), key=lambda each: each.name)
    created = 0
    for turn in (specs[:JOURNALS], specs[JOURNALS:]):
        for journal, spec in zip(made, turn, strict=True):
            _prepare(spec, journal.name)
        changes = [
            journal.upsert(expect=created, spec=spec)
            for journal, spec in zip(made, turn, strict=True)
        ]
        revision = assert_status(workspace.apply(*changes), "OK").header.etcd.revision
        created = created or revision
        for entry, spec in zip(journals(workspace.list()), turn, strict=True):
            assert_equal(normalized(entry.spec), normalized(spec), "the spec listed")
            got = entry.create_revision, entry.mod_revision
            assert_equal(got, (created, revision), "revisions of creation and change")


def _prepare(spec: Any, name: str) -> None:
    """Names a spec, and suspends its journal: no broker shall look into the stores it names."""
    spec.name = name
    spec.suspend.level = FULL
    spec.fragment.stores.extend(list(spec.fragment.stores)[:1])
