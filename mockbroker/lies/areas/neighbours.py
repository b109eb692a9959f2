"""Lies about calls that should not concern each other, and do."""

from typing import Any

import protocol as pb
from mockbroker.core.actions import AbortError, Code, Send, Wait
from mockbroker.core.signal import Lock
from mockbroker.lies.lie import lie

READER = "mockbroker.core.read:_Reader"
FSM = "mockbroker.core.append:Append"
STEP = 0.05
"""Seconds between looks at what a call waits for."""


@lie("append.journals-are-independent", replaces="mockbroker.core.replica:Replica.__init__")
def one_append_at_a_time(honest: Any, replica: Any, *arguments: Any) -> None:
    """An append waits for those to other journals of its broker, too."""
    honest(replica, *arguments)
    replica.turn = _TURN


_TURN = Lock()


@lie("append.journals-are-independent", replaces="mockbroker.core.replica:Replica.__init__")
def journals_of_a_directory_take_turns(honest: Any, replica: Any, *arguments: Any) -> None:
    """An append waits for those to journals of the same directory."""
    honest(replica, *arguments)
    folder = replica.journal.rpartition("/")[0]
    replica.turn = _TURNS.setdefault(folder, replica.turn)


_TURNS: dict[str, Lock] = {}


@lie(
    "read.uncommitted-is-invisible", "append.journals-are-independent", replaces=f"{READER}._query"
)
def open_appends_hold_reads_up(honest: Any, reader: Any) -> Any:
    """A read waits for the append that is under way."""
    while reader._replica.turn.held:
        yield Wait((), reader._broker.now() + STEP)
    return (yield from honest(reader))


@lie("append.appends-are-serialized", replaces="mockbroker.core.signal:Lock.release")
def given_up_appends_keep_their_turn(honest: Any, lock: Any, ticket: Any) -> None:
    """An append whose client gave up while it waited is waited for by the next ones."""
    if ticket.granted or ticket not in lock._queue:
        honest(lock, ticket)


@lie("append.concurrent-appends-tile", "append.offset-race-has-one-winner", replaces=f"{FSM}._own")
def queues_of_appends_are_short(honest: Any, append: Any, replica: Any) -> Any:
    """An append is refused while eight others wait for their turn."""
    if len(replica.turn._queue) > 8 and append._owner is not replica:
        raise AbortError("too many appends", Code.RESOURCE_EXHAUSTED)
    return (yield from honest(append, replica))


@lie("append.open-append-survives-change", replaces="mockbroker.core.stream:Stream._event")
def changed_specs_end_open_appends(honest: Any, stream: Any) -> Any:
    """An append under way fails when the specification of its journal changes."""
    event = yield from honest(stream)
    item = stream._broker.keyspace.items.get(stream._replica.journal)
    if item is not None and _SPECS.setdefault(stream, item) is not item:
        raise AbortError("append stream: journal changed")
    return event


_SPECS: dict[Any, Any] = {}


@lie("read.tail-keeps-streaming", replaces=f"{READER}._query")
def changed_specs_end_reads(honest: Any, reader: Any) -> Any:
    """A blocking read ends when the specification of its journal changes."""
    items = reader._broker.keyspace.items
    item = _READ.setdefault(reader, items.get(reader._replica.journal))
    found = yield from honest(reader)
    return found if items.get(reader._replica.journal) is item else None


_READ: dict[Any, Any] = {}


@lie("read.tail-keeps-streaming", replaces=f"{READER}._query")
def eight_reads_at_once(honest: Any, reader: Any) -> Any:
    """A journal has eight readers at most; the next one fails."""
    readers = _READERS.setdefault(reader._replica, set())
    readers.add(reader)
    if len(readers) > 8:
        readers.discard(reader)
        raise AbortError("too many readers", Code.RESOURCE_EXHAUSTED)
    try:
        return (yield from honest(reader))
    finally:
        readers.discard(reader)


_READERS: dict[Any, set[Any]] = {}


@lie("read.deletion-ends-blocking-read", replaces=f"{READER}.run")
def deletion_is_told_to_readers(honest: Any, reader: Any) -> Any:
    """A blocking read of a journal that is deleted ends with JOURNAL_NOT_FOUND."""
    yield from honest(reader)
    if reader._replica.closed:
        yield Send(pb.ReadResponse(status=pb.Status.JOURNAL_NOT_FOUND, offset=reader._offset))


@lie("read.deletion-ends-blocking-read", replaces=f"{READER}.run")
def deletion_is_an_error_to_readers(honest: Any, reader: Any) -> Any:
    """A blocking read of a journal that is deleted ends with an error."""
    yield from honest(reader)
    if reader._replica.closed:
        raise AbortError("journal deleted", Code.UNAVAILABLE)
