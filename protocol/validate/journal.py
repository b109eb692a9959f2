"""Names of journals, and offsets by journal."""

from collections.abc import Mapping

from protocol.errors import ValidationError, within
from protocol.validate.rules import rules_of
from protocol.validate.token import validate_path_component

RULES = (
    *rules_of(
        "Journal",
        "JOURNAL",
        ("name", "the name is of 4 to 512 bytes"),
        ("name", "the name holds only letters, numbers and the symbols of a path"),
        ("name", "the name is a path in its shortest form"),
        ("name", "the name is not rooted"),
        ("metadata", "metadata after a `;` is of 1 to 512 bytes"),
        ("metadata", "metadata holds only letters, numbers and the symbols of a path"),
        ("metadata", "metadata is a path in its shortest form"),
        ("metadata", "metadata is not rooted"),
    ),
    *rules_of(
        "Offsets",
        "OFFSETS",
        ("key", "each key is a valid journal"),
        ("value", "no offset is negative"),
    ),
)
_NAME = tuple(rule.id for rule in RULES[:4])
_METADATA = tuple(rule.id for rule in RULES[4:8])


def validate_journal(journal: str) -> None:
    """Raises unless `journal` is a valid name, with or without `;` metadata."""
    name, separator, metadata = journal.partition(";")
    validate_path_component(name, 4, 512, _NAME)
    if separator:
        with within("metadata path segment"):
            validate_path_component(metadata, 1, 512, _METADATA)


def validate_offsets(offsets: Mapping[str, int]) -> None:
    """Raises unless all keys are journals and no offset is negative."""
    for journal, offset in offsets.items():
        context = f"Offsets[{journal}]"
        with within(context, "VAL-OFFSETS-01"):
            validate_journal(journal)
        if offset < 0:
            with within(context):
                raise ValidationError("VAL-OFFSETS-02", f"invalid offset ({offset}; expected >= 0)")
