"""Requests and responses of Apply."""

from typing import TYPE_CHECKING

from protocol.errors import ValidationError, within
from protocol.validate.enums import validate_status
from protocol.validate.header import validate_header
from protocol.validate.journal import validate_journal
from protocol.validate.journal_spec import validate_journal_spec
from protocol.validate.rules import rules_of

if TYPE_CHECKING:
    from protocol.wire.messages import ApplyRequest, ApplyResponse

RULES = (
    *rules_of("ApplyRequest", "APPLYREQ", ("changes", "each change is valid")),
    *rules_of(
        "ApplyRequest.Change",
        "CHANGE",
        ("delete", "a change does not both upsert and delete"),
        ("upsert", "the specification to upsert is valid"),
        ("expect_mod_revision", "an upsert expects a revision of 0 or more, or any by -1"),
        ("delete", "the journal to delete is valid"),
        ("expect_mod_revision", "a deletion expects a positive revision, or any by -1"),
        ("upsert", "a change upserts or deletes"),
    ),
    *rules_of(
        "ApplyResponse",
        "APPLYRESP",
        ("status", "the status is known"),
        ("header", "the header is valid"),
    ),
)
ANY_REVISION = -1


def validate_apply_request(request: "ApplyRequest") -> None:
    """Raises unless each change is valid; there may be none, or many of one journal."""
    for index, change in enumerate(request.changes):
        with within(f"Changes[{index}]", "VAL-APPLYREQ-01"):
            validate_change(change)


def validate_change(change: "ApplyRequest.Change") -> None:
    """Raises unless `change` is one valid upsert or deletion."""
    if change.HasField("upsert"):
        _validate_upsert(change)
    elif change.delete:
        with within("Delete", "VAL-CHANGE-04"):
            validate_journal(change.delete)
        _validate_revision(change, "VAL-CHANGE-05", least=1, bound="> 0")
    else:
        raise ValidationError(
            "VAL-CHANGE-06", "neither Upsert nor Delete are set (expected exactly one)"
        )


def _validate_upsert(change: "ApplyRequest.Change") -> None:
    if change.delete:
        raise ValidationError(
            "VAL-CHANGE-01", "both Upsert and Delete are set (expected exactly one)"
        )
    with within("Upsert", "VAL-CHANGE-02"):
        validate_journal_spec(change.upsert)
    _validate_revision(change, "VAL-CHANGE-03", least=0, bound=">= 0")


def _validate_revision(change: "ApplyRequest.Change", rule: str, *, least: int, bound: str) -> None:
    revision = change.expect_mod_revision
    if revision < least and revision != ANY_REVISION:
        raise ValidationError(
            rule, f"invalid ExpectModRevision ({revision}; expected {bound} or {ANY_REVISION})"
        )


def validate_apply_response(response: "ApplyResponse") -> None:
    """Raises unless status and header are valid."""
    with within("Status", "VAL-APPLYRESP-01"):
        validate_status(response.status)
    with within("Header", "VAL-APPLYRESP-02"):
        validate_header(response.header)
