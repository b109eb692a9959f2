"""The gRPC service `protocol.Journal`: stub, servicer and registration.

The same classes serve `grpc` and `grpc.aio`: a stub built over either kind of
channel returns that kind of call, and a servicer may have plain or async methods.
"""

from dataclasses import dataclass
from typing import Any, NoReturn

import grpc
from google.protobuf.message import Message

from protocol.wire import messages as pb

SERVICE = "protocol.Journal"


@dataclass(frozen=True)
class Method:
    """One RPC: its name, message classes, and which sides stream."""

    name: str
    request: type[Message]
    response: type[Message]
    client_streams: bool = False
    server_streams: bool = False

    @property
    def path(self) -> str:
        """The HTTP/2 path of the RPC, such as `/protocol.Journal/List`."""
        return f"/{SERVICE}/{self.name}"

    @property
    def kind(self) -> str:
        """The name grpc gives the arity, such as `unary_stream`."""
        sides = (self.client_streams, self.server_streams)
        return "_".join("stream" if streams else "unary" for streams in sides)


METHODS = {
    method.name: method
    for method in (
        Method("List", pb.ListRequest, pb.ListResponse, server_streams=True),
        Method("Apply", pb.ApplyRequest, pb.ApplyResponse),
        Method("Read", pb.ReadRequest, pb.ReadResponse, server_streams=True),
        Method("Append", pb.AppendRequest, pb.AppendResponse, client_streams=True),
        Method(
            "Replicate",
            pb.ReplicateRequest,
            pb.ReplicateResponse,
            client_streams=True,
            server_streams=True,
        ),
        Method("ListFragments", pb.FragmentsRequest, pb.FragmentsResponse),
        Method(
            "FragmentStoreHealth", pb.FragmentStoreHealthRequest, pb.FragmentStoreHealthResponse
        ),
    )
}


class JournalStub:
    """Calls of the Journal service over a `grpc.Channel` or `grpc.aio.Channel`."""

    List: Any
    Apply: Any
    Read: Any
    Append: Any
    Replicate: Any
    ListFragments: Any
    FragmentStoreHealth: Any

    def __init__(self, channel: Any) -> None:
        """Binds every RPC of the service to `channel`; nothing is sent yet."""
        for method in METHODS.values():
            call = getattr(channel, method.kind)(
                method.path,
                request_serializer=method.request.SerializeToString,
                response_deserializer=method.response.FromString,
            )
            setattr(self, method.name, call)


class JournalServicer:
    """Base of servicers; an RPC that is not overridden answers UNIMPLEMENTED."""

    def List(self, request: Any, context: Any) -> Any:  # noqa: N802 - an RPC's name
        """Lists journals, or watches them."""
        _unimplemented(context)

    def Apply(self, request: Any, context: Any) -> Any:  # noqa: N802 - an RPC's name
        """Creates, updates and deletes journals in one transaction."""
        _unimplemented(context)

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802 - an RPC's name
        """Streams the content of a journal."""
        _unimplemented(context)

    def Append(self, request_iterator: Any, context: Any) -> Any:  # noqa: N802 - an RPC's name
        """Appends content to a journal, atomically."""
        _unimplemented(context)

    def Replicate(self, request_iterator: Any, context: Any) -> Any:  # noqa: N802 - an RPC's name
        """Keeps a replica in step with its primary."""
        _unimplemented(context)

    def ListFragments(self, request: Any, context: Any) -> Any:  # noqa: N802 - an RPC's name
        """Lists the fragments of a journal."""
        _unimplemented(context)

    def FragmentStoreHealth(self, request: Any, context: Any) -> Any:  # noqa: N802 - an RPC's name
        """Tells whether a fragment store works."""
        _unimplemented(context)


def _unimplemented(context: Any) -> NoReturn:
    context.set_code(grpc.StatusCode.UNIMPLEMENTED)
    context.set_details("Method not implemented!")
    raise NotImplementedError("Method not implemented!")


def add_JournalServicer_to_server(servicer: JournalServicer, server: Any) -> None:  # noqa: N802 - the name grpc's generator gives
    """Registers `servicer` under `protocol.Journal` on a sync or aio server."""
    handlers = {
        name: getattr(grpc, f"{method.kind}_rpc_method_handler")(
            getattr(servicer, name),
            request_deserializer=method.request.FromString,
            response_serializer=method.response.SerializeToString,
        )
        for name, method in METHODS.items()
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    server.add_registered_method_handlers(SERVICE, handlers)
