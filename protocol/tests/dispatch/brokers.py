"""Brokers that tell who they are, and nothing else: ends for dispatched calls."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc

from protocol import (
    AppendResponse,
    Header,
    JournalServicer,
    ListResponse,
    ProcessSpec,
    Route,
    add_JournalServicer_to_server,
)


class NamedBroker(JournalServicer):
    """Answers every call with its own id; `append_code` lets it refuse appends instead."""

    def __init__(self, zone: str, suffix: str) -> None:
        self.id = ProcessSpec.ID(zone=zone, suffix=suffix)
        self.append_code: grpc.StatusCode | None = None

    def List(self, request: Any, context: Any) -> Iterator[ListResponse]:  # noqa: N802 - an RPC's name
        """Streams two responses."""
        for _ in range(2):
            yield ListResponse(header=Header(process_id=self.id))

    def Append(self, request_iterator: Any, context: Any) -> AppendResponse:  # noqa: N802 - an RPC's name
        """Responds after the last request."""
        for _ in request_iterator:
            pass
        if self.append_code is not None:
            context.abort(self.append_code, "as told")
        return AppendResponse(header=Header(process_id=self.id))


class Running:
    """A broker on a port of its own, which can be stopped and started again."""

    def __init__(self, zone: str, suffix: str) -> None:
        self.broker = NamedBroker(zone, suffix)
        self.port = 0
        self.start()

    def start(self) -> None:
        """Listens, on the same port as ever."""
        self._server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.so_reuseport", 0)])
        add_JournalServicer_to_server(self.broker, self._server)
        self.port = self._server.add_insecure_port(f"127.0.0.1:{self.port}")
        self._server.start()

    def stop(self) -> None:
        """Breaks all connections."""
        self._server.stop(0).wait()

    @property
    def endpoint(self) -> str:
        """The URL that the broker advertises."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def running(*zones: str) -> Iterator[list[Running]]:
    """Brokers `broker-0` and so on in the given zones, stopped at the end."""
    brokers = [Running(zone, f"broker-{index}") for index, zone in enumerate(zones)]
    try:
        yield brokers
    finally:
        for broker in brokers:
            broker.stop()


def route_of(brokers: list[Running], primary: int) -> Route:
    """The route of a journal that all `brokers` have."""
    return Route(
        members=[broker.broker.id for broker in brokers],
        primary=primary,
        endpoints=[broker.endpoint for broker in brokers],
    )
