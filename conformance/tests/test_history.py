"""The history checker: what it accepts, and each kind of wrong history that it names."""

from collections.abc import Sequence

import pytest

from conformance.errors import NonconformanceError
from conformance.history.checker import check
from conformance.history.operation import (
    Append,
    Committed,
    Failed,
    Operation,
    Read,
    Refused,
    Seen,
    Unknown,
)

History = tuple[Sequence[Operation], bytes]
ONE, TWO = (("owner", "one"),), (("owner", "two"),)
LATE = 10.0
ALL = Read(0)


def appended(content: bytes, begin: int, at: tuple[float, float] = (0, 1)) -> Operation:
    """A committed append."""
    return Operation(Append(content), Committed(begin, begin + len(content)), *at)


def owned(content: bytes, begin: int, at: tuple[float, float], owner: str) -> Operation:
    """A committed append that sets the register."""
    outcome = Committed(begin, begin + len(content), (("owner", owner),))
    return Operation(Append(content, union=("owner", owner)), outcome, *at)


def ended(content: bytes, outcome: Failed | Unknown | Refused) -> Operation:
    """An append that was not committed, as far as its client knows."""
    return Operation(Append(content), outcome, 0, 1)


def barrier(
    head: int, at: tuple[float, float], registers: tuple[tuple[str, str], ...] = ()
) -> Operation:
    """A committed append without content."""
    return Operation(Append(b""), Committed(head, head, registers), *at)


def refused(
    append: Append, at: tuple[float, float], registers: tuple[tuple[str, str], ...] | None = None
) -> Operation:
    """An append refused for its offset, or for the registers told."""
    mismatch = registers is not None
    status = "REGISTER_MISMATCH" if mismatch else "WRONG_APPEND_OFFSET"
    return Operation(append, Refused(status, registers or ()), *at)


def read(
    content: bytes,
    heads: tuple[int, ...],
    at: tuple[float, float],
    *,
    asked: Read = ALL,
    finished: bool = True,
) -> Operation:
    """A read of a broker."""
    return Operation(asked, Seen(content, heads, "broker", finished=finished), *at)


A, B = appended(b"aaa", 0), appended(b"bb", 3, (2, 3))
BOTH = [A, B]
CHECKED = Append(b"x", check=("owner", "one"))

RIGHT: dict[str, History] = {
    "one-by-one": ([B, A], b"aaabb"),
    "at-once": ([appended(b"bb", 0, (0, 3)), appended(b"aaa", 2, (1, 2))], b"bbaaa"),
    "nothing": ([], b""),
    "unknown-happened": ([A, ended(b"uu", Unknown())], b"aaauu"),
    "unknown-did-not": ([A, ended(b"uu", Unknown())], b"aaa"),
    "unknown-between": ([A, ended(b"uu", Unknown()), appended(b"bb", 5, (2, 3))], b"aaauubb"),
    "unknown-pieced": (
        [ended(b"uuv", Unknown()), ended(b"uu", Unknown()), ended(b"v", Unknown())],
        b"uuvuuv",
    ),
    "failed-is-absent": ([A, ended(b"ff", Failed())], b"aaa"),
    "barrier-between": ([A, barrier(3, (1.2, 1.5)), B], b"aaabb"),
    "barrier-at-once": ([A, barrier(0, (0, 1))], b"aaa"),
    "offset-refused": ([A, refused(Append(b"x", 9), (2, 3))], b"aaa"),
    "offset-refused-at-once": ([A, refused(Append(b"x", 3), (0.5, 2))], b"aaa"),
    "registers": ([owned(b"a", 0, (0, 1), "one"), owned(b"b", 1, (2, 3), "two")], b"ab"),
    "mismatch": ([owned(b"a", 0, (0, 1), "two"), refused(CHECKED, (2, 3), TWO)], b"a"),
    "mismatch-before-change": (
        [
            owned(b"a", 0, (0, 1), "two"),
            owned(b"b", 1, (2, 5), "one"),
            refused(CHECKED, (3, 4), TWO),
        ],
        b"ab",
    ),
    "empty-registers-meet-all": (
        [Operation(CHECKED, Committed(0, 1), 0, 1), barrier(1, (2, 3))],
        b"x",
    ),
    "read-all": ([*BOTH, read(b"aaabb", (5,), (4, 5))], b"aaabb"),
    "read-at-once": ([*BOTH, read(b"aaa", (3,), (2, 3))], b"aaabb"),
    "read-behind-the-head": ([A, read(b"", (3,), (2, 3), asked=Read(8))], b"aaa"),
    "blocking-read-given-up": (
        [A, read(b"aa", (3,), (2, 3), asked=Read(0, block=True), finished=False)],
        b"aaa",
    ),
    "heads-of-a-tail": (
        [*BOTH, read(b"aaabb", (0, 3, 5), (0, 9), asked=Read(0, block=True), finished=False)],
        b"aaabb",
    ),
}

WRONG: dict[str, tuple[History, str]] = {
    "lost": (([A, B], b"aaa"), "the bytes of the append at"),
    "other-bytes": (([A], b"aXa"), "at 1 b'Xa' instead of b'aa'"),
    "overlap": (([A, appended(b"abb", 2, (2, 3))], b"aaabb"), "each commit to begin behind"),
    "length": (
        ([Operation(Append(b"aaa"), Committed(0, 2), 0, 1)], b"aaa"),
        "of the append's length",
    ),
    "hole": (([A, appended(b"bb", 4, (2, 3))], b"aaa\0bb"), "whole appends, without gaps"),
    "against-time": (
        ([appended(b"bb", 0, (2, 3)), appended(b"aaa", 2)], b"bbaaa"),
        "in the order in which they were made",
    ),
    "unknown-against-time": (
        ([A, Operation(Append(b"uu"), Unknown(), 2, 3)], b"uuaaa"),
        "the bytes of the append at",
    ),
    "unknown-before-its-time": (
        ([appended(b"aaa", 2), Operation(Append(b"uu"), Unknown(), 2, 3)], b"uuaaa"),
        "in the order in which they were made",
    ),
    "unknown-twice": (([ended(b"uu", Unknown())], b"uuuu"), "at most once"),
    "unknown-torn": (([ended(b"uvw", Unknown())], b"uv"), "whole appends"),
    "committed-twice": (([A], b"aaaaaa"), "at most once"),
    "failed-appears": (([A, ended(b"ff", Failed())], b"aaaff"), "given up"),
    "refused-appears": (([A, refused(Append(b"rr", 9), (2, 3))], b"aaarr"), "that was refused"),
    "offset-ignored": (
        ([A, Operation(Append(b"x", 1), Committed(3, 4), 2, 3)], b"aaax"),
        "it asked 1",
    ),
    "barrier-too-early": (([A, barrier(0, (2, 3))], b"aaa"), "answers of the append pipeline"),
    "barrier-too-late": (([barrier(3, (0, 1)), appended(b"aaa", 0, (2, 3))], b"aaa"), "pipeline"),
    "offset-refused-for-nothing": (([A, refused(Append(b"x", 3), (2, 3))], b"aaa"), "pipeline"),
    "registers-not-told": (
        ([Operation(Append(b"a", union=("owner", "one")), Committed(0, 1), 0, 1)], b"a"),
        "to tell the registers",
    ),
    "check-ignored": (
        ([owned(b"a", 0, (0, 1), "two"), Operation(CHECKED, Committed(1, 2, TWO), 2, 3)], b"ax"),
        "only where its check of registers is met",
    ),
    "mismatch-for-nothing": (
        ([owned(b"a", 0, (0, 1), "one"), refused(CHECKED, (2, 3), ONE)], b"a"),
        "pipeline",
    ),
    "mismatch-tells-the-past": (
        (
            [
                owned(b"a", 0, (0, 1), "two"),
                owned(b"b", 1, (2, 3), "one"),
                refused(CHECKED, (4, 5), TWO),
            ],
            b"ab",
        ),
        "pipeline",
    ),
    "registers-go-back": (
        (
            [
                owned(b"a", 0, (0, LATE), "one"),
                owned(b"b", 1, (0, LATE), "two"),
                barrier(2, (1, 2), TWO),
                barrier(1, (3, 4), ONE),
            ],
            b"ab",
        ),
        "pipeline",
    ),
    "read-other-bytes": (([A, read(b"aXa", (3,), (2, 3))], b"aaa"), "to bring what was committed"),
    "read-shifted": (([A, B, read(b"abb", (5,), (4, 5))], b"aaabb"), "to bring what was committed"),
    "read-uncommitted": (
        ([A, appended(b"bb", 3, (5, 6)), read(b"aaabb", (5,), (2, 3))], b"aaabb"),
        "to bring what was committed",
    ),
    "read-torn": (([A, read(b"aa", (2,), (0, 3))], b"aaa"), "one within: [2]"),
    "read-short": (([A, read(b"aa", (3,), (2, 3))], b"aaa"), "only up to 2"),
    "blocking-read-short": (
        ([A, read(b"a", (3,), (2, 3), asked=Read(0, 3, block=True))], b"aaa"),
        "only up to 1",
    ),
    "read-misses-acknowledged": (([A, read(b"", (0,), (2, 3))], b"aaa"), "write heads of broker"),
    "head-goes-back": (
        (
            [appended(b"aaa", 0, (0, LATE)), read(b"aaa", (3,), (1, 2)), read(b"", (0,), (3, 4))],
            b"aaa",
        ),
        "write heads of broker",
    ),
    "heads-fall": (
        ([A, read(b"aaa", (3, 0, 3), (0, 3))], b"aaa"),
        "write heads of one read to rise",
    ),
}


@pytest.mark.parametrize("history", RIGHT.values(), ids=RIGHT)
def test_right_histories_pass(history: History) -> None:
    """What a right broker can answer is accepted."""
    check(*history)


@pytest.mark.parametrize(("history", "told"), WRONG.values(), ids=WRONG)
def test_wrong_histories_are_named(history: History, told: str) -> None:
    """Every kind of wrong answer is found, and told for what it is."""
    with pytest.raises(NonconformanceError) as caught:
        check(*history)
    assert told in str(caught.value)


LOST = [A, Operation(Append(b"lost"), Unknown(), 2, 3)]


@pytest.mark.parametrize(
    "seen",
    [read(b"aaalo", (7,), (2.5, 4)), read(b"", (0,), (2.5, 4)), barrier(7, (2.5, 4))],
    ids=["lost-bytes", "lower-head", "answer-before-the-loss"],
)
def test_crashes_excuse_what_rests_on_a_lost_append(seen: Operation) -> None:
    """An answer by what a dying primary lost is wrong only where no broker died."""
    check([*LOST, seen], b"aaa", crashes=True)
    with pytest.raises(NonconformanceError):
        check([*LOST, seen], b"aaa")


def test_crashes_do_not_excuse_other_bytes() -> None:
    """Bytes of no append stay wrong, whoever died."""
    with pytest.raises(NonconformanceError):
        check([*LOST, read(b"aaaX", (4,), (2.5, 4))], b"aaa", crashes=True)
