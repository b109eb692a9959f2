"""The contract of a Gazette broker: what both ends of the wire agree on.

Every message and enum of the wire is here by its name, and `validate` for all of
them. gRPC is imported only when `JournalStub`, `JournalServicer` or
`add_JournalServicer_to_server` is first used.
"""

from typing import TYPE_CHECKING, Any

from protocol.errors import ProtocolError, ValidationError
from protocol.validate import validate
from protocol.wire.messages import (
    AppendRequest,
    AppendResponse,
    ApplyRequest,
    ApplyResponse,
    BrokerSpec,
    CompressionCodec,
    Duration,
    Fragment,
    FragmentsRequest,
    FragmentsResponse,
    FragmentStoreHealthRequest,
    FragmentStoreHealthResponse,
    Header,
    JournalSpec,
    Label,
    LabelSelector,
    LabelSet,
    ListRequest,
    ListResponse,
    ProcessSpec,
    ReadRequest,
    ReadResponse,
    ReplicateRequest,
    ReplicateResponse,
    Route,
    SHA1Sum,
    Status,
)

if TYPE_CHECKING:
    from protocol.wire.service import (
        JournalServicer,
        JournalStub,
        add_JournalServicer_to_server,
    )

_SERVICE_NAMES = ("JournalServicer", "JournalStub", "add_JournalServicer_to_server")

__all__ = [
    "AppendRequest",
    "AppendResponse",
    "ApplyRequest",
    "ApplyResponse",
    "BrokerSpec",
    "CompressionCodec",
    "Duration",
    "Fragment",
    "FragmentStoreHealthRequest",
    "FragmentStoreHealthResponse",
    "FragmentsRequest",
    "FragmentsResponse",
    "Header",
    "JournalServicer",
    "JournalSpec",
    "JournalStub",
    "Label",
    "LabelSelector",
    "LabelSet",
    "ListRequest",
    "ListResponse",
    "ProcessSpec",
    "ProtocolError",
    "ReadRequest",
    "ReadResponse",
    "ReplicateRequest",
    "ReplicateResponse",
    "Route",
    "SHA1Sum",
    "Status",
    "ValidationError",
    "add_JournalServicer_to_server",
    "validate",
]


def __getattr__(name: str) -> Any:
    if name not in _SERVICE_NAMES:
        raise AttributeError(f"module 'protocol' has no attribute {name!r}")
    from protocol.wire import service  # noqa: PLC0415 - importing grpc is slow, and few need it

    return getattr(service, name)
