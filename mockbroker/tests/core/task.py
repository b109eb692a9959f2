"""A script of the core, run one action at a time."""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import protocol as pb
from mockbroker.core.actions import (
    AbortError,
    Event,
    Proxy,
    Receive,
    Script,
    Send,
    SendContent,
    Wait,
)
from mockbroker.store import StoreFailedError

if TYPE_CHECKING:
    from mockbroker.tests.core.world import World


class Task:
    """A script that runs, and the call it serves where it serves one.

    Attributes:
        responses: What it sent.
        ended: Code and text of its end; None while it runs.
    """

    def __init__(self, world: "World", script: Script) -> None:
        self.world = world
        self.responses: list[Any] = []
        self.ended: tuple[int, str] | None = None
        self.on_send: Callable[[Any], None] = self.responses.append
        self.on_end: Callable[[], None] = lambda: None
        self.inbox: deque[Any] = deque()
        self.rpc = ""
        self._script = script
        self._waiting: object | None = None

    @property
    def response(self) -> Any:
        """Its only response."""
        assert len(self.responses) == 1, (self.responses, self.ended)
        return self.responses[0]

    @property
    def content(self) -> bytes:
        """The content of all its responses."""
        return b"".join(each.content for each in self.responses)

    def send(self, *requests: Any) -> "Task":
        """Gives it requests, and lets everything run."""
        self.feed(*requests)
        self.world.settle()
        return self

    def feed(self, *requests: Any) -> None:
        """Gives it requests, or `Event.HALF_CLOSE`."""
        self.inbox.extend(requests)
        if isinstance(self._waiting, Receive):
            self.resume(self._taken())

    def cancel(self) -> None:
        """Closes it, as a client does that goes away."""
        self._script.close()
        self._end(1, "cancelled")
        self.world.settle()

    def resume(self, outcome: Any = None) -> None:
        """Has it go on with the outcome of its last action, in its turn."""
        self._waiting = None
        self.world.ready.append((self, outcome))

    def step(self, outcome: Any) -> None:
        """Goes on until it waits or ends."""
        if self.ended is not None:
            return
        try:
            if isinstance(outcome, Exception):
                action = self._script.throw(outcome)
            else:
                action = self._script.send(outcome)
        except StopIteration:
            self._end(0, "")
        except AbortError as error:
            self._end(error.code, error.details)
        else:
            self._perform(action)

    def _perform(self, action: Any) -> None:
        if isinstance(action, Wait):
            self._wait(action)
        elif isinstance(action, Receive):
            self._receive(action)
        elif isinstance(action, Proxy):
            self._proxy(action)
        elif isinstance(action, Send | SendContent):
            message = action.message if isinstance(action, Send) else _content(action)
            copied = type(message)()
            copied.CopyFrom(message)
            self.on_send(copied)
            self.resume()
        else:
            try:
                self.resume(self.world.stores.perform(action))
            except (StoreFailedError, AbortError) as error:
                self.resume(error)

    def _wait(self, action: Wait) -> None:
        self._waiting = token = object()

        def wake(outcome: bool) -> None:
            if self._waiting is token and self.ended is None:
                for signal in action.signals:
                    signal.forget(fired)
                self.resume(outcome)

        def fired() -> None:
            wake(True)

        for signal in action.signals:
            signal.listen(fired)
        if action.deadline is not None:
            self.world.call_at(action.deadline, lambda: wake(False))

    def _receive(self, action: Receive) -> None:
        if self.inbox:
            self.resume(self._taken())
            return
        self._waiting = action
        if action.deadline is not None:
            self.world.call_at(action.deadline, lambda: self._time_out(action))

    def _time_out(self, action: Receive) -> None:
        if self._waiting is action:
            self.resume(Event.TIMEOUT)

    def _taken(self) -> Any:
        if self.inbox[0] is Event.HALF_CLOSE:
            return Event.HALF_CLOSE
        return self.inbox.popleft()

    def _proxy(self, action: Proxy) -> None:
        peer = self.world.call(self.rpc, self.world.at(action.endpoint))
        peer.on_send = self.on_send
        peer.on_end = lambda: self._relayed(peer)
        peer.inbox = self.inbox
        peer.inbox.appendleft(action.request)

    def _relayed(self, peer: "Task") -> None:
        code, details = peer.ended or (0, "")
        self.resume(AbortError(details, code) if code else None)

    def _end(self, code: int, details: str) -> None:
        if self.ended is None:
            self.ended = (code, details)
            self.on_end()


def _content(action: SendContent) -> pb.ReadResponse:
    return pb.ReadResponse(offset=action.offset, content=bytes(action.content))
