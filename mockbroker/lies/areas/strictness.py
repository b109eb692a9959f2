"""Lies of brokers that look at more than they should, and refuse what is well."""

from typing import Any

import protocol as pb
from mockbroker.core.actions import AbortError
from mockbroker.lies.lie import lie
from protocol.auth import Capability
from protocol.routes import equivalent
from protocol.tokens import TokenError

CHECKED = "mockbroker.core.resolver:_checked_revision"


def _compare(name: str, header: Any, broker: Any) -> None:
    """Refuses a header, where there is one, that differs from the broker in a field of etcd."""
    if header is not None and getattr(header.etcd, name) != getattr(broker.etcd.ids, name):
        raise AbortError(f"request Etcd {name} doesn't match our own")


@lie("header.rest-is-not-compared", replaces=CHECKED)
def member_ids_are_compared(honest: Any, broker: Any, header: Any) -> Any:
    """A request header that another member of etcd told is refused."""
    revision = honest(broker, header)
    _compare("member_id", header, broker)
    return revision


@lie("header.rest-is-not-compared", replaces=CHECKED)
def raft_terms_are_compared(honest: Any, broker: Any, header: Any) -> Any:
    """A request header of another term of etcd is refused."""
    revision = honest(broker, header)
    _compare("raft_term", header, broker)
    return revision


@lie("header.rest-is-not-compared", replaces="mockbroker.core.resolver:_resolved")
def routes_of_requests_are_compared(honest: Any, broker: Any, wanted: Any) -> Any:
    """A request whose header tells another route than the broker's is refused."""
    resolved = honest(broker, wanted)
    asked = wanted.header and not resolved.status
    if asked and not equivalent(resolved.header.route, wanted.header.route):
        raise AbortError("request Route doesn't match our own")
    return resolved


@lie("header.rest-is-not-compared", replaces="mockbroker.core.resolver:_resolved")
def headers_echo_the_revision_asked_for(honest: Any, broker: Any, wanted: Any) -> Any:
    """The header of an answer has the revision of the request's header."""
    resolved = honest(broker, wanted)
    if wanted.header is not None:
        resolved.header.etcd.revision = wanted.header.etcd.revision
    return resolved


@lie("auth.ignores-what-it-does-not-know", replaces="protocol.tokens:_check_registered")
def audiences_are_refused(honest: Any, content: Any) -> None:
    """A token that names an audience is refused, as it is not configured."""
    if "aud" in content:
        raise TokenError("token has invalid claims: token has invalid audience")
    honest(content)


@lie("auth.ignores-what-it-does-not-know", replaces="protocol.tokens:_check_registered")
def unknown_claims_are_refused(honest: Any, content: Any) -> None:
    """A token with a claim that the broker does not know is refused."""
    if content.keys() - {"cap", "sel", "exp", "iat", "nbf", "aud", "iss", "sub", "jti"}:
        raise TokenError("token is malformed: unknown claim")
    honest(content)


@lie("auth.ignores-what-it-does-not-know", replaces="protocol.tokens:_claims")
def tokens_have_to_tell_their_issue(honest: Any, content: Any) -> Any:
    """A token without iat is refused."""
    if content.get("iat") is None:
        raise TokenError("token has invalid claims: iat claim is required")
    return honest(content)


@lie("auth.ignores-what-it-does-not-know", replaces="protocol.tokens:_date")
def times_of_tokens_are_whole(honest: Any, content: Any, name: str) -> Any:
    """A token with a fraction in a time is refused."""
    if isinstance(content.get(name), float):
        raise TokenError(f"token is malformed: {name} is not an integer")
    return honest(content, name)


@lie("auth.requires-capability", replaces="mockbroker.core.list:serve")
def watches_take_the_capability_to_read(honest: Any, broker: Any, authorization: Any) -> Any:
    """A watch needs READ beside LIST."""
    script, value = honest(broker, authorization), None
    while True:
        try:
            action = script.send(value)
        except StopIteration:
            return
        value = yield action
        if isinstance(value, pb.ListRequest) and value.watch:
            broker.access(authorization, Capability.READ)
