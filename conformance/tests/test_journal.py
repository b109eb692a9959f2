"""Journals of tests: what is sent again, and what is not."""

from typing import Any

import pytest

from conformance.answer import Answer
from conformance.journal import ATTEMPTS, Journal

CUT = "append stream: client stream didn't sustain the minimum append data rate"


class _Scripted:
    """A broker that gives one answer after the other."""

    def __init__(self, *details: str) -> None:
        self._details = [*details]
        self.asked: list[tuple[Any, ...]] = []

    def call(self, rpc: str, *requests: Any) -> Answer:
        """The next answer, to be told apart by its details."""
        self.asked.append(requests)
        return Answer(rpc, "UNKNOWN", self._details.pop(0), ())


@pytest.mark.parametrize(
    ("details", "last"),
    [
        (["refused", CUT], "refused"),
        ([CUT, "refused"], "refused"),
        ([CUT, CUT, "refused"], "refused"),
        ([CUT] * ATTEMPTS, CUT),
    ],
    ids=["at-once", "cut-once", "cut-twice", "always-cut"],
)
def test_an_append_that_was_cut_is_sent_again(details: list[str], last: str) -> None:
    """What a busy machine did not send in time is sent again, whole, a few times at most."""
    broker = _Scripted(*details)
    answer = Journal("acme/journal", broker).append(b"abc")  # type: ignore[arg-type]
    assert answer.details == last
    assert len(broker.asked) == details.index(last) + 1 if last != CUT else ATTEMPTS
    assert all(len(requests) == 3 for requests in broker.asked)
