"""Requests that have ended real brokers: each is sent to a private cluster, which must live on."""

from collections.abc import Callable
from typing import Any

import pytest

import protocol
from conformance import requirement
from conformance.answer import Answer
from conformance.broker import Broker
from conformance.checks import assert_refused, assert_true
from conformance.errors import NonconformanceError
from conformance.target import Target
from conformance.workspace import Workspace

Launch = Callable[..., Target]
STORES = ["azure-ad://tenant", "azure-ad://tenant/account"]
HUGE = 1 << 60
ENDLESS = "{{range 9223372036854775807}}{{end}}"


@pytest.fixture
def private(launched: Launch, workspace_of: Callable[[Target], Workspace]) -> Callable[..., Any]:
    """Makes a workspace on brokers of this test's own, which it may end."""

    def make(brokers: int = 1) -> Workspace:
        return workspace_of(launched(brokers=brokers))

    return make


def _survives(broker: Broker, answer: Answer) -> None:
    """Holds that the call was answered, and that the broker serves another one."""
    listed = broker.call("List", protocol.ListRequest())
    if answer.code == "UNAVAILABLE" or listed.code != "OK":
        raise NonconformanceError("the broker to live on", f"{answer}, then {listed}")
    listed.ok()


@requirement("apply.survives-deletion-of-meta-name")
def test_deletion_of_meta_name(private: Callable[..., Workspace]) -> None:
    """A delete of a name with metadata is answered, whatever the answer."""
    workspace = private()
    deletion = protocol.ApplyRequest.Change(expect_mod_revision=-1, delete="acme/x;y")
    _survives(workspace.broker, workspace.apply(deletion))


@requirement(
    "apply.survives-azure-ad-store-without-path", "validation.store-azure-path-is-complete"
)
@pytest.mark.parametrize("store", STORES, ids=["empty", "one-component"])
def test_azure_store(private: Callable[..., Workspace], store: str) -> None:
    """An upsert with a store that lacks its container is refused by its store."""
    workspace = private()
    answer = workspace.unmade().apply(fragment={"stores": [store]})
    _survives(workspace.broker, answer)
    assert_refused(answer, "Stores[0]")


@requirement("apply.survives-endless-postfix-template")
def test_endless_template(private: Callable[..., Workspace]) -> None:
    """An upsert with a template of 2^63 - 1 rounds is answered, whatever the answer."""
    workspace = private()
    answer = workspace.unmade().apply(fragment={"path_postfix_template": ENDLESS})
    _survives(workspace.broker, answer)
    assert_true(answer.code != "DEADLINE_EXCEEDED", "the upsert to be answered", answer)


@requirement(
    "store-health.survives-azure-ad-store-without-path", "validation.store-azure-path-is-complete"
)
@pytest.mark.parametrize("store", STORES, ids=["empty", "one-component"])
def test_azure_store_health(private: Callable[..., Workspace], store: str) -> None:
    """A check of a store that lacks its container is refused by its store."""
    workspace = private()
    request = protocol.FragmentStoreHealthRequest(fragment_store=store)
    answer = workspace.broker.call("FragmentStoreHealth", request)
    _survives(workspace.broker, answer)
    assert_refused(answer, "FragmentStore")


@requirement("append.survives-meta-name-when-proxied")
def test_meta_name_proxied(private: Callable[..., Workspace]) -> None:
    """An append to a name with metadata through another broker is answered, whatever the answer."""
    workspace = private(brokers=2)
    journal = workspace.journal()
    for other in workspace.others(journal):
        answer = journal.append(b"x", broker=other, journal=f"{journal.name};meta")
        _survives(other, answer)


@requirement("append.survives-huge-append-rate")
def test_huge_rate(private: Callable[..., Workspace]) -> None:
    """Several appends to a journal of a rate near the largest number are answered."""
    workspace = private()
    journal = workspace.journal(max_append_rate=HUGE)
    answers = [journal.append(b"x"), journal.append(b"y")]
    for answer in answers:
        _survives(workspace.broker, answer)
    assert_true(answers[0].status == "OK", "the first append to commit", answers[0])
