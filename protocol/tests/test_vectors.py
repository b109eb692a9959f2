"""Everything recorded from a real broker: this package does the same.

The environment variable GAZETTE_VECTORS names another directory of vectors.
"""

import json
import os
from pathlib import Path

import pytest

from protocol.tests.ops import load
from protocol.tests.ops.vector import Vector
from protocol.validate import RULES

DIRECTORY = Path(os.environ.get("GAZETTE_VECTORS") or Path(__file__).parent / "vectors")
CHECKERS = load()
VECTORS = [
    Vector(json.loads(line))
    for file in sorted(DIRECTORY.glob("*.jsonl"))
    for line in file.read_text("utf-8").split("\n")
    if line.strip()
]


def test_vectors_are_there() -> None:
    """The directory of vectors holds some."""
    assert VECTORS, f"no vectors in {DIRECTORY}"


def test_every_op_has_a_checker() -> None:
    """No vector is of an op this package knows nothing about."""
    assert {vector.op for vector in VECTORS} <= set(CHECKERS)


def test_every_rule_of_the_vectors_is_in_the_table() -> None:
    """`RULES` tells about each rule that the vectors name."""
    named = {vector.rule for vector in VECTORS if vector.rule}

    assert named <= set(RULES)


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector.id) for vector in VECTORS])
def test_vector(vector: Vector) -> None:
    """What was recorded of a real broker holds here."""
    CHECKERS[vector.op](vector)
