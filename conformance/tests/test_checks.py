"""Checks: what they let pass, and what they tell of the rest."""

from typing import Any

import pytest

import protocol
from conformance.answer import Answer
from conformance.checks import assert_equal, assert_refused, assert_status, assert_sum
from conformance.errors import NonconformanceError
from conformance.validity import assert_valid

TEXT = "Changes[0].Upsert: invalid Replication (6; expected 1 <= Replication <= 5)"


def _refusal(code: str = "UNKNOWN", text: str = TEXT, *, exact: bool = True) -> Answer:
    return Answer("Apply", code, text, (), exact)


HEADER = protocol.Header(
    process_id=protocol.ProcessSpec.ID(zone="a", suffix="broker"),
    route=protocol.Route(primary=-1),
    etcd=protocol.Header.Etcd(cluster_id=1, member_id=2, revision=3, raft_term=4),
)


def _answer(status: int = 0, header: protocol.Header = HEADER) -> Answer:
    return Answer("Apply", "OK", "", (protocol.ApplyResponse(status=status, header=header),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "answer",
    [
        _refusal("INVALID_ARGUMENT"),
        _refusal("INTERNAL", exact=False),
        _refusal(text="Changes[1].Upsert: invalid Replication"),
        _refusal(text="Changes[0].Upsert: Replication is too large"),
        _answer(),
        Answer("Apply", "UNKNOWN", TEXT, (protocol.ApplyResponse(),), exact_texts=True),
    ],
    ids=["code", "lenient-code", "index", "text", "accepted", "message-before"],
)
def test_other_refusals_do_not_pass(answer: Answer) -> None:
    """A refusal of another code, place or text, or none at all, does not pass."""
    with pytest.raises(NonconformanceError):
        assert_refused(answer, "Changes[0].Upsert", "Replication", text=TEXT)


def test_foreign_broker_is_asked_for_code_and_field() -> None:
    """Without exact texts, INVALID_ARGUMENT and other words pass; another field does not."""
    foreign = _refusal("INVALID_ARGUMENT", "Changes[0].Upsert.Replication is bad", exact=False)
    assert_refused(foreign, "Changes[0].Upsert", "Replication", text=TEXT)
    with pytest.raises(NonconformanceError, match="names Length"):
        assert_refused(foreign, "Length", text=TEXT)


def test_text_may_be_a_beginning() -> None:
    """A text that ends in an ellipsis is the beginning of one."""
    assert_refused(_refusal(), text="Changes[0].Upsert: invalid…")
    with pytest.raises(NonconformanceError):
        assert_refused(_refusal(), text="Changes[0].Upsert: other…")


def test_status_is_told_by_name() -> None:
    """Another status is told with both names."""
    assert_status(_answer(), "OK")
    with pytest.raises(NonconformanceError) as caught:
        assert_status(_answer(9), "OK")
    assert "answer OK" in caught.value.expected
    assert "ETCD_TRANSACTION_FAILED" in caught.value.got


def test_answers_have_to_be_valid() -> None:
    """An answer of the right status is refused where a rule of its fields is broken."""
    lacking = protocol.Header()
    lacking.CopyFrom(HEADER)
    lacking.etcd.member_id = 0
    answer = _answer(header=lacking)
    with pytest.raises(NonconformanceError, match=r"Header\.Etcd: .*MemberId"):
        assert_status(answer, "OK")
    with pytest.raises(NonconformanceError, match="MemberId"):
        answer.ok()


def test_what_continues_a_listing_has_no_valid_header() -> None:
    """Messages after the first of a List are held by their journals alone."""
    first, later = protocol.ListResponse(header=HEADER), protocol.ListResponse()
    later.header.SetInParent()
    answer = Answer("List", "OK", "", (first, later))
    answer.hold_valid()
    later.journals.add().spec.name = "no such name"
    with pytest.raises(NonconformanceError, match=r"Spec\.Name"):
        answer.hold_valid()


@pytest.mark.parametrize("status", [protocol.Status.OK, protocol.Status.WRONG_ROUTE])
def test_first_answers_of_replicas_may_have_a_header(status: Any) -> None:
    """A header is taken from Replicate whatever its status, and has to be valid itself."""
    answer = protocol.ReplicateResponse(header=HEADER)
    answer.status = status
    assert_valid(answer)
    answer.header.etcd.raft_term = 0
    with pytest.raises(NonconformanceError, match="RaftTerm"):
        assert_valid(answer)


def test_unknown_status_is_told_by_number() -> None:
    """A status that the contract lacks is told by its number."""
    with pytest.raises(NonconformanceError, match="answering 99"):
        assert_status(_answer(99), "OK")


def test_sum_of_the_wire() -> None:
    """The three numbers of a sum are the digest of the content, most significant first."""
    empty = protocol.SHA1Sum(part1=0xDA39A3EE5E6B4B0D, part2=0x3255BFEF95601890, part3=0xAFD80709)
    assert_sum(empty, b"", "sum")
    with pytest.raises(NonconformanceError):
        assert_sum(empty, b"x", "sum")


def test_long_values_are_shortened() -> None:
    """Expected and got stay readable, however long the values are."""
    with pytest.raises(NonconformanceError) as caught:
        assert_equal(b"a" * 10_000, b"b", "content")
    assert len(caught.value.got) < 500
