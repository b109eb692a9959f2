"""Requests and responses of Replicate."""

from typing import TYPE_CHECKING

from protocol.errors import ValidationError, within
from protocol.text import compact_text
from protocol.validate.enums import validate_status
from protocol.validate.fragment import validate_fragment
from protocol.validate.header import validate_header
from protocol.validate.label import validate_label_set
from protocol.validate.rules import rules_of
from protocol.wire.messages import Status

if TYPE_CHECKING:
    from protocol.wire.messages import ReplicateRequest, ReplicateResponse

RULES = (
    *rules_of(
        "ReplicateRequest",
        "REPLREQ",
        ("header", "the header of a proposal is absent or valid"),
        ("acknowledge", "a header comes with a wish to acknowledge"),
        ("proposal", "the proposal is valid"),
        ("registers", "a proposal has registers; without, they count as empty"),
        ("registers", "the registers of a proposal are valid"),
        ("content", "a proposal comes without content"),
        ("content_delta", "a proposal comes without a delta"),
        ("deprecated_journal", "the old field of the journal is empty, or agrees"),
        ("content", "without a proposal there is content, which may be empty"),
        ("content_delta", "the delta of content is not negative"),
        ("header", "content comes without a header"),
        ("registers", "content comes without registers"),
        ("acknowledge", "content comes without a wish to acknowledge"),
        ("deprecated_journal", "content comes without the old field of the journal"),
    ),
    *rules_of(
        "ReplicateResponse",
        "REPLRESP",
        ("status", "the status is known"),
        ("header", "a wrong route is answered with a header"),
        ("header", "the header of a wrong route is valid"),
        ("header", "no other status has a header"),
        ("fragment", "a mismatch is answered with a fragment"),
        ("fragment", "the fragment of a mismatch is valid"),
        ("registers", "a mismatch is answered with registers"),
        ("registers", "the registers of a mismatch are valid"),
        ("fragment", "no other status has a fragment"),
        ("registers", "no other status has registers"),
    ),
)


def validate_replicate_request(request: "ReplicateRequest") -> None:
    """Raises unless `request` is valid, as a proposal or as content.

    A broker gives a proposal without registers empty ones while it validates; here the
    request stays as it is.
    """
    if request.HasField("proposal"):
        _validate_proposal(request)
    else:
        _validate_content(request)


def _validate_proposal(request: "ReplicateRequest") -> None:
    if request.HasField("header"):
        with within("Header", "VAL-REPLREQ-01"):
            validate_header(request.header)
        if not request.acknowledge:
            raise ValidationError("VAL-REPLREQ-02", "expected Acknowledge with Header")
    with within("Proposal", "VAL-REPLREQ-03"):
        validate_fragment(request.proposal)
    with within("Registers", "VAL-REPLREQ-05"):
        validate_label_set(request.registers)
    if request.HasField("content"):
        raise ValidationError(
            "VAL-REPLREQ-06", f"unexpected Content with Proposal (len {len(request.content)})"
        )
    if request.content_delta:
        raise ValidationError(
            "VAL-REPLREQ-07", f"unexpected ContentDelta with Proposal ({request.content_delta})"
        )
    if request.deprecated_journal not in {"", request.proposal.journal}:
        raise ValidationError(
            "VAL-REPLREQ-08",
            "DeprecatedJournal and Proposal.Journal mismatch "
            f"({request.deprecated_journal} vs {request.proposal.journal})",
        )


def _validate_content(request: "ReplicateRequest") -> None:
    if not request.HasField("content"):
        raise ValidationError("VAL-REPLREQ-09", "expected Content or Proposal")
    if request.content_delta < 0:
        raise ValidationError(
            "VAL-REPLREQ-10", f"invalid ContentDelta ({request.content_delta}; expected >= 0)"
        )
    if request.HasField("header"):
        raise _unexpected("VAL-REPLREQ-11", f"Header with Content ({compact_text(request.header)})")
    if request.HasField("registers"):
        text = compact_text(request.registers)
        raise _unexpected("VAL-REPLREQ-12", f"Registers with Content ({text})")
    if request.acknowledge:
        raise _unexpected("VAL-REPLREQ-13", "Acknowledge with Content")
    if request.deprecated_journal:
        raise _unexpected("VAL-REPLREQ-14", "DeprecatedJournal with Content")


def validate_replicate_response(response: "ReplicateResponse") -> None:
    """Raises unless `response` is valid.

    Brokers send a header with the first response of a stream, whatever its status, so
    what they send may fail this; they never validate what they receive.
    """
    with within("Status", "VAL-REPLRESP-01"):
        validate_status(response.status)
    _validate_route_answer(response)
    if response.status == Status.PROPOSAL_MISMATCH:
        _validate_mismatch(response)
        return
    if response.HasField("fragment"):
        raise _unexpected("VAL-REPLRESP-09", f"Fragment ({compact_text(response.fragment)})")
    if response.HasField("registers"):
        raise _unexpected("VAL-REPLRESP-10", f"Registers ({compact_text(response.registers)})")


def _validate_route_answer(response: "ReplicateResponse") -> None:
    present = response.HasField("header")
    if response.status == Status.WRONG_ROUTE:
        if not present:
            raise ValidationError("VAL-REPLRESP-02", "expected Header")
        with within("Header", "VAL-REPLRESP-03"):
            validate_header(response.header)
    elif present:
        raise _unexpected("VAL-REPLRESP-04", f"Header ({compact_text(response.header)})")


def _validate_mismatch(response: "ReplicateResponse") -> None:
    if not response.HasField("fragment"):
        raise ValidationError("VAL-REPLRESP-05", "expected Fragment")
    with within("Fragment", "VAL-REPLRESP-06"):
        validate_fragment(response.fragment)
    if not response.HasField("registers"):
        raise ValidationError("VAL-REPLRESP-07", "expected Registers")
    with within("Registers", "VAL-REPLRESP-08"):
        validate_label_set(response.registers)


def _unexpected(rule: str, what: str) -> ValidationError:
    return ValidationError(rule, f"unexpected {what}")
