"""Every call of the test at hand, decoded and with secrets out of sight."""

import base64
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from conformance.roles import Roles
from protocol.replay.cast import Cast, journal_of

CALLS = 40
"""How many calls of a test are kept, the last ones: a failure is told by what led up to it."""
MESSAGES = 20
"""How many messages of either side of a call are kept, the first ones."""
STEPS = 2400
"""How many steps of a test are kept, the last ones: scripts of failures are made of them."""
EARLIEST = 400
"""How many of the first ones are, too: they made what the later ones are about."""
CONTENT = 64
"""How many bytes of content are shown."""

LOCAL = "local"
"""Stands for an RPC in steps that are no calls: about files of a store, or time that passes."""

_CURRENT: ContextVar["Trace | None"] = ContextVar("the trace of the test at hand", default=None)

SHOWN = ("rpc", "target", "requests", "responses", "code", "details", "took_s")

_QUERY = re.compile(r"\?.*", re.DOTALL)
_BEARER = re.compile(r"(?i)(bearer\s+)\S+")


@dataclass(frozen=True)
class Cluster:
    """Where the brokers of a target are, over gRPC and HTTP, their file root and their key."""

    addresses: tuple[str, ...] = ()
    http: tuple[str, ...] = ()
    root: str = ""
    key: str = field(default="", repr=False)


@dataclass(frozen=True)
class Step:
    """What a test did with a call, or waited for: of which kind, and what of.

    Kinds are `open`, `send` (a message), `half-close`, `cancel`, `next` (a message), `silent`
    (seconds without any), `end` (the answer), `early` (one that came within seconds
    in which none should) and `stays` (seconds without an end); over HTTP
    `silent`, `comes`, `head`, `data`, `reply`; beside calls `put`, `folder`, `remove`, `age`,
    `files`, `pause`, `broker` (what is done to one of them) and `asks` (what no script can do);
    `raw` is below the message level.
    """

    kind: str
    call: "Call"
    value: Any = None


@dataclass(eq=False)
class Call:
    """One call: what was sent, what came back, how it ended (`code` is empty while open).

    `cluster` is what it was made to, `options` what else it was opened with. It was `polled`
    where it is the last one of several looks. `casts` tell who was who in its journals, of
    which `journal` is the one that its request is about.
    """

    rpc: str
    target: str
    requests: list[Any] = field(default_factory=list)
    responses: list[Any] = field(default_factory=list)
    code: str = ""
    details: str = ""
    took_s: float = 0.0
    started: float = field(default_factory=time.monotonic, repr=False)
    cluster: Cluster = field(default_factory=Cluster, repr=False)
    options: dict[str, Any] = field(default_factory=dict, repr=False)
    polled: bool = False
    journal: str = ""
    roles: Roles | None = field(default=None, repr=False)
    casts: dict[str, Cast] = field(default_factory=dict, repr=False)
    steps: list[Step] = field(default_factory=list, repr=False)

    def step(self, kind: str, value: Any = None) -> None:
        """Notes what the test did with the call."""
        self.steps.append(Step(kind, self, value))

    def sent(self, message: Message | bytes) -> None:
        """Notes a request."""
        _note(self.requests, message)
        self.concerns(journal_of(message))
        self.step("send", copied(message))

    def received(self, message: Message) -> None:
        """Notes a response."""
        _note(self.responses, message)
        if self.rpc == "List" and self.roles is not None:
            self.roles.heard(self.target, message)
            for entry in message.journals:  # type: ignore[attr-defined]
                self._cast(entry.spec.name)

    def concerns(self, journal: str) -> None:
        """Notes the journal that the call is about, if that is one."""
        self.journal = self.journal or journal
        self._cast(journal)

    def _cast(self, journal: str) -> None:
        if self.roles is not None and (cast := self.roles.cast(journal)) is not None:
            self.casts[journal] = cast

    def ended(self, code: str, details: str) -> None:
        """Notes the end of the call."""
        self.code, self.details = code, redacted(details)
        self.took_s = round(time.monotonic() - self.started, 4)

    def as_json(self) -> dict[str, Any]:
        """The call as the result file holds it."""
        return {name: getattr(self, name) for name in SHOWN}


class Trace:
    """The calls of the current test; one for all targets of a process."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._steps: list[Step] = []
        self._prepared: list[Step] = []
        self._roles: dict[Cluster, Roles] = {}

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that are kept, in their order."""
        return tuple(self._steps[:EARLIEST] + self._steps[EARLIEST:][-STEPS:])

    @property
    def prepared(self) -> tuple[Step, ...]:
        """The steps that made what several tests share, in their order."""
        return tuple(self._prepared)

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that are kept, in the order they began."""
        return tuple(self._calls)

    def clear(self) -> None:
        """Forgets all calls: another test begins."""
        self._calls, self._steps = [], []
        _CURRENT.set(self)

    def kept(self) -> tuple[list[Call], list[Step]]:
        """Calls and steps as they are now, for `restore`."""
        return list(self._calls), list(self._steps)

    def restore(self, kept: tuple[list[Call], list[Step]]) -> None:
        """Forgets what was done since, or apart from, what was `kept`."""
        self._calls, self._steps = kept

    def note(self, kind: str, value: Any, cluster: Cluster | None = None) -> None:
        """Notes what the test did beside its calls, where it did that to one `cluster` only."""
        place = cluster or Cluster()
        roles = self._roles.get(place)
        self._steps.append(Step(kind, Call(LOCAL, "", cluster=place, roles=roles), value))

    def begin(self, rpc: str, target: str, cluster: Cluster | None = None, **options: Any) -> Call:
        """Notes a call that starts now."""
        del self._steps[EARLIEST : -2 * STEPS]
        place = cluster or Cluster((target,))
        roles = self._roles.setdefault(place, Roles(place.addresses))
        call = Call(rpc, target, cluster=place, options=options, steps=self._steps, roles=roles)
        call.step("open")
        self._calls.append(call)
        del self._calls[:-CALLS]
        return call

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Keeps what happens inside from the trace: polling would drown the rest."""
        kept, before = list(self._calls), len(self._steps)
        try:
            yield
        finally:
            last = self._calls[-1:] if self._calls != kept else []
            self._calls = kept + last
            self._steps[before:] = [step for step in self._steps[before:] if step.call in last]
            for call in last:
                call.polled = True

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Keeps what happens inside out: it is none of the test's."""
        kept, steps = list(self._calls), self._steps
        self._steps = []
        try:
            yield
        finally:
            self._calls, self._steps = kept, steps

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """Keeps what happens inside apart: it makes what further tests share as well.

        Where it fails, the test at hand fails by it, and it is all that this one did.
        """
        kept, steps = list(self._calls), self._steps
        self._steps = []
        yield
        self._prepared += self._steps
        self._calls, self._steps = kept, steps

    def as_json(self) -> list[dict[str, Any]]:
        """The calls as the result file holds them, in the order they began."""
        return [call.as_json() for call in self._calls]


def noted(kind: str, *value: Any, cluster: Cluster | None = None) -> None:
    """Notes what the test at hand, if any, did beside its calls, where to one `cluster` only."""
    if (trace := _CURRENT.get()) is not None:
        trace.note(kind, value, cluster)


def copied(message: Any) -> Any:
    """A copy of a message, which its owner may change; bytes are as they are."""
    if isinstance(message, bytes):
        return message
    copy = type(message)()
    copy.CopyFrom(message)
    return copy


def redacted(text: str) -> str:
    """`text` without bearer tokens."""
    return _BEARER.sub(r"\1***", text)


def decoded(message: Message | bytes) -> Any:
    """A message as JSON values: content shortened, signatures of URLs removed."""
    if isinstance(message, bytes):
        return {"raw": message[:CONTENT].hex(), "bytes": len(message)}
    return _shown("", MessageToDict(message, preserving_proto_field_name=True))


def _note(messages: list[Any], message: Message | bytes) -> None:
    if len(messages) < MESSAGES:
        messages.append(decoded(message))
    elif len(messages) == MESSAGES:
        messages.append({"more": "not kept"})


def _shown(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shown(name, each) for name, each in value.items()}
    if isinstance(value, list):
        return [_shown(key, each) for each in value]
    if key == "content":
        return _content(base64.b64decode(value))
    if key in {"fragment_url", "signed_url"}:
        return _QUERY.sub("?***", value)
    return redacted(value) if isinstance(value, str) else value


def _content(content: bytes) -> str:
    shown = content[:CONTENT].decode("latin-1").encode("unicode_escape").decode()
    return f"{shown}{'…' if len(content) > CONTENT else ''} ({len(content)} bytes)"
