"""A foreign member of a launched cluster: a key of etcd that lives as long as its lease."""

import base64
import json
import threading
from http.client import HTTPConnection, HTTPException
from typing import Any

import protocol
from conformance.errors import TargetError

PREFIX = "/gazette/cluster/members/"
"""Where brokers that are started without other words keep their members."""
LEASE = 30
"""Seconds a member outlives a suite that was killed."""
RENEWAL = 5.0
"""Seconds between renewals of the lease: several may fail before it ends."""
WITHIN = 10.0
"""Seconds etcd may take to answer."""


class Member:
    """A member of the cluster behind `etcd` (HOST:PORT), until `leave`.

    Raises:
        TargetError: etcd cannot be reached, or refuses.
    """

    def __init__(self, etcd: str, zone: str, suffix: str, endpoint: str, *, limit: int) -> None:
        self._etcd = etcd
        self._left = threading.Event()
        self._lease = self._ask("lease/grant", {"TTL": LEASE})["ID"]
        spec = protocol.BrokerSpec(journal_limit=limit)
        spec.process_spec.id.zone, spec.process_spec.id.suffix = zone, suffix
        spec.process_spec.endpoint = endpoint
        pair = {"key": f"{PREFIX}{zone}#{suffix}".encode(), "value": spec.SerializeToString()}
        encoded = {name: base64.b64encode(value).decode() for name, value in pair.items()}
        self._ask("kv/put", {**encoded, "lease": self._lease})
        self._renewing = threading.Thread(target=self._renew, daemon=True)
        self._renewing.start()

    def leave(self) -> None:
        """Ends the lease, and with it the membership."""
        self._left.set()
        self._renewing.join()
        self._ask("lease/revoke", {"ID": self._lease})

    def _renew(self) -> None:
        while not self._left.wait(RENEWAL):
            try:
                self._ask("lease/keepalive", {"ID": self._lease})
            except TargetError:
                continue  # the next one may do; without any the member leaves

    def _ask(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        connection = HTTPConnection(self._etcd, timeout=WITHIN)
        try:
            connection.request("POST", f"/v3/{what}", json.dumps(body))
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        except (OSError, HTTPException, ValueError) as error:
            raise TargetError(f"etcd at {self._etcd}, {what}: {error}") from None
        finally:
            connection.close()
        if response.status != 200:
            raise TargetError(
                f"etcd at {self._etcd}, {what}: {answer.get('error', response.reason)}"
            )
        return answer
