"""The etcd of a launched target, through the JSON form of its API."""

import base64
import json
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any

from conformance.errors import TargetError

PATIENCE = 10.0
"""Seconds etcd may take over a request on a loaded machine."""


class Etcd:
    """Reads and writes keys of an etcd at HOST:PORT.

    Each call raises `TargetError` where etcd cannot be reached, or refuses.
    """

    def __init__(self, address: str) -> None:
        self._address = address

    def put(self, key: str, value: bytes, lease: int = 0) -> None:
        """Writes a key, attached to a lease or to none."""
        self._ask("kv/put", {"key": _b64(key), "value": _b64(value), "lease": str(lease)})

    def delete(self, key: str) -> None:
        """Deletes a key."""
        self._ask("kv/deleterange", {"key": _b64(key)})

    def below(self, prefix: str) -> Mapping[str, bytes]:
        """All keys that begin with `prefix`, and their values."""
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        answer = self._ask("kv/range", {"key": _b64(prefix), "range_end": _b64(end)})
        return {
            base64.b64decode(each["key"]).decode(): base64.b64decode(each.get("value", ""))
            for each in answer.get("kvs", [])
        }

    def grant(self, seconds: int) -> int:
        """A new lease that lasts `seconds`."""
        return int(self._ask("lease/grant", {"TTL": str(seconds)})["ID"])

    def keep_alive(self, lease: int) -> None:
        """Has a lease last as long again as when it was granted."""
        self._ask("lease/keepalive", {"ID": str(lease)})

    def revoke(self, lease: int) -> None:
        """Ends a lease, and all keys attached to it."""
        self._ask("lease/revoke", {"ID": str(lease)})

    def _ask(self, route: str, body: Mapping[str, str]) -> dict[str, Any]:
        connection = HTTPConnection(self._address, timeout=PATIENCE)
        try:
            connection.request("POST", f"/v3/{route}", json.dumps(body))
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        except (OSError, HTTPException, ValueError) as error:
            raise TargetError(f"etcd at {self._address}, {route}: {error}") from None
        finally:
            connection.close()
        if response.status != 200:
            text = answer.get("error", response.reason)
            raise TargetError(f"etcd at {self._address}, {route}: {text}")
        return answer


def _b64(value: str | bytes) -> str:
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()
