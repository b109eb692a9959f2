"""Ops about texts: quoted strings, durations, compact messages."""

from protocol import text
from protocol.tests.ops import op
from protocol.tests.ops.vector import Vector


@op("go_quote")
def check_go_quote(vector: Vector) -> None:
    """A string is quoted as recorded."""
    assert text.go_quote(vector.text()) == vector.out


@op("go_duration_string")
def check_duration(vector: Vector) -> None:
    """A duration is printed as recorded."""
    assert text.duration_text(int(vector.input["nanoseconds"])) == vector.out


@op("compact_text")
def check_compact_text(vector: Vector) -> None:
    """A message is printed as recorded."""
    assert text.compact_text(vector.message()) == vector.out
