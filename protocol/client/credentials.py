"""Tokens of calls: signed for each, or given."""

from collections.abc import Callable
from typing import Any, TypeAlias

from protocol.auth import LIFETIMES, Keys, derive_claims

Token: TypeAlias = Keys | str | Callable[[], str]
"""Keys that sign a token for each call, a token, or what returns one that is current."""

Metadata: TypeAlias = tuple[tuple[str, str], ...]

_SKEW = 10.0  # seconds by which the clock of a broker may be behind ours


class Credentials:
    """Authorizes calls.

    Args:
        token: What to authorize them with; None for not at all.
        wall_clock: Tells seconds since the epoch.
    """

    def __init__(self, token: Token | None, wall_clock: Callable[[], float]) -> None:
        self._token = token
        self._wall_clock = wall_clock

    @property
    def renewable(self) -> bool:
        """Whether another attempt has another token."""
        return self._token is not None and not isinstance(self._token, str)

    def metadata(self, rpc: str, request: Any) -> Metadata:
        """The metadata that authorizes a call, given its request or the first of them."""
        if self._token is None:
            return ()
        return (("authorization", self._authorization(self._token, rpc, request)),)

    def _authorization(self, token: Token, rpc: str, request: Any) -> str:
        if isinstance(token, Keys):
            return token.authorization(
                derive_claims(rpc, request),
                now=self._wall_clock() - _SKEW,
                lifetime=LIFETIMES[rpc] + _SKEW,
            )
        return f"Bearer {token if isinstance(token, str) else token()}"
