"""A foreign member of etcd: its key, its lease, and how trouble is told."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

import protocol
from conformance.errors import TargetError
from conformance.launch.member import Member

Asked = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def etcd() -> Iterator[tuple[str, Asked]]:
    """A server with the answers of etcd, and what it was asked."""
    asked: Asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((self.path, body))
            content = json.dumps({"ID": "42"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by its base
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_member_is_a_key_under_a_lease(etcd: tuple[str, Asked]) -> None:
    """It is put as a broker's spec with the lease, which is revoked when it leaves."""
    address, asked = etcd
    Member(address, "zone-z", "member", "http://127.0.0.1:9", limit=3).leave()
    (grant, _), (put, pair), (revoke, lease) = asked
    assert (grant, put, revoke) == ("/v3/lease/grant", "/v3/kv/put", "/v3/lease/revoke")
    assert base64.b64decode(pair["key"]) == b"/gazette/cluster/members/zone-z#member"
    spec = protocol.BrokerSpec.FromString(base64.b64decode(pair["value"]))
    assert (spec.process_spec.endpoint, spec.journal_limit) == ("http://127.0.0.1:9", 3)
    assert pair["lease"] == lease["ID"] == "42"


def test_an_unreachable_etcd_is_told() -> None:
    """Without etcd there is one sentence that names it."""
    with pytest.raises(TargetError, match=r"etcd at 127\.0\.0\.1:1, lease/grant"):
        Member("127.0.0.1:1", "zone-z", "member", "http://127.0.0.1:9", limit=3)
