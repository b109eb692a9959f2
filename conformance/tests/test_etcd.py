"""The client of etcd, over a server that keeps keys in a dict."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from conformance.errors import TargetError
from conformance.etcd import Etcd


class Keeper(BaseHTTPRequestHandler):
    """Answers the routes of etcd's JSON API that the client uses."""

    keys: dict[str, str]

    def do_POST(self) -> None:
        """Puts, deletes or lists keys; grants a lease; refuses what is nothing of that."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = self._answer(self.path.removeprefix("/v3/"), body)
        content = json.dumps(answer if answer is not None else {"error": "unknown"}).encode()
        self.send_response(200 if answer is not None else 404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Keeps quiet."""

    def _answer(self, route: str, body: dict[str, str]) -> dict[str, Any] | None:
        if route == "kv/put":
            self.keys[body["key"]] = body["value"]
            return {}
        if route == "kv/deleterange":
            self.keys.pop(body["key"], None)
            return {}
        if route == "kv/range":
            low, high = base64.b64decode(body["key"]), base64.b64decode(body["range_end"])
            within = {key for key in self.keys if low <= base64.b64decode(key) < high}
            return {"kvs": [{"key": key, "value": self.keys[key]} for key in within]}
        return {"ID": "7"} if route == "lease/grant" else None


@pytest.fixture
def etcd() -> Iterator[Etcd]:
    """A client of an empty etcd."""
    Keeper.keys = {}
    with HTTPServer(("127.0.0.1", 0), Keeper) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Etcd(f"127.0.0.1:{server.server_port}")
        server.shutdown()


def test_keys_are_listed_below_their_prefix(etcd: Etcd) -> None:
    """What was put and not deleted is listed, and nothing beside the prefix."""
    for key in ("/a/one", "/a/two", "/a/three", "/b/one"):
        etcd.put(key, key.encode())
    etcd.delete("/a/two")
    assert etcd.below("/a/") == {"/a/one": b"/a/one", "/a/three": b"/a/three"}


def test_leases_are_numbers(etcd: Etcd) -> None:
    """A granted lease is the number that etcd tells as text."""
    assert etcd.grant(5) == 7


def test_refusals_and_outages_are_errors_of_the_target(etcd: Etcd) -> None:
    """What etcd refuses, and an etcd that is away, are told in a sentence."""
    with pytest.raises(TargetError, match="lease/revoke: unknown"):
        etcd.revoke(7)
    with pytest.raises(TargetError, match=r"etcd at 127\.0\.0\.1:1, lease/grant: "):
        Etcd("127.0.0.1:1").grant(5)
