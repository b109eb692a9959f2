"""Routes: the brokers of a journal."""

from typing import TYPE_CHECKING

from protocol.errors import ValidationError, within
from protocol.validate.broker_spec import validate_process_id
from protocol.validate.rules import rules_of
from protocol.validate.url import validate_endpoint

if TYPE_CHECKING:
    from protocol.wire.messages import ProcessSpec, Route

RULES = rules_of(
    "Route",
    "ROUTE",
    ("members", "each member is a valid id"),
    ("members", "members ascend"),
    ("primary", "the primary is -1, or the index of a member"),
    ("endpoints", "there are no endpoints, or as many as members"),
    ("endpoints", "each endpoint is empty or valid"),
)


def validate_route(route: "Route") -> None:
    """Raises unless `route` is valid; one without members must have primary -1."""
    _validate_members(route)
    size = len(route.members)
    if not -1 <= route.primary < size:
        raise ValidationError(
            "VAL-ROUTE-03", f"invalid Primary ({route.primary}; expected -1 <= Primary < {size})"
        )
    if len(route.endpoints) not in {0, size}:
        raise ValidationError(
            "VAL-ROUTE-04",
            f"len(Endpoints) != 0, and != len(Members) ({len(route.endpoints)} vs {size})",
        )
    for index, endpoint in enumerate(route.endpoints):
        if endpoint:
            with within(f"Endpoints[{index}]", "VAL-ROUTE-05"):
                validate_endpoint(endpoint)


def _validate_members(route: "Route") -> None:
    previous = None
    for index, member in enumerate(route.members):
        with within(f"Members[{index}]", "VAL-ROUTE-01"):
            validate_process_id(member)
        if previous is not None and _key(previous) >= _key(member):
            raise ValidationError(
                "VAL-ROUTE-02",
                "Members not in unique, sorted order "
                f"(index {index}; {_text(previous)} <= {_text(member)})",
            )
        previous = member


def _key(process: "ProcessSpec.ID") -> tuple[str, str]:
    return process.zone, process.suffix


def _text(process: "ProcessSpec.ID") -> str:
    return f"{{Zone:{process.zone} Suffix:{process.suffix}}}"
