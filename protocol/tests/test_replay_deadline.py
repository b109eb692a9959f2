"""Codes of calls whose deadline passes."""

from dataclasses import dataclass

import grpc
import pytest

from protocol.replay.deadline import AHEAD, code_of


@dataclass(frozen=True)
class Ended:
    """A call that ended with a code; its caller may have cancelled it."""

    name: str
    given_up: bool = False

    def code(self) -> grpc.StatusCode:
        """As that of a call of gRPC."""
        return grpc.StatusCode[self.name]

    def cancelled(self) -> bool:
        """As that of a call of gRPC: whether its caller cancelled it."""
        return self.given_up


@pytest.mark.parametrize(
    ("call", "left", "code"),
    [
        pytest.param(Ended("CANCELLED"), -0.001, "DEADLINE_EXCEEDED", id="reset-after"),
        pytest.param(Ended("CANCELLED"), AHEAD, "DEADLINE_EXCEEDED", id="reset-just-before"),
        pytest.param(Ended("CANCELLED"), 1.5 * AHEAD, "CANCELLED", id="reset-before"),
        pytest.param(Ended("CANCELLED", given_up=True), -1.0, "CANCELLED", id="given-up"),
        pytest.param(Ended("DEADLINE_EXCEEDED"), 5.0, "DEADLINE_EXCEEDED", id="told-by-broker"),
        pytest.param(Ended("UNKNOWN"), -1.0, "UNKNOWN", id="another-code-after"),
        pytest.param(Ended("OK"), -1.0, "OK", id="ended-well-after"),
    ],
)
def test_a_reset_at_the_deadline_is_its_end(call: Ended, left: float, code: str) -> None:
    """What a broker cancels once the deadline has passed counts as that, and nothing else does."""
    assert code_of(call, left=left) == code
