"""Lies about what is told of a request with several faults, and about lists of things."""

from typing import Any

import protocol as pb
from mockbroker.core.actions import AbortError
from mockbroker.lies.lie import lie
from protocol.validate import validate

CHECKED = "mockbroker.core.requests:checked"
FIRST = "transport.first-fault-is-told"
NAME = "acme/journal"


def _text(request: Any) -> str:
    """What is wrong with a request; empty where nothing is."""
    try:
        validate(request)
    except pb.errors.ValidationError as error:
        return str(error)
    return ""


@lie(FIRST, replaces=CHECKED)
def the_last_fault_is_told(honest: Any, broker: Any, request: Any) -> Any:
    """Of several fields that are wrong the last is told."""
    try:
        return honest(broker, request)
    except AbortError:
        for field, _ in reversed(request.ListFields()):
            alone = type(request)(**{"journal": NAME} if "journal" in _fields(request) else {})
            alone.MergeFrom(_only(request, field.name))
            if text := _text(alone):
                raise AbortError(text) from None
        raise


def _fields(request: Any) -> Any:
    return request.DESCRIPTOR.fields_by_name


def _only(request: Any, name: str) -> Any:
    kept = type(request)()
    kept.CopyFrom(request)
    for field, _ in request.ListFields():
        if field.name != name:
            kept.ClearField(field.name)
    return kept


@lie(FIRST, replaces=CHECKED)
def the_last_change_is_told(honest: Any, broker: Any, request: Any) -> Any:
    """Of several changes that are wrong the last is told."""
    if isinstance(request, pb.ApplyRequest):
        for index, change in reversed(list(enumerate(request.changes))):
            if text := _text(pb.ApplyRequest(changes=[change])):
                raise AbortError(text.replace("Changes[0]", f"Changes[{index}]", 1))
    return honest(broker, request)


@lie(FIRST, replaces="mockbroker.core.requests:checked")
def fragments_are_looked_at_first(honest: Any, broker: Any, request: Any) -> Any:
    """What is wrong with the fragment of a spec is told before what is wrong with the rest."""
    if isinstance(request, pb.ApplyRequest):
        for index, change in enumerate(request.changes):
            spec = pb.JournalSpec(name=NAME, replication=1, fragment=change.upsert.fragment)
            alone = pb.ApplyRequest(changes=[pb.ApplyRequest.Change(upsert=spec)])
            if change.HasField("upsert") and (text := _text(alone)):
                raise AbortError(text.replace("Changes[0]", f"Changes[{index}]", 1))
    return honest(broker, request)


@lie("validation.label-set-labels-are-valid", replaces="protocol.validate.label:validate_label_set")
def last_labels_are_not_validated(honest: Any, labels: Any, *, in_selector: bool = False) -> None:
    """The last of several labels may be anything."""
    kept = labels.labels[:-1] if len(labels.labels) > 1 else labels.labels
    honest(pb.LabelSet(labels=kept), in_selector=in_selector)


@lie("validation.label-set-names-ascend", replaces="protocol.validate.label:validate_label_set")
def only_the_first_labels_are_in_order(
    honest: Any, labels: Any, *, in_selector: bool = False
) -> None:
    """The order of a third label and of later ones does not matter."""
    honest(pb.LabelSet(labels=labels.labels[:2]), in_selector=in_selector)
    for label in labels.labels[2:]:
        honest(pb.LabelSet(labels=[label]), in_selector=in_selector)


@lie("validation.route-members-ascend", replaces="protocol.validate.route:validate_route")
def only_the_first_members_are_in_order(honest: Any, route: Any) -> None:
    """The order of a third member of a route and of later ones does not matter."""
    kept = pb.Route(members=route.members[:2], primary=min(route.primary, 1))
    honest(kept)
    honest(
        pb.Route(
            members=sorted(route.members, key=str),
            primary=route.primary,
            endpoints=route.endpoints,
        )
    )


@lie("validation.route-endpoints-are-valid", replaces="protocol.validate.route:validate_route")
def only_the_first_endpoint_is_validated(honest: Any, route: Any) -> None:
    """The second endpoint of a route, and later ones, may be anything."""
    copied = pb.Route.FromString(route.SerializeToString())
    for index in range(1, len(copied.endpoints)):
        copied.endpoints[index] = ""
    honest(copied)


@lie("validation.spec-fragment-stores-are-valid", replaces=CHECKED)
def third_stores_are_not_validated(honest: Any, broker: Any, request: Any) -> Any:
    """A third store of a spec may be anything."""
    if isinstance(request, pb.ApplyRequest):
        copied = pb.ApplyRequest.FromString(request.SerializeToString())
        for change in copied.changes:
            if change.HasField("upsert"):
                del change.upsert.fragment.stores[2:]
        honest(broker, copied)
        return request
    return honest(broker, request)


@lie(
    "validation.label-name-length",
    "validation.label-value-length",
    "validation.journal-name-length",
    "validation.process-id-zone-length",
    replaces="protocol.validate.token:validate_token",
)
def lengths_are_counted_in_characters(
    honest: Any, value: str, symbols: str, low: int, high: int, *rest: Any
) -> None:
    """Lengths of names and values are counted in characters, not in bytes."""
    if low <= len(value) <= high:
        high = max(high, 4 * len(value))
    honest(value, symbols, low, high, *rest)


@lie(
    "validation.single-value-labels-have-one-value",
    replaces="protocol.validate.label:SINGLE_VALUE_NAMES",
)
def only_content_types_are_single(honest: Any) -> Any:
    """Of the labels that have one value only `content-type` is held to it."""
    return honest & {"content-type"}
