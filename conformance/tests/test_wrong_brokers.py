"""Brokers that are wrong altogether fail nearly everything, and soon."""

import itertools
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest

from conformance.tests.command import conform
from protocol.wire.service import METHODS, SERVICE, Method

AREAS = ("--area", "list", "--area", "read", "--area", "append")


def _agreeable(method: Method) -> Any:
    """A handler that answers any request with an empty message, which says OK."""

    def one(request: Any, _: Any) -> Any:
        list(request if method.client_streams else [])
        return method.response()

    def several(request: Any, _: Any) -> Iterator[Any]:
        list(request if method.client_streams else [])
        yield method.response()

    answer: Callable[..., Any] = several if method.server_streams else one
    return getattr(grpc, f"{method.kind}_rpc_method_handler")(
        answer,
        request_deserializer=method.request.FromString,
        response_serializer=method.response.SerializeToString,
    )


@pytest.fixture
def agreeable() -> Iterator[str]:
    """HOST:PORT of a server that answers OK to everything."""
    server = grpc.server(ThreadPoolExecutor(8))
    handlers = {name: _agreeable(method) for name, method in METHODS.items()}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None)


@pytest.fixture
def silent() -> Iterator[str]:
    """HOST:PORT of a server that takes every call, and answers none."""
    over = threading.Event()

    def wait(*_: Any) -> Iterator[Any]:
        over.wait()
        yield from ()

    handler = grpc.stream_stream_rpc_method_handler(wait)
    server = grpc.server(ThreadPoolExecutor(64))
    handlers = dict.fromkeys(METHODS, handler)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    over.set()
    server.stop(None)


def test_silent_broker_is_given_up(silent: str, tmp_path: Path) -> None:
    """A broker that never answers fails what it is asked, and is not asked for hours."""
    ended = conform("run", "--target", silent, "--patience", "0.1", folder=tmp_path)
    assert ended.code == 1, ended
    assert "stopped early: 40 tests waited in vain for the target" in ended.out
    text = (tmp_path / "conformance-results.jsonl").read_text()
    tests = [line for line in map(json.loads, text.splitlines()) if line["type"] == "test"]
    failed = [line for line in tests if line["outcome"] == "failed"]
    assert len(tests) < 800
    assert len(failed) > len(tests) / 2


@pytest.fixture
def mortal() -> Iterator[str]:
    """HOST:PORT of a server that ends for good at the tenth call."""
    calls, over = itertools.count(1), threading.Event()

    def count(*_: Any) -> Iterator[Any]:
        if next(calls) == 10:
            over.set()
        yield from ()

    server = grpc.server(ThreadPoolExecutor(8))
    handlers = dict.fromkeys(METHODS, grpc.stream_stream_rpc_method_handler(count))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    ending = threading.Thread(target=lambda: over.wait() and server.stop(None))
    ending.start()
    yield f"127.0.0.1:{port}"
    over.set()
    ending.join()


def test_broker_that_dies_ends_the_run(mortal: str, tmp_path: Path) -> None:
    """Once a broker is gone the test after which it is gone is named, and the rest is not run."""
    ended = conform("run", "--target", mortal, folder=tmp_path)
    assert ended.code == 1, ended
    assert "stopped early: the target is gone since test_" in ended.out
    text = (tmp_path / "conformance-results.jsonl").read_text()
    tests = [line for line in map(json.loads, text.splitlines()) if line["type"] == "test"]
    assert len(tests) < 800


@pytest.mark.parametrize("broker", ["hollow", "agreeable"])
def test_wrong_broker_fails_nearly_everything(
    broker: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """A broker that implements nothing, or says OK to everything, passes one in fifty at most."""
    target = request.getfixturevalue(broker)
    assert conform("run", "--target", target, *AREAS, folder=tmp_path).code == 1
    text = (tmp_path / "conformance-results.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    outcomes = Counter(line["outcome"] for line in lines if line["type"] == "requirement")
    assert outcomes["failed"] > 100
    assert outcomes["passed"] <= outcomes["failed"] / 50
    assert outcomes["error"] == 0
