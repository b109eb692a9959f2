"""Message classes of the `protocol` package, in a descriptor pool of their own.

A process may already have loaded somebody else's generated `protocol.*` into
protobuf's default pool. Building ours in `POOL` lets both live side by side, in
either order of import.
"""

import pkgutil
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, duration_pb2, message_factory
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

POOL = descriptor_pool.DescriptorPool()


def _load() -> Any:
    described = descriptor_pb2.FileDescriptorSet.FromString(
        pkgutil.get_data(__package__, "protocol.binpb") or b""
    )
    POOL.AddSerializedFile(duration_pb2.DESCRIPTOR.serialized_pb)
    for file in described.file:
        POOL.AddSerializedFile(file.SerializeToString())
    return POOL.FindFileByName(described.file[-1].name)


DESCRIPTOR = _load()
Duration = message_factory.GetMessageClass(POOL.FindMessageTypeByName("google.protobuf.Duration"))
MESSAGES = {
    name: message_factory.GetMessageClass(descriptor)
    for name, descriptor in DESCRIPTOR.message_types_by_name.items()
}
ENUMS = {
    name: EnumTypeWrapper(descriptor) for name, descriptor in DESCRIPTOR.enum_types_by_name.items()
}

globals().update(MESSAGES)
globals().update(ENUMS)

__all__ = ["DESCRIPTOR", "ENUMS", "MESSAGES", "POOL", "Duration", *MESSAGES, *ENUMS]  # noqa: PLE0604 - names come from the descriptor
