"""Targets of the suite's own tests: the mock, and a server that implements nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

import protocol
from conformance.launch import LaunchPlan, launch


@pytest.fixture(scope="session")
def mock() -> Iterator[str]:
    """HOST:PORT of a mock broker that checks no tokens."""
    launched = launch(LaunchPlan())
    yield launched.spec.addresses[0]
    launched.stop()


@pytest.fixture
def hollow() -> Iterator[str]:
    """HOST:PORT of a server whose every RPC is unimplemented."""
    server = grpc.server(ThreadPoolExecutor(4))
    protocol.add_JournalServicer_to_server(protocol.JournalServicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None)
