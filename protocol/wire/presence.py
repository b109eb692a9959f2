"""Which messages inside messages a broker holds always, and which only if sent."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.protobuf.descriptor import FieldDescriptor

_OPTIONAL = frozenset(
    f"protocol.{name}"
    for name in (
        "JournalSpec.suspend",
        "ReadRequest.header",
        "ReadResponse.header",
        "ReadResponse.fragment",
        "AppendRequest.header",
        "AppendRequest.check_registers",
        "AppendRequest.union_registers",
        "AppendRequest.subtract_registers",
        "AppendResponse.commit",
        "AppendResponse.registers",
        "ReplicateRequest.header",
        "ReplicateRequest.proposal",
        "ReplicateRequest.registers",
        "ReplicateResponse.header",
        "ReplicateResponse.fragment",
        "ReplicateResponse.registers",
        "ListRequest.watch_resume",
        "ApplyRequest.Change.upsert",
        "FragmentsRequest.header",
        "FragmentsRequest.signatureTTL",
    )
)


def is_always_present(field: "FieldDescriptor") -> bool:
    """Tells whether a broker holds, sends and prints the message `field` even if empty.

    Such a field is sent with length zero, and its absence is read as the empty message.
    """
    return (
        field.message_type is not None
        and not field.is_repeated
        and field.full_name not in _OPTIONAL
    )
