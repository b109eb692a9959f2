"""The pump: carries one call between gRPC and its session script.

It decodes requests, performs actions, encodes responses and ends the call; it decides
nothing. A tap of the cluster's interceptor sees everything on its way.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import grpc
from grpc._cython.cygrpc import _ServerStoppedError as ServerStoppedError

import protocol as pb
from mockbroker.core.actions import (
    AbortError,
    Code,
    Committed,
    Event,
    Proxy,
    Receive,
    Script,
    Send,
    SendContent,
)
from mockbroker.rpc import proxy, wire
from mockbroker.rpc.interceptor import CutError, Tap, TapError
from mockbroker.rpc.process import Process
from mockbroker.rpc.runner import run
from protocol.journals import strip_meta
from protocol.wire.service import Method

_LOG = logging.getLogger(__name__)
_EOF: Any = grpc.aio.EOF  # type: ignore[attr-defined] # the stubs lack it
_CODES = {code.value[0]: code for code in grpc.StatusCode}

NO_REQUEST = "cardinality violation: received no request message from non-client-streaming RPC"
Serve = Callable[[Any, str | None], Script]


class Pump:
    """One call.

    Args:
        process: The broker that serves it.
        method: Its RPC.
        context: gRPC's side of the call. It streams requests, whatever the RPC does, so
            that a call without any is answered too.
    """

    def __init__(self, process: Process, method: Method, context: Any) -> None:
        self.process = process
        self.method = method
        self.context = context
        self.response: bytes | None = None
        self._half_closed = False
        self._reading: asyncio.Future[Any] | None = None
        self._tap: Tap | None = None
        self.metadata = dict(reversed(context.invocation_metadata()))
        self.call = process.begin(method.name, self.metadata)

    async def serve(self, serve: Serve) -> bytes | None:
        """Carries the call to its end, and returns the response where there is just one."""
        code, details = await self._outcome(serve)
        if self._reading is not None:
            self._reading.cancel()
        if self._tap is not None:
            try:
                code, details = await self._tap.ending(code, details)
            except CutError as cut:
                code, details = await self._cut(cut)
        if code:
            await self.context.abort(_CODES[code], details)
        return self.response

    async def _outcome(self, serve: Serve) -> tuple[int, str]:
        performers = self.process.runner.performers()
        performers[Receive] = self.receive
        performers[Send] = self.send
        performers[SendContent] = self._send_content
        performers[Proxy] = self._proxy
        performers[Committed] = self._committed
        try:
            await run(serve(self.process.broker, self.metadata.get("authorization")), performers)
        except AbortError as error:
            return error.code, error.details
        except CutError as cut:
            return await self._cut(cut)
        except TapError as error:
            return Code.INTERNAL, f"a fault rule cannot be kept: {error}"
        except ServerStoppedError as error:
            raise asyncio.CancelledError from error
        except Exception:  # noqa: BLE001 - a broken mock answers, and goes on serving
            _LOG.exception("%s failed", self.method.name)
            return Code.INTERNAL, "the mock broker failed; its log tells why"
        return Code.OK, ""

    async def receive(self, action: Receive = Receive()) -> Any:  # noqa: B008 - it is frozen
        """Returns the next request the tap lets through, the half-close, or the deadline."""
        while True:
            raw = await self._read(action.deadline)
            if isinstance(raw, Event):
                if self.call.received == 0 and raw is Event.HALF_CLOSE:
                    self._begin_tap()
                return raw
            message = self._decoded(raw)
            self.call.received += 1
            if self.call.received == 1:
                self.call.journal = _journal_of(message)
                self.call.proxied = _is_proxied(message)
                self._begin_tap()
            if self._tap is None:
                return message
            if isinstance(message, memoryview):
                message = pb.AppendRequest(content=bytes(message))
            message = await self._tap.received(message)
            if message is not None:
                return message

    async def send(self, action: Send) -> None:
        """Writes a response, or what the tap makes of it."""
        if self._tap is None:
            await self.write(self._encoded(action.message))
            return
        sent = await self._tap.sending(action.message)
        for message in sent if isinstance(sent, list) else [sent]:
            if message is not None:
                await self.write(self._encoded(message))
                await self._tap.sent()

    async def _cut(self, cut: CutError) -> tuple[int, str]:
        if cut.last is not None:
            await self.write(self._encoded(cut.last))
        return cut.code, cut.details

    def _encoded(self, message: Any) -> bytes:
        if isinstance(message, bytes):
            return message
        encoded: bytes = message.SerializeToString()
        return encoded

    async def write(self, encoded: bytes) -> None:
        """Writes one encoded response, or keeps it where there is just one."""
        self.call.sent += 1
        if self.method.server_streams:
            await self.context.write(encoded)
        else:
            self.response = encoded

    async def next_raw(self) -> bytes | Event:
        """Returns the next request undecoded, for a proxy; a tap sees it all the same."""
        if self._tap is not None:
            message = await self.receive()
            return message if isinstance(message, Event) else message.SerializeToString()
        raw = await self._read(None)
        if not isinstance(raw, Event):
            wire.check_size(raw)
        return raw

    async def send_raw(self, encoded: bytes) -> None:
        """Writes a peer's response; a tap sees it decoded."""
        if self._tap is None:
            await self.write(encoded)
        else:
            await self.send(Send(self.method.response.FromString(encoded)))

    async def _send_content(self, action: SendContent) -> None:
        if self._tap is not None:
            await self.send(
                Send(pb.ReadResponse(offset=action.offset, content=bytes(action.content)))
            )
        else:
            await self.write(wire.encode_content(action))

    async def _proxy(self, action: Proxy) -> None:
        await proxy.relay(self, action)

    async def _committed(self, _action: Committed) -> None:
        self.call.committed = True
        if self._tap is not None:
            await self._tap.committed()

    def _begin_tap(self) -> None:
        self._tap = self.process.interceptor.begin(self.call)

    def _decoded(self, raw: bytes) -> Any:
        if self.method.name == "Append":
            wire.check_size(raw)
            if (content := wire.appended_content(raw)) is not None:
                return content
        unary = not (self.method.client_streams or self.method.server_streams)
        return wire.decode(raw, self.method.request, unary=unary)

    async def _read(self, deadline: float | None) -> bytes | Event:
        if self._half_closed:
            return Event.HALF_CLOSE
        if deadline is None and self._reading is None:
            raw = await self.context.read()
        else:
            raw = await self._read_until(deadline)
            if raw is Event.TIMEOUT:
                return Event.TIMEOUT
        if raw is _EOF:
            self._half_closed = True
            if not (self.method.client_streams or self.call.received):
                raise AbortError(NO_REQUEST, Code.INTERNAL)
            return Event.HALF_CLOSE
        if not self.method.client_streams:
            self._half_closed = True
        taken: bytes = raw
        return taken

    async def _read_until(self, deadline: float | None) -> Any:
        """A read that a deadline cuts short goes on, and is taken by the next one."""
        reading = self._reading or asyncio.ensure_future(self.context.read())
        self._reading = reading
        if deadline is not None and not reading.done():
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

            def wake(_: Any = None) -> None:
                if not future.done():
                    future.set_result(None)

            reading.add_done_callback(wake)
            timer = self.process.clock.call_at(deadline, wake)
            try:
                await future
            finally:
                timer.cancel()
                reading.remove_done_callback(wake)
            if not reading.done():
                return Event.TIMEOUT
        raw = await reading
        self._reading = None
        return raw


def _journal_of(message: Any) -> str:
    """The journal a first request is about; empty where it is about none."""
    if isinstance(message, pb.ReplicateRequest):
        return message.proposal.journal
    return strip_meta(getattr(message, "journal", ""))


def _is_proxied(message: Any) -> bool:
    """Whether a first request was passed on by a peer, which leaves its header in it."""
    if isinstance(message, pb.ReadRequest | pb.AppendRequest | pb.FragmentsRequest):
        return message.HasField("header")
    return False
