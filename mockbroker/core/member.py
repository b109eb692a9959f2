"""Members: a call that any member of a journal's route may answer is served here, or proxied."""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import protocol as pb
from mockbroker.core.access import Access
from mockbroker.core.actions import Action, Send
from mockbroker.core.replica import Replica
from mockbroker.core.resolver import Resolution, Wanted, proxy, resolve
from protocol.auth import Capability
from protocol.journals import may_read

if TYPE_CHECKING:
    from mockbroker.core.broker import Broker


def own_replica(
    broker: "Broker", access: Access, request: Any, response: type[Any], revision: int = 0
) -> Generator[Action, Any, tuple[Resolution, Replica] | None]:
    """Returns the resolution of a readable journal, and the replica here to serve it from.

    None where the call is answered already: by a `response` that refuses it, or by a peer.
    `revision` is to be seen first.
    """
    resolved = yield from resolve(
        broker,
        Wanted(
            request.journal,
            access.selector,
            proxy=not request.do_not_proxy,
            header=request.header if request.HasField("header") else None,
            revision=revision,
        ),
    )
    status = resolved.status
    if not status and not may_read(resolved.spec.flags):
        status = pb.Status.NOT_ALLOWED
    if status:
        yield Send(response(status=status, header=resolved.header))
    elif not resolved.local or resolved.replica is None:
        yield proxy(broker, resolved, request, request.journal, Capability.READ)
    else:
        return resolved, resolved.replica
    return None
