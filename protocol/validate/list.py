"""Requests and responses of List."""

from typing import TYPE_CHECKING

from protocol.errors import ValidationError, within
from protocol.validate.enums import validate_status
from protocol.validate.header import validate_header
from protocol.validate.journal_spec import validate_journal_spec
from protocol.validate.label import validate_selector
from protocol.validate.route import validate_route
from protocol.validate.rules import rules_of

if TYPE_CHECKING:
    from protocol.wire.messages import LabelSet, ListRequest, ListResponse

RULES = (
    *rules_of(
        "ListRequest",
        "LISTREQ",
        ("selector", "the selector is valid"),
        ("selector.include", "each included `prefix` ends in a slash"),
        ("selector.exclude", "each excluded `prefix` ends in a slash"),
    ),
    *rules_of(
        "ListResponse",
        "LISTRESP",
        ("status", "the status is known"),
        ("header", "the header is valid"),
        ("journals", "each journal is valid"),
    ),
    *rules_of(
        "ListResponse.Journal",
        "LISTRESPJOURNAL",
        ("spec", "the specification is valid"),
        ("mod_revision", "the revision is positive"),
        ("route", "the route is valid"),
    ),
)


def validate_list_request(request: "ListRequest") -> None:
    """Raises unless the selector of `request` is valid."""
    with within("Selector", "VAL-LISTREQ-01"):
        validate_selector(request.selector)
    _validate_prefixes(request.selector.include, "Include", "VAL-LISTREQ-02")
    _validate_prefixes(request.selector.exclude, "Exclude", "VAL-LISTREQ-03")


def _validate_prefixes(labels: "LabelSet", side: str, rule: str) -> None:
    for label in labels.labels:
        if label.name == "prefix" and not label.value.endswith("/"):
            raise ValidationError(
                rule,
                f"Selector.{side}.Labels[\"prefix\"]: expected trailing '/' ({label.value})",
            )


def validate_list_response(response: "ListResponse") -> None:
    """Raises unless `response` is valid as the first message of a snapshot.

    Later messages of a snapshot, and the empty one that ends it, have no header and fail.
    """
    with within("Status", "VAL-LISTRESP-01"):
        validate_status(response.status)
    with within("Header", "VAL-LISTRESP-02"):
        validate_header(response.header)
    for index, journal in enumerate(response.journals):
        with within(f"Journals[{index}]", "VAL-LISTRESP-03"):
            validate_listed_journal(journal)


def validate_listed_journal(journal: "ListResponse.Journal") -> None:
    """Raises unless specification, revision and route are valid."""
    with within("Spec", "VAL-LISTRESPJOURNAL-01"):
        validate_journal_spec(journal.spec)
    if journal.mod_revision <= 0:
        raise ValidationError(
            "VAL-LISTRESPJOURNAL-02", f"invalid ModRevision ({journal.mod_revision}; expected > 0)"
        )
    with within("Route", "VAL-LISTRESPJOURNAL-03"):
        validate_route(journal.route)
