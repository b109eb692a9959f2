"""Boundaries of the header that a proxying broker sends along: process id, route, etcd."""

from typing import Any

from conformance.boundaries.row import crossed

_TAKERS = (
    ("Read", "header", "READREQ-01"),
    ("ListFragments", "header", "FRAGSREQ-01"),
    ("Append", "header", "APPENDREQ-01"),
    ("Replicate", "header", "REPLREQ-01"),
)


def _id(zone: str, suffix: str) -> dict[str, str]:
    return {"zone": zone, "suffix": suffix}


ONE, TWO = _id("zone-a", "broker-1"), _id("zone-a", "broker-2")
THREE = _id("zone-b", "broker-0")


def _route(*members: Any, primary: int = -1, endpoints: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"members": members, "primary": primary, "endpoints": endpoints}


_IDS: tuple[tuple[str, str, tuple[Any, ...], tuple[Any, ...]], ...] = (
    (
        "process_id",
        "PROCESSID-01 TOKEN-01 HEADER-01",
        (_id("", "broker"), _id("z" * 33, "broker"), _id("é" * 17, "broker")),
        (_id("z", "broker"), _id("z" * 32, "broker"), _id("é" * 16, "broker"), None),
    ),
    (
        "process_id",
        "PROCESSID-02 TOKEN-02 HEADER-01",
        (_id("a b", "broker"), _id("a=b", "broker")),
        (_id("é/-_+.", "broker"),),
    ),
    (
        "process_id",
        "PROCESSID-03 TOKEN-01 HEADER-01",
        (_id("zone", ""), _id("zone", "abc"), _id("zone", "s" * 129), _id("zone", "é" * 65)),
        (_id("zone", "abcd"), _id("zone", "s" * 128), _id("zone", "é" * 64), _id("zone", "éé")),
    ),
    (
        "process_id",
        "PROCESSID-04 TOKEN-02 HEADER-01",
        (_id("zone", "a b c"), _id("zone", "abc%d")),
        (_id("zone", "é/-_+."),),
    ),
)
_ROUTES: tuple[tuple[str, str, tuple[Any, ...], tuple[Any, ...]], ...] = (
    (
        "route",
        "PROCESSID-03 TOKEN-01 ROUTE-01 HEADER-02",
        (_route(_id("zone", "abc")), _route(ONE, _id("zone-b", ""))),
        (_route(_id("zone", "abcd")),),
    ),
    (
        "route",
        "ROUTE-02 HEADER-02",
        (_route(TWO, ONE), _route(ONE, ONE), _route(THREE, ONE), _route(ONE, THREE, TWO)),
        (_route(ONE, TWO), _route(ONE, TWO, THREE)),
    ),
    (
        "route",
        "ROUTE-03 HEADER-02",
        (_route(primary=0), _route(primary=-2), _route(ONE, TWO, primary=2)),
        (_route(), _route(ONE, TWO), _route(ONE, TWO, primary=1)),
    ),
    (
        "route",
        "ROUTE-04 HEADER-02",
        (
            _route(endpoints=("",)),
            _route(ONE, TWO, endpoints=("",)),
            _route(ONE, endpoints=("", "")),
        ),
        (_route(ONE, TWO, endpoints=("", "http://[::1]:80")),),
    ),
    (
        "route",
        "ENDPOINT-01 ROUTE-05 HEADER-02",
        (
            _route(ONE, endpoints=("http://h:port",)),
            _route(ONE, endpoints=("http://h/%zz",)),
            _route(ONE, TWO, endpoints=("http://h:80", "http://h:port")),
        ),
        (_route(ONE, endpoints=("http://h:80",)),),
    ),
    (
        "route",
        "ENDPOINT-02 ROUTE-05 HEADER-02",
        (_route(ONE, endpoints=("//host/path",)), _route(ONE, endpoints=("host",))),
        (_route(ONE, endpoints=("other://host/path",)),),
    ),
    (
        "route",
        "ENDPOINT-03 ROUTE-05 HEADER-02",
        (_route(ONE, endpoints=("http:///path",)), _route(ONE, endpoints=("host:80",))),
        (_route(ONE, endpoints=("http://:80",)),),
    ),
)
_ETCD: tuple[tuple[str, str, tuple[Any, ...], tuple[Any, ...]], ...] = (
    ("etcd.cluster_id", "ETCD-01 HEADER-03", (0,), ()),
    ("etcd.member_id", "ETCD-02 HEADER-03", (0,), (1, (1 << 64) - 1)),
    ("etcd.revision", "ETCD-03 HEADER-03", (0, -1, -(1 << 63)), (1,)),
    ("etcd.raft_term", "ETCD-04 HEADER-03", (0,), (1, (1 << 64) - 1)),
)

ROWS = tuple(crossed(_TAKERS, _IDS + _ROUTES + _ETCD))
