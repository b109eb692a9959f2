"""A run that is killed: what it leaves behind, and what removes that."""

import time
from pathlib import Path

from conformance.broker import Broker
from conformance.janitor import leftovers
from conformance.launch import LaunchPlan, launch
from conformance.target import Target, TargetSpec
from conformance.tests.command import conform, start

SLOW = "append.spares-sustained-senders"
"""A requirement whose test takes some seconds, so that it can be killed in the middle."""
WITHIN = 20.0


def _await_leftovers(broker: Broker) -> None:
    end = time.monotonic() + WITHIN
    while not leftovers(broker):
        assert time.monotonic() < end, "the run made no journal"
        time.sleep(0.02)


def test_janitor_removes_what_a_killed_run_left(tmp_path: Path) -> None:
    """Kill -9 leaves journals; the janitor tells of them, removes them, and finds none after."""
    launched = launch(LaunchPlan())
    address = launched.spec.addresses[0]
    target = Target(TargetSpec("external", (address,)), exact_texts=False)
    try:
        run = start("run", "--target", address, "--select", SLOW, folder=tmp_path)
        _await_leftovers(target.broker)
        run.kill()
        run.communicate()
        dry = conform("janitor", "--target", address, "--dry-run", folder=tmp_path)
        assert (dry.code, "0 of 1 journals removed" in dry.out) == (0, True), dry
        wet = conform("janitor", "--target", address, folder=tmp_path)
        assert (wet.code, "1 of 1 journals removed" in wet.out) == (0, True), wet
        assert not leftovers(target.broker)
        assert "no journals" in conform("janitor", "--target", address, folder=tmp_path).out
    finally:
        target.close()
        launched.stop()


def test_results_of_a_killed_run_have_no_footer(mock: str, tmp_path: Path) -> None:
    """The result file of a run that was killed tells that it was cut short."""
    run = start("run", "--target", mock, "--select", SLOW, folder=tmp_path)
    results = tmp_path / "conformance-results.jsonl"
    end = time.monotonic() + WITHIN
    while not (results.exists() and results.read_text()):
        assert time.monotonic() < end, "the run wrote no header"
        time.sleep(0.02)
    run.kill()
    run.communicate()
    assert '"type": "header"' in results.read_text()
    assert '"type": "footer"' not in results.read_text()


def test_launched_target_ends_with_a_killed_run(tmp_path: Path) -> None:
    """The mock that a run started is gone soon after the run was killed."""
    run = start("run", "--select", SLOW, folder=tmp_path)
    assert run.stdout is not None
    address = run.stdout.readline().split(" against ")[1].split(" ")[0]
    target = Target(TargetSpec("external", (address,)), exact_texts=False)
    try:
        target.await_reachable()
        run.kill()
        run.communicate()
        end = time.monotonic() + WITHIN
        while target.broker.call("List", b"", timeout=1.0).code == "OK":
            assert time.monotonic() < end, "the mock went on"
            time.sleep(0.05)
    finally:
        target.close()
