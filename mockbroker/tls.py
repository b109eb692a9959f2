"""TLS of a cluster: what its brokers show, and whom they trust."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import grpc

from mockbroker.errors import MockError


@dataclass(frozen=True, slots=True)
class Tls:
    """One certificate for all brokers, which they show to clients and to each other.

    Attributes:
        certificate: File of the chain in PEM. It must be valid for the brokers' host.
        key: File of its key in PEM.
        authority: File of the authorities in PEM, for the brokers' own certificate and those
            of clients. Where it is given, clients without a certificate are refused; where it
            is not, brokers trust just their own certificate.
    """

    certificate: Path
    key: Path
    authority: Path | None = None

    @classmethod
    def of(
        cls, certificate: Path | None, key: Path | None, authority: Path | None = None
    ) -> Self | None:
        """Returns the TLS of these files; None where there are none.

        Raises:
            MockError: One of certificate and key is missing, or a file is unusable.
        """
        if certificate is None or key is None:
            if certificate or key or authority:
                raise MockError("TLS takes a certificate and its key, and maybe an authority")
            return None
        tls = cls(certificate, key, authority)
        tls.context()
        return tls

    def server(self) -> Any:
        """Returns the credentials of a broker's gRPC server."""
        return grpc.ssl_server_credentials(
            [(self.key.read_bytes(), self.certificate.read_bytes())],
            root_certificates=self.authority.read_bytes() if self.authority else None,
            require_client_auth=self.authority is not None,
        )

    def channel(self) -> Any:
        """Returns the credentials with which brokers call each other."""
        trusted = self.authority or self.certificate
        return grpc.ssl_channel_credentials(
            trusted.read_bytes(), self.key.read_bytes(), self.certificate.read_bytes()
        )

    def context(self) -> ssl.SSLContext:
        """Returns the context of the HTTP side.

        Raises:
            MockError: A file is missing, or is no PEM of what it should be.
        """
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            context.load_cert_chain(self.certificate, self.key)
            if self.authority:
                context.load_verify_locations(self.authority)
                context.verify_mode = ssl.CERT_REQUIRED
        except (OSError, ssl.SSLError) as error:
            raise MockError(f"the TLS files cannot be used: {error}") from error
        return context
