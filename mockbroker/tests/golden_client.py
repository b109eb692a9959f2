"""Calls as the golden sessions made them: bytes over a plain gRPC channel."""

import http.client
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import grpc
from google.protobuf import json_format

from mockbroker.tests.golden_session import Json
from protocol.wire.service import METHODS, SERVICE

_OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.enable_retries", 0),
    ("grpc.use_local_subchannel_pool", 1),
]


@dataclass
class Answer:
    """How a call ended, and the responses until then in their JSON form."""

    responses: list[Json] = field(default_factory=list)
    code: str = ""
    details: str = ""


@dataclass(frozen=True)
class Request:
    """One call to make.

    Attributes:
        rpc: Its name, which need not exist.
        bodies: Encoded request messages.
        gap: Seconds between two of them.
        hold: Whether the client leaves its side open.
        take: Number of responses after which the client cancels, or None.
        timeout: Seconds until the client gives up.
        token: Value of the Authorization header, or None.
    """

    rpc: str
    bodies: list[bytes]
    gap: float = 0
    hold: bool = False
    take: int | None = None
    timeout: float = 20
    token: str | None = None


class Channel:
    """A plain channel to one broker."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._channel = grpc.insecure_channel(address, options=_OPTIONS)

    def call(self, request: Request) -> Answer:
        """Makes the call and returns when it has ended."""
        answer = Answer()
        self.run(request, answer)
        return answer

    def run(self, request: Request, answer: Answer) -> None:
        """Makes the call, its responses appearing in `answer` as they come."""
        method = METHODS.get(request.rpc)
        done = threading.Event()
        streams = method is None or method.client_streams
        channel: Any = self._channel
        make = channel.stream_stream if streams else channel.unary_stream
        call = make(f"/{SERVICE}/{request.rpc}")(
            _stream(request, done) if streams else request.bodies[0],
            timeout=request.timeout,
            metadata=(("authorization", request.token),) if request.token else None,
        )
        try:
            self._receive(call, request, answer)
        except grpc.RpcError as error:
            answer.code, answer.details = error.code().name, error.details() or ""
        finally:
            done.set()

    @staticmethod
    def _receive(call: Any, request: Request, answer: Answer) -> None:
        for body in call:
            answer.responses.append(_decoded(request.rpc, body))
            if request.take and len(answer.responses) >= request.take:
                call.cancel()
                answer.code = "CLIENT_CANCELLED"
                return
        answer.code = "OK"

    def close(self) -> None:
        """Closes the channel."""
        self._channel.close()


def _stream(request: Request, done: threading.Event) -> Iterator[bytes]:
    for number, body in enumerate(request.bodies):
        if number and request.gap:
            time.sleep(request.gap)
        yield body
    if request.hold:
        done.wait(request.timeout)


def _decoded(rpc: str, body: bytes) -> Json:
    message = METHODS[rpc].response()
    message.ParseFromString(body)
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def encoded(rpc: str, body: Json) -> bytes:
    """The request `body`, given in its JSON form, as bytes."""
    if rpc not in METHODS:
        return b""
    message = METHODS[rpc].request()
    json_format.ParseDict(body, message)
    return message.SerializeToString()


class Background:
    """A call that runs on while others are made."""

    def __init__(self, channel: Channel, request: Request) -> None:
        self.answer = Answer()
        self._ended: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._thread = threading.Thread(
            target=self._run, args=(channel, request), name=f"golden {request.rpc}", daemon=True
        )
        self._thread.start()

    def _run(self, channel: Channel, request: Request) -> None:
        channel.run(request, self.answer)
        self._ended.put(None)

    def join(self, timeout: float) -> Answer:
        """How the call ended. Raises `queue.Empty` if it hasn't, after `timeout` seconds."""
        self._ended.get(timeout=timeout)
        return self.answer


def http_request(base: str, call: Json, timeout: float = 3) -> Json:
    """The response to a recorded HTTP call, in the form of the recording."""
    target = urlsplit(base)
    connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=timeout)
    try:
        body = call["body"]
        connection.request(
            call["method"],
            call["path"],
            body=None if body is None else body.encode(),
            headers=call["headers"],
        )
        response = connection.getresponse()
        content = response.read().decode()
    except TimeoutError as error:
        return {"error": f"TimeoutError: {error}"}
    except (ConnectionError, http.client.HTTPException) as error:
        return {"error": type(error).__name__}
    finally:
        connection.close()
    return {"code": response.status, "headers": dict(response.headers), "body": content}
