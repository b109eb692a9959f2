"""The control API: what `MockCluster` offers in Python, as plain HTTP requests.

| request | effect |
|---|---|
| `GET /` | the cluster: brokers, faults in place, revision |
| `POST /brokers` | adds a broker; body `{"zone": "zone-b"}`, or nothing |
| `POST /brokers/I/VERB` | `kill`, `start`, `stop`, `isolate`, `heal` or `expire-lease` broker I |
| `POST /members` | a server of the caller's own joins; body `zone, suffix, endpoint, limit` |
| `POST /brokers/I/lag` | has it see changes late; body `{"seconds": 0.5}` |
| `POST /primary` | moves a primary; body `{"journal": "acme/one", "broker": 2}` |
| `POST /faults` | puts the rules of a scenario (YAML or JSON) in place; answers their numbers |
| `GET /faults/N` | how often rule N got a call |
| `DELETE /faults/N` | takes rule N away; `DELETE /faults` takes all of them |

What cannot be done is answered with 4xx and `{"error": "one sentence"}`; all else with 200.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mockbroker.cluster import MockCluster
from mockbroker.errors import MockError
from mockbroker.faults.engine import Handle
from mockbroker.faults.scenario import read_scenario
from protocol.errors import ProtocolError

LARGEST: Final = 1 << 20
"""Bytes a request may have."""

Verb = Callable[[int], Awaitable[None] | None]


class Control:
    """The requests of the control API, over one cluster."""

    def __init__(self, cluster: MockCluster) -> None:
        self._cluster = cluster
        self._faults: dict[int, Handle] = {}
        self._verbs: dict[str, Verb] = {
            "kill": cluster.kill,
            "start": cluster.restart,
            "stop": cluster.stop,
            "isolate": cluster.isolate,
            "heal": cluster.heal,
            "expire-lease": cluster.expire_lease,
        }

    def app(self) -> Starlette:
        """The ASGI application."""
        routes = [
            Route("/", self.show),
            Route("/brokers", self.add_broker, methods=["POST"]),
            Route("/members", self.add_member, methods=["POST"]),
            Route("/brokers/{broker:int}/lag", self.lag, methods=["POST"]),
            Route("/brokers/{broker:int}/{verb}", self.command, methods=["POST"]),
            Route("/primary", self.move_primary, methods=["POST"]),
            Route("/faults", self.add_faults, methods=["POST"]),
            Route("/faults", self.remove_faults, methods=["DELETE"]),
            Route("/faults/{number:int}", self.show_fault),
            Route("/faults/{number:int}", self.remove_fault, methods=["DELETE"]),
        ]
        refusals: Any = {MockError: _refused, ProtocolError: _refused, ValueError: _refused}
        return Starlette(routes=routes, exception_handlers=refusals)

    async def show(self, _request: Request) -> Response:
        """Tells what there is."""
        brokers = [
            {
                "id": {"zone": node.id.zone, "suffix": node.id.suffix},
                "address": node.address,
                "running": node.running,
            }
            for node in self._cluster.brokers
        ]
        faults = [self._told(number) for number in self._faults]
        revision = self._cluster.etcd.truth.revision
        return JSONResponse({"brokers": brokers, "faults": faults, "revision": revision})

    async def add_broker(self, request: Request) -> Response:
        """Adds a broker."""
        zone = (await _body(request, zone=str)).get("zone")
        node = await self._cluster.add_broker(zone)
        return JSONResponse({"broker": len(self._cluster.brokers) - 1, "address": node.address})

    async def add_member(self, request: Request) -> Response:
        """Has a server that is none of the mock's take replicas."""
        asked = await _body(request, zone=str, suffix=str, endpoint=str, limit=int)
        if len(asked) != 4:
            raise MockError("members wants a zone, a suffix, an endpoint and a limit")
        self._cluster.join(**asked)
        return JSONResponse({"done": "join"})

    async def command(self, request: Request) -> Response:
        """Does one of the verbs to a broker, and answers once it is done."""
        verb = request.path_params["verb"]
        if verb not in self._verbs:
            raise MockError(f"cannot {verb} a broker (can {', '.join(self._verbs)})")
        index = self._index(request.path_params["broker"])
        running = self._cluster.brokers[index].running
        if verb == "start" and running:
            raise MockError(f"broker {index} runs")
        if verb in {"kill", "stop"} and not running:
            raise MockError(f"broker {index} does not run")
        doing = self._verbs[verb](index)
        if doing is not None:
            await doing
        return JSONResponse({"done": verb})

    async def lag(self, request: Request) -> Response:
        """Sets how late a broker sees changes."""
        asked = await _body(request, seconds=(int, float))
        if asked.get("seconds", -1) < 0:
            raise MockError("lag wants seconds, 0 or more")
        self._cluster.lag(self._index(request.path_params["broker"]), asked["seconds"])
        return JSONResponse({"done": "lag"})

    async def move_primary(self, request: Request) -> Response:
        """Makes a broker the primary of a journal."""
        asked = await _body(request, journal=str, broker=int)
        if len(asked) != 2:
            raise MockError("primary wants a journal and a broker")
        self._cluster.move_primary(asked["journal"], self._index(asked["broker"]))
        return JSONResponse({"done": "primary"})

    async def add_faults(self, request: Request) -> Response:
        """Puts rules in place."""
        scenario = read_scenario((await _content(request)).decode(), "request")
        handles = self._cluster.faults.load(scenario)
        first = max(self._faults, default=0) + 1
        added = dict(enumerate(handles, start=first))
        self._faults |= added
        return JSONResponse({"faults": list(added)})

    async def remove_faults(self, _request: Request) -> Response:
        """Takes all rules away that came over this API."""
        for number in list(self._faults):
            self._faults.pop(number).remove()
        return JSONResponse({"done": "remove"})

    async def show_fault(self, request: Request) -> Response:
        """Tells of one rule."""
        return JSONResponse(self._told(self._number(request)))

    async def remove_fault(self, request: Request) -> Response:
        """Takes one rule away, and tells of it a last time."""
        number = self._number(request)
        told = self._told(number)
        self._faults.pop(number).remove()
        return JSONResponse(told)

    def _told(self, number: int) -> dict[str, Any]:
        handle = self._faults[number]
        return {"fault": number, "name": handle.rule.name, "hits": handle.hits}

    def _number(self, request: Request) -> int:
        number: int = request.path_params["number"]
        if number not in self._faults:
            raise MockError(f"there is no fault {number}")
        return number

    def _index(self, broker: int) -> int:
        if not 0 <= broker < len(self._cluster.brokers):
            raise MockError(f"there is no broker {broker}")
        return broker


async def _refused(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=400)


async def _content(request: Request) -> bytes:
    content = b""
    async for piece in request.stream():
        content += piece
        if len(content) > LARGEST:
            raise MockError(f"a request may have {LARGEST} bytes")
    return content


async def _body(request: Request, **kinds: Any) -> dict[str, Any]:
    """The JSON object of a request, whose keys are among `kinds` and of these types."""
    content = await _content(request)
    values = json.loads(content) if content.strip() else {}
    if not isinstance(values, dict):
        raise MockError("the request is no JSON object")
    for key, value in values.items():
        if key not in kinds:
            raise MockError(f"unknown key {key!r} (want {', '.join(kinds)})")
        if isinstance(value, bool) or not isinstance(value, kinds[key]):
            raise MockError(f"{key} cannot be {value!r}")
    return values
