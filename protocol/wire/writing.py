"""Writing to a streaming call of `grpc.aio` that the server may answer at any time."""

import contextlib
from typing import Any

from google.protobuf.message import Message
from grpc._cython.cygrpc import InternalError


async def write(call: Any, request: Message | bytes) -> bool:
    """Writes a request. Returns False where the call has ended; it tells how.

    The call's own `write` makes an INTERNAL error of a call whose end it crosses, and the
    true answer is lost.
    """
    body = request if isinstance(request, bytes) else request.SerializeToString()
    if not call.done():
        await call._metadata_sent.wait()  # noqa: SLF001 - as its own write does
    if call.done():
        return False
    try:
        await call._cython_call.send_serialized_message(body)  # noqa: SLF001 - likewise
    except InternalError:
        return False
    return True


async def half_close(call: Any) -> None:
    """Ends the requests, or does nothing where the call has ended; it tells how.

    The call's own `done_writing` raises an error of gRPC's insides where it crosses that end.
    """
    with contextlib.suppress(InternalError):
        await call.done_writing()
