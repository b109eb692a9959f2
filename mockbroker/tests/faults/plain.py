"""A plain gRPC client, as any user has one."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import grpc

import protocol as pb


@dataclass
class Outcome:
    """How a call ended, and what came until then."""

    code: str = "OK"
    details: str = ""
    messages: list[Any] = field(default_factory=list)

    @property
    def first(self) -> Any:
        """The first response."""
        return self.messages[0]

    @property
    def status(self) -> str:
        """Name of the first response's status, or its number where it has no name."""
        number = self.first.status
        return pb.Status.Name(number) if number in pb.Status.values() else str(number)

    @property
    def content(self) -> bytes:
        """All content that was read."""
        return b"".join(message.content for message in self.messages)


def creation(
    name: str,
    *,
    replication: int = 1,
    length: int = 1 << 20,
    refresh: str = "60s",
    stores: tuple[str, ...] = (),
) -> Any:
    """A change that creates a journal."""
    spec = pb.JournalSpec(name=name, replication=replication)
    spec.fragment.length = length
    spec.fragment.compression_codec = pb.CompressionCodec.NONE
    spec.fragment.refresh_interval.FromJsonString(refresh)
    spec.fragment.stores.extend(stores)
    return pb.ApplyRequest.Change(upsert=spec)


class Client:
    """Calls of one broker."""

    def __init__(self, address: str, timeout: float = 10) -> None:
        options = [("grpc.max_receive_message_length", 16 << 20), ("grpc.enable_retries", 0)]
        self.channel = grpc.insecure_channel(address, options=options)
        self.stub: Any = pb.JournalStub(self.channel)
        self.timeout = timeout

    def create(self, *names: str, **fields: Any) -> None:
        """Creates journals, and returns when they can be appended to."""
        changes = [creation(name, **fields) for name in names]
        assert self.stub.Apply(pb.ApplyRequest(changes=changes)).status == pb.Status.OK
        for name in names:
            while self.append(name).status != "OK":
                pass

    def append(self, journal: str, *chunks: bytes, **fields: Any) -> Outcome:
        """Appends chunks in one transaction."""
        requests = [pb.AppendRequest(journal=journal, **fields)]
        requests += [pb.AppendRequest(content=chunk) for chunk in chunks]
        return self.append_raw([*requests, pb.AppendRequest()])

    def append_raw(self, requests: Iterable[Any]) -> Outcome:
        """Makes an Append of these requests."""
        return self._one(self.stub.Append, iter(requests))

    def read(self, journal: str, offset: int = 0, **fields: Any) -> Outcome:
        """Reads, by default all there is."""
        request = pb.ReadRequest(journal=journal, offset=offset, **fields)
        return self._many(self.stub.Read, request)

    def list(self, prefix: str = "", **fields: Any) -> Outcome:
        """Lists journals of a prefix."""
        request = pb.ListRequest(**fields)
        if prefix:
            request.selector.include.labels.add(name="prefix", value=prefix)
        return self._many(self.stub.List, request)

    def fragments(self, journal: str, **fields: Any) -> Outcome:
        """Lists fragments."""
        request = pb.FragmentsRequest(journal=journal, **fields)
        return self._one(self.stub.ListFragments, request)

    def apply(self, *changes: Any) -> Outcome:
        """Applies changes."""
        return self._one(self.stub.Apply, pb.ApplyRequest(changes=changes))

    def health(self, store: str) -> Outcome:
        """Asks after a fragment store."""
        request = pb.FragmentStoreHealthRequest(fragment_store=store)
        return self._one(self.stub.FragmentStoreHealth, request)

    def close(self) -> None:
        """Closes the channel."""
        self.channel.close()

    def _one(self, method: Any, request: Any) -> Outcome:
        try:
            return Outcome(messages=[method(request, timeout=self.timeout)])
        except grpc.RpcError as error:
            return Outcome(error.code().name, error.details() or "")

    def _many(self, method: Any, request: Any) -> Outcome:
        outcome = Outcome()
        try:
            for message in method(request, timeout=self.timeout):
                outcome.messages.append(message)
        except grpc.RpcError as error:
            outcome.code, outcome.details = error.code().name, error.details() or ""
        return outcome


CALLS: dict[str, Callable[[Client, str], Outcome]] = {
    "List": lambda client, journal: client.list(journal[:-3]),
    "Apply": lambda client, journal: client.apply(creation(f"{journal}/new")),
    "Read": lambda client, journal: client.read(journal),
    "Append": lambda client, journal: client.append(journal, b"more"),
    "ListFragments": lambda client, journal: client.fragments(journal),
    "FragmentStoreHealth": lambda client, journal: client.health("file:///"),
}
"""A call of each RPC, of a journal that exists."""


def slowly(requests: list[Any], gate: Any) -> Iterator[Any]:
    """The requests, the last one only once `gate` is open."""
    yield from requests[:-1]
    gate.wait(10)
    yield requests[-1]
