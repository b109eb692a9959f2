"""Requests and responses of Read."""

from typing import TYPE_CHECKING

from protocol.errors import ValidationError, within
from protocol.text import compact_text
from protocol.validate.enums import enum_text, validate_status
from protocol.validate.fragment import validate_fragment
from protocol.validate.header import validate_header
from protocol.validate.journal import validate_journal
from protocol.validate.rules import rules_of
from protocol.validate.url import validate_url
from protocol.wire.messages import Status

if TYPE_CHECKING:
    from protocol.wire.messages import ReadRequest, ReadResponse

RULES = (
    *rules_of(
        "ReadRequest",
        "READREQ",
        ("header", "the header is absent or valid"),
        ("journal", "the journal is valid"),
        ("offset", "the offset is -1 or more"),
        ("end_offset", "the end offset is zero, or not before the offset"),
    ),
    *rules_of(
        "ReadResponse",
        "READRESP",
        ("status", "the status is known"),
        ("content", "content comes with status OK"),
        ("header", "content comes without a header"),
        ("write_head", "content comes without a write head"),
        ("fragment", "content comes without a fragment"),
        ("fragment_url", "content comes without a URL"),
        ("header", "the header is absent or valid"),
        ("write_head", "the write head is not negative"),
        ("fragment", "the fragment is valid"),
        ("offset", "the offset is within the fragment"),
        ("write_head", "the write head is not before the fragment's end"),
        ("fragment_url", "the URL of the fragment is one"),
        ("offset", "an OK response with an offset has a fragment or content"),
        ("fragment_url", "a URL comes with a fragment"),
    ),
)


def validate_read_request(request: "ReadRequest") -> None:
    """Raises unless `request` is valid."""
    if request.HasField("header"):
        with within("Header", "VAL-READREQ-01"):
            validate_header(request.header)
    with within("Journal", "VAL-READREQ-02"):
        validate_journal(request.journal)
    if request.offset < -1:
        raise ValidationError(
            "VAL-READREQ-03",
            f"invalid Offset ({request.offset}; expected -1 <= Offset <= MaxInt64)",
        )
    if request.end_offset and request.end_offset < max(0, request.offset):
        raise ValidationError(
            "VAL-READREQ-04",
            f"invalid EndOffset ({request.end_offset}; expected 0 or Offset <= EndOffset)",
        )


def validate_read_response(response: "ReadResponse") -> None:
    """Raises unless `response` is valid, as one of content (which may be empty) or not."""
    with within("Status", "VAL-READRESP-01"):
        validate_status(response.status)
    if response.HasField("content"):
        _validate_content(response)
        return
    if response.HasField("header"):
        with within("Header", "VAL-READRESP-07"):
            validate_header(response.header)
    if response.write_head < 0:
        raise ValidationError(
            "VAL-READRESP-08", f"invalid WriteHead ({response.write_head}; expected >= 0)"
        )
    if response.HasField("fragment"):
        _validate_metadata(response)
    else:
        _validate_bare(response)


def _validate_content(response: "ReadResponse") -> None:
    if response.status != Status.OK:
        status = enum_text(Status, response.status)
        raise _unexpected("VAL-READRESP-02", f"Status with Content ({status})")
    if response.HasField("header"):
        text = compact_text(response.header)
        raise _unexpected("VAL-READRESP-03", f"Header with Content ({text})")
    if response.write_head:
        raise _unexpected("VAL-READRESP-04", f"WriteHead with Content ({response.write_head})")
    if response.HasField("fragment"):
        text = compact_text(response.fragment)
        raise _unexpected("VAL-READRESP-05", f"Fragment with Content ({text})")
    if response.fragment_url:
        raise _unexpected("VAL-READRESP-06", f"FragmentUrl with Content ({response.fragment_url})")


def _validate_metadata(response: "ReadResponse") -> None:
    fragment = response.fragment
    with within("Fragment", "VAL-READRESP-09"):
        validate_fragment(fragment)
    if not fragment.begin <= response.offset < fragment.end:
        raise ValidationError(
            "VAL-READRESP-10",
            f"invalid Offset ({response.offset}; "
            f"expected {fragment.begin} <= offset < {fragment.end})",
        )
    if response.write_head < fragment.end:
        raise ValidationError(
            "VAL-READRESP-11",
            f"invalid WriteHead ({response.write_head}; expected >= {fragment.end})",
        )
    with within("FragmentUrl"):
        validate_url(response.fragment_url, "VAL-READRESP-12")


def _validate_bare(response: "ReadResponse") -> None:
    if response.status == Status.OK and response.offset:
        raise _unexpected(
            "VAL-READRESP-13", f"Offset without Fragment or Content ({response.offset})"
        )
    if response.fragment_url:
        raise _unexpected(
            "VAL-READRESP-14", f"FragmentUrl without Fragment ({response.fragment_url})"
        )


def _unexpected(rule: str, what: str) -> ValidationError:
    return ValidationError(rule, f"unexpected {what}")
