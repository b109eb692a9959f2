"""A broker's place in front of another broker, which notes every call that arrives."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc


class Recording(grpc.GenericRpcHandler):  # type: ignore[type-arg]
    """Hands calls of any method on to `channel`, byte by byte; `calls` counts them by RPC."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.calls: Counter[str] = Counter()
        self._channel = channel

    def service(self, handler_call_details: Any) -> Any:
        """The handler of one call."""
        path = handler_call_details.method
        self.calls[path.rpartition("/")[2]] += 1
        onward: Any = self._channel.stream_stream(path, None, None)

        def relay(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
            call = onward(requests, timeout=context.time_remaining())
            context.add_callback(call.cancel)
            try:
                yield from call
            except grpc.RpcError:
                context.abort(call.code(), call.details())

        return grpc.stream_stream_rpc_method_handler(relay)


@contextmanager
def recorded(address: str) -> Iterator[tuple[str, Recording]]:
    """HOST:PORT of a recording place in front of the broker at `address`, and its recording."""
    with grpc.insecure_channel(address) as channel, ThreadPoolExecutor(32) as pool:
        server = grpc.server(pool)
        recording = Recording(channel)
        server.add_generic_rpc_handlers((recording,))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        yield f"127.0.0.1:{port}", recording
        server.stop(None).wait()
