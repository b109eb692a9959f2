"""The control API, asked by a plain HTTP client of a cluster that serves."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import grpc
import httpx
import pytest

import protocol as pb
from mockbroker import MockCluster
from mockbroker.http.port import HttpPort, listen, url_of
from mockbroker.http.side import control_side

Scene = Callable[[MockCluster, httpx.AsyncClient], Awaitable[None]]


@asynccontextmanager
async def controlled(brokers: int) -> AsyncIterator[tuple[MockCluster, httpx.AsyncClient]]:
    """A cluster, and a client of its control API."""
    async with MockCluster(brokers) as cluster:
        listener = listen()
        port = HttpPort(listener, control_side(cluster))
        async with httpx.AsyncClient(base_url=url_of(listener), trust_env=False) as client:
            yield cluster, client
        await port.close()


def play(scene: Scene, brokers: int = 3) -> None:
    """Plays a scene with a cluster of its own."""

    async def main() -> None:
        async with controlled(brokers) as (cluster, client):
            await scene(cluster, client)

    asyncio.run(main())


async def apply(address: str) -> str:
    """The code of an Apply of nothing."""
    async with grpc.aio.insecure_channel(address) as channel:
        try:
            await pb.JournalStub(channel).Apply(pb.ApplyRequest(), timeout=5)
        except grpc.aio.AioRpcError as error:
            return str(error.code().name)
    return "OK"


def test_brokers_are_killed_and_started_again() -> None:
    """A killed broker is gone and told so; started again it serves at the same address."""

    async def scene(cluster: MockCluster, client: httpx.AsyncClient) -> None:
        address = cluster.brokers[1].address
        assert (await client.post("/brokers/1/kill")).json() == {"done": "kill"}
        assert await apply(address) == "UNAVAILABLE"
        shown = (await client.get("/")).json()["brokers"]
        assert [each["running"] for each in shown] == [True, False, True]
        assert (await client.post("/brokers/1/start")).json() == {"done": "start"}
        assert await apply(address) == "OK"

    play(scene)


def test_brokers_stop_and_are_added() -> None:
    """A broker without journals stops at once; one that is added serves."""

    async def scene(_cluster: MockCluster, client: httpx.AsyncClient) -> None:
        assert (await client.post("/brokers/0/stop")).status_code == 200
        added = (await client.post("/brokers", json={"zone": "zone-z"})).json()
        assert added["broker"] == 2
        assert await apply(added["address"]) == "OK"

    play(scene, brokers=2)


def test_a_foreign_member_gets_replicas() -> None:
    """A server of the caller's own is a member at once, with an endpoint and a limit."""

    async def scene(cluster: MockCluster, client: httpx.AsyncClient) -> None:
        member = {"zone": "zone-z", "suffix": "foreign", "endpoint": "http://127.0.0.1:9"}
        answer = await client.post("/members", json={**member, "limit": 7})
        assert answer.status_code == 200
        joined = [each for each in cluster.etcd.truth.members.values() if each.limit == 7]
        assert [(each.id.zone, each.endpoint) for each in joined] == [
            ("zone-z", "http://127.0.0.1:9")
        ]

    play(scene, brokers=1)


def test_faults_are_put_in_place_and_taken_away() -> None:
    """A rule in YAML hits calls, counts them, and is gone once it is deleted."""

    async def scene(cluster: MockCluster, client: httpx.AsyncClient) -> None:
        rule = "rules: [{rpc: Apply, action: {error: {code: DATA_LOSS, details: by request}}}]"
        (number,) = (await client.post("/faults", content=rule)).json()["faults"]
        address = cluster.brokers[0].address
        assert await apply(address) == "DATA_LOSS"
        assert (await client.get(f"/faults/{number}")).json()["hits"] == 1
        assert (await client.delete(f"/faults/{number}")).status_code == 200
        assert await apply(address) == "OK"
        await client.post("/faults", content=rule)
        await client.delete("/faults")
        assert await apply(address) == "OK"

    play(scene, brokers=1)


@pytest.mark.parametrize(
    ("method", "path", "content", "sentence"),
    [
        ("POST", "/brokers/9/kill", "", "there is no broker 9"),
        ("POST", "/brokers/0/dance", "", "cannot dance a broker"),
        ("POST", "/brokers/0/start", "", "broker 0 runs"),
        ("POST", "/brokers/0/lag", "", "lag wants seconds"),
        ("POST", "/brokers/0/lag", '{"seconds": -1}', "lag wants seconds"),
        ("POST", "/brokers/0/lag", '{"seconds": true}', "seconds cannot be True"),
        ("POST", "/brokers", '{"zones": "a"}', "unknown key 'zones'"),
        ("POST", "/brokers", "[1]", "no JSON object"),
        ("POST", "/brokers", "{", "Expecting property name"),
        ("POST", "/primary", '{"journal": "acme/one"}', "primary wants"),
        ("POST", "/faults", "rules: [{rpx: Append}]", "unknown key 'rpx'"),
        ("POST", "/faults", "x" * (1 << 20 | 1), "a request may have"),
        ("POST", "/members", '{"zone": "z"}', "members wants a zone, a suffix, an endpoint"),
        (
            "POST",
            "/members",
            '{"zone": "z", "suffix": "s", "endpoint": "http://h:1", "limit": 1}',
            "Suffix",
        ),
        ("GET", "/faults/3", "", "there is no fault 3"),
        ("DELETE", "/faults/3", "", "there is no fault 3"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    method: str, path: str, content: str, sentence: str
) -> None:
    """The answer is 400 with the reason, and the cluster is as before."""

    async def scene(cluster: MockCluster, client: httpx.AsyncClient) -> None:
        answer = await client.request(method, path, content=content)
        assert answer.status_code == 400
        assert sentence in answer.json()["error"]
        assert await apply(cluster.brokers[0].address) == "OK"

    play(scene, brokers=1)
