"""Validation of messages: the rules of a broker, in its order and with its texts."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from protocol.errors import ProtocolError, ValidationError
from protocol.validate import (
    broker_spec,
    enums,
    fragment,
    header,
    journal,
    label,
    route,
    rules,
    token,
    url,
)
from protocol.validate.rules import Rule

__all__ = ["RULES", "Rule", "ValidationError", "validate"]

RULES: dict[str, Rule] = rules.table(
    family.RULES
    for family in (token, journal, url, enums, label, broker_spec, route, header, fragment)
)


def _accept(message: Message) -> None:
    """Accepts `message`: there are no rules for its type."""


_VALIDATORS: dict[str, Callable[[Any], None]] = {
    "protocol.Label": label.validate_label,
    "protocol.LabelSet": label.validate_label_set,
    "protocol.LabelSelector": label.validate_selector,
    "protocol.ProcessSpec": broker_spec.validate_process_spec,
    "protocol.ProcessSpec.ID": broker_spec.validate_process_id,
    "protocol.BrokerSpec": broker_spec.validate_broker_spec,
    "protocol.Fragment": fragment.validate_fragment,
    "protocol.Route": route.validate_route,
    "protocol.SHA1Sum": _accept,
    "protocol.Header": header.validate_header,
    "protocol.Header.Etcd": header.validate_etcd,
}


def validate(message: Message) -> None:
    """Returns if `message` is valid; it is never changed.

    Rules are those of a v0.101.0 broker, and the first that is broken is reported.

    Raises:
        ValidationError: `message` breaks a rule; the text is that of a broker.
        ProtocolError: There are no rules for messages of this type.
    """
    name = message.DESCRIPTOR.full_name
    validator = _VALIDATORS.get(name)
    if validator is None:
        raise ProtocolError(f"cannot validate a {name}: it is no message of the protocol")
    validator(message)
