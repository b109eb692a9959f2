"""Checks of tokens, for the core."""

from mockbroker.core.access import Access, Verifier
from mockbroker.core.actions import AbortError, Code
from protocol.auth import AuthError, Keys


def verifier(keys: Keys) -> Verifier:
    """Returns what checks the tokens of callers with `keys`."""

    def verify(authorization: str | None, capability: int, now: float) -> Access:
        headers = () if authorization is None else (authorization,)
        try:
            claims = keys.verify(headers, capability, now=now)
        except AuthError as error:
            raise AbortError(str(error), Code.UNAUTHENTICATED) from error
        return Access(claims.selector, claims.expires_at)

    return verify
