"""Ops about journals and their specifications."""

from protocol import journals
from protocol.encoding import encode
from protocol.tests.ops import op
from protocol.tests.ops.vector import Vector


@op("journal_spec_union", "journal_spec_intersect", "journal_spec_subtract")
def check_algebra(vector: Vector) -> None:
    """Two specifications join to the recorded one, and stay as they are."""
    join = getattr(journals, vector.op.removeprefix("journal_spec_"))
    a, b = vector.message("a_hex"), vector.message("b_hex")
    before = a.SerializeToString(deterministic=True), b.SerializeToString(deterministic=True)
    assert encode(join(a, b)).hex() == vector.out["wire_hex"]
    assert before == (
        a.SerializeToString(deterministic=True),
        b.SerializeToString(deterministic=True),
    )


@op("journal_split_meta")
def check_split_meta(vector: Vector) -> None:
    """Name and metadata are split as recorded."""
    name, metadata = journals.split_meta(vector.text())
    assert (name, metadata) == (vector.out["name"], vector.out["meta"])
    assert journals.strip_meta(vector.text()) == vector.out["stripped"]


@op("flag_may")
def check_flags(vector: Vector) -> None:
    """Flags permit what they were recorded to permit."""
    number = vector.input["number"]
    assert journals.may_read(number) == vector.out["may_read"]
    assert journals.may_write(number) == vector.out["may_write"]


@op("desired_replication")
def check_desired_replication(vector: Vector) -> None:
    """The wanted number of replicas is the recorded one."""
    wanted = journals.desired_replication(vector.message(), vector.input["max_replication"])
    assert wanted == vector.out
