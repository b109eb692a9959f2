"""Faults of fragments that clients fetch by their URLs.

A fetch is a call of its own RPC, `Fetch`, of no broker (index -1), and of the journal whose
fragment it is.
"""

from dataclasses import dataclass

from mockbroker.faults.rule import FaultError, Shot
from mockbroker.rpc.interceptor import Call, Tap

RPC = "Fetch"


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """Answers the fetch of a fragment otherwise than with what is stored.

    Attributes:
        code: HTTP status; below 300 the content follows, of another one a short text.
        location: Where a redirect leads.
        bytes: After so many bytes of content the connection breaks.
        extra: So many bytes of zero follow the content.
        flip: Whether the first byte is flipped, so that no codec takes the content.
        gzip: Whether the content is compressed on its way, and says so by Content-Encoding.
    """

    code: int = 200
    location: str | None = None
    bytes: int | None = None
    extra: int = 0
    flip: bool = False
    gzip: bool = False

    def __post_init__(self) -> None:
        if not 200 <= self.code <= 599:
            raise FaultError(f"no answer of HTTP has code {self.code}")
        if (self.bytes or 0) < 0 or self.extra < 0:
            raise FaultError("content cannot be shorter than none")

    def tap(self, call: Call, shot: Shot) -> Tap:
        """Returns a tap that tells what to answer."""
        del call, shot
        return Answering(self)


class Answering(Tap):
    """Stands for a fetch's answer.

    Attributes:
        fault: What is wrong with it.
    """

    def __init__(self, fault: Fetch) -> None:
        self.fault = fault
