"""Whether what a broker sends obeys the rules of its fields."""

from typing import Any

import protocol
from conformance.errors import NonconformanceError
from conformance.trace import copied
from protocol.errors import ValidationError

BRIEF = 300
"""How many characters of a message a sentence of expected and got may show."""


def assert_valid(message: Any) -> None:
    """Holds that a message obeys the rules of its fields.

    The first response of a Replicate stream may have a header, whatever it answers: brokers
    send it, and their clients do not validate what they receive.
    """
    try:
        if isinstance(message, protocol.ReplicateResponse) and message.HasField("header"):
            protocol.validate(message.header)
            message = copied(message)
            if message.status != protocol.Status.WRONG_ROUTE:
                message.ClearField("header")
        protocol.validate(message)
    except ValidationError as error:
        shown = " ".join(str(message).split())[:BRIEF]
        raise NonconformanceError("a valid message", f"{error} in {shown}") from None
