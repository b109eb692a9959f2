"""What scripts wait for: signals, and locks that are granted in order."""

from collections import deque
from collections.abc import Callable


class Signal:
    """Wakes whoever waits. It remembers nothing: check the state, then wait, then check again."""

    __slots__ = ("_listeners",)

    def __init__(self) -> None:
        self._listeners: dict[Callable[[], None], None] = {}

    def listen(self, wake: Callable[[], None]) -> None:
        """Calls `wake` at every `fire` from now on, until `forget`."""
        self._listeners[wake] = None

    def forget(self, wake: Callable[[], None]) -> None:
        """Ends `listen`; it is no error where there was none."""
        self._listeners.pop(wake, None)

    def fire(self) -> None:
        """Wakes all listeners, in the order they came."""
        for wake in tuple(self._listeners):
            wake()


class Ticket:
    """A place in the queue of a `Lock`."""

    __slots__ = ("called", "granted")

    def __init__(self) -> None:
        self.granted = False
        self.called = Signal()


class Lock:
    """Exclusive ownership, granted in the order it was asked for."""

    __slots__ = ("_queue",)

    def __init__(self) -> None:
        self._queue: deque[Ticket] = deque()

    @property
    def held(self) -> bool:
        """Whether anybody holds it."""
        return bool(self._queue)

    def queue(self) -> Ticket:
        """Returns a new last place in the queue, granted at once where the lock is free."""
        ticket = Ticket()
        self._queue.append(ticket)
        self._call_first()
        return ticket

    def release(self, ticket: Ticket) -> None:
        """Gives up the lock, or a place in its queue; calls the next one."""
        if ticket in self._queue:
            self._queue.remove(ticket)
            ticket.granted = False
            self._call_first()

    def _call_first(self) -> None:
        if self._queue and not self._queue[0].granted:
            self._queue[0].granted = True
            self._queue[0].called.fire()
