"""The gate: what a run's access does not permit is never sent, whichever way a test tries."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import protocol
from conformance.access import NO_APPLY, READ_ONLY
from conformance.credentials import Credentials
from conformance.errors import CapError, GateError
from conformance.exchange import ask
from conformance.gate import Gate
from conformance.journal import Journal, label_set
from conformance.limits import Caps
from conformance.raw.call import RawCaller
from conformance.raw.case import at_path, body, framed
from conformance.target import Target, TargetSpec
from conformance.tests.recording import Recording, recorded
from conformance.trace import Trace
from conformance.workspace import Workspace
from protocol.wire.service import METHODS

WRITING = ("Apply", "Append", "Replicate", "FragmentStoreHealth")
READING = ("List", "Read", "ListFragments")
Guarded = Callable[..., Target]


@pytest.fixture
def place(mock: str) -> Iterator[tuple[str, Recording]]:
    """A recording place in front of the mock."""
    with recorded(mock) as found:
        yield found


@pytest.fixture
def guarded(place: tuple[str, Recording]) -> Iterator[Guarded]:
    """Makes targets at the recording place, behind the gate of a run."""
    targets = []

    def make(access: str, **options: Any) -> Target:
        spec = TargetSpec("external", (place[0],), http=(place[0],))
        targets.append(Target(spec, exact_texts=False, gate=Gate(access, **options)))
        return targets[-1]

    yield make
    for target in targets:
        target.close()


@pytest.mark.parametrize("rpc", WRITING)
def test_a_reading_run_sends_no_write(
    guarded: Guarded, place: tuple[str, Recording], rpc: str
) -> None:
    """An RPC that changes the target is refused before it is sent, by message and below it."""
    target = guarded(READ_ONLY)
    with pytest.raises(GateError, match=f"a test would send {rpc}, and the run is read-only"):
        target.broker.call(rpc, METHODS[rpc].request())
    raw = RawCaller(target.broker.address, Trace(), Credentials(), gate=target.gate)
    with pytest.raises(GateError):
        raw.call(rpc, body(framed))
    with pytest.raises(GateError, match=METHODS[rpc].path):
        raw.call("List", at_path(lambda _: METHODS[rpc].path))
    assert not place[1].calls


@pytest.mark.parametrize("rpc", READING)
def test_a_reading_run_reads(guarded: Guarded, place: tuple[str, Recording], rpc: str) -> None:
    """The RPCs that only read are sent."""
    target = guarded(READ_ONLY)
    target.broker.call(rpc, METHODS[rpc].request())
    RawCaller(target.broker.address, Trace(), Credentials(), gate=target.gate).call(
        rpc, body(framed)
    )
    assert place[1].calls == {rpc: 2}


@pytest.mark.parametrize("access", [READ_ONLY, NO_APPLY])
def test_no_call_by_hand(guarded: Guarded, access: str) -> None:
    """A run against a broker in use hands out no connection that passes the gate by."""
    target = guarded(access)
    with pytest.raises(GateError):
        _ = target.broker.channel
    for method in ("PUT", "POST", "DELETE"):
        with pytest.raises(GateError, match=f"a test would {method} over HTTP"):
            ask(target.broker, method, "/a/journal", body=b"x")


def _append(**fields: Any) -> Any:
    return protocol.AppendRequest(journal="acme/one", **fields)


@pytest.mark.parametrize(
    "request_",
    [
        protocol.AppendRequest(journal="acme/two"),
        protocol.AppendRequest(journal="acme/two;meta"),
        _append(suspend="SUSPEND_NOW"),
        _append(union_registers=label_set({"author": "me"})),
        _append(subtract_registers=label_set({"author": "me"})),
        _append().SerializeToString(),
    ],
    ids=["other", "other-with-metadata", "suspend", "union", "subtract", "bytes"],
)
def test_appends_are_to_named_journals_alone(
    guarded: Guarded, place: tuple[str, Recording], request_: Any
) -> None:
    """Appends to other journals, of others' registers, or that suspend, are not sent."""
    broker = guarded(NO_APPLY, journals=["acme/one"]).broker
    with pytest.raises(GateError):
        broker.call("Append", request_)
    with pytest.raises(GateError):
        broker.call("Apply", protocol.ApplyRequest())
    assert not place[1].calls
    mine = label_set({"conformance-mark": "yes"})
    answer = broker.call("Append", _append(union_registers=mine), protocol.AppendRequest())
    assert answer.status == "JOURNAL_NOT_FOUND"
    assert place[1].calls == {"Append": 1}


def test_content_is_counted_both_ways(guarded: Guarded, mock: str) -> None:
    """Bytes appended and read are taken from one budget, and what exceeds it ends the call."""
    plain = Target(TargetSpec("external", (mock,)), exact_texts=False)
    workspace = Workspace(plain, "r", "test_gate.py::counted")
    journal = workspace.journal()
    broker = guarded("full", caps=Caps(bytes=10)).broker
    mine = Journal(journal.name, broker)
    mine.append(b"12345").ok()
    assert mine.read().content == b"12345"
    with pytest.raises(CapError):
        mine.read()
    with pytest.raises(CapError):
        mine.append(b"x")
    mine.append().ok()
    workspace.clean()
    plain.close()
