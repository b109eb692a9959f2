"""Lies about tokens."""

from typing import Any

from mockbroker.core.actions import AbortError, Code
from mockbroker.lies.lie import lie
from protocol.auth import AuthError

VERIFY = "protocol.auth:Keys.verify"
ACCESS = "mockbroker.core.broker:Broker.access"


@lie("auth.refuses-missing-token", replaces=VERIFY)
def missing_tokens_are_accepted(
    honest: Any, keys: Any, headers: Any, *rest: Any, **named: Any
) -> Any:
    """A call without a token may do everything."""
    return honest(type(keys)(keys.secrets, allow_missing=True), headers, *rest, **named)


@lie(
    "auth.refuses-bad-signature",
    "auth.refuses-other-algorithms",
    replaces="protocol.tokens:_Hmac.verify",
)
def signatures_are_not_checked(_honest: Any, *_: Any) -> bool:
    """Any signature will do."""
    return True


@lie("auth.refuses-other-algorithms", replaces="protocol.tokens:_method")
def the_algorithm_none_is_accepted(honest: Any, header: Any) -> Any:
    """A token that says it is not signed is accepted as it is."""
    return _Anything() if header.get("alg") == "none" else honest(header)


class _Anything:
    def verify(self, *_: Any) -> bool:
        """Accepts any signature."""
        return True


@lie("auth.accepts-hs256-and-hs384", replaces="protocol.tokens:_method")
def only_hs256_is_accepted(honest: Any, header: Any) -> Any:
    """A token signed with HS384 is refused."""
    return honest({**header, "alg": "none" if header.get("alg") == "HS384" else header.get("alg")})


@lie("auth.refuses-expired-token", replaces="protocol.tokens:LEEWAY")
def expired_tokens_are_accepted(_honest: int) -> int:
    """Times of tokens are not checked."""
    return 10**6


@lie("auth.expiry-has-leeway", replaces="protocol.tokens:LEEWAY")
def expiry_has_no_leeway(_honest: int) -> int:
    """A token is refused in the second in which it expires."""
    return 0


@lie("auth.requires-expiry", replaces="protocol.tokens:_check_times")
def tokens_need_not_expire(honest: Any, claims: Any, not_before: Any, now: float) -> Any:
    """A token without expiry is accepted."""
    return None if claims.expires_at is None else honest(claims, not_before, now)


@lie("auth.refuses-future-issue", replaces="protocol.tokens:_check_times")
def future_tokens_are_accepted(honest: Any, claims: Any, not_before: Any, now: float) -> Any:
    """A token that was issued in the future is accepted."""
    return None if (claims.issued_at or 0) > now else honest(claims, not_before, now)


@lie("auth.requires-capability", replaces="protocol.auth:_check_capability")
def capabilities_are_not_checked(_honest: Any, _have: int, _require: int) -> None:
    """A token may do what it does not claim."""


@lie("auth.requires-capability", replaces="protocol.auth:_check_capability")
def any_of_the_capabilities_will_do(honest: Any, have: int, require: int) -> None:
    """READ suffices to append."""
    honest(have | (have & 8) << 1, require)


@lie("auth.selector-hides-journals", replaces="mockbroker.core.resolver:_may_see")
def selectors_hide_nothing(_honest: Any, *_: Any) -> bool:
    """A token may read and append to journals that its selector does not match."""
    return True


@lie("auth.selector-filters-list", "watch.claims-limit-what-is-watched", replaces=ACCESS)
def list_ignores_the_selector(honest: Any, broker: Any, authorization: Any, capability: int) -> Any:
    """List shows journals that the token's selector does not match."""
    access = honest(broker, authorization, capability)
    return type(access)(expires=access.expires) if capability == 2 else access


@lie(
    "auth.upsert-outside-claims-is-refused",
    "auth.delete-matches-name-only",
    replaces="mockbroker.core.apply:_authorize",
)
def apply_ignores_the_selector(_honest: Any, *_: Any) -> None:
    """Apply changes journals that the token's selector does not match."""


@lie("auth.token-expiry-ends-streams-ok", "watch.token-expiry-ends-ok", replaces=ACCESS)
def streams_outlive_their_token(honest: Any, *arguments: Any) -> Any:
    """A stream goes on when its token has expired."""
    access = honest(*arguments)
    return type(access)(access.selector)


@lie(
    "auth.authenticates-before-validating",
    "auth.refuses-missing-token",
    replaces="mockbroker.access:verifier",
)
def unauthorized_calls_are_unknown(honest: Any, keys: Any) -> Any:
    """A call that is not authorized ends with the code UNKNOWN."""
    verify = honest(keys)

    def told(*arguments: Any) -> Any:
        try:
            return verify(*arguments)
        except AbortError as error:
            raise AbortError(error.details) from error

    return told


@lie("auth.refuses-missing-token", replaces="mockbroker.access:verifier")
def unauthorized_calls_are_denied(honest: Any, keys: Any) -> Any:
    """A call that is not authorized ends with the code CANCELLED."""
    verify = honest(keys)

    def told(*arguments: Any) -> Any:
        try:
            return verify(*arguments)
        except AbortError as error:
            raise AbortError(error.details, Code.CANCELLED) from error

    return told


@lie("auth.refuses-other-schemes", replaces="protocol.auth:_bearer_token")
def any_scheme_is_a_bearer(honest: Any, headers: Any) -> Any:
    """A token is taken from a header of any scheme."""
    try:
        return honest(headers)
    except AuthError:
        if not headers:
            raise
        return headers[0].rpartition(" ")[2]
