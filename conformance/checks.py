"""What tests hold a broker to. Each check raises NonconformanceError with expected and got."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from conformance.answer import Answer
from conformance.errors import NonconformanceError
from conformance.journal import Journal, State

T = TypeVar("T")

LENIENT = {"UNKNOWN": ("UNKNOWN", "INVALID_ARGUMENT")}
"""Codes that a broker not held to exact texts may use: an invalid request is one of either."""


def assert_status(answer: Answer, status: str) -> Any:
    """Holds that the call ended OK with valid messages, the last of `status`; returns that."""
    if answer.code != "OK" or answer.status != status:
        raise NonconformanceError(f"{answer.rpc} to answer {status}", str(answer))
    answer.hold_valid()
    return answer.messages[-1]


def assert_refused(
    answer: Answer, *names: str, code: str = "UNKNOWN", text: str | None = None
) -> None:
    """Holds that the call ended with `code`, no message, and details naming each of `names`.

    `names` are the path of the offending field and the words that name it, such as
    `Changes[0].Upsert.Fragment` and `Length`. `text` is the reference broker's whole sentence
    (or its beginning, up to a final `…`), asked of brokers whose profile says so.
    """
    codes = (code,) if answer.exact_texts else LENIENT.get(code, (code,))
    if answer.code not in codes or answer.messages:
        raise NonconformanceError(f"{answer.rpc} to be refused with {code}", str(answer))
    for name in names:
        if name not in answer.details:
            raise NonconformanceError(f"a refusal that names {name}", answer.details)
    if text is not None and answer.exact_texts and not _is_text(answer.details, text):
        raise NonconformanceError(f"the refusal {text!r}", repr(answer.details))


def assert_unauthenticated(answer: Answer, text: str | None = None) -> None:
    """Holds that the call was refused for its token; `text` is that of `assert_refused`."""
    assert_refused(answer, code="UNAUTHENTICATED", text=text)


@contextmanager
def unchanged(*journals: Journal) -> Iterator[None]:
    """Holds that what happens inside changes nothing that can be seen of `journals`."""
    before = [journal.state() for journal in journals]
    yield
    for journal, was in zip(journals, before, strict=True):
        assert_equal(journal.state(), was, f"{journal.name} to stay as it was")


@contextmanager
def only_grown(journal: Journal) -> Iterator[None]:
    """Holds what `unchanged` does of a journal that others append to: its head may rise."""
    before = journal.state()
    yield
    after = journal.state()
    assert_true(after.write_head >= before.write_head, "the head not to fall", after.write_head)
    same = replace(after, write_head=before.write_head)
    assert_equal(same, before, f"{journal.name} to stay as it was")


@contextmanager
def absent(*journals: Journal) -> Iterator[None]:
    """Holds that `journals` do not exist after what happens inside."""
    yield
    for journal in journals:
        if journal.entry() is not None:
            raise NonconformanceError(f"{journal.name} not to exist", "List shows it")


def assert_equal(got: Any, expected: Any, what: str) -> None:
    """Holds that `got` equals `expected`; `what` says of what the two are values."""
    if got != expected:
        raise NonconformanceError(f"{what}: {_brief(expected)}", _brief(got))


def assert_true(condition: Any, expected: str, got: Any) -> None:
    """Holds `condition`; `expected` and `got` tell it in words."""
    if not condition:
        raise NonconformanceError(expected, _brief(got))


def only(items: Iterable[T], what: str) -> T:
    """The one item there is; `what` says of what it is one."""
    found = list(items)
    if len(found) != 1:
        raise NonconformanceError(f"one of {what}", f"{len(found)} of them")
    return found[0]


def assert_sum(got: Any, content: bytes, what: str) -> None:
    """Holds that a SHA1Sum of the wire is the one of `content`."""
    digest = got.part1.to_bytes(8) + got.part2.to_bytes(8) + got.part3.to_bytes(4)
    assert_equal(digest.hex(), hashlib.sha1(content, usedforsecurity=False).hexdigest(), what)


def _is_text(details: str, text: str) -> bool:
    return details.startswith(text[:-1]) if text.endswith("…") else details == text


def _brief(value: Any) -> str:
    text = " ".join((repr(value) if isinstance(value, (bytes, str, State)) else str(value)).split())
    return text if len(text) <= 400 else f"{text[:400]}… ({len(text)} characters)"
