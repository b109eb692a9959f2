"""Lies about FragmentStoreHealth."""

from typing import Any

import protocol as pb
from mockbroker.lies.lie import Seen, lie

HEALTH = "FragmentStoreHealth"
UNHEALTHY = pb.Status.FRAGMENT_STORE_UNHEALTHY


@lie("store-health.missing-directory-is-unhealthy", answers=HEALTH)
def every_store_is_healthy(message: Any, _seen: Seen) -> None:
    """All stores are healthy."""
    message.status = pb.Status.OK
    message.store_health_error = ""


@lie("store-health.healthy-store-is-ok", answers=HEALTH)
def no_store_is_healthy(message: Any, _seen: Seen) -> None:
    """No store is healthy."""
    message.status = UNHEALTHY
    message.store_health_error = "unhealthy"


@lie("store-health.missing-directory-is-unhealthy", answers=HEALTH)
def unhealthy_stores_have_no_text(message: Any, _seen: Seen) -> None:
    """An unhealthy store is answered without a text."""
    message.store_health_error = ""


@lie("store-health.healthy-store-is-ok", answers=HEALTH)
def healthy_stores_have_a_text(message: Any, _seen: Seen) -> None:
    """A healthy store is answered with an error text."""
    message.store_health_error = message.store_health_error or "none"


@lie("store-health.healthy-store-is-ok", answers=HEALTH)
def store_health_has_a_routed_header(message: Any, _seen: Seen) -> None:
    """The header of FragmentStoreHealth has a route."""
    message.header.route.members.add().CopyFrom(message.header.process_id)
    message.header.route.primary = 0


@lie("append.unhealthy-store-is-answered", answers="Append")
def unhealthy_stores_of_appends_have_no_text(message: Any, _seen: Seen) -> None:
    """An append to a journal of an unhealthy store answers no text."""
    message.store_health_error = ""


@lie("append.unhealthy-store-is-answered", replaces="mockbroker.core.append:Append._stores_ready")
def appends_ignore_unhealthy_stores(_honest: Any, *_: Any) -> Any:
    """An append commits although the journal's store is unhealthy."""
    yield from ()
    return True


@lie("store-health.recovers-with-the-store", replaces="mockbroker.core.health:RETRIES")
def unhealthy_stores_are_never_checked_again(_honest: Any) -> tuple[float, ...]:
    """A store that was unhealthy once stays so."""
    return ()


@lie("store-health.leaves-a-probe-object", replaces="mockbroker.rpc.files:Files.check")
async def stores_are_not_probed(_honest: Any, _files: Any, _action: Any) -> None:
    """A store is healthy without having been tried."""


@lie("append.unhealthy-store-is-answered", replaces="mockbroker.core.append:Append._stores_ready")
def only_new_journals_look_at_their_store(honest: Any, append: Any, replica: Any) -> Any:
    """An append to a journal with content commits, whatever store it has got."""
    return True if replica.spool.fragment.end else (yield from honest(append, replica))


@lie("store-health.first-check-is-awaited", replaces="mockbroker.core.health:Checks.settle")
def first_checks_are_not_awaited(_honest: Any, checks: Any) -> Any:
    """A store that was never checked is unhealthy."""
    if checks.error is None:
        checks.error = "not checked yet"
    yield from ()
