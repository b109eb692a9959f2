"""Fragments that are fetched under fault rules."""

import gzip
from collections.abc import Callable
from itertools import count
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockbroker.faults.fetch import RPC, Answering, Fetch
from mockbroker.http.broker import decoded
from mockbroker.rpc.interceptor import Call, Interceptor


def faulty(app: ASGIApp, faults: Interceptor) -> ASGIApp:
    """Returns `app` as `faults` have it: each request is a call they may tap."""
    numbers = count(1)

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        key = decoded(scope["raw_path"])
        call = Call(RPC, -1, next(numbers), journal=key.strip("/").rpartition("/")[0])
        tap = faults.begin(call)
        if not isinstance(tap, Answering):
            await app(scope, receive, send)
        elif tap.fault.code >= 300:
            await _refusal(tap.fault)(scope, receive, send)
        else:
            await app(scope, receive, _Spoiling(tap.fault, send, Request(scope)).send)

    return served


def _refusal(fault: Fetch) -> PlainTextResponse:
    headers = {"Location": fault.location} if fault.location else {}
    return PlainTextResponse("by a fault rule\n", fault.code, headers)


class _Spoiling:
    """Changes an answer on its way."""

    def __init__(self, fault: Fetch, send: Send, request: Request) -> None:
        self._fault, self._send, self._request = fault, send, request
        self._start: Message = {}
        self._body = bytearray()

    async def send(self, message: Message) -> None:
        """Takes an ASGI message, and sends the whole answer with the last one."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if not message.get("more_body", False):
            await self._finish()

    async def _finish(self) -> None:
        fault = self._fault
        body = self._changed(bytes(self._body))
        headers = [h for h in self._start["headers"] if h[0].lower() != b"content-length"]
        if fault.gzip:
            headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", str(len(body)).encode()))
        code = fault.code if self._start["status"] == 200 else self._start["status"]
        await self._send(dict(self._start, status=code, headers=headers))
        if fault.bytes is not None and fault.bytes < len(body):
            part = body[: fault.bytes]
            # A response that is never finished ends with its connection.
            await self._send({"type": "http.response.body", "body": part, "more_body": True})
        else:
            await self._send({"type": "http.response.body", "body": body})

    def _changed(self, body: bytes) -> bytes:
        changes: list[tuple[bool, Callable[[Any], bytes]]] = [
            (self._fault.flip and bool(body), lambda b: bytes([b[0] ^ 0xFF]) + b[1:]),
            (self._fault.gzip, gzip.compress),
            (self._fault.extra > 0, lambda b: b + bytes(self._fault.extra)),
        ]
        for wanted, change in changes:
            if wanted:
                body = change(body)
        return body
