"""Replays a golden session against any brokers, and tells where they answer differently."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, unquote

from mockbroker.tests import golden_compare as compare
from mockbroker.tests import golden_files as stored
from mockbroker.tests import golden_steps as steps
from mockbroker.tests.golden_canon import path as masked_path
from mockbroker.tests.golden_client import (
    Answer,
    Background,
    Channel,
    Request,
    encoded,
    http_request,
)
from mockbroker.tests.golden_content import Contents
from mockbroker.tests.golden_names import Names, Placement, Revisions
from mockbroker.tests.golden_session import Json, Session, endpoints, etcd, resolve, walk
from mockbroker.tests.golden_topology import (
    Launch,
    ObjectStore,
    Setup,
    Topology,
    object_store,
    until,
)

_STORE_ADDRESS = re.compile(r"endpoint=http%3A%2F%2F(127\.0\.0\.1%3A\d{2,})")
_BUCKET = re.compile(r"s3://([^/]+)/")
_GRACE = 5.0
_SETTLING = 0.15
_DEADLINE = 1.5


def replay(session: Session, launch: Launch) -> list[str]:
    """Starts brokers, replays `session` against them, and returns the differences found."""
    with _objects(session) as store:
        setup = Setup(session.identities, session.auth_key, session.flags)
        with launch(setup) as topology:
            driver = Driver(session, topology, store)
            try:
                return driver.run()
            finally:
                driver.close()


@contextmanager
def _objects(session: Session) -> Iterator[ObjectStore | None]:
    """The object store that journals of `session` name, with their buckets, if any does."""
    stores = [s for spec in walk(session.steps) for s in spec.get("stores", [])]
    buckets = {f[1] for s in stores if _STORE_ADDRESS.search(s) and (f := _BUCKET.match(s))}
    if not buckets:
        yield None
        return
    with object_store() as store:
        for bucket in buckets:
            store.create(bucket)
        yield store


class Driver:
    """Makes the calls of one session, and keeps what later steps refer to."""

    def __init__(self, session: Session, topology: Topology, store: ObjectStore | None) -> None:
        self.session, self.topology, self.store = session, topology, store
        self.names = Names(
            session.identities,
            endpoints(session),
            [f"http://{address}" for address in topology.addresses],
        )
        self.names.texts = list(self._texts())
        self.channels = [Channel(address) for address in topology.addresses]
        self.contents, self.revisions = Contents(), Revisions()
        self.routes = compare.settled(session.steps)
        self.answers: dict[str, list[Json]] = {}
        self.running: dict[str, tuple[Json, Placement, Background]] = {}
        self.early: dict[str, Answer] = {}
        self.patience = 0.0

    def close(self) -> None:
        """Closes the channels."""
        for channel in self.channels:
            channel.close()

    def run(self) -> list[str]:
        """Takes every step. Returns the differences, each with its step's id."""
        self._learn_etcd()
        found: list[str] = []
        for number, step in enumerate(self.session.steps):
            name = step.get("id", f"step {number}")
            found += [f"{self.session.name} {name}: {d}" for d in self._step(number, step)]
        return found

    def _step(self, number: int, step: Json) -> list[str]:
        if "join" in step:
            return self._join(step["join"])
        if "http" in step:
            return self._http(step)
        if "rpc" in step:
            return self._call(number, step)
        self._act(number, step)
        if "sleep_s" in step:
            self._pause(step["sleep_s"])
        return self._look(step)

    def _texts(self) -> Iterator[tuple[str, str]]:
        """Substrings of the recording that stand for something of this replay."""
        yield "$ROOT/frag", str(self.topology.file_root)
        if self.store:
            for address in set(_STORE_ADDRESS.findall(json.dumps(self.session.steps))):
                yield unquote(address), self.store.address
                yield address, quote(self.store.address, safe="")

    def _learn_etcd(self) -> None:
        all_of_it = {"cap": 0xFFFFFFFF, "sel": {"include": {}, "exclude": {}}}
        wanted = {"claims": all_of_it, "exp": "now+60", "iat": "now"}
        token = steps.token(wanted, self.session.auth_key) if self.session.auth_key else None
        answer = self._made(0, Request("List", [b""], token=token))
        seen = answer.responses[0]["header"]["etcd"]
        recorded = etcd(self.session)
        self.names.ids = {key: (value, str(seen[key])) for key, value in recorded.items()}

    def _made(self, broker: int, request: Request) -> Answer:
        return self.channels[broker].call(request)

    # Calls.

    def _call(self, number: int, step: Json) -> list[str]:
        journal = steps.journal(step)
        self._place(number, step)
        placement = self.names.placement(journal)
        request = self._request(step, placement)
        channel = self.channels[placement.actual(step.get("broker", 0))]
        if step.get("background"):
            self.running[step["id"]] = step, placement, Background(channel, request)
            time.sleep(_SETTLING)
            return []
        answer, found = self._settled(step, placement, channel, request)
        self._take_in(step, answer)
        if self.running and "join" not in self._following(number):
            time.sleep(_SETTLING)
        return found + compare.sums(answer, self.contents)

    def _following(self, number: int) -> Json:
        return next(iter(self.session.steps[number + 1 :]), {})

    def _settled(
        self, step: Json, placement: Placement, channel: Channel, request: Request
    ) -> tuple[Answer, list[str]]:
        """The answer, asked for anew while a pause before this step may still excuse it."""
        answer = self.early.pop(json.dumps(step.get("requests")), None) or channel.call(request)
        found = self._compared(step, placement, answer)
        for _ in until(self.patience - time.monotonic()):
            if not found or not steps.repeatable(step, answer):
                break
            answer = channel.call(request)
            found = self._compared(step, placement, answer)
        if found and steps.resumed_early(step, answer):
            self.early[json.dumps(step["requests"])] = answer
            return Answer(), []
        return answer, found

    def _compared(self, step: Json, placement: Placement, answer: Answer) -> list[str]:
        return compare.calls(
            step,
            answer,
            names=self.names,
            placement=placement,
            revisions=self.revisions,
            routes=self.routes,
        ) + compare.progress(step, answer)

    def _request(self, step: Json, placement: Placement) -> Request:
        bodies = resolve(self._translated(step, placement), self.answers)
        raw = [bytes.fromhex(step["raw_hex"])] if "raw_hex" in step else None
        late = step.get("code") == "DEADLINE_EXCEEDED"
        return Request(
            rpc=step["rpc"],
            bodies=raw or [encoded(step["rpc"], body) for body in bodies],
            gap=step.get("gap_ms", 0) / 1000,
            hold=step.get("hold", False),
            take=step.get("take"),
            timeout=_DEADLINE if late else 30,
            token=steps.token(step["authorization"], self.session.auth_key)
            if "authorization" in step
            else None,
        )

    def _translated(self, step: Json, placement: Placement) -> list[Json]:
        renamed: list[Json] = self.names.to_actual(step.get("requests", [{}]), placement)
        return renamed

    def _take_in(self, step: Json, answer: Answer) -> None:
        """Remembers what the call tells of the state of the journals."""
        self.answers[step["id"]] = answer.responses
        for response in answer.responses:
            if "commit" in response:
                self.contents.appended(step["requests"], response["commit"])
        for request in step.get("requests") or [] if step["rpc"] == "Apply" else []:
            for change in request.get("changes", []):
                self.contents.deleted(change.get("delete", ""))
                self.patience = max(self.patience, time.monotonic() + _GRACE)

    def _join(self, name: str) -> list[str]:
        step, placement, background = self.running.pop(name)
        answer = background.join(timeout=30)
        self.answers[name] = answer.responses
        return self._compared(step, placement, answer) + compare.sums(answer, self.contents)

    def _token(self, wanted: Json) -> str | None:
        return steps.token(wanted, self.session.auth_key) if wanted else None

    # Placement.

    def _place(self, number: int, step: Json) -> None:
        """Learns who holds the journals whose routes the answer to `step` shows."""
        if len(self.session.identities) == 1:
            return
        for journal, route in steps.routes(step):
            seen = self._route(journal, len(route["members"]))
            if seen:
                placement = self.names.placement(journal)
                placement.learn(self.names.order(route), self.names.order(seen))

    def _route(self, journal: str, members: int) -> Json:
        """The route of `journal` now, once it has as many members."""
        selector = {"include": {"labels": [{"name": "name", "value": journal}]}}
        request = Request("List", [encoded("List", {"selector": selector})], timeout=2)
        for _ in until(_GRACE):
            for broker in range(len(self.channels)):
                listed = self._made(broker, request).responses
                for entry in listed[0].get("journals", []) if listed else []:
                    if len(entry["route"].get("members", [])) == members:
                        return entry["route"]
        return None

    # Steps that are not calls.

    def _pause(self, seconds: float) -> None:
        """Keeps the pause, or little of it, and lets the next steps have the time instead."""
        whole = self.topology.real_time or self.running
        time.sleep(seconds if whole else min(seconds, _SETTLING))
        self.patience = time.monotonic() + seconds + _GRACE

    def _act(self, number: int, step: Json) -> None:
        """Does what the recorder did outside the calls."""
        said = step.get("why", "") + step.get("observe", "")
        found = re.search(r"broker (\d+)", said)
        if re.search(r"SIGTERM|SIGKILL|killed", said):
            broker = int(found[1]) if found else 0
            journal, _ = next(
                r for s in reversed(self.session.steps[:number]) for r in steps.routes(s)
            )
            end = self.topology.terminate if "SIGTERM" in said else self.topology.kill
            self.names.ended = self.names.placement(journal)
            end(self.names.ended.actual(broker))
        if "before" in said:
            for path in step["files"]:
                self._write(path, stored.content_of(self.session, path))
        if "appears in the store" in said and (late := stored.late_file(self.session, number)):
            self._write(*late)

    def _write(self, path: str, content: bytes) -> None:
        target = self.topology.file_root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def _look(self, step: Json) -> list[str]:
        """Compares what lies in the stores with what the recorder saw there."""
        if "objects" in step and self.store:
            bucket = next(iter(_BUCKET.findall(json.dumps(self.session.steps))))
            return compare.differences(step["objects"], self.store.objects(bucket), "objects")
        if "files" in step and "before" not in step["observe"]:
            root = self.topology.file_root
            seen = sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())
            expected = [masked_path(f"/{path}") for path in step["files"]]
            return compare.differences(expected, [masked_path(f"/{p}") for p in seen], "files")
        return []

    def _http(self, step: Json) -> list[str]:
        found = self._http_once(step)
        for _ in until(self.patience - time.monotonic()):
            if not found or step["http"]["method"] not in {"GET", "HEAD"}:
                break
            found = self._http_once(step)
        return found

    def _http_once(self, step: Json) -> list[str]:
        base = self.topology.http[0]
        text = json.dumps(http_request(base, step["http"]))
        recorded = self.names.recorded_endpoints[0].removeprefix("http://")
        response: Any = json.loads(text.replace(base.removeprefix("http://"), recorded))
        return compare.http(step, self.names.to_recorded(response, Placement(1)))
