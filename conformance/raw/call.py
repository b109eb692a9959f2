"""Raw calls to one broker, each on a connection of its own, with the run's token."""

import ssl
from dataclasses import dataclass, field

from conformance.credentials import Credentials
from conformance.errors import NonconformanceError
from conformance.gate import Gate
from conformance.raw.case import Sender
from conformance.raw.connection import Outcome, RawConnection
from conformance.raw.requests import REQUESTS
from conformance.target import TargetSpec
from conformance.trace import Trace
from protocol.wire.service import METHODS

PATIENCE = 5.0
"""Seconds a raw call may take to end: ordinary ones take milliseconds."""
SILENCE = 1.0
"""Seconds after which a call that may stay open is taken to do so: it may end as well."""


@dataclass(frozen=True)
class RawCaller:
    """Calls one broker below the message level."""

    address: str
    trace: Trace
    credentials: Credentials
    tls: ssl.SSLContext | None = None
    gate: Gate = field(default_factory=Gate)

    def call(self, rpc: str, send: Sender, *, within: float = PATIENCE) -> Outcome:
        """Makes one call over a fresh connection and returns how it ended `within` seconds."""
        self.gate.call(rpc)
        traced = self.trace.begin(rpc, self.address)
        message = REQUESTS[rpc].SerializeToString()
        with self._connected(rpc, within) as connection:
            outcome = connection.outcome(send(connection, METHODS[rpc].path, message))
        traced.ended(str(outcome.grpc), str(outcome))
        return outcome

    def _connected(self, rpc: str, within: float) -> RawConnection:
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
            raise NonconformanceError(
                "the broker to serve on", f"no broker at {self.address}: it is gone"
            ) from None


def tls_context(spec: TargetSpec) -> ssl.SSLContext | None:
    """The TLS settings of raw connections to a target, or None where it is not served so."""
    if not spec.tls:
        return None
    context = ssl.create_default_context(cafile=spec.tls_ca)
    context.set_alpn_protocols(["h2"])
    if spec.tls_cert:
        context.load_cert_chain(spec.tls_cert, spec.tls_key)
    return context
