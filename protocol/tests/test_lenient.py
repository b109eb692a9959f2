"""Messages whose strings are not UTF-8."""

from typing import Any

import pytest
from google.protobuf.message import DecodeError, Message
from hypothesis import given
from hypothesis import strategies as st

from protocol import ReadRequest, ReadResponse, ValidationError, strategies, validate
from protocol.encoding import EncodingError
from protocol.lenient import view
from protocol.tests.ops.vector import message_class
from protocol.tests.test_strategies import KINDS, few
from protocol.text import compact_text


def _outcome(message: Any) -> str:
    try:
        validate(message)
    except ValidationError as error:
        return f"{error.rules}: {error}"
    return "valid"


@pytest.mark.parametrize("name", [name for name in KINDS if name != "protocol.SHA1Sum"])
@few
@given(data=st.data())
def test_reads_as_the_message_does(name: str, data: st.DataObject) -> None:
    """Where strings are UTF-8, a view is validated and printed like the message."""
    kind: type[Message] = message_class(name)
    message = data.draw(strategies.valid(kind) | strategies.broken(kind).map(lambda pair: pair[0]))
    viewed = view(kind, message.SerializeToString())

    assert _outcome(viewed) == _outcome(message)
    assert compact_text(viewed) == compact_text(message)


def test_validates_strings_of_any_bytes() -> None:
    """A journal that is not UTF-8 is told as no token, with its bytes."""
    wire = b"\x12\x05abc\xff\xfe"
    with pytest.raises(DecodeError):
        ReadRequest.FromString(wire)

    with pytest.raises(ValidationError) as error:
        validate(view(ReadRequest, wire))
    text = str(error.value).encode("utf-8", "surrogateescape")
    assert text == b"Journal: not a valid token (abc\xff\xfe)"


def test_what_is_no_message_is_refused() -> None:
    """Bytes that a broker cannot decode are an error, as is a field that is not there."""
    with pytest.raises(EncodingError, match=r"not a protocol\.ReadResponse"):
        view(ReadResponse, b"\x0f")
    with pytest.raises(AttributeError, match="has no field 'nothing'"):
        view(ReadResponse, b"").nothing  # noqa: B018 - asking is what fails
