"""What an endpoint or address means to gRPC."""

from functools import lru_cache
from typing import NamedTuple

from protocol.routes import grpc_address

_SCHEMES = ("http://", "https://", "unix://")


class Target(NamedTuple):
    """What gRPC dials.

    Attributes:
        address: A target in gRPC's naming, such as `127.0.0.1:8080` or `unix:///run/b`.
        secure: Whether the connection speaks TLS.
    """

    address: str
    secure: bool = False


@lru_cache(maxsize=4096)
def target_of(endpoint: str) -> Target:
    """Returns what to dial for `endpoint`, a URL as brokers advertise them.

    Only `https` URLs mean TLS. Other text is taken for a target in gRPC's own naming, such
    as `host:port`, or `ipv4:host:port,host:port` for one of several brokers.

    Raises:
        UrlError: `endpoint` begins like a URL but is not one.
    """
    if not endpoint.lower().startswith(_SCHEMES):
        return Target(endpoint)
    return Target(grpc_address(endpoint), endpoint[:5].lower() == "https")
