"""Faults within messages: what an honest broker would never say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import protocol as pb
from mockbroker.faults.fields import assign, clear, read
from mockbroker.faults.rule import FaultError, Shot
from mockbroker.rpc.interceptor import Call, Tap

Change = Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True)
class Mutate:
    """Changes responses.

    Attributes:
        message: Number of the response, from 1; None is each of them.
        set: New values of fields, by dotted path.
        add: What is added to numbers, by dotted path.
        clear: Fields that are taken out, by dotted path.
        having: Only responses that have this field, by name of a first-level field.
        change: A function that gets a copy of the response and returns what goes out instead.
    """

    message: int | None = None
    set: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    clear: Sequence[str] = ()
    having: str | None = None
    change: Change | None = None

    def __post_init__(self) -> None:
        if self.message is not None and self.message < 1:
            raise FaultError("responses count from 1")
        if not (self.set or self.add or self.clear or self.change):
            raise FaultError("a mutation that changes nothing")

    def tap(self, call: Call, shot: Shot) -> Tap:
        """Returns a tap that changes responses."""
        del call, shot
        return _Mutating(self)

    def of(self, message: Any) -> Any:
        """A changed copy of `message`."""
        changed = type(message)()
        changed.CopyFrom(message)
        for path, value in self.set.items():
            assign(changed, path, value)
        for path, delta in self.add.items():
            assign(changed, path, read(changed, path) + delta)
        for path in self.clear:
            clear(changed, path)
        return self.change(changed) if self.change else changed


@dataclass(frozen=True, kw_only=True)
class Corrupt:
    """Flips bits of one byte of the content that goes out.

    Attributes:
        byte: Which byte of the call's content, from 0; None is one of the first message, by
            chance.
        mask: The bits that flip.
    """

    byte: int | None = None
    mask: int = 0xFF

    def __post_init__(self) -> None:
        if not 0 < self.mask <= 0xFF:
            raise FaultError(f"a mask of {self.mask} flips no bit of a byte")

    def tap(self, call: Call, shot: Shot) -> Tap:
        """Returns a tap that flips bits."""
        del call
        return _Corrupting(self, shot)


@dataclass(frozen=True, kw_only=True)
class Garbage:
    """Sends bytes that are no message in a response's place.

    Attributes:
        message: Number of the response, from 1.
        bytes: The bytes.
    """

    message: int = 1
    bytes: bytes = b"\xff\xff\xff"

    def tap(self, call: Call, shot: Shot) -> Tap:
        """Returns a tap that sends garbage."""
        del shot
        return _Garbling(self, call)


@dataclass(frozen=True, kw_only=True)
class Insert:
    """Sends a message that the broker did not, after one that it did.

    Attributes:
        after: Number of the response it follows, from 1.
        fields: Its fields, by dotted path.
        having: Only after a response that has this field; `after` then counts those.
    """

    after: int = 1
    fields: Mapping[str, Any] = field(default_factory=dict)
    having: str | None = None

    def tap(self, call: Call, shot: Shot) -> Tap:
        """Returns a tap that sends one message more."""
        del call, shot
        return _Inserting(self)


@dataclass(frozen=True, kw_only=True)
class Split:
    """Sends a listing in many messages, only the first of which has the header.

    Attributes:
        size: Journals or fragments of each.
    """

    size: int = 1

    def __post_init__(self) -> None:
        if self.size < 1:
            raise FaultError("a message of no journals lists nothing")

    def tap(self, call: Call, shot: Shot) -> Tap:
        """Returns a tap that splits responses."""
        del call, shot
        return _Splitting(self)


@dataclass(frozen=True, kw_only=True)
class Pad:
    """Makes the first response larger, by a field that no version knows.

    Attributes:
        bytes: How much larger.
    """

    bytes: int

    def tap(self, call: Call, shot: Shot) -> Tap:
        """Returns a tap that pads."""
        del shot
        return _Padding(self, call)


class _Mutating(Tap):
    def __init__(self, action: Mutate) -> None:
        self._action = action
        self._seen = 0

    async def sending(self, message: Any) -> Any:
        if not _has(message, self._action.having):
            return message
        self._seen += 1
        if self._action.message in {None, self._seen}:
            return self._action.of(message)
        return message


class _Corrupting(Tap):
    def __init__(self, action: Corrupt, shot: Shot) -> None:
        self._action, self._chance = action, shot.chance
        self._before = 0
        self._byte = action.byte

    async def sending(self, message: Any) -> Any:
        content = getattr(message, "content", b"")
        if not content:
            return message
        if self._byte is None:
            self._byte = self._chance.randrange(len(content))
        place, self._before = self._byte - self._before, self._before + len(content)
        return self._flipped(message, place) if 0 <= place < len(content) else message

    def _flipped(self, message: Any, place: int) -> Any:
        content = bytearray(message.content)
        content[place] ^= self._action.mask
        flipped = type(message)()
        flipped.CopyFrom(message)
        flipped.content = bytes(content)
        return flipped


class _Garbling(Tap):
    def __init__(self, action: Garbage, call: Call) -> None:
        self._action, self._call = action, call

    async def sending(self, message: Any) -> Any:
        return self._action.bytes if self._call.sent + 1 == self._action.message else message


class _Inserting(Tap):
    def __init__(self, action: Insert) -> None:
        self._action = action
        self._seen = 0

    async def sending(self, message: Any) -> Any:
        if not _has(message, self._action.having):
            return message
        self._seen += 1
        if self._seen != self._action.after:
            return message
        more = type(message)()
        for path, value in self._action.fields.items():
            assign(more, path, value)
        return [message, more]


class _Splitting(Tap):
    def __init__(self, action: Split) -> None:
        self._size = action.size

    async def sending(self, message: Any) -> Any:
        if not isinstance(message, pb.ListResponse) or len(message.journals) <= self._size:
            return message
        journals = list(message.journals)
        pages = []
        for begin in range(0, len(journals), self._size):
            page = pb.ListResponse()
            if begin == 0:
                page.status = message.status
                page.header.CopyFrom(message.header)
            page.journals.extend(journals[begin : begin + self._size])
            pages.append(page)
        return pages


class _Padding(Tap):
    def __init__(self, action: Pad, call: Call) -> None:
        self._action, self._call = action, call

    async def sending(self, message: Any) -> Any:
        if self._call.sent:
            return message
        return message.SerializeToString() + _unknown_field(self._action.bytes)


def _unknown_field(size: int) -> bytes:
    """A length-delimited field of number 1000 with `size` zero bytes."""
    head, length = bytearray(b"\xc2\x3e"), size
    while length > 0x7F:
        head.append(length & 0x7F | 0x80)
        length >>= 7
    head.append(length)
    return bytes(head) + bytes(size)


def _has(message: Any, name: str | None) -> bool:
    """Whether a field of the message is set, by its name."""
    return name is None or any(f.name == name for f, _ in message.ListFields())
