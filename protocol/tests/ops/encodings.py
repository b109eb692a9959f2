"""Ops about the bytes and the texts of messages."""

from protocol import LabelSelector, text
from protocol.encoding import EncodingError, encode, reencode
from protocol.labels import selector_text
from protocol.tests.ops import op
from protocol.tests.ops.vector import Vector, message_class


@op("marshal_zero", "marshal_full")
def check_marshal(vector: Vector) -> None:
    """A message is encoded and printed as recorded."""
    kind = message_class(vector.type)
    message = kind() if vector.op == "marshal_zero" else vector.message()
    assert encode(message) == vector.wire
    printed = (
        selector_text(message) if isinstance(message, LabelSelector) else text.compact_text(message)
    )
    assert printed == vector.out["text"]


@op("reencode")
def check_reencode(vector: Vector) -> None:
    """Bytes are decoded and encoded again as recorded, or refused."""
    try:
        data = reencode(message_class(vector.type), vector.wire)
    except EncodingError as error:
        vector.check_error(error, exact=False)
        return
    vector.check_error(None)
    assert data.hex() == vector.out["wire_hex"]
