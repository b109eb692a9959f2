"""Validation of messages: the rules of a broker, in its order and with its texts."""

from collections.abc import Callable
from functools import partial
from typing import Any

from google.protobuf.message import Message

from protocol.errors import ProtocolError, ValidationError
from protocol.releases import Release
from protocol.validate import (
    append,
    apply,
    broker_spec,
    enums,
    fragment,
    header,
    journal,
    journal_spec,
    label,
    list_fragments,
    read,
    replicate,
    route,
    rules,
    store_health,
    token,
    url,
)
from protocol.validate import (
    list as list_,
)
from protocol.validate.rules import Rule

__all__ = ["RULES", "Release", "Rule", "ValidationError", "validate"]

_FAMILIES = (
    *(token, journal, url, enums, label, journal_spec, broker_spec, route, header, fragment),
    *(read, append, replicate, list_, apply, list_fragments, store_health),
)
RULES: dict[str, Rule] = rules.table(family.RULES for family in _FAMILIES)
"""Every rule, by its identifier."""


def _accept(message: Message) -> None:
    """Accepts `message`: there are no rules for its type."""


_V0_101: dict[str, Callable[[Any], None]] = {
    "protocol.Label": label.validate_label,
    "protocol.LabelSet": label.validate_label_set,
    "protocol.LabelSelector": label.validate_selector,
    "protocol.JournalSpec": journal_spec.validate_journal_spec,
    "protocol.JournalSpec.Fragment": journal_spec.validate_spec_fragment,
    "protocol.JournalSpec.Suspend": journal_spec.validate_suspend,
    "protocol.ProcessSpec": broker_spec.validate_process_spec,
    "protocol.ProcessSpec.ID": broker_spec.validate_process_id,
    "protocol.BrokerSpec": broker_spec.validate_broker_spec,
    "protocol.Fragment": fragment.validate_fragment,
    "protocol.SHA1Sum": _accept,
    "protocol.ReadRequest": read.validate_read_request,
    "protocol.ReadResponse": read.validate_read_response,
    "protocol.AppendRequest": append.validate_append_request,
    "protocol.AppendResponse": append.validate_append_response,
    "protocol.ReplicateRequest": replicate.validate_replicate_request,
    "protocol.ReplicateResponse": replicate.validate_replicate_response,
    "protocol.ListRequest": list_.validate_list_request,
    "protocol.ListResponse": list_.validate_list_response,
    "protocol.ListResponse.Journal": list_.validate_listed_journal,
    "protocol.ApplyRequest": apply.validate_apply_request,
    "protocol.ApplyRequest.Change": apply.validate_change,
    "protocol.ApplyResponse": apply.validate_apply_response,
    "protocol.FragmentsRequest": list_fragments.validate_fragments_request,
    "protocol.FragmentsResponse": list_fragments.validate_fragments_response,
    "protocol.FragmentsResponse._Fragment": list_fragments.validate_listed_fragment,
    "protocol.Route": route.validate_route,
    "protocol.Header": header.validate_header,
    "protocol.Header.Etcd": header.validate_etcd,
    "protocol.FragmentStoreHealthRequest": store_health.validate_health_request,
    "protocol.FragmentStoreHealthResponse": store_health.validate_health_response,
}
_VALIDATORS: dict[Release, dict[str, Callable[[Any], None]]] = {
    Release.V0_101: _V0_101,
    Release.NEWEST: {
        **_V0_101,
        "protocol.AppendRequest": partial(append.validate_append_request, release=Release.NEWEST),
        "protocol.FragmentStoreHealthRequest": partial(
            store_health.validate_health_request, release=Release.NEWEST
        ),
    },
}


def validate(message: Message, release: Release = Release.V0_101) -> None:
    """Returns if `message` is valid for a broker of `release`; it is never changed.

    Raises:
        ValidationError: `message` breaks a rule; the first broken one is told, and the
            text is that of a broker.
        ProtocolError: There are no messages of this type in the protocol.
    """
    name = message.DESCRIPTOR.full_name
    validator = _VALIDATORS[release].get(name)
    if validator is None:
        raise ProtocolError(f"cannot validate a {name}: it is no message of the protocol")
    validator(message)
