"""How calls of the HTTP side end: in texts of a Go client, or because the caller left."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import grpc
from starlette.requests import Request

T = TypeVar("T")

Authorize = Callable[[str, Any], str]
"""Makes the `authorization` of a call from the name of its RPC and its request; may be empty."""

_CANCELED: Final = {"Cancelled": "Canceled"}


class CallerLeftError(Exception):
    """The HTTP client closed its connection before the answer began."""


def metadata(authorization: str) -> list[tuple[str, str]]:
    """The metadata of a call that carries `authorization`, if there is any."""
    return [("authorization", authorization)] if authorization else []


def error_text(error: grpc.aio.AioRpcError) -> str:
    """The text of a failed call as a Go client prints it."""
    name = error.code().name.title().replace("_", "")
    return f"rpc error: code = {_CANCELED.get(name, name)} desc = {error.details() or ''}"


async def unless_left(request: Request, answer: Awaitable[T]) -> T:
    """Returns the result of `answer`, or raises `CallerLeftError` if the client leaves before.

    The request's body must have been read: what comes next is only the disconnect.
    """
    waiting = asyncio.ensure_future(answer)
    leaving = asyncio.ensure_future(_left(request.receive))
    try:
        await asyncio.wait({waiting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            raise CallerLeftError
        return waiting.result()
    finally:
        leaving.cancel()
        waiting.cancel()


async def _left(receive: Callable[[], Awaitable[Any]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
