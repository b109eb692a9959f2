"""A journal of a test, and what can be asked of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import protocol
from conformance.answer import Answer, status_name
from conformance.broker import Broker, journals
from conformance.errors import NonconformanceError
from conformance.stream import Stream

FRAGMENT_LENGTH = 1 << 24
"""Fragment length of test journals: long enough that no test rolls one unasked."""
SLOW = "minimum append data rate"
"""What the details of a broker name that cut an append for its client's slowness."""
ATTEMPTS = 3
"""How often an append is sent that a busy machine does not get through in a broker's second."""


@dataclass(frozen=True)
class State:
    """What can be seen of a journal: its entry, and how a read at its end is answered."""

    spec: bytes | None
    mod_revision: int
    read_status: str
    write_head: int


def spec_of(name: str, **changes: Any) -> Any:
    """A valid JournalSpec with one replica and no store; `changes` replace or merge fields.

    A dict given for `fragment` sets single fields of it; `labels` may be a dict of values.
    """
    labels = changes.pop("labels", None)
    fragment = dict(changes.pop("fragment", {}))
    spec = protocol.JournalSpec(name=name, replication=changes.pop("replication", 1), **changes)
    spec.fragment.length = fragment.pop("length", FRAGMENT_LENGTH)
    spec.fragment.compression_codec = fragment.pop(
        "compression_codec", protocol.CompressionCodec.NONE
    )
    spec.fragment.refresh_interval.FromSeconds(fragment.pop("refresh_interval", 300))
    for field in ("flush_interval", "retention"):
        if field in fragment:
            getattr(spec.fragment, field).FromSeconds(fragment.pop(field))
    spec.fragment.MergeFrom(protocol.JournalSpec.Fragment(**fragment))
    if labels is not None:
        spec.labels.CopyFrom(label_set(labels))
    return spec


def label_set(labels: Any) -> Any:
    """A LabelSet of one, of a dict name → value or values, or of (name, value[, prefix])."""
    if isinstance(labels, protocol.LabelSet):
        return labels
    pairs = labels.items() if isinstance(labels, dict) else labels
    return protocol.LabelSet(
        labels=[
            protocol.Label(name=name, value=value, prefix=any(flag))
            for name, values, *flag in pairs
            for value in ([values] if isinstance(values, str) else values)
        ]
    )


def selector(include: Any = (), exclude: Any = ()) -> Any:
    """A LabelSelector of what `label_set` takes, sorted as the wire wants it."""
    return protocol.LabelSelector(include=_sorted(include), exclude=_sorted(exclude))


def _sorted(labels: Any) -> Any:
    entries = sorted(label_set(labels).labels, key=lambda label: (label.name, label.value))
    return protocol.LabelSet(labels=entries)


def normalized(message: Any) -> Any:
    """A copy without empty embedded messages, which brokers may send or leave out alike."""
    copy = type(message)()
    copy.CopyFrom(message)
    _prune(copy)
    return copy


def _prune(message: Any) -> None:
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for each in value if field.is_repeated else [value]:
            _prune(each)
        if not field.is_repeated and not value.ByteSize():
            message.ClearField(field.name)


class Journal:
    """One journal, asked through `broker` unless a call names another one."""

    def __init__(self, name: str, broker: Broker) -> None:
        self.name = name
        self.broker = broker

    def append(
        self, *chunks: bytes, commit: bool = True, broker: Broker | None = None, **fields: Any
    ) -> Answer:
        """Appends `chunks`, one message each; without `commit` the intent is left out.

        `fields` are those of the first AppendRequest. What a broker cuts as too slow, although
        all is sent at once, was held up by the machine: it is rolled back, and sent again.
        """
        requests = [*self.append_requests(*chunks, **fields)]
        if commit:
            requests.append(protocol.AppendRequest())
        for _ in range(ATTEMPTS):
            answer = (broker or self.broker).call("Append", *requests)
            if SLOW not in answer.details:
                break
        return answer

    def append_requests(self, *chunks: bytes, **fields: Any) -> Iterator[Any]:
        """The parameters of an append, then its content: all but the commit intent."""
        yield protocol.AppendRequest(**{"journal": self.name, **fields})
        yield from (protocol.AppendRequest(content=chunk) for chunk in chunks)

    def open_append(self, *chunks: bytes, **fields: Any) -> Stream:
        """An append under way: parameters and `chunks` are sent, more may follow."""
        return self.broker.open("Append", *self.append_requests(*chunks, **fields))

    def read(self, offset: int = 0, *, broker: Broker | None = None, **fields: Any) -> Answer:
        """A read to its end; it must end by itself, so it does not block unless bounded."""
        return (broker or self.broker).call("Read", self.read_request(offset, **fields))

    def open_read(self, offset: int = 0, *, timeout: float = 30.0, **fields: Any) -> Stream:
        """A read that blocks at the head, to be driven message by message."""
        request = self.read_request(offset, **{"block": True, **fields})
        stream = self.broker.open("Read", request, timeout=timeout)
        stream.half_close()
        return stream

    def read_request(self, offset: int, **fields: Any) -> Any:
        """A ReadRequest of this journal."""
        return protocol.ReadRequest(**{"journal": self.name, "offset": offset, **fields})

    def fragments(self, **fields: Any) -> Answer:
        """What ListFragments answers for this journal."""
        request = protocol.FragmentsRequest(**{"journal": self.name, **fields})
        return self.broker.call("ListFragments", request)

    def entry(self, broker: Broker | None = None) -> Any | None:
        """The journal as List shows it, or None where it does not."""
        request = protocol.ListRequest(selector=selector({"name": self.name}))
        answer = (broker or self.broker).call("List", request)
        answer.ok()
        found = journals(answer)
        if len(found) > 1:
            raise NonconformanceError(f"one journal named {self.name}", f"{len(found)} of them")
        return found[0] if found else None

    def shown(self) -> Any:
        """The journal as List shows it.

        Raises:
            NonconformanceError: List does not show it.
        """
        entry = self.entry()
        if entry is None:
            raise NonconformanceError(f"List to show {self.name}", "no entry")
        return entry

    def head(self) -> int:
        """The write head, which a non-blocking read at the end tells."""
        answer = self.read(-1, metadata_only=True)
        if answer.code != "OK" or answer.status != "OFFSET_NOT_YET_AVAILABLE":
            raise NonconformanceError("a read at the end to answer its offset", str(answer))
        return int(answer.first.write_head)

    def content(self) -> bytes:
        """All content from offset 0 to the head."""
        answer = self.read()
        if answer.code != "OK" or answer.status != "OFFSET_NOT_YET_AVAILABLE":
            raise NonconformanceError("a read of everything to end at the head", str(answer))
        return answer.content

    def state(self) -> State:
        """What can be seen of the journal now."""
        entry = self.entry()
        answer = self.read(-1, metadata_only=True)
        status = status_name(answer.messages[0].status) if answer.messages else answer.code
        head = answer.messages[0].write_head if answer.messages else 0
        if entry is None:
            return State(None, 0, status, head)
        spec = entry.spec.SerializeToString(deterministic=True)
        return State(spec, entry.mod_revision, status, head)

    def upsert(self, *, expect: int = -1, spec: Any = None, **changes: Any) -> Any:
        """A change that upserts the journal's spec: `spec`, or a valid one with `changes`."""
        upsert = spec or spec_of(self.name, **changes)
        return protocol.ApplyRequest.Change(expect_mod_revision=expect, upsert=upsert)

    def apply(self, *, expect: int = -1, spec: Any = None, **changes: Any) -> Answer:
        """Applies just `upsert`."""
        change = self.upsert(expect=expect, spec=spec, **changes)
        return self.broker.call("Apply", protocol.ApplyRequest(changes=[change]))

    def delete(self, *, expect: int = -1) -> Answer:
        """Deletes the journal."""
        change = protocol.ApplyRequest.Change(expect_mod_revision=expect, delete=self.name)
        return self.broker.call("Apply", protocol.ApplyRequest(changes=[change]))
