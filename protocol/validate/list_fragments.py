"""Requests and responses of ListFragments."""

from typing import TYPE_CHECKING

from protocol.errors import ValidationError, within
from protocol.text import duration_text, nanoseconds
from protocol.validate.enums import validate_status
from protocol.validate.fragment import validate_fragment
from protocol.validate.header import validate_header
from protocol.validate.journal import validate_journal
from protocol.validate.rules import rules_of
from protocol.validate.url import validate_url

if TYPE_CHECKING:
    from protocol.wire.messages import FragmentsRequest, FragmentsResponse

RULES = (
    *rules_of(
        "FragmentsRequest",
        "FRAGSREQ",
        ("header", "the header is absent or valid"),
        ("journal", "the journal is valid"),
        ("end_mod_time", "the end time is zero, or not before the begin time"),
        ("next_page_token", "the page token is not negative"),
        ("page_limit", "a page has at most 10000 fragments"),
        ("signatureTTL", "the lifetime of signatures is absent or positive"),
    ),
    *rules_of(
        "FragmentsResponse",
        "FRAGSRESP",
        ("status", "the status is known"),
        ("header", "the header is valid"),
        ("fragments", "each fragment is valid"),
    ),
    *rules_of(
        "FragmentsResponse._Fragment",
        "FRAGSRESPFRAG",
        ("spec", "the fragment is valid"),
        ("signed_url", "the URL is empty or valid"),
    ),
)
MAX_PAGE = 10000


def validate_fragments_request(request: "FragmentsRequest") -> None:
    """Raises unless `request` is valid."""
    if request.HasField("header"):
        with within("Header", "VAL-FRAGSREQ-01"):
            validate_header(request.header)
    with within("Journal", "VAL-FRAGSREQ-02"):
        validate_journal(request.journal)
    if request.end_mod_time and request.end_mod_time < request.begin_mod_time:
        raise ValidationError(
            "VAL-FRAGSREQ-03",
            f"invalid EndModTime ({request.end_mod_time} must be after {request.begin_mod_time})",
        )
    _validate_page(request)


def _validate_page(request: "FragmentsRequest") -> None:
    if request.next_page_token < 0:
        raise ValidationError(
            "VAL-FRAGSREQ-04", f"invalid NextPageToken ({request.next_page_token}; must be >= 0)"
        )
    if not 0 <= request.page_limit <= MAX_PAGE:
        raise ValidationError(
            "VAL-FRAGSREQ-05",
            f"invalid PageLimit ({request.page_limit}; must be >= 0 and <= {MAX_PAGE})",
        )
    lifetime = nanoseconds(request.signatureTTL)
    if request.HasField("signatureTTL") and lifetime <= 0:
        raise ValidationError(
            "VAL-FRAGSREQ-06", f"invalid SignatureTTL ({duration_text(lifetime)}; must be > 0s)"
        )


def validate_fragments_response(response: "FragmentsResponse") -> None:
    """Raises unless `response` is valid."""
    with within("Status", "VAL-FRAGSRESP-01"):
        validate_status(response.status)
    with within("Header", "VAL-FRAGSRESP-02"):
        validate_header(response.header)
    for index, fragment in enumerate(response.fragments):
        with within(f"Fragments[{index}]", "VAL-FRAGSRESP-03"):
            validate_listed_fragment(fragment)


def validate_listed_fragment(fragment: "FragmentsResponse._Fragment") -> None:
    """Raises unless the fragment is valid, and its signed URL empty or valid."""
    with within("Spec", "VAL-FRAGSRESPFRAG-01"):
        validate_fragment(fragment.spec)
    with within("SignedUrl"):
        validate_url(fragment.signed_url, "VAL-FRAGSRESPFRAG-02")
