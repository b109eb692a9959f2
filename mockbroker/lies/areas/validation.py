"""Lies about what is refused as invalid, and how."""

from collections.abc import Callable
from typing import Any

from mockbroker.core.actions import AbortError, Code
from mockbroker.lies.lie import add, lie
from protocol.errors import ValidationError
from protocol.validate import validate

CHECKED = "mockbroker.core.requests:checked"
TOLERATED = {
    "VAL-JOURNAL-01": ("names-of-any-length", "apply.refuses-invalid-names"),
    "VAL-JOURNAL-02": ("names-of-any-characters", "apply.refuses-invalid-names"),
    "VAL-JOURNAL-03": ("names-that-are-unclean", "apply.refuses-invalid-names"),
    "VAL-JOURNAL-04": ("names-that-are-rooted", "apply.refuses-invalid-names"),
    "VAL-JOURNALSPEC-02": ("names-with-metadata", "apply.refuses-meta-segment"),
    "VAL-JOURNALSPEC-03": ("any-replication", "apply.bounds-replication"),
    "VAL-JOURNALSPEC-05": ("labels-called-name", "apply.refuses-reserved-labels"),
    "VAL-JOURNALSPEC-06": ("labels-called-prefix", "apply.refuses-reserved-labels"),
    "VAL-JOURNALSPEC-09": ("message-types-of-no-content", "apply.checks-label-constraints"),
    "VAL-JOURNALSPEC-13": ("negative-append-rates", "apply.refuses-negative-append-rate"),
    "VAL-FLAG-01": ("flags-in-combination", "apply.refuses-flag-combinations"),
    "VAL-SPECFRAGMENT-01": ("any-fragment-length", "apply.bounds-fragment-length"),
    "VAL-CODEC-01": ("specs-without-codec", "apply.requires-a-codec"),
    "VAL-SPECFRAGMENT-05": ("any-refresh-interval", "apply.bounds-refresh-interval"),
    "VAL-SPECFRAGMENT-06": ("any-flush-interval", "apply.bounds-flush-interval"),
    "VAL-SPECFRAGMENT-08": ("broken-templates", "apply.checks-postfix-template"),
    "VAL-FRAGMENTSTORE-08": ("stores-of-any-scheme", "apply.refuses-invalid-stores"),
    "VAL-FRAGMENTSTORE-09": ("stores-without-slash", "apply.refuses-invalid-stores"),
    "VAL-SUSPEND-02": ("negative-suspend-offsets", "apply.checks-suspend"),
    "VAL-CHANGE-05": ("deletes-without-revision", "apply.delete-needs-a-revision"),
    "VAL-CHANGE-06": ("changes-without-action", "apply.refuses-change-without-action"),
    "VAL-CHANGE-01": ("changes-with-two-actions", "apply.refuses-change-with-two-actions"),
    "VAL-CHANGE-03": ("revisions-below-minus-one", "apply.refuses-revision-below-minus-one"),
    "VAL-LABELSET-02": ("unsorted-labels", "list.refuses-unsorted-labels"),
    "VAL-LABELSET-03": ("doubled-labels", "list.refuses-unsorted-labels"),
    "VAL-LABEL-01": ("labels-of-any-length", "list.refuses-invalid-label"),
    "VAL-LISTREQ-02": ("included-prefixes-without-slash", "list.legacy-prefix-needs-slash"),
    "VAL-LISTREQ-03": ("excluded-prefixes-without-slash", "list.legacy-prefix-needs-slash"),
    "VAL-LABEL-05": ("registers-marked-as-prefix", "append.validates-registers"),
    "VAL-APPENDREQ-03": ("negative-append-offsets", "append.refuses-invalid-parameters"),
    "VAL-READREQ-03": ("offsets-below-minus-one", "read.refuses-offset-below-minus-one"),
    "VAL-READREQ-04": ("end-offsets-before-offsets", "read.refuses-end-before-offset"),
    "VAL-FRAGSREQ-03": ("end-times-before-begin", "list-fragments.refuses-end-before-begin"),
    "VAL-FRAGSREQ-04": ("negative-page-tokens", "list-fragments.refuses-negative-token"),
    "VAL-FRAGSREQ-05": ("any-page-limit", "list-fragments.refuses-page-limit-out-of-range"),
    "VAL-FRAGSREQ-06": ("negative-lifetimes", "list-fragments.refuses-ttl-not-positive"),
    "VAL-ROUTE-03": ("primaries-of-no-members", "transport.route-without-members-needs-minus-one"),
    "VAL-ETCD-01": ("headers-without-cluster", "header.refuses-invalid-header"),
    "VAL-REPLREQ-02": ("unacknowledged-headers", "replicate.header-needs-acknowledge"),
    "VAL-REPLREQ-09": ("empty-replicate-requests", "replicate.refuses-empty-request"),
}
"""Rules that a broker may fail to hold requests to."""


def _tolerates(rule: str) -> Callable[..., Any]:
    def checked(honest: Callable[..., Any], broker: Any, request: Any) -> Any:
        try:
            validate(request, broker.settings.release)
        except ValidationError as error:
            if rule in error.rules:
                return request
        return honest(broker, request)

    return checked


for _rule, (_what, _id) in TOLERATED.items():
    _words = _what.replace("-", " ")
    add(f"accepts-{_what}", f"Accepts {_words}.", (_id,), patches={CHECKED: _tolerates(_rule)})


def _told_as(
    honest: Callable[..., Any], broker: Any, request: Any, tell: Callable[[str], AbortError]
) -> Any:
    try:
        return honest(broker, request)
    except AbortError as error:
        raise tell(error.details) from error


@lie("transport.invalid-request-is-an-rpc-error", replaces=CHECKED)
def refusals_do_not_name_the_field(honest: Any, broker: Any, request: Any) -> Any:
    """An invalid request is refused without naming its field."""
    return _told_as(honest, broker, request, lambda _: AbortError("invalid request"))


@lie("transport.invalid-request-is-an-rpc-error", "apply.names-the-change-index", replaces=CHECKED)
def refusals_name_the_leaf_only(honest: Any, broker: Any, request: Any) -> Any:
    """An invalid request is refused with the last part of the field's path."""
    return _told_as(honest, broker, request, lambda text: AbortError(text.rpartition(".")[2]))


@lie("apply.names-the-change-index", replaces=CHECKED)
def indices_are_counted_from_one(honest: Any, broker: Any, request: Any) -> Any:
    """Indices in refusals are one too high."""

    def tell(text: str) -> AbortError:
        head, bracket, rest = text.partition("[")
        number, end, tail = rest.partition("]")
        counted = str(int(number) + 1) if number.isdigit() else number
        return AbortError(head + bracket + counted + end + tail)

    return _told_as(honest, broker, request, tell)


@lie("transport.invalid-request-code-is-unknown", replaces=CHECKED)
def refusals_are_failed_preconditions(honest: Any, broker: Any, request: Any) -> Any:
    """An invalid request ends with the code INTERNAL."""
    return _told_as(honest, broker, request, lambda text: AbortError(text, Code.INTERNAL))


@lie("apply.validation-precedes-effects", replaces=CHECKED)
def only_the_first_change_is_validated(honest: Any, broker: Any, request: Any) -> Any:
    """Of the changes of a request only the first one is checked."""
    if type(request).__name__ == "ApplyRequest" and request.changes:
        honest(broker, type(request)(changes=request.changes[:1]))
        return request
    return honest(broker, request)
