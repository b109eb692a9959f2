"""One channel to a whole cluster: each call goes to the broker that its route asks for.

`AioDispatchChannel` stands where a `grpc.aio.Channel` does, and `DispatchChannel` where a
`grpc.Channel` does, as in `JournalStub(channel)`. A call made plainly goes to the default
address. A call made within `dispatch(...)` goes to a member of the given route:

    with dispatch(response.header.route, primary_required=True):
        call = stub.Append(requests)

The choice among members is `choose`, a pure function. Connections are made when first
needed, are shared by all who dial the same address, and are closed when they idle.
gRPC is imported only when a channel is first used.
"""

from typing import TYPE_CHECKING, Any

from protocol.dispatch.choice import DispatchError, Health, choose
from protocol.dispatch.route import DispatchRoute, current_route, dispatch
from protocol.dispatch.target import Target, target_of

if TYPE_CHECKING:
    from protocol.dispatch.aio import AioDispatchChannel
    from protocol.dispatch.blocking import DispatchChannel

__all__ = [
    "AioDispatchChannel",
    "DispatchChannel",
    "DispatchError",
    "DispatchRoute",
    "Health",
    "Target",
    "choose",
    "current_route",
    "dispatch",
    "target_of",
]


def __getattr__(name: str) -> Any:
    if name == "AioDispatchChannel":
        from protocol.dispatch import aio  # noqa: PLC0415 - importing grpc is slow

        return aio.AioDispatchChannel
    if name == "DispatchChannel":
        from protocol.dispatch import blocking  # noqa: PLC0415 - importing grpc is slow

        return blocking.DispatchChannel
    raise AttributeError(f"module 'protocol.dispatch' has no attribute {name!r}")
