"""What the calls of `JournalClient` may be told by name, for those who pass it on."""

from typing import TypedDict

from protocol.wire.messages import LabelSelector, LabelSet


class AppendOptions(TypedDict, total=False):
    """Options of `JournalClient.append`, which tells what they mean."""

    offset: int
    check_registers: LabelSelector | None
    union_registers: LabelSet | None
    subtract_registers: LabelSet | None
    suspend: int
    at_least_once: bool
    timeout: float | None


class ReadOptions(TypedDict, total=False):
    """Options of `JournalClient.read`, which tells what they mean."""

    end_offset: int
    block: bool
    begin_mod_time: int
    direct: bool


class FragmentsOptions(TypedDict, total=False):
    """Options of `JournalClient.list_fragments`, which tells what they mean."""

    begin_mod_time: int
    end_mod_time: int
    page_limit: int
    signature_ttl: float | None
