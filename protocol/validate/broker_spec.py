"""Processes and brokers."""

from typing import TYPE_CHECKING

from protocol.errors import ValidationError, within
from protocol.validate.rules import rules_of
from protocol.validate.token import TOKEN_SYMBOLS, validate_token
from protocol.validate.url import validate_endpoint

if TYPE_CHECKING:
    from protocol.wire.messages import BrokerSpec, ProcessSpec

RULES = (
    *rules_of(
        "ProcessSpec.ID",
        "PROCESSID",
        ("zone", "the zone is of 1 to 32 bytes"),
        ("zone", "the zone is a token"),
        ("suffix", "the suffix is of 4 to 128 bytes"),
        ("suffix", "the suffix is a token"),
    ),
    *rules_of(
        "ProcessSpec",
        "PROCESSSPEC",
        ("id", "the id is valid"),
        ("endpoint", "the endpoint is valid"),
    ),
    *rules_of(
        "BrokerSpec",
        "BROKERSPEC",
        ("process_spec", "the process is valid"),
        ("journal_limit", "the limit of journals is at most 131072"),
    ),
)
_ZONE = ("VAL-PROCESSID-01", "VAL-PROCESSID-02")
_SUFFIX = ("VAL-PROCESSID-03", "VAL-PROCESSID-04")
_MAX_JOURNALS = 1 << 17


def validate_process_id(process: "ProcessSpec.ID") -> None:
    """Raises unless zone and suffix are tokens of the right lengths."""
    with within("Zone"):
        validate_token(process.zone, TOKEN_SYMBOLS, 1, 32, _ZONE)
    with within("Suffix"):
        validate_token(process.suffix, TOKEN_SYMBOLS, 4, 128, _SUFFIX)


def validate_process_spec(spec: "ProcessSpec") -> None:
    """Raises unless id and endpoint are valid."""
    with within("Id", "VAL-PROCESSSPEC-01"):
        validate_process_id(spec.id)
    with within("Endpoint", "VAL-PROCESSSPEC-02"):
        validate_endpoint(spec.endpoint)


def validate_broker_spec(spec: "BrokerSpec") -> None:
    """Raises unless the process is valid and the limit of journals in bounds."""
    with within("", "VAL-BROKERSPEC-01"):
        validate_process_spec(spec.process_spec)
    if spec.journal_limit > _MAX_JOURNALS:
        raise ValidationError(
            "VAL-BROKERSPEC-02",
            f"invalid JournalLimit ({spec.journal_limit}; "
            f"expected 0 <= JournalLimit <= {_MAX_JOURNALS})",
        )
