"""A golden session: what was asked of real brokers, and what they answered."""

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HERE = Path(__file__).parent / "golden"

Json = Any
Identity = tuple[str, str]


@dataclass(frozen=True)
class Session:
    """One recorded session.

    Attributes:
        name: The session's name, which is also its file's stem.
        identities: Zone and suffix of each broker, in the order steps number them.
        auth_key: Base64 key the brokers demand tokens of, or None.
        flags: Broker flags other than the usual.
        steps: The steps as recorded, in order.
    """

    name: str
    identities: tuple[Identity, ...]
    auth_key: str | None
    flags: tuple[str, ...]
    steps: tuple[dict[str, Any], ...]


def files() -> list[Path]:
    """The session files of the directory `GAZETTE_GOLDEN`, or of this package."""
    return sorted(Path(os.environ.get("GAZETTE_GOLDEN", HERE)).glob("*.json"))


def load(path: Path) -> Session:
    """The session recorded in the file `path`."""
    document = json.loads(path.read_text(encoding="utf-8"))
    topology = document["topology"]
    return Session(
        name=document["session"],
        identities=tuple((b["zone"], b["suffix"]) for b in topology["brokers"]),
        auth_key=topology.get("auth_key"),
        flags=tuple(topology.get("flags") or ()),
        steps=tuple(expand(step) for step in document["steps"]),
    )


def expand(value: Json) -> Json:
    """`value` with run-length content written out as base64, the JSON form of bytes."""
    if isinstance(value, dict):
        if set(value) == {"runs"}:
            content = b"".join(bytes.fromhex(byte) * count for byte, count in value["runs"])
            return base64.b64encode(content).decode()
        return {key: expand(item) for key, item in value.items()}
    if isinstance(value, list):
        return [expand(item) for item in value]
    return value


def walk(value: Json) -> Iterator[dict[str, Any]]:
    """Every object within `value`, outermost first."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from walk(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from walk(item)


def endpoints(session: Session) -> list[str]:
    """The recorded endpoint of each broker: routes name them, others follow by port."""
    known: dict[Identity, str] = {}
    for found in walk([step.get("responses") for step in session.steps]):
        members = found.get("members", [])
        known |= {
            (m["zone"], m["suffix"]): e
            for m, e in zip(members, found.get("endpoints", []), strict=False)
            if e
        }
    index, base = next(
        ((session.identities.index(i), int(e.rsplit(":", 1)[1])) for i, e in known.items()),
        (0, _gateway_port(session)),
    )
    return [
        known.get(identity, f"http://127.0.0.1:{base - index + i}")
        for i, identity in enumerate(session.identities)
    ]


def _gateway_port(session: Session) -> int:
    """The port that HTTP responses of `session` give as that of a journal's broker."""
    places = (
        s["response"].get("headers", {}).get("Location") for s in session.steps if "http" in s
    )
    found = next((p for place in places if place and (p := urlsplit(place).port)), None)
    return found or 9180


def etcd(session: Session) -> dict[str, str]:
    """The ids of the recorded etcd cluster: `cluster_id`, `member_id`, `raft_term`."""
    for found in walk([step.get("responses") for step in session.steps]):
        ids = found.get("etcd")
        if ids:
            return {key: ids[key] for key in ("cluster_id", "member_id", "raft_term")}
    return {}


def resolve(value: Json, answers: dict[str, list[Json]]) -> Json:
    """`value` with each `{"$ref": [id, index, key, …]}` replaced from earlier answers."""
    if isinstance(value, dict):
        if "$ref" in value:
            step, *path = value["$ref"]
            found: Json = answers[step]
            for key in path:
                found = found[key]
            return found
        return {key: resolve(item, answers) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, answers) for item in value]
    return value
