"""Routes: built, compared, and dialled."""

from collections.abc import Iterable
from typing import NamedTuple

from protocol import urls
from protocol.wire.messages import ProcessSpec, Route

_DEFAULT_PORTS = {"http": "80", "https": "443"}


class Assignment(NamedTuple):
    """One replica of a journal: who serves it, and in which slot; slot 0 is the primary's."""

    zone: str
    suffix: str
    slot: int


def route_of(assignments: Iterable[Assignment]) -> Route:
    """Returns the route of `assignments`, in their order; its primary is -1 if none has slot 0."""
    route = Route(primary=-1)
    for index, (zone, suffix, slot) in enumerate(assignments):
        route.members.add(zone=zone, suffix=suffix)
        if slot == 0:
            route.primary = index
    return route


def equivalent(a: Route, b: Route | None) -> bool:
    """Tells whether both have the same members and primary; endpoints may differ."""
    return b is not None and a.primary == b.primary and list(a.members) == list(b.members)


def id_less(a: ProcessSpec.ID, b: ProcessSpec.ID) -> bool:
    """Tells whether `a` is before `b`: by zone, then by suffix."""
    return (a.zone, a.suffix) < (b.zone, b.suffix)


def grpc_address(endpoint: str) -> str:
    """Returns the address under which gRPC dials `endpoint`.

    Raises:
        UrlError: `endpoint` is not a URL.
    """
    url = urls.parse(endpoint)
    if url.scheme == "unix":
        return f"unix://{url.path}"
    port = _DEFAULT_PORTS.get(url.scheme)
    if port is None or _has_port(url.host):
        return url.host
    return f"{url.host}:{port}"


def _has_port(host: str) -> bool:
    _, colon, port = host.rpartition(":")
    return bool(colon and port.isdigit() and port.isascii())
