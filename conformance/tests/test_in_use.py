"""Runs against a broker in use: what they look at, what they leave, and what they never send."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import protocol
from conformance.access import NO_APPLY, READ_ONLY, RPCS
from conformance.broker import journals
from conformance.errors import ConfigurationError
from conformance.existing import Existing, Remarks, choose
from conformance.inventory import run_pytest
from conformance.journal import Journal, spec_of
from conformance.launch import LaunchPlan, launch
from conformance.limits import Budget, Caps
from conformance.plugin import SUITES
from conformance.recorder import Recorder
from conformance.settings import Settings
from conformance.target import Target, TargetSpec
from conformance.tests.command import Ended, conform
from conformance.tests.recording import recorded

NAMES = tuple(f"acme/orders/part-{number}" for number in range(4))
LINE = b"a line of somebody's own\n"
WRITING = ("append", "store_health", "suspend", "transport")
"""The areas whose tests write by their nature."""
SETTINGS = Settings(seed=1, run_id="r", profile="contract", access=READ_ONLY)
Lines = list[dict[str, Any]]


@pytest.fixture(scope="module")
def used() -> Iterator[Target]:
    """A mock broker with journals of somebody's own, stored and local, and with content."""
    launched = launch(LaunchPlan())
    target = Target(launched.spec, exact_texts=False)
    target.await_reachable()
    stores = {"stores": [target.store()], "length": 1024, "refresh_interval": 1}
    for name in NAMES:
        journal = Journal(name, target.broker)
        spec = spec_of(name, fragment={**stores, "compression_codec": "GZIP"})
        journal.apply(spec=spec, expect=0).ok()
        for number in range(3):
            journal.append(b"%d " % number, LINE * 50).ok()
    yield target
    target.close()
    launched.stop()


def run(target: Target, folder: Path, *words: str) -> tuple[Ended, Lines, dict[str, int]]:
    """A run against a recording place in front of `target`: its end, results, and RPCs sent."""
    root = str(target.spec.file_root)
    with recorded(target.spec.addresses[0]) as (address, recording):
        given = ("--target", address, "--file-root", root, "--max-calls-per-second", "1000")
        ended = conform("run", *given, *words, folder=folder)
    lines = (folder / "conformance-results.jsonl").read_text().splitlines()
    return ended, [json.loads(line) for line in lines], dict(recording.calls)


def state(target: Target) -> list[Any]:
    """All that is to be seen of the journals: specs and content."""
    answer = target.broker.call("List", protocol.ListRequest())
    entries = journals(answer)
    content = [Journal(each.spec.name, target.broker).content() for each in entries]
    return [[(each.spec.SerializeToString(), each.mod_revision) for each in entries], content]


def outcomes(lines: Lines) -> dict[str, tuple[str, str]]:
    """By requirement, outcome and reason."""
    told = (line for line in lines if line["type"] == "requirement")
    return {line["id"]: (line["outcome"], line["reason"]) for line in told}


def test_a_reading_run_changes_nothing(used: Target, tmp_path: Path) -> None:
    """The whole suite sends only what reads, passes, and leaves all as it was."""
    before = state(used)
    ended, lines, sent = run(used, tmp_path, "--read-only")
    assert ended.code == 0, ended.out + ended.err
    assert sent.keys() == RPCS[READ_ONLY]
    assert state(used) == before
    found = outcomes(lines)
    for checked in ("fragments.urls-hold-the-named-content", "watch.snapshot-then-delimiter"):
        assert found[checked] == ("passed", ""), checked
    for barred in (
        "append.commits-content",
        "apply.creates-at-zero",
        "store-health.refuses-invalid-store",
    ):
        if barred in found:
            assert found[barred] == ("not-applicable", "read-only"), barred
    target = lines[0]["target"]
    assert target["access"] == "read-only"
    assert target["caps"] == {"journals": 10, "bytes": 64 << 20, "calls": 1000.0}
    assert "read-only, at most 10 journals" in ended.out


def test_the_gate_holds_where_every_test_is_let_through(
    used: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Did tests run whatever they declare, still nothing that writes would be sent."""
    monkeypatch.setattr("conformance.plan.suffices", lambda *_: True)
    results: Lines = []
    before = state(used)
    with recorded(used.spec.addresses[0]) as (address, recording):
        spec = TargetSpec("external", (address,), offers=("no-auth",))
        settings = replace(SETTINGS, target=spec, journals=NAMES, areas=WRITING)
        recorder = Recorder(
            lambda each: results.append(dict(each)),
            tolerated=(),
            fail_fast=False,
            gone=lambda: False,
        )
        run_pytest(["--gazette-settings", settings.to_json(), str(SUITES)], [recorder])
    assert recording.calls.keys() == RPCS[READ_ONLY]
    assert state(used) == before
    errors = [each["error"]["message"] for each in results if "error" in each]
    assert len(errors) > len(results) / 2
    assert {message.partition(":")[0] for message in errors} == {"GateError"}


def test_an_appending_run_appends_to_named_journals(used: Target, tmp_path: Path) -> None:
    """Appends arrive, no Apply does, and journals that were not named stay as they were."""
    specs, (_, *others) = state(used)
    ended, lines, sent = run(used, tmp_path, "--no-apply", "--journals", f"name={NAMES[0]}")
    assert ended.code == 0, ended.out + ended.err
    assert sent.keys() == RPCS[NO_APPLY]
    now, (mine, *rest) = state(used)
    assert (now, rest) == (specs, others)
    own = mine.partition(b"{")[2]
    assert all(b"conformance" in line for line in own.splitlines())
    found = outcomes(lines)
    assert found["append.commits-content"] == ("passed", "")
    assert found["append.unites-registers"] == ("passed", "")
    assert found["append.codec-change-waits-for-roll"] == ("not-applicable", "no-apply")
    registers = Journal(NAMES[0], used.broker).append().ok().registers
    assert not registers.labels


def test_caps_are_told(used: Target, tmp_path: Path) -> None:
    """What journals and bytes do not suffice for is said, and no requirement is told as passed."""
    words = ("--read-only", "--max-journals", "1", "--max-bytes", "1KiB", "--area", "fragments")
    others = ("--journals", f"name in ({','.join(NAMES[1:])})")  # nothing short is in these
    ended, lines, _ = run(used, tmp_path, *words, *others)
    assert ended.code == 0, ended.out + ended.err
    assert "2 of 3 journals were not chosen (--max-journals)" in ended.out
    assert re.search(r"(\d) of \1 stored fragments were not fetched \(--max-bytes\)", ended.out)
    found = outcomes(lines)
    assert found["fragments.urls-hold-the-named-content"] == ("not-run", "cap-reached")
    assert found["fragments.local-sums-cover-the-whole"] == ("not-run", "cap-reached")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--read-only", "--journals", "prefix=nobody/"), 2, "matches no journal of the target"),
        (("--read-only", "--journals", "("), 2, "could not match"),
        (("--read-only", "--journals", "prefix=nobody"), 2, "trailing '/'"),
        (("--no-apply", "--journals", "prefix=nobody/"), 2, "no journal that takes appends"),
        (("--no-apply",), 2, "--no-apply needs --journals"),
        (("--read-only", "--max-bytes", "much"), 2, "is no size, such as"),
    ],
)
def test_refusals(
    used: Target, tmp_path: Path, words: tuple[str, ...], code: int, sentence: str
) -> None:
    """Wrong options end with one sentence before anything runs."""
    ended = conform("run", "--target", used.spec.addresses[0], *words, folder=tmp_path)
    assert (ended.code, ended.out) == (code, "")
    assert sentence in ended.err
    assert not (tmp_path / "conformance-results.jsonl").exists()


def test_a_wrong_broker_is_found_by_reading_alone(tmp_path: Path) -> None:
    """A broker whose listed sums are wrong fails, though nothing is written to it."""
    launched = launch(LaunchPlan(lie="listed-fragments-lack-the-sum"))
    try:
        target = Target(launched.spec, exact_texts=False)
        journal = Journal(NAMES[0], target.broker)
        journal.apply(expect=0).ok()
        journal.append(LINE).ok()
        ended, lines, _ = run(target, tmp_path, "--read-only", "--area", "fragments")
        target.close()
    finally:
        launched.stop()
    assert ended.code == 1, ended.out + ended.err
    assert outcomes(lines)["fragments.local-sums-cover-the-whole"][0] == "failed"
    failure = next(line["failure"] for line in lines if "failure" in line)
    assert "--read-only --max-journals 10 --max-bytes 67108864" in failure["rerun"]
    assert {call["rpc"] for call in failure["calls"]} <= RPCS[READ_ONLY]


def test_the_sample_is_that_of_the_seed(used: Target) -> None:
    """Equal seeds choose equal journals, within the cap; without one, all are chosen."""

    def chosen(seed: int, most: int | None) -> tuple[tuple[str, ...], int]:
        caps = Caps(journals=most)
        settings = replace(SETTINGS, seed=seed, caps=caps, chosen_by="prefix=acme/")
        found = choose(used.broker, settings)
        return found.names, found.left

    assert chosen(1, 2) == chosen(1, 2)
    assert len({chosen(seed, 2) for seed in range(20)}) > 1
    assert chosen(1, None) == chosen(2, 9) == (NAMES, 0)


def test_journals_that_take_no_appends_are_not_chosen(used: Target) -> None:
    """Where a run appends, read-only and suspended journals are none of its journals."""
    name = "other/read-only"
    journal = Journal(name, used.broker)
    journal.apply(flags=protocol.JournalSpec.O_RDONLY).ok()
    reading = replace(SETTINGS, chosen_by=f"name={name}")
    with pytest.raises(ConfigurationError, match="no journal that takes appends now"):
        choose(used.broker, replace(reading, access=NO_APPLY))
    assert choose(used.broker, reading).names == (name,)
    journal.delete().ok()


def test_fragments_come_journal_by_journal(used: Target) -> None:
    """The first fragment of each journal precedes the second of any, as far as bytes suffice."""
    remarks = Remarks()
    found = [Journal(name, used.broker) for name in NAMES[1:]]  # no other test appends to these
    existing = Existing(found, remarks=remarks, budget=Budget(1 << 20))
    names = [journal.name for journal, _ in existing.fragments()]
    assert len(names) > len(found)
    assert names == [journal.name for journal in found] * (len(names) // len(found))
    assert remarks.as_json() == {}
    poor = Existing(found, remarks=remarks, budget=Budget(2000))
    assert len(list(poor.fragments())) == len(names)  # nothing is taken here
    none = Existing(found, left=5, remarks=remarks, budget=Budget(10))
    assert not list(none.fragments())
    assert remarks.as_json() == {
        "limit": "cap-reached",
        "left": [
            "5 of 8 journals were not chosen (--max-journals)",
            f"{len(names)} of {len(names)} fragments were not fetched (--max-bytes)",
        ],
    }
