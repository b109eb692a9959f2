"""ListFragments: the fragments of a journal, page by page.

Modelled: local fragments, bounds of modification time, page tokens (the begin offset of
the next fragment), signed URLs, proxying, and that the first store listing is awaited.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import protocol as pb
from mockbroker.core.actions import (
    AbortError,
    Action,
    Receive,
    Script,
    Send,
    SignUrl,
    Wait,
)
from mockbroker.core.member import own_replica
from mockbroker.core.replica import Replica
from mockbroker.core.requests import checked
from mockbroker.store import StoreFailedError
from protocol.auth import Capability

if TYPE_CHECKING:
    from mockbroker.core.broker import Broker

PAGE = 1000
"""Fragments of a page where the request has no limit."""


def serve(broker: "Broker", authorization: str | None) -> Script:
    """Serves one ListFragments call."""
    access = broker.access(authorization, Capability.READ)
    request = checked(broker, (yield Receive()))
    request.page_limit = request.page_limit or PAGE
    found = yield from own_replica(broker, access, request, pb.FragmentsResponse)
    if found is not None:
        resolved, replica = found
        yield from _await_refresh(replica)
        response = yield from _page(request, replica)
        response.header.CopyFrom(resolved.header)
        yield Send(response)


def _await_refresh(replica: Replica) -> Script:
    while not replica.index.refreshed:
        if replica.closed:
            raise AbortError("context canceled")
        yield Wait((replica.changed,))


def _page(
    request: pb.FragmentsRequest, replica: Replica
) -> Generator[Action, Any, pb.FragmentsResponse]:
    response = pb.FragmentsResponse()
    listed = [each.fragment for each in replica.index if each.begin >= request.next_page_token]
    for fragment in listed:
        if len(response.fragments) == request.page_limit:
            response.next_page_token = fragment.begin
            break
        if _wanted(request, fragment):
            entry = response.fragments.add(spec=fragment)
            if request.HasField("signatureTTL") and fragment.backing_store:
                entry.signed_url = yield from _signed(request, fragment)
    return response


def _wanted(request: pb.FragmentsRequest, fragment: pb.Fragment) -> bool:
    if fragment.mod_time and fragment.mod_time < request.begin_mod_time:
        return False
    return not request.end_mod_time or 0 < fragment.mod_time <= request.end_mod_time


def _signed(request: pb.FragmentsRequest, fragment: pb.Fragment) -> Generator[Action, Any, str]:
    ttl = request.signatureTTL.seconds + request.signatureTTL.nanos / 1e9
    try:
        url: str = yield SignUrl(fragment, ttl)
    except StoreFailedError as error:
        raise AbortError(str(error)) from error
    return url
