"""Fixtures of the suites; they are seen nowhere else."""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.access import EVERYTHING
from conformance.broker import Broker
from conformance.control import Control
from conformance.credentials import Credentials
from conformance.etcd import Etcd
from conformance.existing import Existing
from conformance.journal import Journal
from conformance.launch import Launched, launch
from conformance.plugin import session_of
from conformance.precondition import given
from conformance.profile import Profile
from conformance.raw.call import RawCaller, tls_context
from conformance.replica import Part, PeerStage
from conformance.session import Session
from conformance.standin import Stage, StandIn
from conformance.stored import kept
from conformance.target import Target
from conformance.trace import Trace
from conformance.workspace import Workspace


@dataclass(frozen=True)
class Cluster:
    """A private target, and what starts and ends its brokers by index."""

    target: Target
    control: Control


AUTH_KEY = "dGhlIHNlY3JldCBvZiBhIHByaXZhdGUgYnJva2VyIHdpdGggdG9rZW5zLCA0OCBieQ=="


@pytest.fixture(scope="session")
def session(pytestconfig: pytest.Config) -> Iterator[Session]:
    """The run as this process sees it."""
    session = session_of(pytestconfig)
    yield session
    session.close()


@pytest.fixture(scope="session")
def target(session: Session) -> Target:
    """The target under test, reachable."""
    return session.target


@pytest.fixture
def trace(session: Session) -> Trace:
    """The calls of this test."""
    return session.trace


@pytest.fixture(scope="session")
def profile(session: Session) -> Profile:
    """What is asked of the target."""
    return session.profile


@pytest.fixture(scope="session")
def broker(target: Target) -> Broker:
    """The first broker of the target."""
    return target.broker


@pytest.fixture(scope="session")
def brokers(target: Target) -> tuple[Broker, ...]:
    """All brokers of the target."""
    return target.brokers


@pytest.fixture
def workspace(
    session: Session, target: Target, request: pytest.FixtureRequest
) -> Iterator[Workspace]:
    """A place for this test's journals, emptied afterwards."""
    workspace = Workspace(target, session.settings.run_id, request.node.nodeid)
    yield workspace
    with session.trace.quiet():
        workspace.clean()


@pytest.fixture
def workspace_of(
    session: Session, request: pytest.FixtureRequest
) -> Iterator[Callable[[Target], Workspace]]:
    """Makes a workspace at another target than the one under test, emptied afterwards."""
    made = []

    def make(target: Target) -> Workspace:
        made.append(Workspace(target, session.settings.run_id, request.node.nodeid))
        return made[-1]

    yield make
    with session.trace.quiet():
        for workspace in made:
            workspace.clean()


@pytest.fixture(scope="session")
def existing(session: Session, target: Target) -> Iterator[Existing]:
    """Journals that are there already: the target's, or (in a full run) some with content."""
    settings, rest = session.settings, (session.remarks, session.gate.budget)
    if settings.access != EVERYTHING:
        journals = [Journal(name, target.broker) for name in settings.journals]
        yield Existing(journals, settings.journals_left, *rest)
        return
    workspace = Workspace.of_module(target, settings.run_id, "existing")
    with session.trace.preparing():
        journals = kept(workspace, target)
    yield Existing(journals, 0, *rest)
    with session.trace.quiet():
        workspace.clean()


@pytest.fixture(scope="session")
def file_root(target: Target) -> Path:
    """The directory behind the target's file stores (for tests that need `file-root`)."""
    return Path(given(target.spec.file_root, "a file root"))


@pytest.fixture(scope="session")
def etcd(target: Target) -> Etcd:
    """The etcd behind the target (for tests that need `etcd`)."""
    return Etcd(given(target.spec.etcd, "the address of etcd"))


@pytest.fixture
def raw(target: Target, trace: Trace) -> Callable[[Broker], RawCaller]:
    """Makes the caller below the message level of a broker."""
    credentials = Credentials(target.spec.auth_key, target.spec.token)
    tls = tls_context(target.spec)
    return lambda broker: RawCaller(
        broker.address, trace, credentials, cluster=broker.cluster, tls=tls, gate=target.gate
    )


@pytest.fixture
def launched(session: Session) -> Iterator[Callable[..., Target]]:
    """Starts a private target, as `launched(brokers=1, auth_key=None)` (for `launch`)."""
    with contextlib.ExitStack() as stack:

        def start(**options: Any) -> Target:
            return stack.enter_context(_private(session, **options))[1]

        yield start


@pytest.fixture
def lease_within(session: Session) -> float:
    """Seconds for a killed broker of a private cluster to be out of its journals' routes."""
    return session.settings.launch.expires_within


@pytest.fixture
def cluster(session: Session) -> Iterator[Callable[..., Cluster]]:
    """Starts private brokers to kill, as `cluster(brokers=3)` (for `process-control`)."""
    with contextlib.ExitStack() as stack:

        def start(**options: Any) -> Cluster:
            private, target = stack.enter_context(_private(session, **options))
            return Cluster(target, Control(private))

        yield start


@pytest.fixture(scope="module")
def stages(session: Session) -> Iterator[Callable[[], StandIn]]:
    """Hands out stand-ins for a killed primary, from private clusters made as they are needed."""
    with contextlib.ExitStack() as stack:
        stage: list[Stage] = []

        def take() -> StandIn:
            if not stage or stage[-1].spent:
                private, target = stack.enter_context(_private(session, brokers=2))
                with session.trace.preparing():
                    stage.append(Stage(target, Control(private), session.settings.run_id))
            return stage[-1].take()

        yield take


@pytest.fixture
def standin(stages: Callable[[], StandIn]) -> StandIn:
    """A primary's part toward the replica of a fresh journal (for `primary-role`)."""
    return stages()


@pytest.fixture(scope="module")
def peer_stage(session: Session) -> Iterator[PeerStage]:
    """A private broker whose journals have a replica played by the suite."""
    with contextlib.ExitStack() as stack:
        private, target = stack.enter_context(_private(session))
        with session.trace.preparing():
            stage = PeerStage(target, Control(private), session.settings.run_id)
        stack.callback(stage.replica.stop)
        yield stage


@pytest.fixture
def part(peer_stage: PeerStage) -> Part:
    """A replica's part toward the primary of a fresh journal (for `peer`)."""
    return peer_stage.take()


@pytest.fixture
def peer_workspace(peer_stage: PeerStage, workspace_of: Callable[[Target], Workspace]) -> Workspace:
    """A workspace at the broker whose replica the suite plays."""
    return workspace_of(peer_stage.target)


@pytest.fixture(scope="session")
def auth_target(session: Session) -> Iterator[Target]:
    """A target that checks tokens, and signs them (for tests that need `auth`)."""
    if session.target.spec.auth_key is not None:
        yield session.target
        return
    with _private(session, auth_key=AUTH_KEY) as (_, target):
        yield target


@contextlib.contextmanager
def _private(session: Session, **options: Any) -> Iterator[tuple[Launched, Target]]:
    """Starts a target for some tests, which ends as soon as the context does."""
    private = launch(session.settings.launch.private(**options))
    with contextlib.ExitStack() as stack:
        # gRPC takes up to 0.2 s to close a young channel, in which the processes end.
        aside = stack.enter_context(ThreadPoolExecutor(1))
        stack.callback(private.stop)
        target = session.connect(private.spec)
        stack.callback(aside.submit, target.close)
        yield private, target
