"""The gRPC server of one broker."""

from collections.abc import Callable
from functools import partial
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_reflection.v1alpha import reflection

from mockbroker.rpc import append, apply, list_fragments, read, replicate, store_health
from mockbroker.rpc import list as list_
from mockbroker.rpc.process import Process
from protocol.wire.messages import POOL
from protocol.wire.service import METHODS, SERVICE, Method

HANDLERS: dict[str, Callable[..., Any]] = {
    "List": list_.handle,
    "Apply": apply.handle,
    "Read": read.handle,
    "Append": append.handle,
    "Replicate": replicate.handle,
    "ListFragments": list_fragments.handle,
    "FragmentStoreHealth": store_health.handle,
}
OPTIONS = (
    # Larger requests than a broker's 4 MiB are refused with the broker's own text.
    ("grpc.max_receive_message_length", 64 << 20),
    ("grpc.max_send_message_length", -1),
    ("grpc.so_reuseport", 0),
    # Brokers take gzip, and refuse deflate: a bit for each algorithm, from "none" on.
    ("grpc.compression_enabled_algorithms_bitset", 0b101),
    # What gRPC itself refuses it would hold back for 100 ms to 1 s; brokers answer at once.
    ("grpc.http.tarpit", 0),
)


class Service(grpc.GenericRpcHandler):  # type: ignore[type-arg] # generic in stubs only
    """All methods of the Journal service, over raw bytes."""

    def __init__(self, process: Process) -> None:
        self._methods = {
            METHODS[name].path: _streaming(METHODS[name], partial(handler, process))
            for name, handler in HANDLERS.items()
        }

    def service(self, handler_call_details: Any) -> Any:
        """Returns the handler of a method; one that refuses it where there is none."""
        path = handler_call_details.method
        found = self._methods.get(path)
        if found is not None:
            return found
        service, _, method = path.removeprefix("/").rpartition("/")
        text = f"unknown service {service}"
        if service == SERVICE:
            text = f"unknown method {method} for service {service}"
        return grpc.stream_stream_rpc_method_handler(partial(_refuse, text))


def _streaming(method: Method, handler: Callable[..., Any]) -> Any:
    """Requests are streamed to all handlers: only so is a call without one told from none."""
    if method.server_streams:
        return grpc.stream_stream_rpc_method_handler(handler)
    return grpc.stream_unary_rpc_method_handler(handler)


async def _refuse(text: str, _requests: Any, context: Any) -> None:
    await context.abort(grpc.StatusCode.UNIMPLEMENTED, text)


def create(process: Process) -> Any:
    """Returns the server of a broker, with health and reflection, not yet bound or started."""
    server = grpc.aio.server(options=OPTIONS)
    health_pb2_grpc.add_HealthServicer_to_server(HealthServicer(), server)
    names = (SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME)
    reflection.enable_server_reflection(names, server, pool=POOL)
    server.add_generic_rpc_handlers((Service(process),))
    return server
