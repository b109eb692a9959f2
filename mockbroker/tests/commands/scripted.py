"""A broker that says what a test wants, for commands that block."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc

from protocol import JournalServicer, add_JournalServicer_to_server

ANSWERS = dict[str, list[Any]]


@dataclass
class ScriptedBroker(JournalServicer):
    """Answers the calls of each RPC, one after the other, and remembers what they asked.

    Attributes:
        answers: For each RPC what each call is answered: a message, a list of messages where
            the RPC streams, or an Exception that aborts the call with its text.
    """

    answers: ANSWERS
    asked: list[tuple[str, Any]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    def List(self, request: Any, context: Any) -> Any:  # noqa: N802 - name of the RPC
        """Says the next list of answers."""
        yield from self._next("List", request, context)

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802 - name of the RPC
        """Says the next list of answers."""
        yield from self._next("Read", request, context)

    def Apply(self, request: Any, context: Any) -> Any:  # noqa: N802 - name of the RPC
        """Says the next answer."""
        return self._next("Apply", request, context)

    def Append(self, requests: Iterator[Any], context: Any) -> Any:  # noqa: N802 - name of the RPC
        """Says the next answer after all requests."""
        return self._next("Append", list(requests), context)

    def ListFragments(self, request: Any, context: Any) -> Any:  # noqa: N802 - name of the RPC
        """Says the next answer."""
        return self._next("ListFragments", request, context)

    def _next(self, rpc: str, request: Any, context: Any) -> Any:
        self.asked.append((rpc, request))
        self.tokens.append(dict(context.invocation_metadata()).get("authorization", ""))
        answer = self.answers[rpc].pop(0)
        if isinstance(answer, Exception):
            context.abort(grpc.StatusCode.UNAUTHENTICATED, str(answer))
        return answer


@contextmanager
def serving(broker: ScriptedBroker) -> Iterator[str]:
    """Serves `broker`, and yields its address."""
    server = grpc.server(ThreadPoolExecutor(4))
    add_JournalServicer_to_server(broker, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop(None).wait()
