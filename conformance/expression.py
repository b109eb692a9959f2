"""Messages as Python expressions, in which what earlier answers told is taken from them."""

import re
import time
import zlib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from google.protobuf.message import Message

from protocol.replay.cast import Id
from protocol.replay.telling import RUN, RUN_ID, TEST, run_id
from protocol.wire.messages import ProcessSpec

WHOLE = ("protocol.Header", "protocol.Header.Etcd", "protocol.Route", "protocol.ProcessSpec.ID")
"""Messages that requests take over from answers as they are."""
NUMBERS = {
    "cluster_id": "cluster_id",
    "member_id": "member_id",
    "raft_term": "raft_term",
    "revision": "revision",
    "mod_revision": "revision",
    "create_revision": "revision",
    "expect_mod_revision": "revision",
    "mod_time": "time",
    "begin_mod_time": "time",
    "end_mod_time": "time",
}
"""Fields that hold what an earlier answer told, and the kind of it."""
NEAR = 1000
"""How far a number may be from one of an earlier answer to be told by it."""
RECENT = 86_400
_DIGITS = re.compile(r"(\d+)")
_RUN = re.compile(rb"(.)(\1{30,})", re.DOTALL)
_LITERAL = re.compile(r"('[^']*')")
LOOP = 8
"""How many items alike are worth a loop."""
SEEDS = range(10)
"""Seeds of content that tests make at random, beside its length."""
REPEATED = 32
"""Bytes of which nobody looks for what repeats in them."""
SHORT = 120
"""Bytes that are written out as they are."""


class Expressions:
    """Writes requests; `run` is the prefix of the run's names, and `test` a folder below it."""

    def __init__(self, run: str, test: str, addresses: tuple[str, ...]) -> None:
        self._run, self._test = run, f"{run}{test}/"
        self._messages: dict[tuple[str, bytes], str] = {}
        self._numbers: dict[str, dict[int, str]] = {}
        self._places: dict[str, str] = {
            address: str(number) for number, address in enumerate(addresses)
        }

    def broker(self, address: str, id_: Id | None, name: str) -> None:
        """Notes the name of a broker that scripts find by its part in a journal."""
        self._places[address] = name
        if id_ is not None:
            message = ProcessSpec.ID(zone=id_[0], suffix=id_[1])
            key = (message.DESCRIPTOR.full_name, message.SerializeToString(deterministic=True))
            self._messages[key] = f"again.id({name})"

    def learn(self, path: str, message: Message) -> None:
        """Notes an answer that scripts reach by `path`."""
        for name, value in _leaves(path, message):
            if isinstance(value, Message):
                key = (value.DESCRIPTOR.full_name, value.SerializeToString(deterministic=True))
                self._messages[key] = name
            elif value:
                self._numbers.setdefault(_kind(name), {})[value] = name

    def request(self, message: Message | bytes) -> str:
        """The expression of a request: bytes, or a dict of its fields."""
        if isinstance(message, bytes):
            return content(message)
        return self._fields(message)

    def text(self, text: str) -> str:
        """The expression of a text."""
        if broker := self._places.get(text.removeprefix("http://")):
            return f'f"http://{{again.addresses[{broker}]}}"'
        return repr(self.shortened(text))

    def shortened(self, text: str) -> str:
        """`text` with short forms of the prefixes."""
        short = text.replace(self._test, TEST).replace(self._run, RUN)
        return short.replace(run_id(self._run), RUN_ID)

    def _fields(self, message: Message) -> str:
        pairs = []
        for field, value in message.ListFields():
            if field.is_repeated:
                told = listed([self._value(field, each) for each in value])
            else:
                told = self._value(field, value)
            pairs.append(f"{field.name!r}: {told}")
        return f"{{{', '.join(pairs)}}}"

    def _value(self, field: Any, value: Any) -> str:
        if field.message_type is not None:
            key = (field.message_type.full_name, value.SerializeToString(deterministic=True))
            return self._messages.get(key) or self._fields(value)
        if field.enum_type is not None:
            known = field.enum_type.values_by_number.get(value)
            return repr(known.name) if known else repr(value)
        if isinstance(value, bytes):
            return content(value)
        if isinstance(value, str):
            return self.text(value)
        return self._number(NUMBERS[field.name], value) if field.name in NUMBERS else repr(value)

    def _number(self, kind: str, value: int) -> str:
        known = self._numbers.get(kind, {})
        if value in known:
            return known[value]
        near = [each for each in known if abs(each - value) <= NEAR]
        if near and value > 0:
            base = max(near)
            return f"{known[base]} {'+' if value > base else '-'} {abs(value - base)}"
        if kind == "time" and abs(value - time.time()) < RECENT:
            return f"again.now({round(value - time.time())})"
        return repr(value)


def listed(expressions: Sequence[str]) -> str:
    """The expression of a list; many items that differ by a running number are a loop."""
    plain_list = f"[{', '.join(expressions)}]"
    parts = [_DIGITS.split(each) for each in expressions]
    if len(parts) < LOOP or "%" in plain_list or len({len(each) for each in parts}) > 1:
        return plain_list
    columns = list(zip(*parts, strict=True))
    varied = [number for number, column in enumerate(columns) if len(set(column)) > 1]
    if not varied or not all(number % 2 for number in varied):
        return plain_list
    runs = {columns[number] for number in varied}
    numbers = [int(each) for each in runs.pop()]
    span = range(numbers[0], numbers[0] + len(numbers))
    width = len(columns[varied[0]][0])
    running = tuple(f"{each:0{width}d}" for each in span)
    if runs or list(span) != numbers or columns[varied[0]] not in (running, _bare(span)):
        return plain_list
    code = "%d" if columns[varied[0]] == _bare(span) else f"%0{width}d"
    item = "".join(code if number in varied else part for number, part in enumerate(parts[0]))
    pieces = _LITERAL.split(item)
    pieces[::2] = [each.replace(code, "n") for each in pieces[::2]]
    counts = [each.count(code) for each in pieces[1::2]]
    if max(counts, default=0) > 1:
        return plain_list
    literals = zip(pieces[1::2], counts, strict=True)
    pieces[1::2] = [f"{each} % n" if count else each for each, count in literals]
    return f"[{''.join(pieces)} for n in {span!r}]"


def _bare(span: range) -> tuple[str, ...]:
    return tuple(map(str, span))


def content(value: bytes) -> str:
    """The expression of bytes: as they are where short, else by what repeats in them."""
    if repeated := _repeated(value) if len(value) > REPEATED else "":
        return repeated
    if len(value) <= SHORT:
        return repr(value)
    period = value.find(value[:SHORT], 1)
    times, rest = len(value) // period, value[len(value) // period * period :]
    if times > 1 and len(rest) <= SHORT and value[:period] * times + rest == value:
        return f"{content(value[:period])} * {times}" + (f" + {rest!r}" if rest else "")
    pieces = _RUN.split(value)
    if sum(map(len, pieces[::3])) <= SHORT:
        told = [repr(pieces[0])] if pieces[0] else []
        for byte, more, after in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
            told += [f"{byte!r} * {len(more) + 1}", *([repr(after)] if after else [])]
        return " + ".join(told)
    for seed in (*SEEDS, len(value)):
        if Random(seed).randbytes(len(value)) == value:
            return f"again.random({seed}, {len(value)})"
    return f"again.unpacked({b64encode(zlib.compress(value, 9)).decode()!r})"


def _repeated(value: bytes) -> str:
    """The expression of bytes that are a short unit over and over, else ""."""
    for length in range(1, 64):
        unit, times = value[:length], len(value) // length
        rest = value[times * length :]
        if times > 2 and unit * times + rest == value and len(rest) <= SHORT:
            return f"{unit!r} * {times}" + (f" + {rest!r}" if rest else "")
    return ""


def plain(text: str, limit: int) -> str:
    """`text` as one line that may stand in a docstring."""
    line = " ".join(text.split())
    line = line if len(line) <= limit else f"{line[:limit]}…"
    return line.replace("\\", "/").replace('"""', "'''").rstrip('"')


def _kind(path: str) -> str:
    return NUMBERS[path.rpartition(".")[2]]


def _leaves(path: str, message: Message) -> Iterator[tuple[str, Any]]:
    """What of a message later requests may refer to, by path."""
    if message.DESCRIPTOR.full_name in WHOLE:
        yield path, message
    for field, value in message.ListFields():
        name = f"{path}.{field.name}"
        if field.message_type is not None:
            each = list(value) if field.is_repeated else [value]
            for number, one in enumerate(each):
                yield from _leaves(f"{name}[{number}]" if field.is_repeated else name, one)
        elif field.name in NUMBERS:
            yield name, value
