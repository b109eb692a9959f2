"""Labels, sets of labels and selectors over them."""

from typing import TYPE_CHECKING

from protocol.errors import ValidationError, within
from protocol.validate.rules import rules_of
from protocol.validate.token import PATH_SYMBOLS, TOKEN_SYMBOLS, validate_token

if TYPE_CHECKING:
    from protocol.wire.messages import Label, LabelSelector, LabelSet

SINGLE_VALUE_NAMES = frozenset(
    (
        "app.gazette.dev/instance",
        "app.gazette.dev/managed-by",
        "app.gazette.dev/message-subtype",
        "app.gazette.dev/message-type",
        "app.gazette.dev/region",
        "content-type",
    )
)
RULES = (
    *rules_of(
        "Label",
        "LABEL",
        ("name", "the name is of 2 to 64 bytes"),
        ("name", "the name is a token"),
        ("value", "the value is of at most 1024 bytes"),
        ("value", "the value holds only letters, numbers and the symbols of a path"),
        ("prefix", "the prefix flag is set only within a selector"),
    ),
    *rules_of(
        "LabelSet",
        "LABELSET",
        ("labels", "each label is valid"),
        ("labels", "names do not descend"),
        ("labels", "values of one name ascend"),
        ("labels", "an empty value is the only one of its name"),
    ),
    *rules_of(
        "LabelSet", "SINGLEVALUE", ("labels", "a label meant to have one value has no second")
    ),
    *rules_of(
        "LabelSelector",
        "SELECTOR",
        ("include", "the included labels are a valid set"),
        ("exclude", "the excluded labels are a valid set"),
    ),
)
_NAME = ("VAL-LABEL-01", "VAL-LABEL-02")
_VALUE = ("VAL-LABEL-03", "VAL-LABEL-04")
_UNORDERED = "Labels not in unique, sorted order"


def validate_label(label: "Label", *, in_selector: bool = False) -> None:
    """Raises unless `label` is valid; its prefix flag may be set only `in_selector`."""
    with within("Name"):
        validate_token(label.name, TOKEN_SYMBOLS, 2, 64, _NAME)
    with within("Value"):
        validate_token(label.value, PATH_SYMBOLS, 0, 1024, _VALUE)
    if label.prefix and not in_selector:
        raise ValidationError("VAL-LABEL-05", "Prefix may not be set outside of a LabelSelector")


def validate_label_set(labels: "LabelSet", *, in_selector: bool = False) -> None:
    """Raises unless labels are valid, sorted and unique over (name, value)."""
    previous = None
    for index, label in enumerate(labels.labels):
        with within(f"Labels[{index}]", "VAL-LABELSET-01"):
            validate_label(label, in_selector=in_selector)
        if previous is not None:
            _validate_order(index, previous, label)
        previous = label


def _validate_order(index: int, previous: "Label", label: "Label") -> None:
    if previous.name > label.name:
        raise ValidationError(
            "VAL-LABELSET-02",
            f"{_UNORDERED} (index {index}; label name {label.name} <= {previous.name})",
        )
    if previous.name < label.name:
        return
    if previous.value >= label.value:
        raise ValidationError(
            "VAL-LABELSET-03",
            f"{_UNORDERED} (index {index}; label {label.name} "
            f"value {label.value} <= {previous.value})",
        )
    if not previous.value:
        raise ValidationError(
            "VAL-LABELSET-04",
            "Label has empty & non-empty values "
            f"(index {index}; label {label.name} value {label.value})",
        )


def validate_single_value_labels(labels: "LabelSet") -> None:
    """Raises where a label that can have only one value is followed by another of its name."""
    previous = None
    for index, label in enumerate(labels.labels):
        if label.name == previous and label.name in SINGLE_VALUE_NAMES:
            raise ValidationError(
                "VAL-SINGLEVALUE-01",
                "expected single-value Label has multiple values "
                f"(index {index}; label {label.name} value {label.value})",
            )
        previous = label.name


def validate_selector(selector: "LabelSelector") -> None:
    """Raises unless both sets of `selector` are valid; their labels may be prefixes."""
    with within("Include", "VAL-SELECTOR-01"):
        validate_label_set(selector.include, in_selector=True)
    with within("Exclude", "VAL-SELECTOR-02"):
        validate_label_set(selector.exclude, in_selector=True)
