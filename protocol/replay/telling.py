"""Answers in words that stay the same from run to run, so that two of them can be compared.

What differs from cluster to cluster (ids, revisions, ports, times) is told by when it was first
seen, and by what it equals or exceeds.
"""

import itertools
import re
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from google.protobuf.message import Message

RUN = "@/"
"""Stands for the prefix of all names that a run makes."""
RUN_ID = "@id@"
"""Stands for the last part of that prefix where the rest of it is written otherwise."""
TEST = "~/"
"""Stands for the prefix of the names that a test makes."""
TIED = ("Apply",)
"""RPCs whose answers have the very revision that they made; of all others it is a bound."""
ALIKE = ("cluster_id", "member_id", "raft_term")
REVISIONS = ("revision", "mod_revision", "create_revision")
LOCAL = ("DEADLINE_EXCEEDED", "UNAVAILABLE")
"""Codes whose details are of the client's making."""
RECENT = 86_400
"""Seconds from now within which a time is told as recent."""

_COUNTED = re.compile(
    r'"(clusterId|memberId|raftTerm|revision|modRevision|createRevision|modTime)":\s*"?(\d+)"?'
)
_DATE = re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")
_SIGNED = re.compile(r"(?i)\b(x-\w+-\w+|sig\w*|expires?|token)=[^&\s\"]*")
_QUERY = re.compile(r"=[^&\s]*")
_PLACE = re.compile(r"(?<![\w.-])[\w.-]+:\d{2,5}\b")


def mark(text: str) -> str:
    """A short mark of a text; texts that differ have others."""
    return f"{zlib.crc32(text.encode()):08x}"


def run_id(run: str) -> str:
    """The last part of the prefix of a run's names."""
    return run.rstrip("/").rpartition("/")[2]


class Telling:
    """Tells answers one after the other.

    `run` is the prefix of the run's names, `places` are the HOST:PORT of its brokers and of
    their HTTP sides.
    """

    def __init__(self, run: str, places: Sequence[str]) -> None:
        self._run = run
        self._places = frozenset(places)
        self._seen: dict[str, dict[Any, str]] = {}
        self._called, self._journal = "", ""
        self._casts: dict[str, Mapping[Any, str]] = {}

    def called(self, place: str, journal: str = "") -> None:
        """Notes the HOST:PORT of the broker whose answer is told next, and what it is about."""
        self._called, self._journal = place, journal

    def assigned(self, journal: str, labels: Mapping[Any, str]) -> None:
        """Notes who is who for a journal: its brokers are told by that from now on."""
        self._casts[journal] = labels

    def answer(self, rpc: str, code: str, details: str, messages: Iterable[Message | bytes]) -> str:
        """How a call ended, with its messages."""
        told = [self.response(rpc, each) for each in messages]
        words = "" if code in LOCAL else self.text(details)
        return " ".join([code, words, *told]).strip()

    def copy(self) -> "Telling":
        """The same, to try out how an answer would be told."""
        other = Telling(self._run, tuple(self._places))
        other._called, other._journal = self._called, self._journal
        other._casts = dict(self._casts)
        other._seen = {kind: dict(seen) for kind, seen in self._seen.items()}
        return other

    def response(self, rpc: str, message: Message | bytes) -> str:
        """One message; the revision of its header counts where the call made it."""
        if isinstance(message, bytes):
            return self.body(message)
        return self._message(message, tied=rpc in TIED)

    def _message(self, message: Message, *, tied: bool) -> str:
        if message.DESCRIPTOR.full_name == "protocol.Route" and self._journal in self._casts:
            return self._route(message)
        before = self._journal
        if message.DESCRIPTOR.full_name == "protocol.ListResponse.Journal":
            self._journal = message.spec.name  # type: ignore[attr-defined]
        told = self._fields(message, tied=tied)
        self._journal = before
        return told

    def _fields(self, message: Message, *, tied: bool) -> str:
        fields = []
        for field, value in message.ListFields():
            each = value if field.is_repeated else [value]
            told = [self._value(field, one, tied=tied) for one in each]
            fields.append(f"{field.name}: {', '.join(told)}")
        return f"{{{'; '.join(fields)}}}"

    def reply(
        self, code: int, headers: Mapping[str, str], body: bytes, trailers: Mapping[str, str]
    ) -> str:
        """A response over HTTP; its date, and the length of a body of words, differ anyway."""
        kept = {name: headers[name] for name in sorted(headers) if name != "date"}
        if "json" in headers.get("content-type", "") or "text" in headers.get("content-type", ""):
            kept.pop("content-length", None)
        lines = [f"{name}: {self.text(value)}" for name, value in kept.items()]
        ends = [f"{name}: {self.text(trailers[name])}" for name in sorted(trailers)]
        return " ".join([str(code), *lines, self.body(body), *ends])

    def body(self, body: bytes) -> str:
        """Content of a response: words as they are, all else by its sum."""
        try:
            words = self.text(body.decode())
        except UnicodeDecodeError:
            return f"{len(body)} bytes {zlib.crc32(body):08x}"
        return _COUNTED.sub(
            lambda found: f"{found[1]}: {'0' if found[2] == '0' else 'some'}", words
        )

    def text(self, text: str) -> str:
        """Text of a broker, with names of the run and addresses told alike."""
        named = text.replace(self._run, RUN).replace(run_id(self._run), RUN_ID)
        text = _SIGNED.sub(r"\1=", _DATE.sub("a date", named))
        return _PLACE.sub(lambda place: self._place(place[0]), text)

    def _value(self, field: Any, value: Any, *, tied: bool) -> str:
        if field.message_type is not None:
            if field.message_type.full_name.endswith("ProcessSpec.ID"):
                return self._id(value)
            return self._message(value, tied=tied)
        if field.enum_type is not None:
            known = field.enum_type.values_by_number.get(value)
            return known.name if known else str(value)
        if isinstance(value, bytes):
            return f"{len(value)} bytes {zlib.crc32(value):08x}"
        if isinstance(value, str):
            text = self.text(value)
            return _QUERY.sub("=", text) if "url" in field.name else text
        return self._number(field.name, value, tied=tied)

    def _number(self, name: str, value: int, *, tied: bool) -> str:
        if name in REVISIONS:
            return self._revision(value, tied=tied or name != "revision")
        if name == "mod_time" and value > 0:
            ago = time.time() - value
            return "recent" if abs(ago) < RECENT else "past" if ago > 0 else "future"
        return self._alike(name, value) if name in ALIKE else str(value)

    def _route(self, route: Any) -> str:
        """A route by the parts of its members; their order is told where it is wrong."""
        ids = [(each.zone, each.suffix) for each in route.members]
        members = [self._id(each) for each in route.members]
        places = [self.text(each) for each in route.endpoints]
        known = 0 <= route.primary < len(members)
        told = ", ".join(
            sorted(map(" ".join, itertools.zip_longest(members, places, fillvalue="?")))
        )
        unsorted = "" if ids == sorted(ids) else "; unsorted"
        return (
            f"{{{told}; primary: {members[route.primary] if known else route.primary}{unsorted}}}"
        )

    def _id(self, value: Any) -> str:
        key = (value.zone, value.suffix)
        return self._casts.get(self._journal, {}).get(key) or self._alike("id", key)

    def _place(self, place: str) -> str:
        if label := self._casts.get(self._journal, {}).get(place):
            return label
        if place == self._called:
            return "here"
        return self._alike("place", place) if place in self._places else "elsewhere"

    def _alike(self, kind: str, value: Any) -> str:
        seen = self._seen.setdefault(kind, {})
        return seen.setdefault(value, f"{kind}{len(seen)}")

    def _revision(self, value: int, *, tied: bool) -> str:
        """A revision that counts is told by its place among those before, others by a bound."""
        seen = self._seen.setdefault("revision", {})
        if value <= 0:
            return str(value)
        if not tied:
            past = [each for each in seen if each <= value]
            return f"from {seen[max(past)]}" if past else "before all"
        if value in seen:
            return seen[value]
        below = [each for each in seen if each < value]
        after = seen[max(below)] if below else "none"
        seen[value] = f"r{len(seen)}"
        return f"{seen[value]} after {after}"
