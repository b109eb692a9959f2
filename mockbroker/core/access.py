"""What a caller may do."""

from collections.abc import Callable
from dataclasses import dataclass, field

import protocol as pb


@dataclass(frozen=True, slots=True)
class Access:
    """The claims of a verified caller.

    Attributes:
        selector: Journals it may touch; the empty one is all.
        expires: When its token ends, in seconds since the epoch; None without tokens.
    """

    selector: pb.LabelSelector = field(default_factory=pb.LabelSelector)
    expires: float | None = None


Verifier = Callable[[str | None, int, float], Access]
"""Takes the authorization metadata, the capability wanted, and the time.

Raises `AbortError` with code UNAUTHENTICATED where the caller may not.
"""
