"""The broker or brokers under test: where they are, what they offer, how they are reached."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import grpc

import protocol
from conformance.broker import Broker, journals
from conformance.credentials import Credentials
from conformance.errors import ConfigurationError
from conformance.gate import Gate
from conformance.journal import selector
from conformance.trace import Cluster, Trace

REACHABLE_WITHIN = 4.0
"""Seconds a target has to accept a connection: with all else, a dead one takes under ten."""

_CHANNEL = [
    ("grpc.max_receive_message_length", 64 << 20),
    ("grpc.max_send_message_length", 64 << 20),
    ("grpc.enable_retries", 0),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
    ("grpc.enable_http_proxy", 0),
    ("SingleThreadedUnaryStream", 1),  # calls of one request take no threads of their own
]


@dataclass(frozen=True)
class TargetSpec:
    """Everything that is known of a target before the first call to it.

    `kind` is `mock`, `launched` or `external`; `https` holds a HOST:PORT per broker where its
    HTTP gateway listens, or "", and `etcd` that of the brokers' etcd. The keys and the token
    are secrets.
    """

    kind: str
    addresses: tuple[str, ...]
    http: tuple[str, ...] = ()
    description: str = ""
    auth_key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    tls_ca: str | None = None
    tls_cert: str | None = None
    tls_key: str | None = None
    file_root: str | None = None
    etcd: str | None = None
    offers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuses addresses that are none, and half a client certificate."""
        for address in self.addresses:
            check_address(address)
        if bool(self.tls_cert) != bool(self.tls_key):
            raise ConfigurationError("--tls-cert and --tls-key go together")

    @property
    def cluster(self) -> Cluster:
        """Where its brokers are, as calls tell it."""
        return Cluster(self.addresses, self.http, self.file_root or "", self.auth_key or "")

    @property
    def tls(self) -> bool:
        """Whether the target is reached over TLS."""
        return self.tls_ca is not None


class Target:
    """A target with open channels; all its calls go to one trace."""

    def __init__(
        self,
        spec: TargetSpec,
        *,
        exact_texts: bool,
        trace: Trace | None = None,
        gate: Gate | None = None,
    ) -> None:
        self.spec = spec
        self.trace = trace or Trace()
        self.gate = gate or Gate()
        self.primaries: dict[str, Any] = {}
        credentials = Credentials(spec.auth_key, spec.token)
        http = spec.http or ("",) * len(spec.addresses)
        self.brokers = tuple(
            Broker(
                address,
                _channel(address, spec),
                credentials=credentials,
                trace=self.trace,
                exact_texts=exact_texts,
                http=where or None,
                cluster=spec.cluster,
                gate=self.gate,
            )
            for address, where in zip(spec.addresses, http, strict=True)
        )

    @property
    def broker(self) -> Broker:
        """The first broker, which single-broker tests talk to."""
        return self.brokers[0]

    def store(self, *path: str) -> str:
        """A `file://` store URL for the part of the target's file root below `path`."""
        return "file:///" + "".join(f"{part}/" for part in path)

    def moved(self, prefix: str, told: Mapping[str, Any]) -> tuple[str, ...]:
        """Journals below `prefix` with another primary than `primaries` says, which learns.

        Real clusters give a journal other brokers when they balance, and what no store has is lost.
        One that is fully suspended has no primary any more: there `told`, by the last
        answers about it, is what counts.
        """
        request = protocol.ListRequest(selector=selector({"prefix": prefix}))
        now = {
            entry.spec.name: entry.route.members[entry.route.primary]
            for entry in journals(self.broker.call("List", request))
            if 0 <= entry.route.primary < len(entry.route.members)
        }
        now = {name: told[name] for name in told.keys() & self.primaries} | now
        moved = {name for name in now.keys() & self.primaries if now[name] != self.primaries[name]}
        self.primaries.update(now)
        return tuple(sorted(moved))

    def forget(self, prefix: str) -> None:
        """Forgets the primaries of journals below `prefix`: others may be made of their names."""
        for name in [each for each in self.primaries if each.startswith(prefix)]:
            del self.primaries[name]

    def close(self) -> None:
        """Closes the channels."""
        for broker in self.brokers:
            broker.close()

    def await_reachable(self, within: float = REACHABLE_WITHIN) -> None:
        """Returns once every broker accepts a connection.

        Raises:
            TargetError: one did not within `within` seconds.
        """
        end = time.monotonic() + within
        for broker in self.brokers:
            broker.await_ready(max(0.1, end - time.monotonic()))


def check_address(address: str) -> str:
    """`address` itself, where it is HOST:PORT.

    Raises:
        ConfigurationError: it is something else.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ConfigurationError(f"target {address!r} is not HOST:PORT")
    return address


def serves_http(address: str) -> bool:
    """Whether the broker's HTTP gateway answers at `address`."""
    connection = HTTPConnection(address, timeout=2.0)
    try:
        connection.request("GET", "/debug/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _channel(address: str, spec: TargetSpec) -> grpc.Channel:
    if not spec.tls:
        return grpc.insecure_channel(address, options=_CHANNEL)
    pems = [_read(path) for path in (spec.tls_ca, spec.tls_key, spec.tls_cert)]
    return grpc.secure_channel(address, grpc.ssl_channel_credentials(*pems), options=_CHANNEL)


def _read(path: str | None) -> bytes | None:
    if path is None:
        return None
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ConfigurationError(error.strerror or str(error), path=Path(path)) from None
