"""The comparer of golden sessions: it takes the recorded truth, and little else."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from mockbroker.tests import golden_compare as compare
from mockbroker.tests.golden_client import Answer
from mockbroker.tests.golden_content import Contents
from mockbroker.tests.golden_files import content_of
from mockbroker.tests.golden_names import Names, Placement, Revisions
from mockbroker.tests.golden_session import Session, endpoints, files, load

FREE = {"revision", "mod_revision", "create_revision", "mod_time"}


def names(session: Session) -> Names:
    """Names of a replay that goes exactly as recorded."""
    found = endpoints(session)
    return Names(session.identities, found, found)


def compared(session: Session, step: Any, answer: Answer) -> list[str]:
    """Differences of one answer, as if it were the only one of the replay."""
    return compare.calls(
        step,
        answer,
        names=names(session),
        placement=Placement(len(session.identities)),
        revisions=Revisions(),
        routes={},
    ) + compare.progress(step, answer)


def recorded(step: Any) -> Answer:
    """The recorded answer to `step`."""
    return Answer(copy.deepcopy(step["responses"]), step["code"], step["details"])


def leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each place within `value` that holds text or a number, as (container, key)."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        if isinstance(item, dict | list):
            yield from leaves(item)
        elif key not in FREE:
            yield value, key


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_the_recorded_answer_is_right(path: Any) -> None:
    """A replay that answers as recorded has no differences."""
    session = load(path)
    for step in session.steps:
        if "responses" in step:
            assert compared(session, step, recorded(step)) == []


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_another_code_or_text_is_wrong(path: Any) -> None:
    """Code and error text are compared exactly, save for texts a client made."""
    session = load(path)
    for step in session.steps:
        if "responses" not in step:
            continue
        answer = recorded(step)
        answer.details += " and more"
        if step["code"] not in compare.CLIENT_CODES:
            assert compared(session, step, answer)
        assert compared(session, step, Answer(answer.responses, "DATA_LOSS", ""))


@pytest.mark.parametrize("name", ["list_apply", "registers", "append_read", "fragments", "flags"])
def test_any_changed_field_is_wrong(name: str) -> None:
    """Changing one value of a response makes a difference, unless the value is free."""
    session = next(load(path) for path in files() if path.stem == name)
    for step in session.steps:
        for place in range(len(list(leaves(step.get("responses", []))))):
            answer = recorded(step)
            container, key = list(leaves(answer.responses))[place]
            before = container[key]
            container[key] = "9" + str(before) if str(before).isdigit() else f"QQQQ{before}"
            if _matters(step, container, key):
                assert compared(session, step, answer), (step["id"], key, before)


def _matters(step: Any, container: Any, key: Any) -> bool:
    """Whether a value is contract: what names a local cut is judged by the content instead."""
    local = step["rpc"] in {"Read", "ListFragments"} and "backing_store" not in container
    cut = {"begin", "end", "journal", "part1", "part2", "part3"}
    return not (
        (local and key in cut) or key in {"write_head", "offset", "delayed_chunks", "part3"}
    )


def test_a_fragment_of_another_sum_is_wrong() -> None:
    """A local fragment must be named by the SHA-1 of the bytes that were appended."""
    contents = Contents()
    contents.appended([{"journal": "a/b"}, {"content": "aGVsbG8g"}, {}], {"journal": "a/b"})
    contents.appended([{"content": "d29ybGQ="}], {"journal": "a/b", "begin": "6"})
    right = {"part1": "3075514573807144884", "part2": "1575109090010176745", "part3": 518538989}

    assert contents.wrong_sum({"journal": "a/b", "end": "11", "sum": right}) is None
    assert contents.wrong_sum({"journal": "a/b", "end": "10", "sum": right})
    assert contents.wrong_sum({"journal": "a/b", "end": "12", "sum": right}) is None


def test_revisions_keep_their_order() -> None:
    """Revisions may be any numbers, in the recorded order."""
    revisions = Revisions()

    assert (
        revisions.differences([("written", 3), ("seen", 5)], [("written", 30), ("seen", 31)]) == []
    )
    assert revisions.differences([("seen", 5)], [("seen", 40)]) == []
    assert revisions.differences([("seen", 6)], [("seen", 29)])
    assert revisions.differences([("written", 3)], [("written", 31)])


def test_placements_follow_the_route() -> None:
    """A journal's brokers are matched primary with primary; the others take what is left."""
    placement = Placement(3)
    placement.learn([2, 0], [1, 2])

    assert [placement.actual(i) for i in range(3)] == [2, 0, 1]
    assert [placement.recorded(i) for i in range(3)] == [1, 2, 0]


def test_stored_files_are_restored_from_what_was_read() -> None:
    """The content of a file that lay in a recorded store is found by its name's SHA-1."""
    session = next(load(path) for path in files() if path.stem == "holes")
    before = next(step for step in session.steps if "files" in step)

    contents = [content_of(session, path) for path in before["files"]]

    assert contents == [b"a" * 10, b"b" * 15, b"ccc", b"junk", b"x"]
