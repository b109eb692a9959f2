"""A script's way to its brokers: where they are, what was said before, and the verdict."""

import base64
import os
import sys
import time
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self

import grpc

from protocol.replay import files, raw
from protocol.replay.arguments import given_to_script
from protocol.replay.brokers import MOVES_WITHIN, Brokers
from protocol.replay.cast import Cast
from protocol.replay.stream import PATIENCE, Requests, Stream, begin
from protocol.replay.telling import RUN, RUN_ID, TEST, Telling, mark, run_id
from protocol.replay.web import Exchange
from protocol.wire.service import METHODS

PREFIX = "conformance/"
PAUSE = 0.05
SHOWN = 300
CAPABILITIES = {"List": 2, "Apply": 4, "Append": 16, "Replicate": 32}
READ = 8

_OPTIONS = [
    ("grpc.max_receive_message_length", 64 << 20),
    ("grpc.max_send_message_length", 64 << 20),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_http_proxy", 0),
]


class _OtherwiseError(Exception):
    """The brokers answered otherwise than before: nothing more is to be learned."""


class Replay:
    """Makes calls again. On leaving, the script ends 1 where all was as before, else 0.

    `addresses` are the brokers' HOST:PORT, `http` those of their HTTP sides and `root` the
    directory of their file stores; the command line may name others. Names in requests begin
    with `@/`, for a prefix of `width` bytes that is new each time, or with `~/`, for the folder
    `test` below it. `key` signs tokens.
    """

    def __init__(
        self,
        *addresses: str,
        http: Sequence[str] = (),
        root: str = "",
        test: str = "",
        width: int = 40,
        key: str = "",
    ) -> None:
        given = given_to_script(addresses, http, root, key)
        self.addresses, self.http = tuple(given.brokers), tuple(given.http)
        self.root, self.key, self._token = given.root, given.key, given.token
        self.run = f"{PREFIX}{time.time_ns():0{width - len(PREFIX) - 1}d}"[: width - 1] + "/"
        self._test = f"{self.run}{test}/"
        self.telling = Telling(self.run, (*self.addresses, *self.http))
        self._channels = [grpc.insecure_channel(each, options=_OPTIONS) for each in self.addresses]
        self._brokers = Brokers(self._channels, lambda: self.bearer("List"), given.control)

    def __enter__(self) -> Self:
        """Returns itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends the script with its verdict."""
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            return
        if error is not None and not isinstance(error, _OtherwiseError):
            self._say(f"≠ {error!r}")
        self._say("as before" if error is None else "not as before")
        sys.exit(1 if error is None else 0)

    def call(self, rpc: str, *requests: Any, told: str, **options: Any) -> list[Any]:
        """Makes a whole call and returns its responses, held against how they were told."""
        return self.open(rpc, *requests, done=True, **options).end(told)

    def until(self, rpc: str, *requests: Any, told: str, **options: Any) -> list[Any]:
        """Makes a call again and again until it is answered as it was."""
        end = time.monotonic() + PATIENCE
        while True:
            before = self.telling.copy()
            stream = self.open(rpc, *requests, done=True, **options)
            text = stream.outcome()
            if mark(text) == told or time.monotonic() > end:
                self.hold(rpc, text, told)
                return stream.messages
            self.telling = before
            time.sleep(PAUSE)

    def still(self, seconds: float, rpc: str, *requests: Any, told: str, **options: Any) -> None:
        """Makes a call again and again: it `still` was answered so after `seconds`."""
        end = time.monotonic() + seconds
        before = self.telling.copy()
        while time.monotonic() < end:
            self.telling = before.copy()
            text = self.open(rpc, *requests, done=True, **options).outcome()
            time.sleep(PAUSE)
        self.hold(rpc, text, told)

    def ends(self, *streams: Stream, told: str) -> None:
        """Holds how calls ended that raced each other: which of them how differs anyway."""
        text = ", ".join(sorted(each.status() for each in streams))
        self.hold("the race", text, told)

    def open(
        self,
        rpc: str,
        *requests: Any,
        at: int = 0,
        timeout: float = PATIENCE,
        token: str | None = None,
        metadata: Sequence[tuple[str, str | bytes]] = (),
        compression: str = "",
        done: bool = False,
    ) -> Stream:
        """Begins a call with `requests`, and with its half-close where it is `done`."""
        sent = Requests()
        bearer = self._bearer(rpc) if token is None else token
        headers = [("authorization", f"Bearer {bearer}")] if bearer else []
        deadline = time.monotonic() + timeout
        call = begin(
            self._channels[at],
            rpc,
            sent,
            timeout=timeout,
            metadata=[*headers, *metadata] or None,
            compression=grpc.Compression[compression] if compression else None,
        )
        stream = Stream(self, rpc, call, sent, deadline=deadline, place=self.addresses[at])
        stream.send(*requests)
        if done:
            stream.half_close()
        return stream

    def now(self, seconds: int) -> int:
        """The time some seconds from now, in seconds since 1970."""
        return int(time.time()) + seconds

    def random(self, seed: int, length: int) -> bytes:
        """Content that the standard generator makes of a seed."""
        return Random(seed).randbytes(length)

    def unpacked(self, packed: str) -> bytes:
        """Content that is too long to be read, from zlib's form of it in base64."""
        return zlib.decompress(base64.b64decode(packed))

    def exchange(
        self,
        method: str,
        target: str,
        *,
        at: int = 0,
        body: bytes | str = b"",
        headers: Sequence[tuple[str, str]] = (),
    ) -> Exchange:
        """Sends a request to an HTTP side; a `body` of text has names to be replaced."""
        named = [(name, self._renamed(value)) for name, value in headers]
        sent = body if isinstance(body, bytes) else str(self._renamed(body)).encode()
        target = str(self._renamed(target))
        self.telling.called(self.addresses[at], target[1:].partition("?")[0])
        return Exchange(self, self.http[at], method, target, headers=named, body=sent)

    def raw(self, sent: bytes, *, stream: int, within: float, told: str, at: int = 0) -> None:
        """Sends bytes over a connection of their own; holds how one of its streams ends."""
        ending = raw.exchange(self.addresses[at], sent, stream, within)
        self.hold(f"stream {stream}", self.telling.text(str(ending)), told)

    def put(self, path: str, content: bytes, mod_time: int | None = None) -> None:
        """Writes a file into the brokers' file stores."""
        files.put(self._rooted(), str(self._renamed(path)), content, mod_time)

    def folder(self, path: str) -> None:
        """Makes a directory of the brokers' file stores."""
        (self._rooted() / str(self._renamed(path))).mkdir(parents=True, exist_ok=True)

    def fill(
        self,
        folder: str,
        tail: str,
        content: bytes,
        *,
        begins: range,
        length: int,
        mod_time: int | None = None,
    ) -> None:
        """Writes fragment files that are all alike but for their begins."""
        for start in begins:
            name = f"{folder}/{start:016x}-{start + length:016x}{tail}"
            self.put(name, content, mod_time)

    def primary(self, journal: str) -> int:
        """The number of a journal's primary, once all brokers list it."""
        return self.assigned(journal).broker("primary")

    def replica(self, journal: str, which: int = 0) -> int:
        """The number of a journal's replica that is not its primary, counted from 0."""
        return self.assigned(journal).broker("replica", which)

    def other(self, journal: str, which: int = 0) -> int:
        """The number of a broker that is not in a journal's route, counted from 0."""
        return self.assigned(journal).broker("other", which)

    def assigned(self, journal: str) -> Cast:
        """Awaits that a journal has its brokers, and all brokers list them."""
        return self._told(journal, self._brokers.cast(self._renamed(journal)))

    def moved(self, journal: str) -> Cast:
        """Awaits that a journal has other brokers than before."""
        return self._told(journal, self._brokers.moved(self._renamed(journal)))

    def id(self, broker: int) -> dict[str, str]:
        """The id of a broker, once that was asked for its part in a journal."""
        zone, suffix = self._brokers.ids[broker]
        return {"zone": zone, "suffix": suffix}

    def kill(self, broker: int) -> None:
        """Kills a broker, or has somebody do it."""
        self._brokers.do("kill", broker, self.addresses[broker])

    def stop(self, broker: int) -> None:
        """Tells a broker to exit, or has somebody do it."""
        self._brokers.do("stop", broker, self.addresses[broker])

    def start(self, broker: int) -> None:
        """Starts a broker again, or has somebody do it."""
        self._brokers.do("start", broker, self.addresses[broker])

    def gone(self, broker: int) -> None:
        """Awaits that a broker has ended, as it had."""
        ended = self._brokers.ends(self.addresses[broker], MOVES_WITHIN)
        self.hold("the broker", "gone" if ended else "running", "gone")

    def runs(self, broker: int, still: float = 0) -> None:
        """Holds that a broker is `still` running after some seconds, as it was."""
        ended = self._brokers.ends(self.addresses[broker], still)
        self.hold("the broker", "gone" if ended else "running", "running")

    def asks(self, what: str) -> None:
        """Asks whoever is at the terminal, if anybody is, to do what no call can."""
        self._say(f"? {what}, and press Enter")
        if sys.stdin.isatty():
            sys.stdin.readline()

    def pause(self, seconds: float) -> None:
        """Lets time pass, as the test did."""
        time.sleep(seconds)

    def remove(self, path: str) -> None:
        """Removes a file of the brokers' file stores."""
        (self._rooted() / str(self._renamed(path))).unlink(missing_ok=True)

    def age(self, path: str, mod_time: int) -> None:
        """Sets when a file of the brokers' file stores was modified."""
        os.utime(self._rooted() / str(self._renamed(path)), (mod_time, mod_time))

    def files(self, folder: str, told: str, still: float = 0) -> None:
        """Awaits files of the stores as they were told, or holds that they `still` are so long."""
        end = time.monotonic() + (still or PATIENCE)
        while True:
            text = files.told(self._rooted(), str(self._renamed(folder)))
            if (mark(text) == told) is not bool(still) or time.monotonic() > end:
                break
            time.sleep(PAUSE)
        self.hold(f"files of {folder}", text, told)

    def signed(
        self, claims: Mapping[str, Any], algorithm: str = "HS256", *, foreign: bool = False
    ) -> str:
        """A token of `claims`, signed by the brokers' key or a `foreign` one."""
        from protocol.replay.tokens import FOREIGN, signed  # noqa: PLC0415 - few scripts sign

        return signed(FOREIGN if foreign else self.key, self._renamed(dict(claims)), algorithm)

    def bearer(self, rpc: str) -> list[tuple[str, str]]:
        """The header that authorizes an RPC over HTTP, where one is called for."""
        token = self._bearer(rpc)
        return [("authorization", f"Bearer {token}")] if token else []

    def message(self, rpc: str, request: Any) -> Any:
        """A request as it is sent: bytes as they are, a dict as the message of its fields."""
        if isinstance(request, bytes):
            return request
        message: Any = METHODS[rpc].request(**self._renamed(request))
        for change in message.changes if rpc == "Apply" else ():
            self._brokers.applied(change.upsert)
        return message

    def hold(self, what: str, text: str, told: str) -> None:
        """Holds an answer against the mark of the one before.

        Raises:
            _OtherwiseError: it is another one.
        """
        same = told in (mark(text), text)
        shown = text if len(text) < SHOWN else f"{text[:SHOWN]}…"
        self._say(f"{'=' if same else '≠'} {what}: {shown}")
        if not same:
            raise _OtherwiseError

    def _told(self, journal: str, cast: Cast) -> Cast:
        labels = cast.labels(self._brokers.ids, self.addresses)
        self.telling.assigned(self._renamed(journal), labels)
        return cast

    def _bearer(self, rpc: str) -> str:
        if self._token or not self.key:
            return str(self._token)
        from protocol.replay.tokens import usual  # noqa: PLC0415 - few scripts sign

        return usual(self.key, CAPABILITIES.get(rpc, READ))

    @staticmethod
    def _say(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def _rooted(self) -> Path:
        if not self.root:
            self._say("give the directory of the brokers' file stores by --root")
            sys.exit(2)
        return Path(self.root)

    def _renamed(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._renamed(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._renamed(each) for each in value]
        if isinstance(value, str):
            value = value.replace(RUN_ID, run_id(self.run))
            return value.replace(TEST, self._test).replace(RUN, self.run)
        return value
