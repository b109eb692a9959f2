"""The table of raw cases."""

from conformance.catalogue import load
from conformance.raw.case import Case, body, framed
from conformance.raw.cases import CASES
from conformance.raw.connection import Outcome

PLAIN = Outcome(http="200", grpc=0)


def test_every_case_checks_a_requirement_of_its_own() -> None:
    """Cases and the catalogue's raw requirements are the same set."""
    wanted = {entry.id for entry in load().values() if entry.area == "raw"}
    assert sorted(case.requirement for case in CASES) == sorted(wanted)


def test_there_are_more_than_a_hundred_raw_calls() -> None:
    """Case by RPC, the table makes over a hundred calls."""
    assert sum(len(case.rpcs) for case in CASES) > 100


def test_an_end_is_permitted_only_where_the_case_says_so() -> None:
    """Silence, success and refusal are told apart."""
    refused, served = Case("a", body(framed), ("refused",)), Case("b", body(framed), ("served",))
    silence = Outcome(timed_out=True)
    assert refused.permits(Outcome(grpc=13), PLAIN)
    assert not refused.permits(PLAIN, PLAIN)
    assert not refused.permits(silence, PLAIN)
    assert served.permits(PLAIN, PLAIN)
    assert not served.permits(Outcome(grpc=13), PLAIN)
    assert not served.permits(silence, PLAIN)
