"""Raw calls to one broker, each on a connection of its own, with the run's token."""

import ssl
from dataclasses import dataclass, field

from conformance.credentials import Credentials
from conformance.errors import NonconformanceError
from conformance.gate import Gate
from conformance.patience import PATIENCE
from conformance.raw.case import Sender
from conformance.raw.connection import Outcome, RawConnection
from conformance.raw.requests import REQUESTS
from conformance.target import TargetSpec
from conformance.trace import Call, Cluster, Trace
from protocol.replay.raw import Ending
from protocol.wire.service import METHODS

SILENCE = 1.0
"""Seconds after which a call that may stay open is taken to do so: it may end as well."""


@dataclass(frozen=True)
class RawCaller:
    """Calls one broker below the message level."""

    address: str
    trace: Trace
    credentials: Credentials
    cluster: Cluster | None = None
    tls: ssl.SSLContext | None = None
    gate: Gate = field(default_factory=Gate)

    def call(self, rpc: str, send: Sender, *, within: float | None = None) -> Outcome:
        """Makes one call over a fresh connection and returns how it ended.

        It has `within` seconds for it, by default the patience of the process.
        """
        self.gate.call(rpc)
        seconds = PATIENCE.seconds if within is None else within
        traced = self.trace.begin(rpc, self.address, self.cluster, raw=True)
        message = REQUESTS[rpc].SerializeToString()
        with self._connected(rpc, seconds, traced) as connection:
            stream = send(connection, METHODS[rpc].path, message)
            sent = bytes(connection.sent)
            outcome = connection.outcome(stream)
        if not self.credentials.metadata(rpc, None):  # no script holds a token
            traced.step("raw", (sent, stream, seconds, _ending(outcome)))
        traced.ended(str(outcome.grpc), str(outcome))
        if within is None and outcome.timed_out:
            PATIENCE.lose()
        return outcome

    def _connected(self, rpc: str, within: float, traced: Call) -> RawConnection:
        metadata = self.credentials.metadata(rpc, None)
        try:
            return RawConnection(
                self.address,
                timeout=within,
                tls=self.tls,
                metadata=metadata,
                admit=self.gate.path,
            )
        except ConnectionRefusedError:
            traced.step("raw", (b"", 1, within, Ending(end="closed")))
            raise NonconformanceError(
                "the broker to serve on", f"no broker at {self.address}: it is gone"
            ) from None


def _ending(outcome: Outcome) -> Ending:
    """An outcome as scripts tell it."""
    grpc = "" if outcome.grpc is None else str(outcome.grpc)
    end = "silent" if outcome.timed_out else "closed" if outcome.closed else "ended"
    end = f"reset {outcome.reset}" if outcome.reset is not None else end
    return Ending(outcome.http, grpc, outcome.details, outcome.data, end)


def tls_context(spec: TargetSpec) -> ssl.SSLContext | None:
    """The TLS settings of raw connections to a target, or None where it is not served so."""
    if not spec.tls:
        return None
    context = ssl.create_default_context(cafile=spec.tls_ca)
    context.set_alpn_protocols(["h2"])
    if spec.tls_cert:
        context.load_cert_chain(spec.tls_cert, spec.tls_key)
    return context
