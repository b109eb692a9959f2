"""Bad input gets a gRPC error, as of a real broker, and the mock goes on serving."""

import threading
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import protocol as pb
from mockbroker import SyncMockCluster
from mockbroker.tests.faults.plain import Client, slowly
from protocol.wire.service import METHODS, SERVICE


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A client of one broker, which has the journal acme/bad."""
    with SyncMockCluster() as cluster:
        found = Client(cluster.brokers[0].address)
        found.create("acme/bad")
        yield found
        found.close()


def call(client: Client, rpc: str, *bodies: bytes) -> tuple[str, str]:
    """Code and text of a call with these bytes for requests."""
    channel: Any = client.channel
    try:
        list(channel.stream_stream(f"/{SERVICE}/{rpc}")(iter(bodies), timeout=5))
    except grpc.RpcError as error:
        return error.code().name, error.details() or ""
    return "OK", ""


def serves(client: Client) -> bool:
    """Whether the broker still takes appends."""
    return client.append("acme/bad", b"x").status == "OK"


@pytest.mark.parametrize("rpc", METHODS)
def test_bytes_that_are_no_message(client: Client, rpc: str) -> None:
    """Bytes that cannot be decoded are INTERNAL, with the text of the arity."""
    method = METHODS[rpc]
    unary = not (method.client_streams or method.server_streams)
    what = "error unmarshalling request" if unary else "failed to unmarshal the received message"

    assert call(client, rpc, b"\xff\xff\xff") == ("INTERNAL", f"grpc: {what}: unexpected EOF")
    assert serves(client)


@settings(max_examples=200)
@given(st.sampled_from(list(METHODS)), st.lists(st.binary(max_size=40), min_size=1, max_size=3))
def test_random_bytes(client: Client, rpc: str, bodies: list[bytes]) -> None:
    """Whatever the bytes, the call ends with an answer or a clean error of the broker's."""
    code, details = call(client, rpc, *bodies)

    assert code in {"OK", "UNKNOWN", "INTERNAL"}
    assert "mock broker failed" not in details
    assert serves(client)


@pytest.mark.parametrize("rpc", ["Nope", "append", "", "List/"])
def test_unknown_methods(client: Client, rpc: str) -> None:
    """A method that is not there is UNIMPLEMENTED."""
    code, details = call(client, rpc, b"")

    assert code == "UNIMPLEMENTED"
    assert details.startswith("unknown ")


def test_an_unknown_service(client: Client) -> None:
    """A service that is not there is told as such."""
    channel: Any = client.channel
    with pytest.raises(grpc.RpcError, match="unknown service other"):
        channel.unary_unary("/other.Service/List")(b"", timeout=5)


@pytest.mark.parametrize("rpc", METHODS)
def test_a_message_of_5_mib(client: Client, rpc: str) -> None:
    """A request above 4 MiB is RESOURCE_EXHAUSTED, and both sizes are told."""
    body = pb.AppendRequest(content=bytes(5 << 20)).SerializeToString()
    first = pb.AppendRequest(journal="acme/bad").SerializeToString()

    code, details = call(client, rpc, *([first, body] if rpc == "Append" else [body]))

    assert code == "RESOURCE_EXHAUSTED"
    assert details == f"grpc: received message larger than max ({len(body)} vs. 4194304)"
    assert serves(client)


def test_a_message_of_4_mib_is_taken(client: Client) -> None:
    """A request of exactly 4 MiB is no error."""
    content = bytes((4 << 20) - 5)

    assert len(pb.AppendRequest(content=content).SerializeToString()) == 4 << 20
    assert client.append("acme/bad", content).status == "OK"


def test_a_client_that_stalls(client: Client) -> None:
    """An append that does not go on is cut after a second; nothing of it is left."""
    gate = threading.Event()
    head = client.append("acme/bad").first.commit.end
    requests = [pb.AppendRequest(journal="acme/bad"), pb.AppendRequest(content=b"slow")]

    outcome = client.append_raw(slowly([*requests, pb.AppendRequest()], gate))
    gate.set()

    assert (outcome.code, outcome.details) == (
        "UNKNOWN",
        "append stream: client stream didn't sustain the minimum append data rate",
    )
    assert client.append("acme/bad", b"x").first.commit.begin == head


def test_a_client_that_goes_away(client: Client) -> None:
    """A cancelled append leaves nothing behind and blocks nobody."""
    head = client.append("acme/bad").first.commit.end
    gate = threading.Event()
    requests = [pb.AppendRequest(journal="acme/bad"), pb.AppendRequest(content=b"gone")]
    pending = client.stub.Append.future(slowly([*requests, pb.AppendRequest()], gate))
    pending.cancel()
    gate.set()

    assert client.append("acme/bad", b"x").first.commit.begin == head
