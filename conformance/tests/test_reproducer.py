"""Reproducers: short, alone, and true about the brokers that they are run against."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import protocol
from conformance.answer import Answer
from conformance.inventory import collect
from conformance.launch import LaunchPlan, launch
from conformance.reproducer import reproducer
from conformance.selftest.lies import learn
from conformance.selftest.trial import try_lie
from conformance.tests.command import conform
from conformance.trace import Call, Cluster, Step, Trace, noted
from protocol import AppendRequest, ListRequest, ListResponse, ReadRequest, ReadResponse

LINES = 40
RUN = "conformance/1-20260101T000000-abcd/"
NAME = f"{RUN}test-x/journal-1"
TWO = Cluster(("127.0.0.1:9001", "127.0.0.1:9002"))
FAILURE = {
    "requirement": "area.one",
    "sentence": 'It """is\\ done.',
    "expected": f"a {NAME}",
    "got": "b\nc",
}
LIES = {
    "watches-do-not-resume": "a watch that starts at an earlier revision",
    "minus-one-is-the-beginning-where-it-blocks": "a read that blocks",
    "puts-swap-begin-and-end": "a request over HTTP",
    "fragments-are-stored-under-a-wrong-sum": "files of a store",
    "the-algorithm-none-is-accepted": "a token",
    "all-racers-for-an-offset-win": "appends that race",
    "proxied-appends-always-resume": "calls that are proxied",
}


def call_of(trace: Trace, rpc: str, *requests: object, answers: tuple[object, ...] = ()) -> Call:
    """A whole call that `trace` notes."""
    call = trace.begin(rpc, "127.0.0.1:1", timeout=10.0)
    for request in requests:
        call.sent(request)  # type: ignore[arg-type]
    call.step("half-close")
    call.ended("OK", "")
    call.step("end", Answer(rpc, "OK", "", answers))
    return call


def script_of(*steps: Step) -> str:
    """The script of steps."""
    found = reproducer(FAILURE, steps, RUN)
    assert found is not None
    ast.parse(found.text)
    assert len(found.text.splitlines()) <= LINES
    return found.text


@pytest.mark.parametrize("name", LIES, ids=LIES.values())
def test_scripts_tell_broken_brokers_from_right_ones(name: str) -> None:
    """A failure's script ends 1 at the brokers that failed, and 0 at right ones."""
    (lie,) = learn([name])
    trial = try_lie(lie, collect(), seed=1, until="cited", reproduce=True)
    assert trial.outcome == "cited", trial
    assert trial.failure is not None
    text = trial.failure["reproducer"]["text"]
    assert len(text.splitlines()) <= LINES
    assert trial.reproduced, text


def test_a_run_keeps_its_scripts(tmp_path: Path) -> None:
    """Each failure of a run leaves a file that the report names, and that runs alone."""
    liar = launch(LaunchPlan(lie="commit-begins-one-byte-late"))
    try:
        target = liar.spec.addresses[0]
        words = ("--target", target, "--select", "append.commits-content")
        ended = conform("run", *words, folder=tmp_path)
        assert ended.code == 1, ended
        folder = tmp_path / "conformance-results.reproducers"
        (path,) = folder.glob("test-commit-*.py")
        assert str(path.relative_to(tmp_path)) in ended.out
        done = subprocess.run([sys.executable, str(path)], capture_output=True, check=False)
        assert done.returncode == 1, done
    finally:
        liar.stop()


def test_scripts_stay_short() -> None:
    """However many calls there were, forty lines have to do, and say that calls are left out."""
    trace = Trace()
    for number in range(400):
        call_of(trace, "Append", AppendRequest(journal=f"{NAME}{number}"), AppendRequest())
    text = script_of(*trace.steps)
    assert "It leaves out" in text
    assert f"{NAME}399".removeprefix(RUN) in text.replace("~/", "test-x/")
    assert "1-20260101" not in text


def test_calls_over_and_over_are_one_poll() -> None:
    """A call that was repeated until it was answered is repeated by the script too."""
    trace = Trace()
    for _ in range(50):
        call_of(trace, "Read", ReadRequest(journal=NAME), answers=(ReadResponse(),))
    text = script_of(*trace.steps)
    assert text.count("'Read'") == 1
    assert "again.until('Read'" in text


def test_calls_until_they_are_taken_are_one_poll() -> None:
    """Appends that were refused until one was taken are one, repeated until it is taken."""
    trace = Trace()
    for status in ("INSUFFICIENT_JOURNAL_BROKERS",) * 5 + ("OK",):
        answer = protocol.AppendResponse(status=status)
        call_of(trace, "Append", AppendRequest(journal=NAME), answers=(answer,))
    text = script_of(*trace.steps)
    assert text.count("again.") == 1
    assert "again.until('Append', {'journal': '~/journal-1'}, told=" in text


def test_scripts_say_what_they_cannot_judge() -> None:
    """Journals that a script does not make, and parts that it does not take, are named so."""
    trace = Trace()
    trace.clear()
    call_of(trace, "Read", ReadRequest(journal=NAME))
    noted("asks", "make zone/suffix at 127.0.0.1:1 a member")
    call_of(trace, "Read", ReadRequest(journal=NAME))
    text = script_of(*trace.steps)
    assert "It cannot judge alone" in text
    assert "It cannot judge: the test itself took a broker's part" in text
    assert "again.asks('make zone/suffix at 127.0.0.1:1 a member')" in text


def cluster_call(trace: Trace, at: int, rpc: str, request: object, *answers: object) -> None:
    """A whole call to one of two brokers that `trace` notes."""
    call = trace.begin(rpc, TWO.addresses[at], TWO, timeout=10.0)
    call.sent(request)  # type: ignore[arg-type]
    call.step("half-close")
    for each in answers:
        call.received(each)  # type: ignore[arg-type]
    call.ended("OK", "")
    call.step("end", Answer(rpc, "OK", "", answers))


def listed(by: int, primary: int) -> ListResponse:
    """What a broker lists of a journal with one replica."""
    ids = [{"zone": "a", "suffix": f"broker-{number}"} for number in range(2)]
    route = {"members": [ids[primary]], "endpoints": [f"http://{TWO.addresses[primary]}"]}
    entry = {"spec": {"name": NAME}, "route": route}
    return ListResponse(header={"process_id": ids[by]}, journals=[entry])


def by_parts(primary: int) -> str:
    """The script of two reads, of which the second is proxied; the primary is killed in between."""
    trace = Trace()
    trace.clear()
    call_of(trace, "Apply", protocol.ApplyRequest())
    for at in range(2):
        cluster_call(trace, at, "List", ListRequest(), listed(at, primary))
    read = ReadResponse(header=listed(primary, primary).header)
    read.header.route.CopyFrom(listed(0, primary).journals[0].route)
    cluster_call(trace, primary, "Read", ReadRequest(journal=NAME), read)
    noted("broker", "kill", primary, cluster=TWO)
    cluster_call(trace, 1 - primary, "Read", ReadRequest(journal=NAME, header=read.header), read)
    lines = script_of(*trace.steps).splitlines()
    return "\n".join(line for line in lines if "again." in line and "'List'" not in line)


def test_brokers_are_called_by_their_part() -> None:
    """Wherever the primary was, the script finds it, and tells its answers by that."""
    text = by_parts(0)
    assert text == by_parts(1)
    assert "primary = again.primary('~/journal-1')" in text
    assert "again.call('Read', {'journal': '~/journal-1'}, at=primary, told=" in text
    assert "again.kill(primary)" in text
    assert "other = again.other('~/journal-1')" in text
    assert "at=other" in text


def test_requests_refer_to_earlier_answers() -> None:
    """What a request took from an answer is taken from the answer by the script as well."""
    trace = Trace()
    listed = ListResponse(journals=[{"spec": {"name": NAME}, "mod_revision": 1234}])
    call_of(trace, "List", ListRequest(), answers=(listed,))
    change = protocol.ApplyRequest.Change(expect_mod_revision=1235, delete=NAME)
    call_of(trace, "Apply", protocol.ApplyRequest(changes=[change]))
    text = script_of(*trace.steps)
    assert "s0[0].journals[0].mod_revision + 1" in text
    assert "'~/journal-1'" in text


def test_large_requests_are_told_in_short() -> None:
    """Content that repeats itself, and many names that are counted, need few characters."""
    trace = Trace()
    call_of(trace, "Append", AppendRequest(journal=NAME), AppendRequest(content=b"ab" * 500_000))
    changes = [{"delete": f"{NAME}{number}"} for number in range(1000, 2000)]
    call_of(trace, "Apply", protocol.ApplyRequest(changes=changes))
    text = script_of(*trace.steps)
    assert "b'ab' * 500000" in text
    assert "'~/journal-%d' % n} for n in range(11000, 12000)" in text
    assert len(text) < 2000


def test_requests_that_are_no_messages_are_sent_as_they_are() -> None:
    """Bytes that nobody could decode are in the script, and no message is needed for one."""
    trace = Trace()
    call_of(trace, "Append", b"\xff\xff")
    call_of(trace, "Append")
    text = script_of(*trace.steps)
    assert r"again.call('Append', b'\xff\xff', told=" in text
    assert "again.call('Append', told=" in text


def test_keys_of_others_stay_out() -> None:
    """A key that is a secret is asked for, and not told."""
    trace = Trace()
    call = trace.begin("List", "127.0.0.1:1", Cluster(("127.0.0.1:1",), key="c2VjcmV0"))
    call.step("end", Answer("List", "OK", "", ()))
    found = reproducer(FAILURE, trace.steps, RUN, secrets={"c2VjcmV0"})
    assert found is not None
    assert "c2VjcmV0" not in found.text
    assert "--key" in found.text


def test_grpcurl_line_of_a_unary_call() -> None:
    """A call of one request is told for grpcurl too, another is not."""
    trace = Trace()
    call_of(trace, "List", ListRequest(watch=True))
    line = next(each for each in script_of(*trace.steps).splitlines() if "grpcurl" in each)
    assert '{"watch": true}' in line
    assert line.endswith("127.0.0.1:1 protocol.Journal/List")
    trace = Trace()
    call_of(trace, "Append", AppendRequest(), AppendRequest())
    assert "grpcurl" not in script_of(*trace.steps)
