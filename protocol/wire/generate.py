"""Generates `protocol.binpb` and `messages.pyi` from `protocol.proto`.

`python protocol/wire/generate.py` writes them; with `--check` it only compares,
and ends with 1 where a committed file is stale.
"""

import argparse
import re
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

HERE = Path(__file__).parent
HEADER = "# Generated from protocol.proto by generate.py; do not edit.\n"
POOL_STUB = """
from google.protobuf import descriptor_pool as _descriptor_pool

POOL: _descriptor_pool.DescriptorPool
MESSAGES: dict[str, type[_message.Message]]
ENUMS: dict[str, _enum_type_wrapper.EnumTypeWrapper]
Duration = _duration_pb2.Duration
"""


def render() -> dict[str, bytes]:
    """Returns the content of every generated file, by file name."""
    from grpc_tools import protoc  # noqa: PLC0415 - a development dependency

    with tempfile.TemporaryDirectory() as out:
        code = protoc.main(
            [
                "protoc",
                f"-I{HERE}",
                f"-I{files('grpc_tools').joinpath('_proto')}",
                f"--descriptor_set_out={out}/protocol.binpb",
                f"--pyi_out={out}",
                "protocol.proto",
            ]
        )
        if code:
            sys.exit(code)
        stub = Path(out, "protocol_pb2.pyi").read_text()
        return {
            "protocol.binpb": Path(out, "protocol.binpb").read_bytes(),
            "messages.pyi": (HEADER + _typed(stub)).encode(),
        }


def _typed(stub: str) -> str:
    """Drops the module-level enum constants, which `messages` does not have; types mappings."""
    stub = re.sub(r"^[A-Z_]+: (Status|CompressionCodec)\n", "", stub, flags=re.MULTILINE)
    stub = stub.replace("_Mapping]", "_Mapping[str, _Any]]").replace(
        "from typing import", "from typing import Any as _Any,", 1
    )
    return stub.replace("\nDESCRIPTOR:", f"{POOL_STUB}\nDESCRIPTOR:", 1)


def main() -> None:
    """Writes or checks the generated files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only")
    check = parser.parse_args().check
    stale = [
        name
        for name, content in render().items()
        if not (HERE / name).exists() or (HERE / name).read_bytes() != content
    ]
    if check:
        sys.exit(f"stale: {', '.join(stale)}; run python protocol/wire/generate.py" if stale else 0)
    for name, content in render().items():
        (HERE / name).write_bytes(content)


if __name__ == "__main__":
    main()
