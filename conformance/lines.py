"""The lines of a script: each a move, and the answer to it by its mark."""

import base64
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jwt

from conformance.answer import Answer
from conformance.expression import Expressions, content
from conformance.moves import Move, names
from conformance.trace import LOCAL, Call, Cluster
from protocol.replay import Telling, mark
from protocol.replay.cast import Cast, Id
from protocol.replay.raw import Ending

LINES = 26
"""Lines of moves at most: of more moves, several stand in a line."""
TIMEOUT = 10.0
TIMES = ("iat", "exp", "nbf")
HMACS = ("HS256", "HS384", "HS512")
_TOKEN = re.compile(r"(?i)^(bearer )?([\w-]+\.[\w-]+\.[\w-]*)$")


class Lines:
    """Writes moves at the brokers of `cluster`; `run` is the prefix of names, `test` a folder.

    Brokers are found by their parts in the journals of `casts`, which tell who was who at first.
    """

    def __init__(
        self, run: str, test: str, cluster: Cluster, casts: Mapping[str, Cast] | None = None
    ) -> None:
        self._first = casts or {}
        self._cluster, self._run, self._test = cluster, run, test
        self._expressions = Expressions(run, test, cluster.addresses)
        self._telling = Telling(run, (*cluster.addresses, *cluster.http))
        self._names: dict[int, str] = {}
        self._lines: list[tuple[str, str]] = []
        self._uses: set[str] = set()
        self._casts: dict[str, Cast] = {}
        self._parts: dict[tuple[str, int, str, int], str] = {}
        self._ids: Mapping[int, Id] = {}

    def shortened(self, text: str) -> str:
        """`text` with short forms of the prefixes."""
        return self._expressions.shortened(text)

    def places(self) -> str:
        """The arguments of the script's `Replay`."""
        words = [repr(each) for each in self._cluster.addresses]
        words += [f"http={list(self._cluster.http)!r}"] if "http" in self._uses else []
        words += [f"root={self._cluster.root!r}"] if "root" in self._uses else []
        words += [f"key={self._cluster.key!r}"] if self._cluster.key else []
        return ", ".join([*words, f"test={self._test!r}", f"width={len(self._run)}"])

    def text(self) -> str:
        """The moves, a line each; variables that none uses are left out."""
        told = []
        for number, (name, line) in enumerate(self._lines):
            used = any(re.search(rf"\b{name}\b", later) for _, later in self._lines[number + 1 :])
            told.append(f"{name} = {line}" if name and used else line)
        abreast = -(-len(told) // LINES)
        rows = (told[start : start + abreast] for start in range(0, len(told), abreast or 1))
        return "\n".join(f"    {'; '.join(row)}" for row in rows)

    def write(self, move: Move) -> None:
        """Adds the line of a move."""
        self._cast(move)
        self._telling.called(move.call.target, move.call.journal)
        if move.kind == "pause":
            self._add("", "again.pause", f"{move.value[0]:g}")
        elif move.kind == "broker":
            what, number, *more = move.value
            broker = self._broker(next(reversed(self._casts), ""), number)
            self._add("", f"again.{what}", broker, *(f"still={each:g}" for each in more))
        elif move.kind == "asks":
            self._add("", "again.asks", repr(move.value[0]))
        elif move.call.rpc == LOCAL:
            self._uses.add("root")
            self._file(move.kind, *move.value)
        elif move.kind == "raw":
            self._raw(move.call, *move.value)
        elif move.call.rpc == "HTTP":
            self._uses.add("http")
            self._web(move)
        else:
            self._call(move)

    def _call(self, move: Move) -> None:
        name, options = self._name(move.call), self._options(move.call)
        words = [repr(move.call.rpc), *map(self._expressions.request, move.requests)]
        match move.kind:
            case "open":
                done = ["done=True"] if move.done else []
                self._add(name, "again.open", *words, *options, *done)
            case "call" | "until":
                told = f"told={self._answer(move.value)}"
                self._add(name, f"again.{move.kind}", *words, *options, told)
                self._learn(name, move.value.messages)
            case "still":
                told = f"told={self._answer(move.value[1])}"
                seconds = f"{move.value[0]:g}"
                self._add(name, "again.still", seconds, *words, *options, told)
            case "next":
                got = f"{name}_{len(self._lines)}"
                text = self._telling.response(move.call.rpc, move.value)
                self._add(got, f"{name}.next", repr(mark(text)))
                self._expressions.learn(got, move.value)
            case "end":
                self._add("", f"{name}.end", self._answer(move.value))
                self._learn(f"{name}.messages", move.value.messages)
            case "early":
                seconds, answer = move.value
                self._add("", f"{name}.early", f"{seconds:g}", self._answer(answer))
            case "race":
                words = [self._name(each.call) for each in move.value]
                ends = sorted(each.value.status or each.value.code for each in move.value)
                self._add("", "again.ends", *words, f"told={', '.join(ends)!r}")
            case "silent" | "stays":
                self._add("", f"{name}.{move.kind}", f"{move.value:g}")
            case "send":
                self._add("", f"{name}.send", *words[1:])
            case _:
                self._add("", f"{name}.{move.kind.replace('-', '_')}")

    def _raw(self, call: Call, sent: bytes, stream: int, within: float, ending: Ending) -> None:
        words = [content(sent), f"stream={stream}", f"within={within:g}", *self._at(call)]
        self._add("", "again.raw", *words, f"told={mark(self._telling.text(str(ending)))!r}")

    def _web(self, move: Move) -> None:
        name = self._name(move.call)
        match move.kind:
            case "open":
                self._add(name, "again.exchange", *self._asked(move.call))
            case "head":
                text = self._telling.reply(move.value.code, move.value.headers, b"", {})
                self._add("", f"{name}.head", repr(mark(text)))
            case "data":
                text = self._telling.body(move.value[1])
                self._add("", f"{name}.data", str(move.value[0]), repr(mark(text)))
            case "reply":
                reply = move.value
                text = self._telling.reply(reply.code, reply.headers, reply.body, reply.trailers)
                self._add("", f"{name}.reply", repr(mark(text)))
            case "silent":
                self._add("", f"{name}.silent", f"{move.value:g}")
            case "comes":
                self._add("", f"{name}.comes")

    def _asked(self, call: Call) -> list[str]:
        asked = call.options
        words = [repr(asked["method"]), self._expressions.text(asked["path"]), *self._at(call)]
        if asked["headers"]:
            pairs = [f"({name!r}, {self._header(value)})" for name, value in asked["headers"]]
            words.append(f"headers=[{', '.join(pairs)}]")
        if asked["body"]:
            words.append(f"body={self._body(asked['body'])}")
        return words

    def _body(self, body: bytes) -> str:
        if self._run.encode() in body:
            return self._expressions.text(body.decode(errors="replace"))
        return content(body)

    def _file(self, kind: str, root: Path, path: Path, *values: Any) -> None:
        whole = Path(self._cluster.root or root)  # a test may look at a folder below it
        root = whole if path.is_relative_to(whole) else root
        words = [self._expressions.text(str(path.relative_to(root)))]
        match kind:
            case "fill":
                stored, mod_time, span = values
                folder = self._expressions.text(str(path.parent.relative_to(root)))
                length = int(path.name[17:33], 16) - span.start
                words = [folder, repr(path.name[33:]), content(stored)]
                words += [f"begins={span!r}", f"length={length}"]
                words += [f"mod_time={mod_time}"] if mod_time is not None else []
            case "put":
                stored, mod_time = values
                words += [content(stored)] + ([str(mod_time)] if mod_time is not None else [])
            case "age":
                words.append(self._time(values[0]))
            case "files":
                words += [repr(mark(values[0])), *(f"still={each:g}" for each in values[1:])]
        self._add("", f"again.{kind}", *words)

    def _add(self, name: str, function: str, *words: str) -> None:
        self._lines.append((name, f"{function}({', '.join(words)})"))

    def _name(self, call: Call) -> str:
        return self._names.setdefault(id(call), f"s{len(self._names)}")

    def _learn(self, path: str, messages: Sequence[Any]) -> None:
        for number, message in enumerate(messages):
            self._expressions.learn(f"{path}[{number}]", message)

    def _answer(self, answer: Answer) -> str:
        told = self._telling.answer(answer.rpc, answer.code, answer.details, answer.messages)
        return repr(mark(told))

    def _options(self, call: Call) -> list[str]:
        given, words = call.options, self._at(call)
        if given.get("timeout", TIMEOUT) != TIMEOUT:
            words.append(f"timeout={given['timeout']!r}")
        if given.get("token") is not None:
            words.append(f"token={self._header(given['token'])}")
        if given.get("compression"):
            words.append(f"compression={given['compression']!r}")
        if given.get("metadata"):
            pairs = [f"({name!r}, {self._header(value)})" for name, value in given["metadata"]]
            words.append(f"metadata=[{', '.join(pairs)}]")
        return words

    def _at(self, call: Call) -> list[str]:
        """Which broker is called: the one with its part in the journal, or else by number."""
        broker = self._broker(call.journal, self._cluster.addresses.index(call.target))
        return [f"at={broker}"] if broker != "0" else []

    def _broker(self, journal: str, number: int) -> str:
        """The expression of a broker's number."""
        cast = self._casts.get(journal)
        part = cast.part(number) if cast else None
        if cast is None or part is None:
            return str(number)
        key = (journal, number, *part)
        if key not in self._parts:
            alike = sum(each[2] == part[0] for each in self._parts)
            self._parts[key] = f"{part[0]}{alike or ''}"
            words = [self._expressions.text(journal), *([str(part[1])] if part[1] else [])]
            self._lines.append((self._parts[key], f"again.{part[0]}({', '.join(words)})"))
        address = self._cluster.addresses[number]
        self._expressions.broker(address, self._ids.get(number), self._parts[key])
        return self._parts[key]

    def _cast(self, move: Move) -> None:
        """Has the script learn who is who in the journals of a move, where that is news."""
        awaited = names(move) if move.kind == "until" else set()
        first = {name: cast for name, cast in self._first.items() if name in awaited}
        for journal, cast in (first | move.call.casts).items():
            before = self._casts.get(journal)
            if cast == before or journal not in self._first:
                continue
            self._casts[journal] = cast
            word = "moved" if before else "assigned"
            self._add("", f"again.{word}", self._expressions.text(journal))
            self._ids = move.call.roles.ids if move.call.roles else {}
            self._telling.assigned(journal, cast.labels(self._ids, self._cluster.addresses))

    def _header(self, value: str | bytes) -> str:
        """A value of metadata, in which a token is signed anew."""
        found = _TOKEN.match(value) if isinstance(value, str) else None
        if found is None or isinstance(value, bytes):
            return repr(value)
        try:
            header = jwt.get_unverified_header(found[2])
            claims = jwt.decode(found[2], options={"verify_signature": False})
        except jwt.InvalidTokenError:
            return repr(value)
        pairs = (f"{name!r}: {self._claim(name, each)}" for name, each in claims.items())
        words = [f"{{{', '.join(pairs)}}}", repr(header["alg"])]
        words += [] if self._own(found[2], header["alg"]) else ["foreign=True"]
        signed = f"again.signed({', '.join(words)})"
        return f"{found[1]!r} + {signed}" if found[1] else signed

    def _claim(self, name: str, value: Any) -> str:
        if name in TIMES and isinstance(value, int):
            return self._time(value)
        return self.shortened(repr(value))

    def _time(self, value: int) -> str:
        return f"again.now({round(value - time.time())})"

    def _own(self, token: str, algorithm: str) -> bool:
        """Whether the brokers' own key signed a token, or none did, or nobody can tell."""
        if algorithm not in HMACS or not self._cluster.key:
            return True
        try:
            key = base64.b64decode(self._cluster.key.split(",")[0])
            jwt.decode(token, key, algorithms=[algorithm], options=_UNCHECKED)
        except jwt.InvalidSignatureError:
            return False
        except jwt.InvalidTokenError:
            return True
        return True


_UNCHECKED: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
