"""The message classes and their descriptor pool."""

import subprocess
import sys

import pytest

SECOND_COPY = """
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from importlib.resources import files
import importlib.util, pathlib
root = pathlib.Path(importlib.util.find_spec("protocol").submodule_search_locations[0])
described = descriptor_pb2.FileDescriptorSet.FromString((root / "wire/protocol.binpb").read_bytes())
file = described.file[-1]
file.name = "somebody/elses/protocol.proto"
from google.protobuf import duration_pb2
descriptor_pool.Default().AddSerializedFile(file.SerializeToString())
Other = message_factory.GetMessageClass(
    descriptor_pool.Default().FindMessageTypeByName("protocol.JournalSpec"))
"""
USE = """
assert Other is not protocol.JournalSpec
spec = protocol.JournalSpec(name="acme/one", replication=3)
spec.fragment.refresh_interval.FromSeconds(60)
assert Other.FromString(spec.SerializeToString()).SerializeToString() == spec.SerializeToString()
"""


def _run(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "code",
    [SECOND_COPY + "import protocol\n" + USE, "import protocol\n" + SECOND_COPY + USE],
    ids=["theirs-first", "ours-first"],
)
def test_lives_beside_another_copy_of_the_same_proto(code: str) -> None:
    """A process with somebody else's `protocol.*` in the default pool can use ours."""
    _run(code)


def test_import_leaves_grpc_alone() -> None:
    """`import protocol` does not import grpc; asking for the stub does."""
    _run(
        "import sys, protocol; assert 'grpc' not in sys.modules;"
        "protocol.JournalStub; assert 'grpc' in sys.modules"
    )
