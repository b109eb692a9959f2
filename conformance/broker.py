"""Calls to one broker, each with a deadline, each recorded."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

import grpc
from google.protobuf.message import Message

import protocol
from conformance.answer import Answer
from conformance.credentials import Credentials
from conformance.errors import TargetError
from conformance.gate import Gate
from conformance.patience import PATIENCE
from conformance.sides import Requests, Responses
from conformance.stream import Stream
from conformance.trace import Call, Cluster, Trace
from protocol.wire.service import METHODS

_NOTHING = protocol.ListRequest(
    selector={"include": {"labels": [{"name": "name", "value": "conformance/no-such-journal"}]}}
)
"""Lists no journal, and so tells just who answers."""

Metadata = tuple[tuple[str, str | bytes], ...]


class Broker:
    """One broker of the target, reached over a channel of its own."""

    def __init__(
        self,
        address: str,
        channel: grpc.Channel,
        *,
        credentials: Credentials,
        trace: Trace,
        exact_texts: bool,
        http: str | None = None,
        cluster: Cluster | None = None,
        gate: Gate | None = None,
    ) -> None:
        self.address = address
        self.cluster = cluster
        self.gate = gate or Gate()
        self.http = http
        self.trace = trace
        self._channel = channel
        self._credentials = credentials
        self._exact_texts = exact_texts
        self._process_id: Any = None

    @property
    def channel(self) -> grpc.Channel:
        """The connection, for calls made by hand."""
        self.gate.by_hand()
        return self._channel

    def authorization(self, rpc: str) -> tuple[tuple[str, str], ...]:
        """The metadata that authorizes a call made by hand over `channel`."""
        return self._credentials.metadata(rpc)

    def call(
        self,
        rpc: str,
        *requests: Message | bytes,
        timeout: float | None = None,
        token: str | None = None,
        metadata: Metadata = (),
        compression: str = "",
    ) -> Answer:
        """Sends all requests, half-closes, and returns how the call ended; never raises for it.

        A request of type `bytes` is sent as it is. `token` replaces the one that the target's
        credentials give; an empty one sends none. Without a `timeout` it has the process's
        patience as its deadline.
        """
        seconds = PATIENCE.seconds if timeout is None else timeout
        traced, outgoing = self._begin(
            rpc, requests, timeout=seconds, token=token, metadata=metadata, compression=compression
        )
        outgoing.half_close()
        responses = self._dial(traced, requests[0] if len(requests) == 1 else outgoing)
        # This thread reads: one of its own for each call would take longer than most calls do.
        answer = responses.read(lambda _: None)
        traced.step("end", answer.copy())
        responses.check_cap()
        if timeout is None and answer.code == "DEADLINE_EXCEEDED":
            PATIENCE.lose()
        return answer

    def open(
        self,
        rpc: str,
        *requests: Message | bytes,
        timeout: float | None = None,
        token: str | None = None,
        metadata: Metadata = (),
        compression: str = "",
    ) -> Stream:
        """Opens a call, sends `requests`, and leaves the request side open.

        The RPCs whose request does not stream want `half_close` after the one message. An `rpc`
        may be the path of another method, whose messages are bytes. `compression` is that of
        the requests, named as by gRPC.
        """
        traced, outgoing = self._begin(
            rpc,
            requests,
            timeout=PATIENCE.full if timeout is None else timeout,
            token=token,
            metadata=metadata,
            compression=compression,
        )
        return Stream(outgoing, self._dial(traced, outgoing), traced)

    def _begin(
        self, rpc: str, requests: Sequence[Message | bytes], **options: Any
    ) -> tuple[Call, Requests]:
        """Notes a call with its `options`, and the requests that it begins with."""
        self.gate.call(rpc)
        traced = self.trace.begin(rpc, self.address, self.cluster, **options)
        outgoing = Requests(traced, self.gate)
        for request in requests:
            outgoing.send(request)
        return traced, outgoing

    def _dial(self, traced: Call, sent: Message | bytes | Requests) -> Responses:
        """Makes a call of a stream of requests, or of one, which takes fewer threads."""
        method = METHODS.get(traced.rpc)
        streamed = isinstance(sent, Requests)
        kind = self._channel.stream_stream if streamed else self._channel.unary_stream
        multicallable: Any = kind(
            method.path if method else traced.rpc,
            request_serializer=_serialized,
            response_deserializer=method.response.FromString if method else None,
        )
        asked = traced.options
        metadata = (*self._credentials.metadata(traced.rpc, asked["token"]), *asked["metadata"])
        deadline = time.monotonic() + asked["timeout"]
        call = multicallable(
            iter(sent) if isinstance(sent, Requests) else sent,
            timeout=asked["timeout"],
            metadata=metadata or None,
            compression=grpc.Compression[asked["compression"]] if asked["compression"] else None,
        )
        return Responses(call, traced, self.gate, deadline, self._exact_texts)

    def process_id(self) -> Any:
        """The id that this broker gives itself in headers."""
        if self._process_id is None:
            self._process_id = self.call("List", _NOTHING).ok().header.process_id
        return self._process_id

    def await_ready(self, within: float) -> None:
        """Returns once the broker accepts a connection.

        Raises:
            TargetError: it did not within `within` seconds.
        """
        try:
            grpc.channel_ready_future(self._channel).result(timeout=within)
        except grpc.FutureTimeoutError:
            raise TargetError(
                f"cannot reach {self.address}: no gRPC connection within {within:.3g} s"
            ) from None

    def close(self) -> None:
        """Closes the connection."""
        self._channel.close()


def _serialized(message: Message | bytes) -> bytes:
    return message if isinstance(message, bytes) else message.SerializeToString()


def journals(answer: Answer) -> list[Any]:
    """The journals of a List answer, over all its messages."""
    return [journal for message in answer.messages for journal in message.journals]


def listed(messages: Iterable[Any]) -> list[str]:
    """The names in List messages, in the order they came."""
    return [journal.spec.name for message in messages for journal in message.journals]
