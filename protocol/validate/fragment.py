"""Fragments: spans of a journal's bytes."""

from typing import TYPE_CHECKING

from protocol.errors import ValidationError, within
from protocol.validate.enums import validate_codec
from protocol.validate.journal import validate_journal
from protocol.validate.rules import rules_of
from protocol.validate.token import validate_path_component

if TYPE_CHECKING:
    from protocol.wire.messages import Fragment

RULES = rules_of(
    "Fragment",
    "FRAGMENT",
    ("journal", "the journal is valid"),
    ("end", "the fragment does not end before it begins"),
    ("compression_codec", "the codec is valid"),
    ("path_postfix", "the postfix is a path in its shortest form, of at most 512 bytes"),
)


def validate_fragment(fragment: "Fragment") -> None:
    """Raises unless `fragment` is valid; sum, store and times may be anything."""
    with within("Journal", "VAL-FRAGMENT-01"):
        validate_journal(fragment.journal)
    if fragment.begin > fragment.end:
        raise ValidationError(
            "VAL-FRAGMENT-02", f"expected Begin <= End (have {fragment.begin}, {fragment.end})"
        )
    with within("CompressionCodec", "VAL-FRAGMENT-03"):
        validate_codec(fragment.compression_codec)
    with within("PathPostfix", "VAL-FRAGMENT-04"):
        validate_path_component(fragment.path_postfix, 0, 512)
