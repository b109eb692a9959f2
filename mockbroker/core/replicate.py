"""Replicate: a replica follows its primary's proposals and content.

Modelled: one stream at a time per journal (a later one waits, and resolves again when the
route changes), the route must be the one this broker knows, the header of the first
response, and roll-back of what was not committed when the stream ends.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import protocol as pb
from mockbroker.core.access import Access
from mockbroker.core.actions import AbortError, Action, Event, Receive, Script, Send, acquire
from mockbroker.core.replica import Replica
from mockbroker.core.requests import checked
from mockbroker.core.resolver import Resolution, Wanted, resolve
from mockbroker.core.signal import Ticket
from protocol.auth import Capability
from protocol.routes import equivalent
from protocol.spool import SpoolError
from protocol.text import compact_text

if TYPE_CHECKING:
    from mockbroker.core.broker import Broker


def serve(broker: "Broker", authorization: str | None) -> Script:
    """Serves one Replicate stream."""
    access = broker.access(authorization, Capability.REPLICATE)
    request = yield Receive()
    if request is Event.HALF_CLOSE:
        raise AbortError("EOF")
    checked(broker, request)
    if not request.HasField("header"):
        raise AbortError("expected first ReplicateRequest to have Header")
    resolved, ticket = yield from _own_spool(broker, access, request)
    if ticket is None or resolved.replica is None:
        status = resolved.status or pb.Status.WRONG_ROUTE
        yield Send(pb.ReplicateResponse(status=status, header=resolved.header))
        return
    replica = resolved.replica
    try:
        yield from _follow(broker, replica, request, resolved.header)
    finally:
        replica.roll_back(broker.now())
        replica.spooling.release(ticket)


def _own_spool(
    broker: "Broker", access: Access, request: pb.ReplicateRequest
) -> Generator[Action, Any, tuple[Resolution, Ticket | None]]:
    """Resolves until the spool is this stream's, or the stream is refused."""
    wanted = Wanted(request.proposal.journal, access.selector, proxy=False, header=request.header)
    while True:
        resolved = yield from resolve(broker, wanted)
        refused = resolved.status or not equivalent(resolved.header.route, request.header.route)
        if refused or resolved.replica is None:
            return resolved, None
        ticket = yield from acquire(resolved.replica.spooling, resolved.replica.invalidated)
        if ticket is not None:
            return resolved, ticket


def _follow(
    broker: "Broker", replica: Replica, request: pb.ReplicateRequest, header: pb.Header
) -> Script:
    answered = False
    while True:
        response = _apply(broker, replica, request)
        if request.acknowledge:
            if not answered:
                response.header.CopyFrom(header)
            answered = True
            yield Send(response)
        elif response.status:
            raise AbortError(f"no ack requested but status != OK: {compact_text(response)}")
        event = yield Receive()
        if event is Event.HALF_CLOSE:
            return
        request = checked(broker, event)


def _apply(
    broker: "Broker", replica: Replica, request: pb.ReplicateRequest
) -> pb.ReplicateResponse:
    if not request.HasField("proposal"):
        try:
            replica.spool.write(request.content, request.content_delta)
        except SpoolError as error:
            raise AbortError(str(error)) from error
        return pb.ReplicateResponse()
    applied = replica.propose(request.proposal, request.registers, broker.now())
    if applied.status == pb.Status.OK:
        return pb.ReplicateResponse()
    return pb.ReplicateResponse(
        status=applied.status,
        fragment=replica.spool.fragment,
        registers=replica.spool.registers,
    )
