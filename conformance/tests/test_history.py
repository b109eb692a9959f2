"""The history checker: what it accepts, and each anomaly that it names."""

from dataclasses import replace

import pytest

from conformance.history import Append, History, Read, anomalies

ONE = Append(0.0, 1.0, b"aa", "OK", 0, 2, value="1", found="1")
TWO = Append(2.0, 3.0, b"bbb", "OK", 2, 5, expected="1", value="2", found="2")
GONE = Append(2.0, 4.0, b"cc", "REGISTER_MISMATCH", expected="1", found="2")
READ = Read(1.5, 1.6, b"aa")
GOOD = History([TWO, ONE, GONE], [READ, Read(3.5, 3.6, b"aabbb")], b"aabbb", "2")


def _with(
    one: Append = ONE,
    two: Append = TWO,
    reads: tuple[Read, ...] = (READ,),
    content: bytes = b"aabbb",
    register: str = "2",
) -> History:
    return History([one, two, GONE], reads, content, register)


@pytest.mark.parametrize(
    "history",
    [
        GOOD,
        _with(two=replace(TWO, status="", found=None), register="1"),
        _with(two=replace(TWO, status="", found=None), content=b"aa", register="1"),
        _with(one=replace(ONE, answered=9.0), two=replace(TWO, sent=0.0)),
        _with(reads=(Read(0.5, 2.5, b""), Read(0.5, 2.5, b"aab"))),
    ],
    ids=["good", "unknown-and-there", "unknown-and-gone", "overlapping-times", "reads-under-way"],
)
def test_what_may_happen(history: History) -> None:
    """Histories that a correct broker can produce have no anomaly."""
    assert list(anomalies(history)) == []


@pytest.mark.parametrize(
    ("history", "sentence"),
    [
        (_with(content=b"aabXb"), "does not hold what was committed"),
        (_with(two=replace(TWO, begin=1, end=4), content=b"abbb"), "overlaps"),
        (_with(one=replace(ONE, sent=5.0, answered=6.0)), "began after one behind it"),
        (_with(content=b"aabbbcc"), "content refused with REGISTER_MISMATCH is in the journal"),
        (_with(content=b"aabbbaa"), "is in the journal 2 times"),
        (_with(two=replace(TWO, expected="9")), "checked 9, and committed on 1"),
        (_with(two=replace(TWO, found="1")), "left 2, and was answered 1"),
        (_with(register="1"), "the register ends as 1"),
        (_with(reads=(Read(1.5, 1.6, b"ab"),)), "not the beginning of the journal"),
        (_with(reads=(Read(3.5, 3.6, b"aa"),)), "before the acknowledged 5"),
    ],
)
def test_anomaly_is_named(history: History, sentence: str) -> None:
    """Each kind of anomaly is found and told."""
    assert any(sentence in each for each in anomalies(history)), list(anomalies(history))
