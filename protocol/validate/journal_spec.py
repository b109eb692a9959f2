"""Specifications of journals."""

from typing import TYPE_CHECKING

from protocol.errors import ValidationError, within
from protocol.text import duration_text, nanoseconds
from protocol.validate.enums import validate_codec, validate_flag, validate_suspend_level
from protocol.validate.journal import validate_journal
from protocol.validate.label import validate_label_set, validate_single_value_labels
from protocol.validate.media_type import validate_media_type
from protocol.validate.rules import rules_of
from protocol.validate.url import validate_fragment_store
from protocol.wire.messages import CompressionCodec

if TYPE_CHECKING:
    from protocol.wire.messages import JournalSpec, LabelSet

RULES = (
    *rules_of(
        "JournalSpec",
        "JOURNALSPEC",
        ("name", "the name is a valid journal"),
        ("name", "the name has no metadata"),
        ("replication", "there are 1 to 5 replicas"),
        ("labels", "the labels are a valid set"),
        ("labels", "no label is called `name`"),
        ("labels", "no label is called `prefix`"),
        ("labels", "labels meant to have one value have one"),
        ("labels", "the content type is a media type"),
        ("labels", "a message type comes with a content type"),
        ("labels", "a message subtype comes with a message type"),
        ("fragment", "the settings of fragments are valid"),
        ("flags", "the flags are valid"),
        ("max_append_rate", "the rate of appends is not negative"),
        ("suspend", "the suspension is absent or valid"),
    ),
    *rules_of(
        "JournalSpec.Fragment",
        "SPECFRAGMENT",
        ("length", "the length is of 1024 to 17179869184 bytes"),
        ("compression_codec", "the codec is valid"),
        ("stores", "each store is valid"),
        ("stores", "the first store of offloaded gzip is no file store"),
        ("refresh_interval", "stores are listed every second to every 24 hours"),
        ("flush_interval", "there is no flush interval, or one of a minute or more"),
        ("path_postfix_template", "the template can be parsed"),
        ("path_postfix_template", "the template can be evaluated"),
    ),
    *rules_of(
        "JournalSpec.Suspend",
        "SUSPEND",
        ("level", "the level is valid"),
        ("offset", "the offset is not negative"),
    ),
)
MAX_REPLICATION = 5
MIN_LENGTH = 1 << 10
MAX_LENGTH = 1 << 34
MIN_REFRESH = 10**9
MAX_REFRESH = 24 * 3600 * 10**9
MIN_FLUSH = 60 * 10**9
MESSAGE_TYPE = "app.gazette.dev/message-type"
MESSAGE_SUBTYPE = "app.gazette.dev/message-subtype"


def validate_journal_spec(spec: "JournalSpec") -> None:
    """Raises unless `spec` is valid."""
    _validate_name(spec.name)
    if not 1 <= spec.replication <= MAX_REPLICATION:
        raise ValidationError(
            "VAL-JOURNALSPEC-03",
            f"invalid Replication ({spec.replication}; "
            f"expected 1 <= Replication <= {MAX_REPLICATION})",
        )
    _validate_labels(spec.labels)
    with within("Fragment", "VAL-JOURNALSPEC-11"):
        validate_spec_fragment(spec.fragment)
    with within("Flags", "VAL-JOURNALSPEC-12"):
        validate_flag(spec.flags)
    if spec.max_append_rate < 0:
        raise ValidationError(
            "VAL-JOURNALSPEC-13", f"invalid MaxAppendRate ({spec.max_append_rate}; expected >= 0)"
        )
    with within("Suspend", "VAL-JOURNALSPEC-14"):
        validate_suspend(spec.suspend)


def _validate_name(name: str) -> None:
    with within("Name", "VAL-JOURNALSPEC-01"):
        validate_journal(name)
    if ";" in name:
        raise ValidationError(
            "VAL-JOURNALSPEC-02",
            "Name cannot have a metadata path segment "
            f"({name[name.index(';') :]}; expected no segment)",
        )


def _validate_labels(labels: "LabelSet") -> None:
    with within("Labels", "VAL-JOURNALSPEC-04"):
        validate_label_set(labels)
    values = {label.name: label.value for label in labels.labels}
    for rule, name in (("VAL-JOURNALSPEC-05", "name"), ("VAL-JOURNALSPEC-06", "prefix")):
        if name in values:
            raise ValidationError(rule, f'Labels cannot include label "{name}"')
    with within("Labels", "VAL-JOURNALSPEC-07"):
        validate_single_value_labels(labels)
    with within("Labels"):
        _validate_message_labels(values)


def _validate_message_labels(values: dict[str, str]) -> None:
    if "content-type" in values:
        validate_media_type(values["content-type"], "VAL-JOURNALSPEC-08")
    for rule, name, needed in (
        ("VAL-JOURNALSPEC-09", MESSAGE_TYPE, "content-type"),
        ("VAL-JOURNALSPEC-10", MESSAGE_SUBTYPE, MESSAGE_TYPE),
    ):
        if name in values and needed not in values:
            raise ValidationError(rule, f"expected {needed} label alongside {name}")


def validate_spec_fragment(fragment: "JournalSpec.Fragment") -> None:
    """Raises unless settings of fragments are valid; retention may be anything."""
    if not MIN_LENGTH <= fragment.length <= MAX_LENGTH:
        raise ValidationError(
            "VAL-SPECFRAGMENT-01",
            f"invalid Length ({fragment.length}; expected {MIN_LENGTH} <= length <= {MAX_LENGTH})",
        )
    with within("CompressionCodec", "VAL-SPECFRAGMENT-02"):
        validate_codec(fragment.compression_codec)
    _validate_stores(fragment)
    _validate_intervals(fragment)
    _validate_template(fragment.path_postfix_template)


def _validate_stores(fragment: "JournalSpec.Fragment") -> None:
    for index, store in enumerate(fragment.stores):
        with within(f"Stores[{index}]", "VAL-SPECFRAGMENT-03"):
            url = validate_fragment_store(store)
        offloads = fragment.compression_codec == CompressionCodec.GZIP_OFFLOAD_DECOMPRESSION
        if index == 0 and offloads and url.scheme == "file":
            raise ValidationError(
                "VAL-SPECFRAGMENT-04",
                f"GZIP_OFFLOAD_DECOMPRESSION is incompatible with file:// stores ({store})",
            )


def _validate_intervals(fragment: "JournalSpec.Fragment") -> None:
    refresh = nanoseconds(fragment.refresh_interval)
    if not MIN_REFRESH <= refresh <= MAX_REFRESH:
        raise ValidationError(
            "VAL-SPECFRAGMENT-05",
            f"invalid RefreshInterval ({duration_text(refresh)}; "
            "expected 1s <= interval <= 24h0m0s)",
        )
    flush = nanoseconds(fragment.flush_interval)
    if flush and flush < MIN_FLUSH:
        raise ValidationError(
            "VAL-SPECFRAGMENT-06",
            f"invalid FlushInterval ({duration_text(flush)}; expected >= 1m0s)",
        )


def _validate_template(template: str) -> None:
    if "{{" not in template:
        return
    from protocol import postfix  # noqa: PLC0415 - few journals have a template

    try:
        postfix.check(template)
    except postfix.TemplateError as error:
        rule = "VAL-SPECFRAGMENT-08" if error.executing else "VAL-SPECFRAGMENT-07"
        with within("PathPostfixTemplate"):
            raise ValidationError(rule, str(error)) from None


def validate_suspend(suspend: "JournalSpec.Suspend") -> None:
    """Raises unless level and offset are valid; those of an absent message are."""
    with within("Level", "VAL-SUSPEND-01"):
        validate_suspend_level(suspend.level)
    if suspend.offset < 0:
        with within("Offset"):
            raise ValidationError(
                "VAL-SUSPEND-02", f"invalid Offset ({suspend.offset}; expected >= 0)"
            )
