"""How a call that has a deadline ended."""

from typing import Any

AHEAD = 0.02
"""Seconds by which a broker's timer may run ahead of its caller's."""


def code_of(call: Any, *, left: float) -> str:
    """The name of the code of a call that ended `left` seconds before its deadline.

    A broker whose timer of the deadline goes off before its caller's resets the stream, and gRPC
    tells that as CANCELLED: it is DEADLINE_EXCEEDED here, whoever noticed first. A call that was
    cancelled by its caller, or by its broker earlier than `AHEAD`, stays CANCELLED.
    """
    code: str = call.code().name
    expired = code == "CANCELLED" and left <= AHEAD and not call.cancelled()
    return "DEADLINE_EXCEEDED" if expired else code
