"""FragmentStoreHealth: whether a fragment store works."""

from pathlib import Path

import pytest

import protocol
from conformance import requirement, wait
from conformance.answer import Answer
from conformance.broker import Broker
from conformance.checks import assert_equal, assert_refused, assert_status, assert_true
from conformance.stored import make_folder, stored_bytes
from conformance.target import Target
from conformance.tokens import sign
from conformance.workspace import Workspace, slug

UNHEALTHY = "FRAGMENT_STORE_UNHEALTHY"
RECOVERS_WITHIN = 30.0
"""Seconds for a store to turn healthy: brokers look again after 0.1, 1, 1, 10 and 10 seconds."""


def check(broker: Broker, store: str) -> Answer:
    """What the broker says of a store."""
    request = protocol.FragmentStoreHealthRequest(fragment_store=store)
    return broker.call("FragmentStoreHealth", request)


def fresh(request: pytest.FixtureRequest, workspace: Workspace) -> str:
    """A directory name that no earlier test or run used."""
    return f"health-{slug(request.node.nodeid)}-{workspace.prefix.split('/')[1]}"


@requirement("store-health.healthy-store-is-ok", "store-health.first-check-is-awaited")
def test_a_store_that_works_is_healthy(broker: Broker) -> None:
    """The root of the file stores is healthy, told by an un-routed header, without a text."""
    message = assert_status(check(broker, "file:///"), "OK")
    assert_equal(message.store_health_error, "", "the text of a healthy store")
    route = message.header.route
    assert_equal((len(route.members), route.primary), (0, -1), "members and primary")
    assert_true(message.header.process_id.suffix, "the responder's id", message.header)


@requirement("store-health.missing-directory-is-unhealthy", "store-health.first-check-is-awaited")
def test_a_missing_directory_is_unhealthy(
    broker: Broker, workspace: Workspace, request: pytest.FixtureRequest
) -> None:
    """A store whose directory is not there is unhealthy, and a text tells why; others are not."""
    assert_status(check(broker, "file:///"), "OK")
    name = fresh(request, workspace)
    for _ in range(3):
        message = assert_status(check(broker, f"file:///{name}/"), UNHEALTHY)
        assert_true(message.store_health_error, "a text", message)
    assert_status(check(broker, "file:///"), "OK")


@requirement("store-health.first-check-is-awaited", "store-health.leaves-a-probe-object")
def test_a_new_store_is_healthy_at_once(
    broker: Broker, workspace: Workspace, file_root: Path, request: pytest.FixtureRequest
) -> None:
    """Of a store that nobody has asked about yet, the first answer tells how its check ended."""
    name = fresh(request, workspace)
    make_folder(file_root, name)
    assert_status(check(broker, f"file:///{name}/"), "OK")
    probe = stored_bytes(file_root, f"{name}/.test/health-check")
    assert_equal(probe, b"health-check\n", "the probe's object")


@requirement("store-health.uninitialised-store-is-unhealthy")
@pytest.mark.parametrize(
    "store",
    [
        "s3://conformance-no-such-bucket/?profile=conformance-no-such-profile",
        "file:///?no-such-argument=1",
    ],
    ids=["credentials", "arguments"],
)
def test_a_store_that_cannot_be_opened_is_unhealthy(broker: Broker, store: str) -> None:
    """A store without credentials, or with unknown arguments, is unhealthy."""
    message = assert_status(check(broker, store), UNHEALTHY)
    assert_true(message.store_health_error, "a text", message)


@requirement("store-health.refuses-invalid-store")
@pytest.mark.parametrize(
    ("store", "text"),
    [
        ("", "FragmentStore: not absolute ()"),
        ("no/scheme/", "FragmentStore: not absolute (no/scheme/)"),
        ("http://host/", "FragmentStore: invalid scheme (http)"),
        ("file:///no-slash", "FragmentStore: path component doesn't end in '/' (/no-slash)"),
        ("file://host/", "FragmentStore: file scheme cannot have host (file://host/)"),
        ("s3:///path/", "FragmentStore: missing bucket (s3:///path/)"),
    ],
)
def test_what_is_no_store_is_refused(broker: Broker, store: str, text: str) -> None:
    """An invalid URL is refused by name, a valid one is looked at."""
    assert_refused(check(broker, store), "FragmentStore", text=text)
    assert_equal(check(broker, "file:///").code, "OK", "the code of a valid store")


@requirement("store-health.recovers-with-the-store", "store-health.leaves-a-probe-object")
def test_a_store_recovers(
    broker: Broker, workspace: Workspace, file_root: Path, request: pytest.FixtureRequest
) -> None:
    """A store turns healthy once its directory is there, and then holds the probe's object."""
    name = fresh(request, workspace)
    store = f"file:///{name}/"
    assert_status(check(broker, store), UNHEALTHY)
    make_folder(file_root, name)
    wait.until(
        lambda: check(broker, store).status == "OK",
        "the store to be healthy",
        within=RECOVERS_WITHIN,
    )
    probe = stored_bytes(file_root, f"{name}/.test/health-check")
    assert_equal(probe, b"health-check\n", "the probe's object")


@requirement("store-health.needs-read-capability-only")
def test_claims_for_other_journals_suffice(auth_target: Target) -> None:
    """READ permits the check, whatever journals the claims select."""
    token = sign(auth_target.spec, "Read", include={"name": "some/other/journal"})
    request = protocol.FragmentStoreHealthRequest(fragment_store="file:///")
    answer = auth_target.broker.call("FragmentStoreHealth", request, token=token)
    assert_status(answer, "OK")
